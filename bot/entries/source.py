"""Entries as a source of the knowledge base: each is a Markdown document."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping

from bot.core.errors import BotError
from bot.entries.entry import SOURCE, SUFFIX
from bot.entries.versions import EntryVersions
from knowledge.model.errors import ParseError, SourceError
from knowledge.model.threads import in_loop
from knowledge.model.types import Principal
from knowledge.sync.source import LiveSource, SourceFile

OpenVersions = Callable[[], Awaitable[EntryVersions | None]]
"""Opens the store of entries; None where nobody can have saved any."""


def live_entries(opened: OpenVersions, close: Callable[[], Awaitable[None]]) -> LiveSource:
    """Return the entries of the store that *opened* opens, and *close* closes."""
    source = EntrySource(opened)
    return LiveSource(source, source.outdated, source.permits, close)


class EntrySource:
    """Lists the active entries of every machine.

    Args:
        opened: Opens their store when it is first needed.
    """

    def __init__(self, opened: OpenVersions) -> None:
        self._opened = opened

    @property
    def name(self) -> str:
        """The name of the source."""
        return SOURCE

    def files(self) -> Iterator[SourceFile]:
        """List the active entries. Raises `SourceError` if Redis cannot be reached."""
        try:
            indexed = in_loop(self._indexed)
        except BotError as error:
            raise SourceError(f"source {SOURCE!r}: {error}", "unreachable") from error
        for name, version in sorted(indexed.items()):
            file = f"{name}{SUFFIX}"
            yield SourceFile(f"{SOURCE}/{file}", file, "", version)

    def read(self, file: SourceFile) -> bytes:
        """Return an entry as Markdown. Raises as `files`; `ParseError` if it is gone."""
        name = file.name.removesuffix(SUFFIX)
        try:
            text = in_loop(lambda: self._text(name))
        except BotError as error:
            raise SourceError(f"source {SOURCE!r}: {error}", "unreachable") from error
        if not text:
            raise ParseError("it was withdrawn a moment ago")
        return text.encode()

    async def outdated(self, versions: Mapping[str, str]) -> Collection[str]:
        """Return which entries are withdrawn, expired or changed since they were indexed."""
        names = {
            id_.removeprefix(f"{SOURCE}/").removesuffix(SUFFIX): version
            for id_, version in versions.items()
            if id_.startswith(f"{SOURCE}/")
        }
        store = await self._opened() if names else None
        gone = await store.outdated(names) if store else names
        return {f"{SOURCE}/{name}{SUFFIX}" for name in gone}

    async def permits(self, document_id: str, reader: Principal) -> bool | None:
        """Tell whether *reader* may see an entry, which need not be indexed yet."""
        source, _, file = document_id.partition("/")
        if source != SOURCE:
            return None
        store = await self._opened()
        entry = await store.get(file.removesuffix(SUFFIX)) if store else None
        return entry is not None and entry.state == "active" and entry.permits(reader)

    async def _indexed(self) -> dict[str, str]:
        store = await self._opened()
        return await store.indexed() if store else {}

    async def _text(self, name: str) -> str:
        store = await self._opened()
        return await store.text(name) if store else ""

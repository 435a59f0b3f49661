"""What each source of a vendor keeps, over its double."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from knowledge.factory import open_source
from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.source_settings import SOURCE_TYPES
from knowledge.parsing.parsers import parse
from knowledge.sync.source import FeedSource, Source, SourceFile
from tests.support.vendor_server import BREAKS, TOKEN, VendorRequest, VendorServer, serving


def opened(
    kind: str, server: VendorServer, settings: dict[str, Any], secret: str = TOKEN
) -> Source:
    """Return a source of this type, with the server's address."""
    table = {"name": "docs", "type": kind, "site": server.url, **settings}
    source = open_source(SOURCE_TYPES[kind].model_validate(table), lambda name: secret)
    clients = getattr(source, "_clients", None) or {"": source._client}  # type: ignore[attr-defined]
    for client in clients.values():
        client._sleep = lambda _: None
    return source


def read(source: Source) -> dict[str, bytes]:
    """Return what a complete sync reads, by document id."""
    return {file.document_id: source.read(file) for file in source.files() if not file.passed_over}


def texts(source: Source) -> dict[str, str]:
    """Return the title and the text of each document as a person sees them, by id."""
    found = {}
    for file in source.files():
        if not file.passed_over:
            parsed = parse(source.read(file), file.name)
            sections = (f"{' > '.join(part.headings)}\n{part.text}" for part in parsed.sections)
            found[file.document_id] = "\n".join([parsed.title, *sections])
    return found


def known_after(source: FeedSource, cursor: str, known: dict[str, SourceFile]) -> str:
    """Bring *known* up to date, as a sync does; return the next cursor."""
    try:
        changes = source.changes(cursor)
    except CursorExpiredError:
        following = source.cursor()
        known.clear()
        known |= {file.document_id: file for file in source.files() if not file.passed_over}
        return following
    told = {file.document_id for file in changes.files} | set(changes.removed)
    folders = tuple(id_ for id_ in changes.removed if id_.endswith("/"))
    for id_ in [id_ for id_ in known if id_ in told or id_.startswith(folders)]:
        del known[id_]
    known |= {file.document_id: file for file in changes.files if not file.passed_over}
    return changes.cursor


@dataclass
class Vendor:
    """A type of source over its double.

    Attributes:
        kind: The type's name.
        answer: The double.
        settings: Those of the source.
    """

    kind: str
    answer: Callable[[VendorRequest], Any]
    settings: dict[str, Any]

    @contextmanager
    def serving(self) -> Iterator[tuple[VendorServer, Callable[[], Source]]]:
        """Serve the double; yield the server, and what opens the source anew."""
        with serving(self.answer) as server:
            yield server, lambda: opened(self.kind, server, self.settings)


def broken_off(vendor: Vendor, *, in_all_ways: bool = False) -> list[str]:
    """Break a complete listing, and one of changes, at each call; return what went wrong.

    Nothing may seem to be complete that is not. Calls break in turns in another way, unless each
    is to break *in_all_ways*.
    """
    wrong = []
    with vendor.serving() as (server, new):
        server.reset()
        source = new()
        cursor = source.cursor() if isinstance(source, FeedSource) else ""
        server.reset()
        whole = {file.document_id for file in source.files()}
        calls = len(server.calls)
        assert whole
        for number in range(calls):
            for fault in BREAKS if in_all_ways else (BREAKS[number % len(BREAKS)],):
                server.reset({number: fault})
                wrong += _broken(f"files, call {number}, {fault}", lambda: list(new().files()))
        if isinstance(source, FeedSource):
            server.reset()
            source.changes(cursor)
            for number in range(len(server.calls)):
                for fault in BREAKS if in_all_ways else (BREAKS[number % len(BREAKS)],):
                    server.reset({number: fault})
                    name = f"changes, call {number}, {fault}"
                    wrong += _broken(name, lambda: new().changes(cursor))  # type: ignore[attr-defined]
        server.reset()
        if {file.document_id for file in new().files()} != whole:
            wrong.append("the listing afterwards differs")
    return wrong


def _broken(name: str, call: Callable[[], object]) -> list[str]:
    try:
        call()
    except SourceError as error:
        return [f"{name}: tells the token"] if TOKEN in f"{error!r} {error}" else []
    return [f"{name}: seemed to be complete"]


def refuses_an_expired_token(vendor: Vendor) -> None:
    """Check that a token that the vendor refuses is said to be wrong, and never shown."""
    with serving(vendor.answer) as server:
        source = opened(vendor.kind, server, vendor.settings, "an-old-token")
        with pytest.raises(SourceError, match="check the token") as raised:
            list(source.files())
    assert raised.value.kind == "refused"
    assert "an-old-token" not in f"{raised.value!r} {source!r} {vars(source)!r}"


def waits_when_throttled(vendor: Vendor, longest: int = 900) -> None:
    """Check that each call is tried again after 429, and that a wait of *longest* is told."""
    with vendor.serving() as (server, new):
        whole = [file.document_id for file in new().files()]
        calls = len(server.calls)
        for number in range(calls):
            server.reset({number: "throttled"})
            assert [file.document_id for file in new().files()] == whole
            assert len(server.calls) == calls + 1
        server.reset({0: "throttled"})
        server.throttled = {"Retry-After": str(longest)}
        with pytest.raises(SourceError) as raised:
            list(new().files())
    assert (raised.value.kind, raised.value.retry_after) == ("throttled", longest)


def reads_a_missing_page_as_a_problem(vendor: Vendor, remove: Callable[[], object]) -> None:
    """Check that what went between listing and reading, the last one, is a problem of its own."""
    with vendor.serving() as (_, new):
        files = list(new().files())
        remove()
        other = new()
        assert [file.document_id for file in files if is_missing(other, file)] == [
            files[-1].document_id
        ]


def is_missing(source: Source, file: SourceFile) -> bool:
    """Tell whether reading *file* says that this one cannot be read."""
    try:
        source.read(file)
    except ParseError as error:
        return "cannot be read" in str(error)
    return False

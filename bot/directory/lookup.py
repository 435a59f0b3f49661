"""Which groups a person is in: asked where it is known, believed for a few minutes."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Protocol

import structlog

from knowledge.model.errors import KnowledgeError, SourceError
from knowledge.model.readers import group

BELIEVED = 240.0
"""Seconds for which the groups of a person are believed. With what a directory itself remembers for
a minute at most, who loses a group loses its documents within five minutes."""

FAILING = 30.0
"""Seconds for which a directory that failed is not asked again."""

PATIENCE = 15.0
"""Seconds that a question waits for a directory."""

_LONGEST_FAILING = 300.0
_MOST_KEPT = 5_000
_THREADS = 8
_SLOW = 2
"""Look-ups in a row without an answer after which a directory counts as failing."""

LookupOutcome = Literal["answered", "failed", "skipped"]
"""A look-up was answered, failed, or was skipped as the directory had just failed."""

LookupReport = Callable[[str, LookupOutcome], None]
"""Called with the name of a directory and the outcome of a look-up in it."""

_log = structlog.get_logger(__name__)


class Directory(Protocol):
    """Knows which groups people are in. All methods block, and are called in several threads."""

    @property
    def name(self) -> str:
        """What sources call it; see `knowledge.model.readers.group`."""
        ...

    def groups_of(self, mail: str) -> frozenset[str]:
        """Return the ids, and names, of the groups of the person with this address.

        Groups in which they are by way of other groups count. Whom it does not know, or knows
        more than once, is in none.

        Raises:
            KnowledgeError: it cannot be asked, or not completely; the text says what to do.
        """
        ...

    def check(self) -> str:
        """Ask it for something; return what it holds, in a few words. Raises as `groups_of`."""
        ...

    def close(self) -> None:
        """Close its connections."""
        ...


class GroupLookup:
    """Looks up the groups of people in all directories that documents need.

    A directory that fails tells nothing: who would have had its groups has none for now. It is
    not asked again for a while, the failure is logged once, and every look-up is reported. What
    fails for one person alone (too many groups, too slow once) is not held against the others.

    Args:
        directories: Where to look.
        needed: Returns the names of the directories in which groups are readers of documents.
        report: Called with each outcome.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        directories: Sequence[Directory] = (),
        needed: Callable[[], Awaitable[frozenset[str]]] | None = None,
        report: LookupReport = lambda _directory, _outcome: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directories = directories
        self._needed = needed
        self._report = report
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[frozenset[str], float]] = {}
        self._running: dict[tuple[str, str], asyncio.Task[frozenset[str]]] = {}
        self._failing: dict[str, float] = {}
        self._slow = Counter[str]()
        self._threads = {
            one.name: ThreadPoolExecutor(_THREADS, f"directory {one.name}") for one in directories
        }

    async def names_of(self, mail: str) -> frozenset[str]:
        """Return the names of the groups of the person with this address at sources."""
        if not (mail and self._directories):
            return frozenset()
        needed = await self._needed_names()
        asked = [one for one in self._directories if one.name in needed]
        found = await asyncio.gather(*(self._groups(one, mail) for one in asked))
        return frozenset[str]().union(*found)

    async def aclose(self) -> None:
        """Close the directories; a look-up that is still running is left alone."""
        for directory in self._directories:
            self._threads[directory.name].shutdown(wait=False, cancel_futures=True)
            directory.close()

    async def _needed_names(self) -> frozenset[str]:
        if self._needed is None:
            return frozenset(directory.name for directory in self._directories)
        try:
            return await self._needed()
        except KnowledgeError as error:  # without an index there is nothing to read either
            _log.warning("needed_directories_unknown", reason=str(error))
            return frozenset()

    async def _groups(self, directory: Directory, mail: str) -> frozenset[str]:
        key = directory.name, mail
        known = self._known.get(key)
        if known is not None and self._clock() < known[1]:
            return known[0]
        if self._clock() < self._failing.get(directory.name, 0.0):
            self._report(directory.name, "skipped")
            return frozenset()
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(self._look_up(directory, mail))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)  # others wait for it, too

    async def _look_up(self, directory: Directory, mail: str) -> frozenset[str]:
        name, asked_at = directory.name, self._clock()
        threads, loop = self._threads[name], asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                ids = await loop.run_in_executor(threads, directory.groups_of, mail)
        except TimeoutError:
            self._slow[name] += 1
            self._failed(name, mail, f"no answer within {PATIENCE:.0f} seconds")
            if self._slow[name] >= _SLOW:
                self._failing[name] = self._clock() + FAILING
            return frozenset()
        except SourceError as error:
            seconds = min(max(error.retry_after or 0.0, FAILING), _LONGEST_FAILING)
            self._failing[name] = self._clock() + seconds
            self._failed(name, mail, str(error))
            return frozenset()
        except KnowledgeError as error:
            self._failed(name, mail, str(error))
            return frozenset()
        self._slow[name] = 0
        self._report(name, "answered")
        names = frozenset(group(name, id_) for id_ in ids)
        self._keep(name, mail, names, asked_at + BELIEVED)
        return names

    def _failed(self, name: str, mail: str, reason: str) -> None:
        self._report(name, "failed")
        self._keep(name, mail, frozenset(), self._clock() + FAILING)
        _log.error("directory_failed", directory=name, reason=reason)

    def _keep(self, name: str, mail: str, names: frozenset[str], until: float) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[name, mail] = names, until

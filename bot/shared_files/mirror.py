"""Keeps the files of this machine and the shared ones equal, in both directions.

What was changed on one side since the last time is taken over by the other. What was changed on
both sides is taken from the team; this machine's text is kept beside it.
"""

import asyncio
import fcntl
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

import structlog

from bot.core.atomic_write import write_whole
from bot.shared_files.store import SharedFiles, digest_of

YOURS = ".yours"
"""Ending of what this machine had where both sides were changed."""

LARGEST = 32_000_000
"""Bytes of a file that is shared; Redis keeps each of them in memory."""

_SHARED = (
    *("promotions.json", "confidence.json", "evaluation/labels.jsonl"),
    *("prompts/*/*", "evaluation/cases/*", "evaluation/runs/*", "rollouts/*/*.json"),
)
_STATE = ".shared.json"
_LOCK = ".shared.lock"
_WAIT = 0.05
"""Seconds between two looks whether the lock of the folder is free."""

_LINES = "evaluation/labels.jsonl"
"""A file to which every machine adds lines: both sides' lines are kept."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SharingReport:
    """What became equal.

    Attributes:
        taken: Paths that were changed on this machine.
        given: Paths that were changed for the others.
        kept_apart: Paths that both sides had changed.
    """

    taken: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    kept_apart: list[str] = field(default_factory=list)


class FileMirror:
    """The shared files of one data folder.

    Args:
        files: What the team has.
        folder: The data folder.
    """

    def __init__(self, files: SharedFiles, folder: Path) -> None:
        self._files = files
        self._folder = folder

    async def sync(self) -> SharingReport:
        """Make both sides equal.

        Raises:
            RedisUnavailableError: some or all of it was not done; nothing is lost.
        """
        report = SharingReport()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        async with self._locked():
            known = self._state()
            shared = await self._files.digests()
            here = await asyncio.to_thread(self._here)
            if not here and len(known) > 1:
                known = {}  # an empty disk is no decision to remove everything
            paths = {path for path in (*known, *shared, *here) if is_shared(path)}
            try:
                for path in sorted(paths):
                    sides = shared.get(path, ""), here.get(path, "")
                    known[path] = await self._settle(path, known.get(path, ""), *sides, report)
            finally:
                equal = {path: digest for path, digest in known.items() if digest}
                write_whole(self._folder / _STATE, json.dumps(equal, indent=0) + "\n")
        return report

    async def remove(self, paths: Sequence[str]) -> None:
        """Remove shared files for all machines; what others have changed meanwhile stays.

        Raises:
            RedisUnavailableError: not all of them were removed.
        """
        async with self._locked():
            known, shared = self._state(), await self._files.digests()
            try:
                for path in paths:
                    if await self._files.put(path, shared.get(path, ""), None):
                        self._write(path, None)
                        known.pop(path, None)
            finally:
                write_whole(self._folder / _STATE, json.dumps(known, indent=0) + "\n")

    async def revision(self) -> int:
        """Return the number of changes that the team ever made."""
        return await self._files.revision()

    async def _settle(
        self, path: str, known: str, shared: str, here: str, report: SharingReport
    ) -> str:
        """Make both sides of *path* equal; return the digest that both have then."""
        if shared == here:
            return here
        if shared == known:
            text = await asyncio.to_thread(self._text, path) if here else None
            if await self._files.put(path, shared, text):
                report.given.append(path)
                return digest_of(text) if text is not None else ""
            shared = (await self._files.digests()).get(path, "")
        theirs = await self._files.read(path)
        if here not in {known, ""}:
            mine = await asyncio.to_thread(self._text, path) or ""
            if path == _LINES and theirs is not None:
                both = _joined(theirs, mine)
                if await self._files.put(path, shared, both):
                    self._write(path, both)
                    return digest_of(both)
                return known  # the next time
            report.kept_apart.append(path)
            self._write(f"{path}{YOURS}", mine)
        self._write(path, theirs)
        report.taken.append(path)
        return "" if theirs is None else digest_of(theirs)

    def _here(self) -> dict[str, str]:
        """Return the digest of each file of this machine that is shared, by path."""
        found = dict[str, str]()
        for pattern in _SHARED:
            for file in self._folder.glob(pattern):
                path = file.relative_to(self._folder).as_posix()
                if is_shared(path) and (text := self._text(path)) is not None:
                    found[path] = digest_of(text)
        return found

    def _text(self, path: str) -> str | None:
        file = self._folder / path
        try:
            if file.is_symlink() or not file.is_file():
                return None
            if file.stat().st_size <= LARGEST:
                return file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("file_not_shared", path=path, reason=str(error))
            return None
        _log.warning("file_not_shared", path=path, reason=f"larger than {LARGEST:,} bytes")
        return None

    def _write(self, path: str, text: str | None) -> None:
        file = self._folder / path
        if text is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(file, text)

    def _state(self) -> dict[str, str]:
        """Return the digests that both sides had the last time."""
        try:
            found = json.loads((self._folder / _STATE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        is_state = isinstance(found, Mapping)
        return {str(path): str(digest) for path, digest in found.items()} if is_state else {}

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[None]:
        """Hold the lock of the data folder; whoever is cancelled while waiting leaves nothing."""
        with (self._folder / _LOCK).open("w") as file:
            while not _taken(file):  # noqa: ASYNC110 - another process may hold it
                await asyncio.sleep(_WAIT)
            yield


def _taken(file: IO[str]) -> bool:
    """Take the lock of *file* if nobody else has it; tell whether it was taken."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_shared(path: str) -> bool:
    """Tell whether the file at *path* in the data folder is one that every machine has."""
    parts = PurePosixPath(path).parts
    if path.endswith(YOURS) or any(part.startswith(".") for part in parts):
        return False
    return any(
        len(parts) == pattern.count("/") + 1 and PurePosixPath(path).match(pattern)
        for pattern in _SHARED
    )


def _joined(theirs: str, mine: str) -> str:
    """Return the lines of both, each once."""
    lines = dict.fromkeys((*theirs.splitlines(), *mine.splitlines()))
    return "".join(f"{line}\n" for line in lines)

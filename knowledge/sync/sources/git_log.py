"""Reads the days of files' last commits from a repository's history."""

import datetime as dt
import os
import re
import subprocess
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_COMMIT = re.compile(rb"\n?\x01([0-9a-f]{40,64}) (\d{4}-\d\d-\d\d)")
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class GitLog:
    """The history of a repository, as the program `git` tells it.

    Attributes:
        git: Path of the program.
        folder: Where it runs.
        environment: Its whole environment, which names the repository.
        seconds: How long it may take; what was not reached by then is left out.
    """

    git: str
    folder: Path
    environment: Mapping[str, str]
    seconds: float

    def days(
        self,
        revisions: str,
        inside: str,
        names: Mapping[str, str],
        boundary: Collection[bytes] = (),
    ) -> dict[str, dt.date]:
        """Return the day of the last commit that changed each of *names*.

        A day in the future is a mistake and left out.

        Args:
            revisions: A commit, or a range `old..new`.
            inside: The folder to look into, from the repository's root.
            names: The name to return for each path from the root.
            boundary: Commits before which the history is cut off: they seem to add every file, so
                their day says nothing.
        """
        command = [
            *(self.git, "--literal-pathspecs", "log", "-z", "--format=%x01%H %cs", "--name-only"),
            *("--no-renames", "--no-show-signature", "--no-ext-diff", "--no-textconv"),
            *("--no-color", "--no-mailmap", revisions, "--", inside),
        ]
        with subprocess.Popen(  # noqa: S603 - no shell, and nothing of the repository is an option
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env=self.environment,
        ) as process:
            assert process.stdout is not None
            timer = threading.Timer(self.seconds, process.kill)
            timer.start()
            try:
                return _read(process.stdout, names, boundary)
            finally:
                timer.cancel()
                process.kill()


def _read(
    stream: IO[bytes], names: Mapping[str, str], boundary: Collection[bytes]
) -> dict[str, dt.date]:
    """Read git's list, the newest commit first, until every name has its day."""
    found = dict[str, dt.date]()
    missing = {os.fsencode(path): name for path, name in names.items()}
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    day: dt.date | None = None
    for part in _parts(stream):
        if commit := _COMMIT.fullmatch(part):
            stated = dt.date.fromisoformat(commit[2].decode())
            day = None if commit[1] in boundary or stated > today else stated
        elif (path := part.lstrip(b"\n")) in missing:
            name = missing.pop(path)
            if day:
                found[name] = day
            if not missing:
                break
    return found


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between zero bytes."""
    rest = b""
    while block := stream.read(_BLOCK):
        *parts, rest = (rest + block).split(b"\0")
        yield from parts
    if rest:
        yield rest

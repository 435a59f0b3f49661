"""Reads from a repository's history when, and by whom, files were last changed."""

import datetime as dt
import os
import re
import subprocess
import threading
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_COMMIT = re.compile(rb"\n?\x01([0-9a-f]{40,64}) (\d{4}-\d\d-\d\d) ?(.*)", re.DOTALL)
_LONGEST_NAME = 60
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class LastCommit:
    """The last commit that changed a file: its day, and the name of its author or ""."""

    day: dt.date
    author: str


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

    def last_commits(
        self,
        revisions: str,
        inside: str,
        names: Mapping[str, str],
        boundary: Collection[bytes] = (),
    ) -> dict[str, LastCommit]:
        """Return the last commit that changed each of *names*.

        A day in the future is a mistake, and its commit left out.

        Args:
            revisions: A commit, or a range `old..new`.
            inside: The folder to look into, from the repository's root.
            names: The name to return for each path from the root.
            boundary: Commits before which the history is cut off: they seem to add every file, so
                their day says nothing.
        """
        command = [
            *(
                self.git,
                "--literal-pathspecs",
                "log",
                "-z",
                "--format=%x01%H %cs %an",
                "--name-only",
            ),
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
) -> dict[str, LastCommit]:
    """Read git's list, the newest commit first, until every name has its commit."""
    found = dict[str, LastCommit]()
    missing = {os.fsencode(path): name for path, name in names.items()}
    today = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    last: LastCommit | None = None
    for part in _parts(stream):
        if commit := _COMMIT.fullmatch(part):
            stated = dt.date.fromisoformat(commit[2].decode())
            is_told = commit[1] not in boundary and stated <= today
            last = LastCommit(stated, shown_name(commit[3])) if is_told else None
        elif (path := part.lstrip(b"\n")) in missing:
            name = missing.pop(path)
            if last:
                found[name] = last
            if not missing:
                break
    return found


def shown_name(name: bytes) -> str:
    """Return the *name* of an author, who may be anybody, as a short line of what can be seen."""
    text = unicodedata.normalize("NFC", name[:10_000].decode("utf-8", "replace"))
    seen = (one if one.isprintable() else " " for one in text)
    shown = " ".join("".join(seen).split())
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what stands between zero bytes."""
    rest = b""
    while block := stream.read(_BLOCK):
        *parts, rest = (rest + block).split(b"\0")
        yield from parts
    if rest:
        yield rest

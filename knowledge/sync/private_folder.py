"""Temporary folders that hold secrets, or what was fetched, and outlive no process for long."""

import errno
import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PREFIX = "kotae-private-"
_TRIES = 100


class PrivateFolder:
    """A temporary folder that only this account may enter; it goes with the object.

    A process that is killed leaves its folder behind. So the folder itself is locked for as long as
    its process lives (`flock`, which the kernel ends), and each new one first removes those of this
    account that nobody holds. systemd, too, cleans no folder that is locked
    (https://www.freedesktop.org/software/systemd/man/latest/tmpfiles.d.html).

    Attributes:
        path: Where it is.

    Raises:
        OSError: when it cannot be made, or the place of temporary files has no locks.
    """

    def __init__(self) -> None:
        remove_abandoned()
        self.path, lock = _made()
        self._remove = weakref.finalize(self, _remove, self.path, lock)

    def close(self) -> None:
        """Remove it with all that is in it."""
        self._remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def remove_abandoned() -> None:
    """Remove the private folders of this account whose process has ended."""
    with suppress(OSError):  # there may be no place for temporary files
        for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            lock = _locked(path)
            if lock is not None:
                _remove(path, lock)


def _made() -> tuple[Path, int]:
    """Return a new folder and its lock.

    Before it is locked, another process may take it for one that was left behind, and remove it:
    then there is nothing in it yet, and the next one will do.
    """
    for _ in range(_TRIES):
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = _locked(path)
        if lock is not None:
            return path, lock
        shutil.rmtree(path, ignore_errors=True)
    raise OSError(errno.ENOLCK, "no folder can be locked here", tempfile.gettempdir())


def _locked(path: Path) -> int | None:
    """Lock a folder of this account; return the lock, or None if it is no such or is held."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        found = os.fstat(folder)
        if found.st_uid == os.geteuid():
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever held it may have removed it before it was locked here.
            if os.path.samestat(found, path.lstat()):
                return folder
    except OSError:
        pass
    os.close(folder)
    return None


def _remove(path: Path, lock: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(lock)

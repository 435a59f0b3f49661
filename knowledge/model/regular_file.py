"""Reads regular files, and nothing that can keep a reader waiting."""

import errno
import os
import stat
from pathlib import Path


def read_regular_file(path: Path) -> bytes:
    """Return the content of the file *path*, or of the file that it links to.

    A pipe, a socket or a device is refused: reading it may never end.

    Raises:
        OSError: when it cannot be read, or is no regular file.
    """
    # Without O_NONBLOCK, opening a pipe waits for a writer. Asking before opening would leave time
    # to put something else there; asking before too spares devices that act when they are opened.
    _check(path.stat().st_mode, path)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        _check(os.fstat(descriptor).st_mode, path)
        return file.read()


def _check(mode: int, path: Path) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))

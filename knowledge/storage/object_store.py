"""Where index versions are kept for several machines: files by name, in a folder that all share.

`cloud_store` has the same for the stores of clouds.
"""

import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from knowledge.model.errors import IndexStoreError, StoredFileMissingError

PIECE = 1 << 20
"""Bytes that are read at once."""


class ObjectStore(Protocol):
    """Keeps files by name; every method blocks, and may be called from several threads.

    Every method raises `IndexStoreError` when the store cannot be used, with the reason.
    """

    @property
    def address(self) -> str:
        """Where it is, without any secret."""
        ...

    def put(self, name: str, content: Path | bytes) -> None:
        """Store a file, as a whole or not at all; one of the same name is replaced."""
        ...

    def get(self, name: str) -> Iterator[bytes]:
        """Yield a file in pieces. Raises `StoredFileMissingError` when there is none."""
        ...

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the name of each file, and when it was written, in seconds since the epoch."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, as far as they are there."""
        ...


class FolderStore:
    """A folder that all machines see, such as one of NFS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def address(self) -> str:
        return str(self._folder)

    def put(self, name: str, content: Path | bytes) -> None:
        path = self._folder / name
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        with self._errors("written"):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with draft.open("wb") as file:
                    for piece in [content] if isinstance(content, bytes) else _pieces(content):
                        file.write(piece)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)

    def get(self, name: str) -> Iterator[bytes]:
        with self._errors("read"):
            try:
                yield from _pieces(self._folder / name)
            except FileNotFoundError as error:
                raise StoredFileMissingError(f"{self.address} has no {name}") from error

    def names(self) -> Iterator[tuple[str, float]]:
        with self._errors("read"):
            for path in self._folder.rglob("*"):
                if path.is_file():
                    yield path.relative_to(self._folder).as_posix(), path.stat().st_mtime

    def remove(self, names: Iterable[str]) -> None:
        with self._errors("written"):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise IndexStoreError(
                f"the index store {self.address} cannot be {what}: {error.strerror or error}"
            ) from error


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece

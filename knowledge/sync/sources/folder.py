"""A local folder, or the local files that match a glob pattern."""

import logging
import os
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, ParseError
from knowledge.model.regular_file import read_regular_file
from knowledge.sync.glob import Glob
from knowledge.sync.source import SourceFile

log = logging.getLogger(__name__)

MAX_BYTES = 50_000_000


class FolderSource:
    """The files below a folder.

    Hidden files and the lock files of office programs are skipped. Files that are too large, or
    linked from outside the folder, are listed, and `read` says why they cannot be used.

    Args:
        name: The source's name: the first part of each document id.
        path: A folder, a file, or a glob pattern (`*` within a name, `**` across folders).
        url: Pattern of a document's address: `{path}` is its path in the folder, `{page}` the
            same without the file name ending. "" gives `file://` addresses.
        exclude: Glob patterns to skip; one without `/` applies at every depth.
    """

    def __init__(self, name: str, path: Path, url: str = "", exclude: Iterable[str] = ()) -> None:
        self.name = name
        self._folder, pattern = _split_pattern(path)
        self._pattern = Glob(pattern)
        self._url = url
        self._exclude = [Glob(entry) for entry in exclude]

    def files(self) -> Iterator[SourceFile]:
        """List the files, folder by folder, by name.

        Raises:
            KnowledgeConfigError: when the folder does not exist.
            KnowledgeError: when a folder below it cannot be listed: skipping it silently would
                look as if somebody had deleted it.
        """
        if not self._folder.is_dir():
            raise KnowledgeConfigError(
                f"source {self.name!r}: there is no folder {self._folder}: correct its path"
            )
        for relative in self._walk():
            if self._pattern.matches(relative):
                path = self._folder / relative
                try:
                    status = path.stat()
                except OSError:  # a dangling link, or deleted a moment ago
                    continue
                yield SourceFile(
                    document_id=f"{self.name}/{_readable(relative)}",
                    name=relative,
                    url=self._address(relative),
                    version=f"{status.st_size}-{status.st_mtime_ns}",
                    modified=status.st_mtime,
                )

    def read(self, file: SourceFile) -> bytes:
        path = self._folder / file.name
        try:
            if not path.resolve().is_relative_to(self._folder.resolve()):
                raise ParseError("a link to a file outside the source's folder")
            if path.stat().st_size > MAX_BYTES:
                raise ParseError(f"larger than {MAX_BYTES // 1_000_000} MB")
            return read_regular_file(path)
        except OSError as error:
            raise ParseError(f"cannot be read: {error.strerror}") from error

    def _walk(self) -> Iterator[str]:
        """Yield paths relative to the folder, with `/`; do not enter excluded folders."""
        for root, folders, names in os.walk(self._folder, onerror=self._refuse):
            prefix = PurePosixPath(Path(root).relative_to(self._folder).as_posix())
            folders[:] = sorted(f for f in folders if self._wanted(str(prefix / f), f))
            for folder in folders:
                if Path(root, folder).is_symlink():
                    log.warning("source %s: skipped the linked folder %s", self.name, folder)
            for name in sorted(names):
                relative = str(prefix / name)
                if self._wanted(relative, name):
                    yield relative

    def _wanted(self, relative: str, name: str) -> bool:
        if name.startswith((".", "~$")):
            return False
        return not any(p.matches(relative) or p.matches(name) for p in self._exclude)

    def _refuse(self, error: OSError) -> None:
        raise KnowledgeError(
            f"source {self.name!r}: {error.filename} cannot be listed ({error.strerror}): "
            "grant access to it, or exclude it"
        )

    def _address(self, relative: str) -> str:
        if not self._url:
            return (self._folder / relative).absolute().as_uri()
        path = quote(_readable(relative))
        page = path.removesuffix(PurePosixPath(path).suffix)
        return self._url.replace("{path}", path).replace("{page}", page)


def _split_pattern(path: Path) -> tuple[Path, str]:
    """Return the folder to walk and the pattern below it."""
    for index, part in enumerate(path.parts):
        if any(character in part for character in "*?["):
            return Path(*path.parts[:index]), "/".join(path.parts[index:])
    if path.is_file():
        return path.parent, path.name
    return path, "**"


def _readable(relative: str) -> str:
    """Return a file name as valid Unicode in NFC, whatever the file system returns."""
    text = os.fsencode(relative).decode("utf-8", "replace")
    return unicodedata.normalize("NFC", text)

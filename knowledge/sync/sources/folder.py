"""A local folder, or the local files that match a glob pattern."""

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, ParseError
from knowledge.model.regular_file import read_regular_file
from knowledge.parsing.parsers import ARCHIVES, suffix_of
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.archive import Archive

log = logging.getLogger(__name__)

MAX_BYTES = 50_000_000

_GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]{1,100}\]|.", re.DOTALL)
_STARS = re.compile(r"\*{3,}")
_FOLDERS = re.compile(r"(?:\*\*/)+")
_GLOB_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class FolderSource:
    """The files below a folder.

    Zip archives are read as folders. Hidden files and the lock files of office programs are
    skipped. Files that are too large, or linked from outside the folder, are listed, and `read`
    says why they cannot be used.

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
        self._pattern = glob_regex(pattern)
        self._url = url
        self._exclude = [glob_regex(entry) for entry in exclude]
        self._open: dict[str, Archive] = {}
        self._opening = threading.Lock()

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
            if self._pattern.fullmatch(relative):
                path = self._folder / relative
                try:
                    status = path.stat()
                except OSError:  # a dangling link, or deleted a moment ago
                    continue
                file = SourceFile(
                    document_id=f"{self.name}/{_readable(relative)}",
                    name=relative,
                    url=self._address(relative),
                    version=f"{status.st_size}-{status.st_mtime_ns}",
                    modified=status.st_mtime,
                )
                yield from self._in_archive(file) if suffix_of(relative) in ARCHIVES else (file,)

    def read(self, file: SourceFile) -> bytes:
        path = self._folder / file.name
        try:
            if member := self._split_member(file.name):
                return self._archive(member[0]).read(member[1])
            self._refuse_outside(path)
            if suffix_of(file.name) in ARCHIVES:
                raise ParseError(self._problem_of(file.name))
            if path.stat().st_size > MAX_BYTES:
                raise ParseError(f"larger than {MAX_BYTES // 1_000_000} MB")
            return read_regular_file(path)
        except OSError as error:
            raise ParseError(f"cannot be read: {error.strerror}") from error

    def _in_archive(self, file: SourceFile) -> Iterator[SourceFile]:
        """Yield the files in an archive, or the archive itself if it cannot be read."""
        try:
            members = list(self._archive(file.name).members())
        except (ParseError, OSError):
            yield file
            return
        for member in members:
            path = f"{file.name}/{member.name}"
            yield replace(
                file,
                document_id=f"{file.document_id}/{member.name}",
                name=path,
                url=member.url or (self._address(path) if self._url else file.url),
                version=member.version,
            )

    def _problem_of(self, name: str) -> str:
        """Return why the archive *name* cannot be read."""
        try:
            list(self._archive(name).members())
        except ParseError as error:
            return str(error)
        return "changed while it was read: sync again"

    def _archive(self, name: str) -> Archive:
        """Return the archive *name*; one is open at a time, since files come archive by archive.

        Raises:
            ParseError: when it is a link to a file outside the folder.
        """
        with self._opening:
            if name not in self._open:
                self._refuse_outside(self._folder / name)
                for other in self._open.values():
                    other.close()
                self._open = {name: Archive(self._folder / name, MAX_BYTES, self._wanted_in(name))}
            return self._open[name]

    def _wanted_in(self, archive: str) -> Callable[[str, str], bool]:
        return lambda path, name: self._wanted(f"{archive}/{path}", name)

    def _split_member(self, name: str) -> tuple[str, str] | None:
        """Return the archive's path, and the path in it, if *name* is that of a file in one."""
        for parent in reversed(PurePosixPath(name).parents):
            if suffix_of(parent.name) in ARCHIVES and (self._folder / parent).is_file():
                return str(parent), str(PurePosixPath(name).relative_to(parent))
        return None

    def _refuse_outside(self, path: Path) -> None:
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise ParseError("a link to a file outside the source's folder")

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
        return not any(p.fullmatch(relative) or p.fullmatch(name) for p in self._exclude)

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


def glob_regex(pattern: str) -> re.Pattern[str]:
    """Compile a glob pattern that matches whole relative paths; `**` is any number of folders.

    Raises:
        KnowledgeConfigError: when it is no pattern, such as `[z-a]`.
    """
    # Several stars in a row mean no more than the last, but take exponential time.
    short = _FOLDERS.sub("**/", _STARS.sub("**", pattern.rstrip("/")))
    tokens = _GLOB_TOKEN.findall(short)
    try:
        return re.compile("".join(map(_translate, tokens)), re.DOTALL)
    except re.error as error:
        raise KnowledgeConfigError(f"the pattern {pattern!r} cannot be read: {error}") from error


def _translate(token: str) -> str:
    if len(token) > 1 and token[0] == "[":
        inside = token[1:].replace("[", r"\[")  # re warns of a bare one
        return "[^" + inside[1:] if token[1] == "!" else "[" + inside
    return _GLOB_REGEX.get(token) or re.escape(token)


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

"""A local folder, or the local files that match a glob pattern."""

import datetime as dt
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, ParseError
from knowledge.model.regular_file import read_regular_file
from knowledge.model.types import PassedOverReason
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.git_dates import commit_dates

_Reason = PassedOverReason | Literal[""]

MAX_BYTES = 50_000_000

_GLOB_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]{1,100}\]|.", re.DOTALL)
_STARS = re.compile(r"\*{3,}")
_FOLDERS = re.compile(r"(?:\*\*/)+")
_GLOB_REGEX = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class FolderSource:
    """The files below a folder.

    Hidden and excluded files and the lock files of office programs are listed as passed over; so is
    a folder that is not entered, with a `/` at its end. Files that are too large, or linked from
    outside the folder, are listed, and `read` says why they cannot be used. A file in a checkout of
    git has the date of its last commit.

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
        listed = [
            (relative, reason)
            for relative, reason in self._walk()
            if self._pattern.fullmatch(relative.rstrip("/"))
        ]
        dates = commit_dates(self._folder, (name for name, reason in listed if not reason))
        for relative, reason in listed:
            if file := self._file(relative, reason, dates):
                yield file

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

    def _file(
        self, relative: str, reason: _Reason, dates: Mapping[str, dt.date]
    ) -> SourceFile | None:
        """Return a file of the walk; None if somebody deleted it a moment ago."""
        path, version = self._folder / relative, ""
        if not reason:
            try:
                status = path.stat()
            except OSError:
                if not path.is_symlink():
                    return None
                reason = "dangling-link"
            else:
                reason = "" if stat.S_ISREG(status.st_mode) else "special"
                version = f"{status.st_size}-{status.st_mtime_ns}"
        return SourceFile(
            document_id=f"{self.name}/{_readable(relative)}",
            name=relative,
            url=self._address(relative),
            version=version,
            date=dates.get(relative),
            passed_over=reason,
        )

    def _walk(self) -> Iterator[tuple[str, _Reason]]:
        """Yield paths relative to the folder, with `/`, and why they are passed over, or "".

        Folders that are passed over are not entered, and have a `/` at the end.
        """
        for root, folders, names in os.walk(self._folder, onerror=self._refuse):
            prefix = PurePosixPath(Path(root).relative_to(self._folder).as_posix())
            entered = list[str]()
            for folder in sorted(folders):
                relative = str(prefix / folder)
                reason = self._reason(relative, folder)
                if not reason and Path(root, folder).is_symlink():
                    reason = "linked-folder"
                if reason:
                    yield f"{relative}/", reason
                else:
                    entered.append(folder)
            folders[:] = entered
            for name in sorted(names):
                relative = str(prefix / name)
                yield relative, self._reason(relative, name)

    def _reason(self, relative: str, name: str) -> _Reason:
        if any(p.fullmatch(relative) or p.fullmatch(name) for p in self._exclude):
            return "excluded"
        if name.startswith("~$"):
            return "lock"
        return "hidden" if name.startswith(".") else ""

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

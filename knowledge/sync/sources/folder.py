"""A local folder, or the local files that match a glob pattern."""

import os
import stat
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote

from knowledge.model.errors import KnowledgeConfigError, KnowledgeError, ParseError
from knowledge.model.regular_file import read_regular_file
from knowledge.model.source_settings import FolderSettings
from knowledge.model.types import PassedOverReason
from knowledge.parsing.parsers import ARCHIVES, suffix_of
from knowledge.sync.glob import Glob
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.archive import Archive
from knowledge.sync.sources.git_history import last_commits
from knowledge.sync.sources.git_log import LastCommit
from knowledge.sync.sources.places import (
    place_reason,
    readable_path,
    twin_path,
    without_ending,
)
from knowledge.sync.sources.slack_export import LISTS, SlackExport

_Reason = PassedOverReason | Literal[""]

MAX_BYTES = 250_000_000
"""Bytes of a file; of a very large table, what fits into the parser process is read."""

_MOST_IN_ARCHIVE = 50_000_000
"""Bytes of a file in an archive, which this process unpacks."""


class FolderSource:
    """The files below a folder.

    Zip archives are read as folders, and Slack's exports, packed or not, as channels. Hidden and
    excluded files and the lock files of office programs are listed as passed over; so is a folder
    that is not entered, with a `/` at its end.
    Files that are too large, or linked from outside the folder, are listed, and `read` says why
    they cannot be used. A file in a checkout of git has the date and author of its last commit.

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
        self._open: dict[str, Archive] = {}
        self._opening = threading.Lock()
        self._exports: dict[Path, SlackExport | ParseError | None] = {}

    def files(self) -> Iterator[SourceFile]:
        """List the files, folder by folder, by name.

        Raises:
            KnowledgeConfigError: when the folder does not exist.
            KnowledgeError: when a folder below it cannot be listed: skipping it silently would
                look as if somebody had deleted it.
        """
        self._exports.clear()
        if not self._folder.is_dir():
            raise KnowledgeConfigError(
                f"source {self.name!r}: there is no folder {self._folder}: correct its path"
            )
        listed = [
            (relative, reason)
            for relative, reason in self._walk()
            if self._pattern.matches(relative.rstrip("/"))
        ]
        commits = last_commits(self._folder, (name for name, reason in listed if not reason))
        read = _read_names(name for name, reason in listed if not reason)
        for relative, reason in listed:
            if not reason and read[readable_path(relative)] != relative:
                twin = f"{self.name}/{twin_path(relative)}"
                yield SourceFile(twin, relative, "", "", passed_over="twin")
            elif file := self._file(relative, reason, commits.get(relative)):
                is_archive = suffix_of(relative) in ARCHIVES and not file.passed_over
                yield from self._in_archive(file) if is_archive else (file,)

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
            data = read_regular_file(path)
            export, day = self._export_of(path)
            if isinstance(export, ParseError):
                raise export
            if export and not export.is_day(day):
                raise ParseError("a part of Slack's export that is never read")
            return export.day(day, data) if export else data
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
                passed_over=member.passed_over,
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
                self._open = {name: self._archive_at(name)}
            return self._open[name]

    def _archive_at(self, name: str) -> Archive:
        def reason(path: str, inner: str) -> _Reason:
            return self._reason(f"{name}/{path}", inner)

        return Archive(self._folder / name, _MOST_IN_ARCHIVE, reason)

    def _split_member(self, name: str) -> tuple[str, str] | None:
        """Return the archive's path, and the path in it, if *name* is that of a file in one."""
        for parent in reversed(PurePosixPath(name).parents):
            if suffix_of(parent.name) in ARCHIVES and (self._folder / parent).is_file():
                return str(parent), str(PurePosixPath(name).relative_to(parent))
        return None

    def _refuse_outside(self, path: Path) -> None:
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise ParseError("a link to a file outside the source's folder")

    def _file(self, relative: str, reason: _Reason, last: LastCommit | None) -> SourceFile | None:
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
        export, day = self._export_of(path)
        url = ""
        if isinstance(export, SlackExport):
            is_day = export.is_day(day)
            reason = reason or ("" if is_day else "slack")
            url = export.address(day) if is_day else ""
            version += f"-{export.version}"
        return SourceFile(
            document_id=f"{self.name}/{readable_path(relative)}",
            name=relative,
            url=url or self._address(relative),
            version=version,
            date=last.day if last else None,
            author=last.author if last else "",
            passed_over=reason,
        )

    def _export_of(self, path: Path) -> tuple[SlackExport | ParseError | None, str]:
        """Return the export of Slack that holds *path*, if any, and the path in it.

        The folder above the source's counts, too: a source may be one channel of an export. An
        error says why the export's lists cannot be read, and so who may read the file.
        """
        for parent in path.parents:
            inner = path.relative_to(parent).as_posix()
            if SlackExport.holds(inner) and (export := self._export_at(parent)):
                return export, inner
            if parent == self._folder.parent:
                break
        return None, ""

    def _export_at(self, folder: Path) -> SlackExport | ParseError | None:
        if folder not in self._exports:
            names = {name for name in LISTS if (folder / name).is_file()}
            try:
                export = SlackExport.found(names, lambda name: read_regular_file(folder / name))
            except ParseError as error:
                self._exports[folder] = error
            except OSError as error:
                self._exports[folder] = ParseError(f"cannot be read: {error.strerror}")
            else:
                self._exports[folder] = export
        return self._exports[folder]

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
        return place_reason(relative, name, self._exclude)

    def _refuse(self, error: OSError) -> None:
        raise KnowledgeError(
            f"source {self.name!r}: {error.filename} cannot be listed ({error.strerror}): "
            "grant access to it, or exclude it"
        )

    def _address(self, relative: str) -> str:
        if not self._url:
            return (self._folder / relative).absolute().as_uri()
        path = quote(readable_path(relative))
        return self._url.replace("{path}", path).replace("{page}", without_ending(path))


def _read_names(names: Iterable[str]) -> dict[str, str]:
    """Return which of the names that look the same is read: the one in the usual form, if any."""
    found = dict[str, str]()
    for name in names:
        shown = readable_path(name)
        if shown == name or shown not in found:
            found[shown] = name
    return found


def _split_pattern(path: Path) -> tuple[Path, str]:
    """Return the folder to walk and the pattern below it."""
    for index, part in enumerate(path.parts):
        if any(character in part for character in "*?["):
            return Path(*path.parts[:index]), "/".join(path.parts[index:])
    if path.is_file():
        return path.parent, path.name
    return path, "**"


def open_source(settings: FolderSettings, _secrets: Secrets) -> FolderSource:
    """Return the folder that *settings* describe."""
    return FolderSource(settings.name, settings.path, settings.url, settings.exclude)

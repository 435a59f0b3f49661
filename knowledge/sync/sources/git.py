"""A git repository: any that can be cloned."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote

from knowledge.model.errors import CursorExpiredError, SourceError
from knowledge.model.source_settings import GitSettings
from knowledge.model.types import PassedOverReason
from knowledge.parsing.parsers import ARCHIVES, OUTDATED, PARSERS, PICTURES, suffix_of
from knowledge.sync.glob import Glob
from knowledge.sync.source import Secrets, SourceChanges, SourceFile
from knowledge.sync.sources.git_log import LastCommit
from knowledge.sync.sources.git_mirror import GitEntry, GitMirror
from knowledge.sync.sources.git_remote import GitRemote
from knowledge.sync.sources.places import (
    place_reason,
    readable_path,
    twin_path,
    without_ending,
)

MAX_BYTES = 250_000_000
"""Bytes of a file."""

_READ = frozenset(PARSERS) | frozenset(OUTDATED) | PICTURES
_LONGEST_PATH = 1000
_LINK, _SUBMODULE = 0o120000, 0o160000
_POINTER = b"version https://git-lfs.github.com/spec/v1\n"
_POINTER_SIZES = range(100, 400)
_ODD = frozenset({"", ".", "..", ".git"})

_Reason = PassedOverReason | Literal[""]


class GitSource:
    """The files of a branch, below a folder.

    A document's id is its path, its version the name of its content, its date and author those of
    its last commit. What has changed since a commit is told by comparing two commits, so that an
    unchanged repository costs one question. Links, submodules, archives and what is stored in Git
    LFS are passed over. Git tells nobody's rights: the source's audience applies.

    Args:
        settings: The `[[sources]]` table.
        mirror: The clone of the repository.
        page: Pattern of a page's address on the web, with `{path}` from the repository's root.
    """

    def __init__(self, settings: GitSettings, mirror: GitMirror, page: str) -> None:
        self.name = settings.name
        self._settings, self._mirror, self._page = settings, mirror, page
        self._folder = settings.path.strip("/")
        self._exclude = [Glob(pattern) for pattern in settings.exclude]
        told = (settings.repository, settings.branch, self._folder, *settings.exclude)
        self._digest = hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]

    def cursor(self) -> str:
        """Return the branch's last commit, and which settings it was read with."""
        return f"{self._mirror.fetch()} {self._digest}"

    def files(self) -> Iterator[SourceFile]:
        """List the files of the branch's last commit, and fetch the content that is new.

        Raises:
            SourceError: when the repository cannot be fetched, or has no such branch or folder.
        """
        commit = self._mirror.fetch()
        entries = self._mirror.entries(commit, self._folder)
        if self._folder and not entries:
            raise SourceError(
                f"source {self.name!r}: {self._settings.repository} has no folder "
                f"{self._folder!r}: correct `path`"
            )
        listed = list(self._listed(entries))
        self._mirror.fetch_content(commit, [file.version for _, file in _wanted(listed)])
        self._mirror.fetch_history()
        return self._complete(listed, commit)

    def changes(self, cursor: str) -> SourceChanges:
        """Return the files that differ between the cursor's commit and the branch's last one.

        Raises:
            CursorExpiredError: when the branch was replaced, or the settings were changed.
            SourceError: as `files`.
        """
        old, _, digest = cursor.partition(" ")
        if digest != self._digest:
            raise CursorExpiredError(f"source {self.name!r}: its settings were changed")
        commit = self._mirror.fetch()
        changed = self._mirror.changed(old, commit, self._folder)
        if any(not entry.mode and _has_another_form(entry) for entry in changed):
            raise CursorExpiredError(f"source {self.name!r}: a file with the same name may be left")
        listed = list(self._listed([entry for entry in changed if entry.mode]))
        self._mirror.fetch_content(commit, [file.version for _, file in _wanted(listed)])
        files = tuple(self._complete(listed, f"{old}..{commit}"))
        gone = [self._id(_path(entry)) for entry in changed if not entry.mode]
        kept = {file.document_id for file in files}
        removed = [file.document_id for file in files if file.passed_over]
        removed += [id_ for id_ in gone if id_ not in kept]
        return SourceChanges(files, tuple(removed), f"{commit} {self._digest}")

    def read(self, file: SourceFile) -> bytes:
        return self._mirror.content(file.version.partition(" ")[0], MAX_BYTES)

    def _listed(self, entries: Iterable[GitEntry]) -> Iterator[tuple[str, SourceFile]]:
        """Yield the path and the file of each entry.

        A folder that is passed over stands for what is in it. Of files whose names look the same,
        the one with the usual form of its name is read, and the others are passed over.
        """
        seen = set[str]()
        for entry in sorted(entries, key=_has_another_form):
            path = _path(entry)
            relative = self._relative(path)
            shown, reason = self._place(relative)
            file = SourceFile(
                document_id=f"{self.name}/{readable_path(shown)[:_LONGEST_PATH]}",
                name=readable_path(shown),
                url=self._address(path),
                version=entry.blob,
                passed_over=reason or _kind(entry, shown),
            )
            if file.document_id in seen and not file.passed_over:
                twin = f"{self.name}/{twin_path(shown)[:_LONGEST_PATH]}"
                file = replace(file, document_id=twin, passed_over="twin")
            if file.document_id not in seen:
                seen.add(file.document_id)
                yield path, file

    def _place(self, relative: str) -> tuple[str, _Reason]:
        """Return the path to name, and why what is there is passed over, or ""."""
        parts = relative.split("/")
        if len(relative) > _LONGEST_PATH or any(part.lower() in _ODD for part in parts):
            return relative, "name"
        for depth, part in enumerate(parts, 1):
            path = "/".join(parts[:depth])
            if reason := place_reason(path, part, self._exclude):
                return (path if depth == len(parts) else f"{path}/"), reason
        return relative, ""

    def _complete(
        self, listed: Iterable[tuple[str, SourceFile]], revisions: str
    ) -> Iterator[SourceFile]:
        """Add dates, authors, and what only the content tells, to files whose content is there."""
        listed = list(listed)
        wanted = dict(_wanted(listed))
        pointers = self._pointers({file.version for file in wanted.values()})
        names = {path: file.document_id for path, file in wanted.items()}
        commits: Mapping[str, LastCommit] = {}
        if names:
            commits = self._mirror.last_commits(revisions, self._folder, names)
        for path, file in listed:
            is_pointer = path in wanted and file.version in pointers
            last = commits.get(file.document_id)
            yield replace(
                file,
                date=last.day if last else None,
                author=last.author if last else "",
                passed_over="git-lfs" if is_pointer else file.passed_over,
            )

    def _pointers(self, blobs: Iterable[str]) -> frozenset[str]:
        """Return those of *blobs* that name a file in Git LFS instead of holding it."""
        small = [blob for blob, size in self._mirror.sizes(blobs).items() if size in _POINTER_SIZES]
        return frozenset(blob for blob in small if self._is_pointer(blob))

    def _is_pointer(self, blob: str) -> bool:
        return self._mirror.content(blob, MAX_BYTES).startswith(_POINTER)

    def _relative(self, path: str) -> str:
        return path.removeprefix(f"{self._folder}/") if self._folder else path

    def _id(self, path: str) -> str:
        return f"{self.name}/{readable_path(self._relative(path))}"

    def _address(self, path: str) -> str:
        if not self._settings.url:
            return self._page.replace("{path}", quote(readable_path(path)))
        relative = quote(readable_path(self._relative(path)))
        pattern = self._settings.url
        return pattern.replace("{path}", relative).replace("{page}", without_ending(relative))


def _has_another_form(entry: GitEntry) -> bool:
    return readable_path(_path(entry)) != _path(entry)


def _path(entry: GitEntry) -> str:
    return os.fsdecode(entry.path)


def _wanted(listed: Iterable[tuple[str, SourceFile]]) -> Iterator[tuple[str, SourceFile]]:
    """Yield what may be read, and so has to be fetched."""
    for path, file in listed:
        if not file.passed_over and suffix_of(file.name) in _READ:
            yield path, file


def _kind(entry: GitEntry, shown: str) -> _Reason:
    """Return why an entry of this kind is passed over, or ""."""
    if entry.mode == _SUBMODULE:
        return "submodule"
    if entry.mode == _LINK:
        return "link"
    return "format" if suffix_of(PurePosixPath(shown).name) in ARCHIVES else ""


def open_source(settings: GitSettings, secrets: Secrets, cache: Path) -> GitSource:
    """Return the repository that *settings* describe; its clone is kept in the folder *cache*."""
    remote = GitRemote(settings.repository)
    token = secrets(settings.token) if settings.token else ""
    mirror = GitMirror(settings.name, remote, settings.branch, token, cache)
    return GitSource(settings, mirror, remote.page(settings.branch))

"""Files in a cloud or on a server, as rclone reaches them."""

import datetime as dt
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import quote

from knowledge.model.errors import (
    ChangedFileError,
    KnowledgeConfigError,
    KnowledgeError,
    ParseError,
    SourceError,
)
from knowledge.model.source_settings import FilesSettings
from knowledge.model.types import PassedOverReason
from knowledge.parsing.parsers import ARCHIVES, suffix_of
from knowledge.sync.glob import Glob
from knowledge.sync.private_folder import PrivateFolder
from knowledge.sync.source import Secrets, SourceFile
from knowledge.sync.sources.file_rights import EVERYBODY, readers_of
from knowledge.sync.sources.places import place_reason, readable_path
from knowledge.sync.sources.rclone import ClosedFoldersError, ListedFile, Rclone, TransferError

MAX_BYTES = 250_000_000
_MOST_CLOSED = 50


@dataclass(frozen=True, slots=True)
class _Storage:
    """What is known of a type of remote.

    Attributes:
        rights: Whether rclone tells who may read a file (`told`), keeps it back (`untold`), or the
            storage knows no people (`none`).
        hashes: Whether a listing holds hashes; others must read the file for one.
        keeps_ids: Whether a file has an id that outlives a change of its name and content, and the
            day of its last change.
        url: A file's address, if the storage has pages for people.
    """

    rights: Literal["told", "untold", "none"] = "none"
    hashes: bool = False
    keeps_ids: bool = False
    url: str = ""


_STORAGES = {
    "drive": _Storage("told", True, True, "https://drive.google.com/open?id={id}"),
    "onedrive": _Storage("told", True, True),
    "box": _Storage("untold", True, True, "https://app.box.com/file/{id}"),
    "dropbox": _Storage("untold", True, True),
    "azureblob": _Storage(hashes=True),
    "azurefiles": _Storage(),
    "b2": _Storage(hashes=True),
    "ftp": _Storage(),
    "google cloud storage": _Storage(hashes=True),
    "local": _Storage(),
    "s3": _Storage(),
    "sftp": _Storage(),
    "smb": _Storage(),
    "swift": _Storage(hashes=True),
    "webdav": _Storage(hashes=True),
}


class FilesSource:
    """The files below a path of a remote of rclone's.

    Each call of `files` lists everything: a file that is not listed is gone. Its version is its
    hash, or its size and time where a listing has no hash. Where rclone tells who may read a file,
    `read` makes sure that the content belongs to the rights that were listed.

    Args:
        settings: Which files.
        config: rclone's configuration file; None takes rclone's own.
    """

    def __init__(self, settings: FilesSettings, config: Path | None) -> None:
        self.name = settings.name
        self._settings = settings
        self._remote = settings.remote
        self._exclude = [Glob(pattern) for pattern in settings.exclude]
        self._ambiguous = frozenset[str]()
        told = "read" if settings.rights == "source" else "off"
        options = {
            "DRIVE_EXPORT_FORMATS": f"{settings.documents},xlsx,pptx",
            "DRIVE_METADATA_OWNER": told,
            "DRIVE_METADATA_PERMISSIONS": told,
            "ONEDRIVE_METADATA_PERMISSIONS": told,
        }
        self._rclone = Rclone(settings.name, config, options)

    def files(self) -> Iterator[SourceFile]:
        type_ = self._rclone.type_of(self._remote)
        storage = self._storage(type_)
        options = ["--hash"] if storage.hashes else []
        options += ["--metadata"] if self._asks_rights(storage) else []
        listed, left_out = self._listed(type_, options)
        for folder in left_out:
            place = f"{folder}/"
            yield SourceFile(f"{self.name}/{place}", place, "", "", passed_over="excluded")
        paths = Counter(item.path for item in listed)
        self._ambiguous = frozenset(path for path, count in paths.items() if count > 1)
        found = dict[str, SourceFile]()
        for item in sorted(listed, key=lambda item: (item.path, item.id)):
            file = self._file(item, type_)
            found.setdefault(file.document_id, file)
        yield from found.values()

    def _listed(self, type_: str, options: Sequence[str]) -> tuple[list[ListedFile], set[str]]:
        """Return all files, and folders that are excluded and may not even be listed."""
        left_out = set[str]()
        while True:
            try:
                listed = self._rclone.files(self._remote, type_, options, sorted(left_out))
                return list(listed), left_out
            except ClosedFoldersError as error:
                new = {folder for folder in error.folders if self._is_excluded(folder)}
                if new != set(error.folders) or new <= left_out or len(left_out) > _MOST_CLOSED:
                    raise
                left_out |= new

    def _is_excluded(self, folder: str) -> bool:
        path = PurePosixPath(folder)
        places = (*reversed(path.parents[:-1]), path)
        return any(self._reason(str(place), place.name) == "excluded" for place in places)

    def read(self, file: SourceFile) -> bytes:
        if file.name in self._ambiguous:
            raise ParseError("another file of its folder has the same name: rename one of them")
        try:
            data = self._rclone.fetch(self._remote, file.name, MAX_BYTES)
            self._check(file)
        except TransferError as error:
            raise self._problem(file, error) from error
        return data

    def close(self) -> None:
        """End what still runs."""
        self._rclone.close()

    def _storage(self, type_: str) -> _Storage:
        storage = _STORAGES.get(type_)
        if storage is None:
            raise KnowledgeConfigError(
                f"source {self.name!r}: remotes of the type {type_!r} are not read, only "
                f"{', '.join(sorted(_STORAGES))}: name the remote that is behind it"
            )
        if storage.rights == "untold" and self._settings.rights == "source":
            raise KnowledgeConfigError(
                f"source {self.name!r}: rclone does not say who may read a file in {type_}: write "
                'rights = "audience" if everybody of the audience may read them all'
            )
        return storage

    def _asks_rights(self, storage: _Storage) -> bool:
        return storage.rights == "told" and self._settings.rights == "source"

    def _file(self, item: ListedFile, type_: str) -> SourceFile:
        storage = _STORAGES[type_]
        place, reason = self._passed_over(item)
        if reason:
            shown = f"{self.name}/{readable_path(place)}"
            return SourceFile(shown, place, "", "", passed_over=reason)
        id_ = _own_id(item.id) if storage.keeps_ids else ""
        readers = EVERYBODY
        if self._asks_rights(storage):
            open_ = self._settings.anyone_with_link
            readers = readers_of(type_, item.metadata, anyone_with_link=open_)
        return SourceFile(
            document_id=f"{self.name}/{id_ or item.path}",
            name=item.path,
            url=self._address(item.path, id_, storage),
            version=_version(item),
            date=_day(item.mod_time) if storage.keeps_ids else None,
            readers=readers,
        )

    def _passed_over(self, item: ListedFile) -> tuple[str, PassedOverReason | Literal[""]]:
        """Return the file or folder that is passed over, and why."""
        path = PurePosixPath(item.path)
        for parent in reversed(path.parents[:-1]):
            if reason := self._reason(str(parent), parent.name):
                return f"{parent}/", reason
        reason = self._reason(item.path, path.name)
        if not reason and suffix_of(path.name) in ARCHIVES:
            reason = "format"
        if not reason and item.size > MAX_BYTES:
            reason = "large"
        return item.path, reason

    def _reason(self, path: str, name: str) -> PassedOverReason | Literal[""]:
        return place_reason(path, name, self._exclude)

    def _address(self, path: str, id_: str, storage: _Storage) -> str:
        if self._settings.url:
            quoted = quote(path)
            page = quoted.removesuffix(PurePosixPath(quoted).suffix)
            return self._settings.url.replace("{path}", quoted).replace("{page}", page)
        if storage.url and id_:
            return storage.url.replace("{id}", quote(id_, safe=""))
        return f"rclone:{quote(_joined(self._remote, path), safe='/:')}"

    def _check(self, file: SourceFile) -> None:
        """Refuse content that may not belong to the rights that *file* was listed with."""
        type_ = self._rclone.type_of(self._remote)
        if not self._asks_rights(self._storage(type_)):
            return
        item = self._rclone.stat(self._remote, file.name, metadata=True)
        now = self._file(item, type_) if item else None
        told = (file.document_id, file.version, file.readers)
        if now is None or (now.document_id, now.version, now.readers) != told:
            raise ChangedFileError

    def _problem(self, file: SourceFile, error: TransferError) -> KnowledgeError:
        """Return whether this file alone, or the whole source, cannot be read."""
        if error.kind == "missing":
            return ParseError("cannot be read: it no longer exists")
        if error.kind == "large":
            return ParseError(f"larger than {MAX_BYTES // 1_000_000} MB")
        if error.kind == "throttled":
            return self._unread(file, error)
        try:
            self._rclone.stat(self._remote, file.name, metadata=False)
        except TransferError as probed:
            return self._unread(file, probed)
        return ParseError(f"cannot be read: {error}")

    def _unread(self, file: SourceFile, error: TransferError) -> SourceError:
        return self._rclone.error(f"{file.name} was not read", str(error))


def _own_id(id_: str) -> str:
    """Return a file's id without that of a shortcut to it (Drive) or of its drive (OneDrive)."""
    return id_.partition("\t")[0].rpartition("#")[2]


def _version(item: ListedFile) -> str:
    """Return what changes with a file's content; and with its name, which may be its title."""
    kind, value = min(item.hashes.items(), default=("", ""))
    content = f"{kind}-{value}" if value else f"{item.size}-{item.mod_time}"
    return f"{content} {PurePosixPath(item.path).name}"


def _day(moment: str) -> dt.date | None:
    with suppress(ValueError, OverflowError):
        return dt.datetime.fromisoformat(moment).astimezone(dt.UTC).date()
    return None


def _joined(remote: str, path: str) -> str:
    return f"{remote}{'' if remote.endswith((':', '/')) else '/'}{path}"


def open_source(settings: FilesSettings, secrets: Secrets) -> FilesSource:
    """Return the files that *settings* describe.

    `config` is the path of rclone's configuration file, or a variable that holds its text.

    Raises:
        KnowledgeConfigError: when rclone or its configuration is missing.
    """
    named = settings.config
    if named is None:
        return FilesSource(settings, None)
    if named.startswith(("/", "./", "~/")):
        path = Path(named).expanduser().absolute()
        if not path.is_file():
            raise KnowledgeConfigError(
                f"source {settings.name!r}: there is no file {named}: make it with "
                "`rclone config --config FILE`, or correct `config`"
            )
        return FilesSource(settings, path)
    folder = PrivateFolder()
    (folder.path / "rclone.conf").write_text(secrets(named), encoding="utf-8")
    source = FilesSource(settings, folder.path / "rclone.conf")
    weakref.finalize(source, folder.close)
    return source

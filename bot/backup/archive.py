"""The file of a backup: a compressed tar whose last member lists all others with their checksums.

It is written beside its place, as a draft that only its owner can read, and renamed when it is
whole. A reader takes nothing from it before every checksum was seen to be right.
"""

import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.errors import BotError

FORMAT = 1
"""Of this program. A later one that an older program would misread gets a higher number."""

MANIFEST = "manifest.json"
_MOST_MANIFEST = 256 * 1024 * 1024
_COMPRESSION = 6
_PIECE = 1024 * 1024


class BackupError(BotError):
    """A backup cannot be written, read or restored; the text says what to do."""


class MemberFacts(BaseModel):
    """Size in bytes and SHA-256 (hexadecimal) of a member."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class BackupManifest(BaseModel):
    """What is in a backup.

    Attributes:
        format: How it is written; see `FORMAT`.
        program: Version of the program that wrote it.
        created_at: When its writing began, in seconds since the epoch.
        namespace: Of the keys in Redis.
        keys: Number of keys of Redis, by the first part of their names.
        waiting: Jobs that were not done.
        index: Whether the index is in it.
        secrets: Whether the settings with their tokens are in it.
        skipped: Files that were not taken, and why.
        unlisted: Keys and files that this version of the program did not know, and took.
        members: By name.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    program: str
    created_at: float
    namespace: str
    keys: Mapping[str, int] = {}
    waiting: int = 0
    index: bool = False
    secrets: bool = False
    skipped: Mapping[str, str] = {}
    unlisted: tuple[str, ...] = ()
    members: Mapping[str, MemberFacts] = {}


class _HashingReader:
    """Hashes what is read of a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read as the file does."""
        data = self._file.read(size)
        self.hash.update(data)
        return data


class BackupWriter:
    """Adds members, one after the other."""

    def __init__(self, tar: tarfile.TarFile, created_at: float) -> None:
        self._tar = tar
        self._created_at = int(created_at)
        self.members: dict[str, MemberFacts] = {}

    def add(self, name: str, data: bytes) -> None:
        """Add *data* as *name*."""
        self._add(name, io.BytesIO(data), len(data))

    def add_file(self, name: str, path: Path) -> bool:
        """Add the file at *path* as it is now; False if it is gone.

        Files are replaced as a whole or grow at their end, so what was there at the opening is one
        state of it.
        """
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return False
        with file:
            self._add(name, file, os.fstat(file.fileno()).st_size)
        return True

    def close(self, manifest: BackupManifest) -> BackupManifest:
        """Add *manifest* with all members, and return it."""
        whole = manifest.model_copy(update={"members": dict(self.members)})
        self.add(MANIFEST, whole.model_dump_json(indent=1).encode())
        return whole

    def _add(self, name: str, file: IO[bytes], size: int) -> None:
        header = tarfile.TarInfo(name)
        header.size, header.mtime, header.mode = size, self._created_at, 0o600
        reader = _HashingReader(file)
        self._tar.addfile(header, reader)
        self.members[name] = MemberFacts(size=size, sha256=reader.hash.hexdigest())


@contextmanager
def written_backup(path: Path, created_at: float) -> Iterator[BackupWriter]:
    """Write the backup *path*, which is there when the block has ended without an error.

    Raises:
        BackupError: there is such a file, or it cannot be written.
    """
    if path.exists():
        raise BackupError(f"{path} exists: name another file, or a folder.")
    draft = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with (
                gzip.GzipFile("", "wb", _COMPRESSION, file, mtime=created_at) as compressed,
                tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield BackupWriter(tar, created_at)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)


class BackupReader:
    """A backup whose checksums are right.

    Args:
        path: Of the file.

    Raises:
        BackupError: it is damaged, no backup, or of a later format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest = _verified(path)

    def members(self, prefix: str) -> Iterator[tuple[str, IO[bytes]]]:
        """Yield the members below *prefix*: their names after it, and their content to read."""
        with _opened(self.path) as tar:
            for header in tar:
                file = tar.extractfile(header)
                if header.name.startswith(prefix) and file is not None:
                    yield header.name.removeprefix(prefix), file


def _verified(path: Path) -> BackupManifest:
    found: dict[str, MemberFacts] = {}
    text = b""
    try:
        with _opened(path) as tar:
            for header in tar:
                file = tar.extractfile(header) if header.isreg() else None
                if file is None or not _is_plain(header.name) or header.name in found:
                    raise BackupError(f"{path} is not a backup: it has the member {header.name!r}.")
                if header.name == MANIFEST:
                    text = file.read(_MOST_MANIFEST)
                else:
                    found[header.name] = _facts(file)
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise BackupError(f"There is no {path}.") from None
        raise BackupError(f"{path} is damaged: {error}. Take an earlier backup.") from error
    return _agreeing(path, text, found)


def _agreeing(path: Path, text: bytes, found: Mapping[str, MemberFacts]) -> BackupManifest:
    """Return the manifest in *text*, if it is about *found*."""
    try:
        told = _Format.model_validate_json(text)
        if told.format > FORMAT:
            raise BackupError(
                f"{path} was written by Kotae {told.program} in format {told.format}, and this "
                f"program reads up to {FORMAT}: update Kotae first."
            )
        manifest = BackupManifest.model_validate_json(text)
    except ValidationError:
        raise BackupError(
            f"{path} is damaged or not a backup: it has no list of members."
        ) from None
    for name in sorted(manifest.members.keys() | found.keys()):
        if manifest.members.get(name) != found.get(name):
            raise BackupError(f"{path} is damaged: {name} has changed. Take an earlier one.")
    return manifest


class _Format(BaseModel):
    """What every format tells."""

    format: int
    program: str = "of a later version"


def _facts(file: IO[bytes]) -> MemberFacts:
    size, digest = 0, hashlib.sha256()
    while piece := file.read(_PIECE):
        size += len(piece)
        digest.update(piece)
    return MemberFacts(size=size, sha256=digest.hexdigest())


def _is_plain(name: str) -> bool:
    """Tell whether *name* stays below the folder that it is unpacked to."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|gz") as tar:
        yield tar


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Index versions that travel: stored by content, so that only what changed is copied.

In the store, a file's name is its SHA-256. A version's manifest is stored in the same way, and
names the files; whoever knows the manifest's name can fetch the version and prove every byte of it.
Files are never changed. Which manifest is the current one is written elsewhere: see `bot.machines`.
"""

import hashlib
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.model.errors import (
    DamagedIndexError,
    IndexMissingError,
    IndexStoreError,
    StoredFileDamagedError,
    StoredFileMissingError,
    storage_errors,
)
from knowledge.storage.index_versions import (
    MANIFEST,
    FileEntry,
    IndexVersions,
    Manifest,
    fsync,
    held,
    read_manifest,
    verify,
)
from knowledge.storage.object_store import ObjectStore

T = TypeVar("T")

AT_ONCE = 8
"""Files that are copied at the same time."""

_OBJECT = re.compile(r"objects/[0-9a-f]{2}/([0-9a-f]{64})")
_INDEX_VERSION = re.compile(r"version-\d+")
_TRIES = 2
_MOST_MANIFEST_BYTES = 64_000_000


class PublishedVersion(BaseModel):
    """The index version that all machines should use.

    Attributes:
        manifest: SHA-256 of its manifest.
        created_at: When it was published, in seconds since the epoch.
        analysis: Version of the text analysis, which has to be the reader's own.
    """

    model_config = ConfigDict(frozen=True)

    index_version: str
    manifest: str
    created_at: float
    analysis: int


class _StoppedError(Exception):
    """The program ends."""


class SharedVersions:
    """Copies index versions between this machine and the store; every method blocks.

    Args:
        store: Where all machines find them.
        index_versions: Those of this machine.
    """

    def __init__(self, store: ObjectStore, index_versions: IndexVersions) -> None:
        self.store = store
        self._index_versions = index_versions
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let copies that run end soon, with an error."""
        self._stopped.set()

    def upload(
        self, index_version: Path, manifest: Manifest, before: PublishedVersion | None
    ) -> PublishedVersion:
        """Store what the store does not have of a version of this machine.

        Args:
            index_version: Its folder.
            manifest: Of it.
            before: The one that was published last; its files are in the store.

        Raises:
            IndexStoreError: the store cannot be used.
        """
        known = self._stored(before)
        new = {
            entry.sha256: index_version / name
            for name, entry in manifest.files.items()
            if entry.sha256 not in known
        }
        self._side_by_side(self._put, new.items())
        content = (index_version / MANIFEST).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        self.store.put(_name(digest), content)
        return PublishedVersion(
            index_version=manifest.index_version,
            manifest=digest,
            created_at=manifest.created_at,
            analysis=manifest.contents.facts.analysis,
        )

    def is_current(self, wanted: PublishedVersion) -> bool:
        """Tell whether this machine uses *wanted*."""
        with suppress(IndexMissingError, DamagedIndexError, OSError):
            current = self._index_versions.folder / wanted.index_version
            return self._index_versions.current() == current and _digest(current) == wanted.manifest
        return False

    def fetch(self, wanted: PublishedVersion, *, again: bool = False) -> int:
        """Make *wanted* the current version of this machine, and return the bytes that it took.

        What other versions of this machine have is linked, and what a killed fetch left is used. A
        file that is not what its name says is fetched once more. Until all is there, the version so
        far stays in use. While another process of this machine fetches, nothing is done.

        Args:
            wanted: The version.
            again: Prove every file even if the version is in use, as after damage.

        Raises:
            StoredFileDamagedError: a file of the store is damaged.
            IndexStoreError: the store cannot be used.
            StorageError: there is no room on this machine.
        """
        folder = self._index_versions.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with storage_errors(folder), held(folder / "FETCH") as mine:
            if not mine or (self.is_current(wanted) and not again):
                return 0
            target = folder / wanted.index_version
            fetched = 0
            if not _is_whole(target, wanted, thorough=again):
                fetched = self._fetch(wanted, target)
            self._index_versions.adopt(target)
            return fetched

    def remove_unused(self, published: Iterable[str], used: Iterable[str], before: float) -> int:
        """Remove the files that no manifest names, written before a time; count them.

        Args:
            published: SHA-256 of the manifests of published versions.
            used: Of those that machines use or fetch; one that the store lacks was never in it.
            before: In seconds since the epoch. What is younger may belong to a publication that is
                under way.

        Raises:
            IndexStoreError: the store cannot be used, or lacks a published manifest: then nothing
                is removed.
        """
        named = set[str]()
        wanted = frozenset(published)
        for digest in wanted.union(used):
            try:
                files = self._manifest(digest).files.values()
            except StoredFileMissingError:
                if digest in wanted:
                    raise
                continue
            named |= {digest, *(entry.sha256 for entry in files)}
        unused = [
            name
            for name, written_at in self.store.names()
            if (found := _OBJECT.fullmatch(name)) and found[1] not in named and written_at < before
        ]
        self.store.remove(unused)
        return len(unused)

    def mend(self, damaged: Collection[str]) -> set[str]:
        """Store files again that are damaged there and whole here; return which ones."""
        mended = set[str]()
        for index_version, manifest in self._index_versions.manifests().items():
            for name, sha256 in _named(index_version, manifest):
                path = index_version / name
                if sha256 in damaged and sha256 not in mended and _digest_of(path) == sha256:
                    self._put((sha256, path))
                    mended.add(sha256)
        return mended

    def check(self) -> None:
        """Write, read and remove a small file. Raises `IndexStoreError`."""
        name, text = f"probe/{uuid.uuid4().hex}", b"Kotae"
        self.store.put(name, text)
        try:
            if b"".join(self.store.get(name)) != text:
                raise IndexStoreError(
                    f"the index store {self.store.address} returns something else than was written"
                )
        finally:
            self.store.remove([name])

    def _put(self, one: tuple[str, Path]) -> None:
        sha256, path = one
        self._check_stop()
        self.store.put(_name(sha256), path)

    def _stored(self, version: PublishedVersion | None) -> frozenset[str]:
        """Return the SHA-256 of each file of a version that was published."""
        if version is None:
            return frozenset()
        try:
            files = self._manifest(version.manifest).files.values()
        except (StoredFileMissingError, StoredFileDamagedError):
            return frozenset()
        return frozenset(entry.sha256 for entry in files)

    def _manifest(self, digest: str) -> Manifest:
        return _parsed(self._content(digest), digest, self.store.address)

    def _content(self, digest: str) -> bytes:
        """Return the content of a manifest. Raises `StoredFileDamagedError`."""
        for _ in range(_TRIES):
            content = b""
            for piece in self.store.get(_name(digest)):
                content += piece
                if len(content) > _MOST_MANIFEST_BYTES:
                    break
            if hashlib.sha256(content).hexdigest() == digest:
                return content
        raise _damaged("manifest", digest, self.store.address)

    def _fetch(self, wanted: PublishedVersion, target: Path) -> int:
        """Put the files of *wanted* together beside *target*, then move them there."""
        content = self._content(wanted.manifest)
        manifest = _parsed(content, wanted.manifest, self.store.address)
        if manifest.index_version != wanted.index_version:
            raise _damaged("manifest", wanted.manifest, self.store.address)
        draft = target.with_name(f"incoming-{wanted.manifest}")
        for other in target.parent.glob("incoming-*"):
            if other != draft:
                shutil.rmtree(other, ignore_errors=True)
        draft.mkdir(mode=0o700, exist_ok=True)
        try:
            here = {} if target.exists() else self._here()  # what is damaged is not linked
            missing = [
                (draft / name, entry)
                for name, entry in manifest.files.items()
                if not _provided(draft / name, entry, here)
            ]
            self._side_by_side(self._get, missing)
            (draft / MANIFEST).write_bytes(content)
            fsync(draft / MANIFEST)
            for place in (*(path for path in draft.rglob("*") if path.is_dir()), draft):
                fsync(place)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)  # a full disk needs the room
            raise
        shutil.rmtree(target, ignore_errors=True)  # damaged
        draft.rename(target)
        fsync(target.parent)
        return sum(entry.size for _, entry in missing)

    def _here(self) -> Mapping[str, Path]:
        """Return the files of this machine's versions, by their SHA-256."""
        return {
            sha256: index_version / name
            for index_version, manifest in self._index_versions.manifests().items()
            for name, sha256 in _named(index_version, manifest)
        }

    def _get(self, one: tuple[Path, FileEntry]) -> None:
        """Fetch a file, prove it, and put it on the disk."""
        path, entry = one
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        for _ in range(_TRIES):
            hashed, size = hashlib.sha256(), 0
            with part.open("wb") as file:
                for piece in self.store.get(_name(entry.sha256)):
                    self._check_stop()
                    hashed.update(piece)
                    size += len(piece)
                    if size > entry.size:
                        break
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            if size == entry.size and hashed.hexdigest() == entry.sha256:
                part.replace(path)
                return
            part.unlink()
        raise _damaged(path.name, entry.sha256, self.store.address)

    def _check_stop(self) -> None:
        if self._stopped.is_set():
            raise _StoppedError

    @staticmethod
    def _side_by_side(work: Callable[[T], None], items: Iterable[T]) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="index-store") as pool:
            futures = [pool.submit(work, item) for item in items]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def _name(sha256: str) -> str:
    return f"objects/{sha256[:2]}/{sha256}"


def _named(index_version: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield the files of a version of this machine with their SHA-256, the manifest among them."""
    yield MANIFEST, _digest(index_version)
    for name, entry in manifest.files.items():
        yield name, entry.sha256


def _digest(index_version: Path) -> str:
    """Return the SHA-256 of a version's manifest. Raises `OSError`."""
    return _digest_of(index_version / MANIFEST)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(index_version: Path, wanted: PublishedVersion, *, thorough: bool) -> bool:
    """Tell whether a version is on this machine; its folder got its name when it was complete."""
    try:
        if _digest(index_version) != wanted.manifest:
            return False
        (verify if thorough else read_manifest)(index_version)
    except (DamagedIndexError, OSError):
        return False
    return True


def _provided(path: Path, entry: FileEntry, here: Mapping[str, Path]) -> bool:
    """Tell whether a file is in place, after a killed fetch or from another version."""
    with suppress(OSError):
        if path.stat().st_size == entry.size and _digest_of(path) == entry.sha256:
            return True
    known = here.get(entry.sha256)
    if known is None:
        return False
    path.unlink(missing_ok=True)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(known, path)
    except OSError:  # a file system without hard links; or somebody has just removed it
        return False
    return True


def _parsed(content: bytes, digest: str, address: str) -> Manifest:
    """Read a manifest; its names may lead nowhere but into the version's folder."""
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError:
        raise _damaged("manifest", digest, address) from None
    for name in manifest.files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name or "\\" in name:
            raise _damaged("manifest", digest, address)
    if not _INDEX_VERSION.fullmatch(manifest.index_version):
        raise _damaged("manifest", digest, address)
    return manifest


def _damaged(what: str, sha256: str, address: str) -> StoredFileDamagedError:
    return StoredFileDamagedError(
        f"the index store {address} has a damaged file ({what}, {sha256[:12]}): the index version "
        "in use stays; the indexer stores the file again",
        sha256,
    )

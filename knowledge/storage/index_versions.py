"""Index versions: immutable folders, published as a whole; `CURRENT-…` names the one in use.

Programs that analyse text in another way have another `CURRENT-…`, so that two of them may use one
folder during an update, and the earlier one finds its index again when it is undone.

A kill at any step keeps a complete version in use. Before the rename, it leaves a `tmp-` folder
that the next publisher removes. Before `CURRENT-…` is replaced, it leaves a version that nobody
reads. After that, it leaves at most an old version, which the next publication removes.
"""

import fcntl
import hashlib
import operator
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import IntEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.model.errors import (
    DamagedIndexError,
    IndexMissingError,
    KnowledgeError,
    SyncRunningError,
)
from knowledge.text import analysis

STORE = "store.sqlite"
RECENT = "recent.sqlite"
"""What has changed since the store's base was written."""

LEXICAL = "lexical"
DENSE = "dense"

LOCKS = "*.lock"
"""Files by which a library locks a folder: those of two versions must not be one file."""

_CURRENT = re.compile(r"CURRENT-\d+")
_FORGET_SECONDS = 7 * 86_400.0
"""Age from which the version of a program is removed that has published nothing since."""

_NAME = re.compile(rb"version-\d+")
MANIFEST = "manifest.json"
"""The file of an index version that describes it."""


class PublishStep(IntEnum):
    """The steps of a publication, in order; each name says what has been done."""

    WRITTEN = 1
    RENAMED = 2
    SHARED = 3
    CURRENT = 4
    COLLECTED = 5


class FileEntry(BaseModel):
    """Size in bytes and SHA-256 (hexadecimal) of one file of an index version."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str


class IndexFacts(BaseModel):
    """How an index version was built: the embedder's name, versions of our code, settings.

    Attributes:
        engine: Name of what keeps its indexes; "" for the files of the version.
    """

    model_config = ConfigDict(frozen=True)

    embedder: str
    analysis: int
    parsing: int
    chunking: int
    chunk_tokens: int
    store: int = 1
    engine: str = Field("", exclude_if=operator.not_)

    def difference(self, other: "IndexFacts") -> str:
        """Return why an index built with *other* must be rebuilt, "" if it need not."""
        changed = [name for name, value in self if value != getattr(other, name)]
        return f"the {changed[0].replace('_', ' ')} changed" if changed else ""


class FeedState(BaseModel):
    """Where the changes of a source begin that an index version does not have yet.

    Attributes:
        cursor: As the source gave it.
        settings: Identifies the settings with which it was listed.
        listed_at: When it was last listed completely, in seconds since the epoch.
    """

    model_config = ConfigDict(frozen=True)

    cursor: str
    settings: str
    listed_at: float


class IndexContents(BaseModel):
    """What an index version contains.

    Attributes:
        dimensions: Length of its vectors.
        lacking: Chunks that have no vector yet.
        feeds: Of sources that tell their changes, by name.
    """

    model_config = ConfigDict(frozen=True)

    facts: IndexFacts
    dimensions: int
    documents: int
    chunks: int
    lacking: int = 0
    feeds: Mapping[str, FeedState] = {}

    @property
    def embedded(self) -> bool:
        """Whether it is searched by meaning: not while most of it has no vector."""
        return 2 * self.lacking <= self.chunks


class Manifest(BaseModel):
    """Describes an index version, with the checksums of its files.

    Attributes:
        created_at: When it was published, in seconds since the epoch.
        files: By path relative to the version's folder.
    """

    model_config = ConfigDict(frozen=True)

    index_version: str
    created_at: float
    contents: IndexContents
    files: Mapping[str, FileEntry]


ShareVersion = Callable[[Path, Manifest], None]
"""Gives an index version to all machines. It blocks, and raises `KnowledgeError` when it cannot be
shared, or when others have taken over."""


SharingRight = Callable[[], ShareVersion]
"""Returns what shares a version, for as long as the present right lasts. Raises `NotIndexerError`
when another process may publish for all machines."""


class IndexVersions:
    """The folder that holds the index versions.

    Args:
        folder: It; there need not be one yet.
        analysis_version: Of this program's text analysis.

    Attributes:
        pointer: The file that names this program's version in use.
        sharing: Gives the right to publish for all machines; None when there is but this one.
    """

    def __init__(self, folder: Path, analysis_version: int = analysis.VERSION) -> None:
        self.folder = folder
        self.pointer = folder / f"CURRENT-{analysis_version}"
        self.sharing: SharingRight | None = None
        self._share: ShareVersion | None = None

    def mark(self) -> tuple[int, int] | None:
        """Return a value that changes with each publication; costs one `stat` call."""
        try:
            status = self.pointer.stat()
        except FileNotFoundError:
            return self._mark_of_others()
        return status.st_ino, status.st_mtime_ns

    def current(self) -> Path:
        """Return the folder of the current index version.

        Until this program has published one, that is the latest one of another program, which may
        be good for nothing but to build on.

        Raises:
            IndexMissingError: when none has been published yet.
            DamagedIndexError: when `CURRENT-…` does not name one.
        """
        for pointer in (self.pointer, *self._others()):
            with suppress(FileNotFoundError):
                name = pointer.read_bytes().strip()
                if not _NAME.fullmatch(name):
                    raise _damaged(pointer)
                return self.folder / name.decode("ascii")
        raise IndexMissingError("there is no knowledge to search yet: run `kotae sync`")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the exclusive right to publish; it ends with the process at the latest.

        Raises:
            SyncRunningError: when another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # documents may be confidential
        with held(self.folder / "LOCK") as mine:
            if not mine:
                raise SyncRunningError("another sync is running: wait until it is done")
            self._share = self.sharing() if self.sharing else None
            yield

    @contextmanager
    def source(self, name: str) -> Iterator[Path]:
        """Hold the right to sync the source *name*; yields a folder for what is fetched meanwhile.

        Raises:
            SyncRunningError: when another process holds it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        fetched = self.folder / f"fetched-{key}"
        with held(self.folder / f"SOURCE-{key}") as mine:
            if not mine:
                raise SyncRunningError(
                    f"another sync of {name!r} is running: wait until it is done"
                )
            shutil.rmtree(fetched, ignore_errors=True)  # of a sync that was killed
            fetched.mkdir(mode=0o700)
            try:
                yield fetched
            finally:
                shutil.rmtree(fetched, ignore_errors=True)

    def embedding(self) -> AbstractContextManager[bool]:
        """Hold the right to embed what is published; yields False when another process has it."""
        return held(self.folder / "EMBEDDING")

    @contextmanager
    def draft(self, base: Path | None) -> Iterator[Path]:
        """Provide a temporary folder to build in, empty or with the files of *base*; lock first.

        What is beside the base of the store is copied because SQLite writes in place. All other
        files are hard links: they are replaced, and never changed in place.
        """
        for left_over in self.folder.glob("tmp-*"):
            shutil.rmtree(left_over)
        draft = self.folder / f"tmp-{time.time_ns()}"
        try:
            if base is None:
                draft.mkdir()
            else:
                leave_out = shutil.ignore_patterns(RECENT, MANIFEST, LOCKS)
                shutil.copytree(base, draft, copy_function=_link, ignore=leave_out)
                if (base / RECENT).exists():
                    shutil.copyfile(base / RECENT, draft / RECENT)
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def publish(
        self,
        draft: Path,
        contents: IndexContents,
        step: Callable[[PublishStep], None] = lambda _: None,
    ) -> Manifest:
        """Make *draft* the current index version, and return its manifest.

        Args:
            draft: The folder from `draft`, complete.
            contents: What it holds.
            step: Called after each step.
        """
        previous = self._current_or_none()
        name = self._next_name()
        known = _entries(previous) if previous else {}
        paths = sorted(path for path in draft.rglob("*") if path.is_file())
        new = [path for path in paths if path.stat().st_ino not in known]
        manifest = Manifest(
            index_version=name,
            created_at=time.time(),
            contents=contents,
            files={
                path.relative_to(draft).as_posix(): known.get(path.stat().st_ino) or _entry(path)
                for path in paths
            },
        )
        (draft / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        for path in (*new, draft / MANIFEST, *_folders(draft)):
            fsync(path)
        step(PublishStep.WRITTEN)
        draft.rename(self.folder / name)
        fsync(self.folder)
        step(PublishStep.RENAMED)
        if self._share:
            try:
                self._share(self.folder / name, manifest)
            except BaseException:
                shutil.rmtree(self.folder / name, ignore_errors=True)
                raise
        step(PublishStep.SHARED)
        self._point_to(name)
        step(PublishStep.CURRENT)
        self._collect({name, previous.name if previous else ""})
        step(PublishStep.COLLECTED)
        return manifest

    def adopt(self, index_version: Path) -> None:
        """Make a version current that came from another machine; keep the one before.

        Args:
            index_version: Its folder, complete and on the disk, in that of the versions.
        """
        previous = self._current_or_none()
        self._point_to(index_version.name)
        self._collect({index_version.name, previous.name if previous else ""})

    def manifests(self) -> dict[Path, Manifest]:
        """Return the versions on this machine that are complete, with their manifests."""
        found = {}
        for index_version in self._all():
            with suppress(DamagedIndexError):
                found[index_version] = read_manifest(index_version)
        return found

    def rollback(self) -> Path:
        """Make the previous index version current and return its folder; the caller holds the lock.

        Versions in use by other programs are none to go back to.

        Raises:
            KnowledgeError: when there is no previous version, or it is damaged.
        """
        current = self.current()
        for index_version in reversed(self._all()):
            if index_version.name < current.name and index_version not in self._of_others():
                manifest = verify(index_version)
                if self._share:
                    self._share(index_version, manifest)
                self._point_to(index_version.name)
                return index_version
        raise KnowledgeError(f"there is no index version before {current.name} to go back to")

    def _all(self) -> list[Path]:
        return sorted(self.folder.glob("version-*"))

    def _others(self) -> list[Path]:
        """Return the pointers of other programs, the latest one first."""
        found = (path for path in self.folder.glob("CURRENT-*") if _CURRENT.fullmatch(path.name))
        return sorted({*found} - {self.pointer}, key=_written_at, reverse=True)

    def _of_others(self) -> set[Path]:
        """Return the versions in use by other programs; forget those that seem to be gone."""
        named = set()
        for pointer in self._others():
            if _written_at(pointer) < time.time() - _FORGET_SECONDS:
                pointer.unlink(missing_ok=True)
                continue
            with suppress(OSError):
                named.add(self.folder / pointer.read_text("ascii", errors="replace").strip())
        return named

    def _mark_of_others(self) -> tuple[int, int] | None:
        for pointer in self._others():
            with suppress(FileNotFoundError):
                status = pointer.stat()
                return status.st_ino, status.st_mtime_ns
        return None

    def _current_or_none(self) -> Path | None:
        with suppress(IndexMissingError, DamagedIndexError):
            return self.current()
        return None

    def _next_name(self) -> str:
        """Return a name that sorts after all others, even if the clock was set back."""
        newest = max((int(path.name.removeprefix("version-")) for path in self._all()), default=0)
        return f"version-{max(time.time_ns(), newest + 1)}"

    def _point_to(self, name: str) -> None:
        # Another process may follow to the same version just now.
        temporary = self.folder / f"{self.pointer.name}.{os.getpid()}-{threading.get_ident()}"
        temporary.write_text(name + "\n", encoding="ascii")
        fsync(temporary)
        temporary.replace(self.pointer)
        fsync(self.folder)

    def _collect(self, keep: set[str]) -> None:
        """Remove older versions but those to *keep*, and those of other programs.

        Readers of a removed one keep its files open. A newer one may be on its way to be published.
        Who follows and who publishes may remove the same one at once; what neither has removed
        then, the next publication does.
        """
        newest = max(keep)
        of_others = self._of_others()
        for index_version in self._all():
            is_kept = index_version.name in keep or index_version in of_others
            if index_version.name < newest and not is_kept:
                with suppress(FileNotFoundError):
                    shutil.rmtree(index_version)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def read_manifest(index_version: Path) -> Manifest:
    """Read an index version's manifest and check the sizes of its files.

    Raises:
        DamagedIndexError: when a file has another size or is missing (a publisher may be removing
            the version).
    """
    path = index_version / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
        for name, entry in manifest.files.items():
            path = index_version / name
            if path.stat().st_size != entry.size:
                raise _damaged(path)
    except (ValidationError, FileNotFoundError) as error:
        raise _damaged(path) from error
    return manifest


def verify(index_version: Path) -> Manifest:
    """Check every file of an index version against its checksum; return its manifest.

    Raises:
        DamagedIndexError: when a file differs or is missing.
    """
    manifest = read_manifest(index_version)
    for name, entry in manifest.files.items():
        if _entry(index_version / name) != entry:
            raise _damaged(index_version / name)
    return manifest


@contextmanager
def reporting_damage(index_version: Path) -> Iterator[None]:
    """Verify *index_version* after an unexpected error, which damaged files may explain.

    Raises:
        DamagedIndexError: in place of the error, when a file is damaged or missing.
    """
    try:
        yield
    except KnowledgeError:
        raise
    except Exception:
        verify(index_version)
        raise


def _damaged(path: Path) -> DamagedIndexError:
    state = "damaged" if path.exists() else "missing"
    return DamagedIndexError(f"{path} is {state}: run `kotae sync --force` to rebuild the index")


def _entry(path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(size=path.stat().st_size, sha256=digest)


def _entries(index_version: Path) -> dict[int, FileEntry]:
    """Return the entries of a version's files by inode, so that hard links need no new hash."""
    try:
        manifest = read_manifest(index_version)
    except DamagedIndexError:
        return {}
    return {(index_version / name).stat().st_ino: entry for name, entry in manifest.files.items()}


def _folders(root: Path) -> list[Path]:
    return [*(path for path in root.rglob("*") if path.is_dir()), root]


def fsync(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Hold the lock on the file *path*; yields False when another holder has it."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)

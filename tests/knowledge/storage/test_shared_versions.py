"""Index versions travel whole or not at all, and only what changed is copied."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.model.errors import (
    IndexStoreError,
    NotIndexerError,
    StorageError,
    StoredFileDamagedError,
    StoredFileMissingError,
)
from knowledge.storage.index_versions import MANIFEST, IndexVersions, Manifest, verify
from knowledge.storage.object_store import FolderStore
from knowledge.storage.shared_versions import PublishedVersion, SharedVersions
from tests.support.killed_publication import CONTENTS


class CountingStore(FolderStore):
    """A folder that counts what is read, and fails as it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.read = list[str]()
        self.written = list[str]()
        self.fail: Callable[[str], None] = lambda _: None

    def put(self, name: str, content: Path | bytes) -> None:
        self.written.append(name)
        super().put(name, content)

    def get(self, name: str) -> Iterator[bytes]:
        self.fail(name)
        self.read.append(name)
        yield from super().get(name)


class Machines:
    """Two machines and what they share."""

    def __init__(self, folder: Path) -> None:
        self.store = CountingStore(folder / "store")
        self.here, self.there = IndexVersions(folder / "here"), IndexVersions(folder / "there")
        self.maker = SharedVersions(self.store, self.here)
        self.reader = SharedVersions(self.store, self.there)
        self.published: PublishedVersion | None = None
        self.here.sharing = lambda: self._share

    def _share(self, index_version: Path, manifest: Manifest) -> None:
        self.published = self.maker.upload(index_version, manifest, self.published)

    def publish(self, **files: str) -> PublishedVersion:
        """Publish a version of these files; those that the version before has are linked."""
        with self.here.lock(), self.here.draft(None) as draft:
            before = max(self.here.folder.glob("version-*"), default=None)
            for name, text in files.items():
                known = before / name if before else None
                if known and known.exists() and known.read_text() == text:
                    (draft / name).hardlink_to(known)
                else:
                    (draft / name).write_text(text)
            self.here.publish(draft, CONTENTS)
        assert self.published
        return self.published

    def texts(self) -> dict[str, str]:
        """Return the files that the reading machine uses."""
        current = self.there.current()
        return {p.name: p.read_text() for p in current.iterdir() if p.name != MANIFEST}

    def stored(self, published: PublishedVersion, name: str) -> Path:
        """Return where the store has a file of a version."""
        manifest = json.loads((self.here.folder / published.index_version / MANIFEST).read_text())
        sha256: str = manifest["files"][name]["sha256"]
        return Path(self.store.address) / "objects" / sha256[:2] / sha256


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    """Two machines, and nothing published."""
    return Machines(tmp_path)


def test_a_version_arrives_as_it_was_published(machines: Machines) -> None:
    """Every file, and every byte is proven."""
    published = machines.publish(a="1", b="2")

    assert machines.reader.fetch(published) == 2
    assert machines.texts() == {"a": "1", "b": "2"}
    assert verify(machines.there.current()).index_version == published.index_version
    assert machines.reader.is_current(published)


def test_only_what_changed_is_copied(machines: Machines) -> None:
    """Up and down: a file that the version before had is neither stored nor fetched again."""
    machines.reader.fetch(machines.publish(same="s" * 1000, other="1"))
    machines.store.read.clear()
    machines.store.written.clear()

    published = machines.publish(same="s" * 1000, other="22")
    fetched = machines.reader.fetch(published)

    assert fetched == 2
    assert len(machines.store.written) == 2  # the file and the manifest
    assert machines.texts() == {"same": "s" * 1000, "other": "22"}


@pytest.mark.parametrize("damage", [b"x" * 9, b"", b"x" * 99])
def test_a_damaged_file_is_never_used_and_mended_by_its_maker(
    machines: Machines, damage: bytes
) -> None:
    """Other bytes, none, or too many: it is asked for twice, named, and the old version stays."""
    machines.reader.fetch(machines.publish(text="old"))
    published = machines.publish(text="something")
    machines.stored(published, "text").write_bytes(damage)

    with pytest.raises(StoredFileDamagedError, match="damaged") as failed:
        machines.reader.fetch(published)
    assert machines.texts() == {"text": "old"}

    assert machines.maker.mend({failed.value.sha256}) == {failed.value.sha256}
    machines.reader.fetch(published)
    assert machines.texts() == {"text": "something"}


@pytest.mark.parametrize("name", ["../../escaped", "/etc/escaped", "a/../../../escaped"])
def test_a_manifest_cannot_write_elsewhere(machines: Machines, name: str, tmp_path: Path) -> None:
    """Even if whoever wrote it had the right name for it."""
    published = machines.publish(text="1")
    path = machines.here.folder / published.index_version / MANIFEST
    content = json.loads(path.read_text())
    content["files"] = {name: content["files"]["text"]}
    path.write_text(json.dumps(content))
    manifest = Manifest.model_validate(content)
    forged = machines.maker.upload(path.parent, manifest.model_copy(update={"files": {}}), None)

    with pytest.raises(StoredFileDamagedError):
        machines.reader.fetch(forged)

    assert not list(tmp_path.rglob("escaped"))


def test_a_fetch_that_was_cut_off_goes_on_where_it_was(machines: Machines) -> None:
    """What had arrived is not fetched again, and a new version forgets what was begun."""
    published = machines.publish(a="1", b="2")
    missing = machines.stored(published, "b")
    missing.rename(missing.with_suffix(".away"))
    with pytest.raises(StoredFileMissingError):
        machines.reader.fetch(published)

    missing.with_suffix(".away").rename(missing)
    machines.store.read.clear()
    machines.reader.fetch(published)

    assert machines.texts() == {"a": "1", "b": "2"}
    assert len(machines.store.read) == 2  # the manifest, and what was missing
    assert not list(machines.there.folder.glob("incoming-*"))


def test_a_full_disk_keeps_the_version_so_far_and_frees_the_rest(machines: Machines) -> None:
    """The old version answers, the reason is told, and nothing half is left."""
    machines.reader.fetch(machines.publish(text="old"))
    published = machines.publish(text="new")

    def fill(name: str) -> None:
        if published.manifest not in name:
            raise OSError(errno.ENOSPC, "No space left on device")

    machines.store.fail = fill
    with pytest.raises(StorageError, match="No space left"):
        machines.reader.fetch(published)

    assert machines.texts() == {"text": "old"}
    assert not list(machines.there.folder.glob("incoming-*"))


def test_a_store_that_is_away_keeps_the_version_so_far(machines: Machines) -> None:
    """And nothing is published anywhere while it is."""
    machines.reader.fetch(machines.publish(text="old"))
    store = Path(machines.store.address)
    store.rename(store.with_name("away"))
    store.write_text("a file in place of the folder")

    with pytest.raises(IndexStoreError):
        machines.publish(text="new")

    assert (machines.here.current() / "text").read_text() == "old"
    assert machines.texts() == {"text": "old"}
    assert len(list(machines.here.folder.glob("version-*"))) == 1


def test_whoever_may_not_publish_builds_nothing(machines: Machines) -> None:
    """The right is asked for with the lock, before any work."""

    def refuse() -> None:
        raise NotIndexerError("another process")

    machines.here.sharing = refuse  # type: ignore[assignment]
    with pytest.raises(NotIndexerError), machines.here.lock():
        pytest.fail("it may not publish")


def test_damage_on_this_machine_is_mended_from_the_store(machines: Machines) -> None:
    """A damaged file is not linked again."""
    published = machines.publish(text="right")
    machines.reader.fetch(published)
    (machines.there.current() / "text").write_text("wrong")

    machines.reader.fetch(published, again=True)

    assert machines.texts() == {"text": "right"}


def test_a_rollback_is_published_too(machines: Machines) -> None:
    """All machines go back, and what they still have is not fetched."""
    machines.reader.fetch(machines.publish(text="one"))
    machines.reader.fetch(machines.publish(text="two"))
    with machines.here.lock():
        machines.here.rollback()
    assert machines.published
    machines.store.read.clear()
    machines.reader.fetch(machines.published)

    assert machines.texts() == {"text": "one"}
    assert machines.store.read == []


def test_cleaning_removes_what_no_kept_version_names(machines: Machines) -> None:
    """What is young stays, and so does every file that a kept manifest names."""
    old = machines.publish(same="s", text="1")
    new = machines.publish(same="s", text="2")
    stranger = Path(machines.store.address) / "notes.txt"
    stranger.write_text("not ours")

    kept, later = [new.manifest], new.created_at + 3_600
    assert machines.maker.remove_unused(kept, [], before=old.created_at - 3_600) == 0
    assert machines.maker.remove_unused(kept, [old.manifest], before=later) == 0
    assert machines.maker.remove_unused(kept, ["0" * 64], before=later) == 2

    machines.reader.fetch(new)
    assert machines.texts() == {"same": "s", "text": "2"}
    assert stranger.exists()
    with pytest.raises(StoredFileMissingError):
        machines.maker.remove_unused([old.manifest], [], before=later)


def test_a_version_that_is_here_needs_no_store(machines: Machines) -> None:
    """After a crash between the publication and its use, nothing is fetched."""
    published = machines.publish(text="1")
    machines.reader.fetch(published)
    machines.there.pointer.unlink()
    shutil.rmtree(machines.store.address)

    assert machines.reader.fetch(published) == 0
    assert machines.texts() == {"text": "1"}

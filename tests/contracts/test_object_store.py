"""The contract of `ObjectStore`: a folder, and a bucket of S3."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowledge.model.errors import IndexStoreError, StoredFileMissingError
from knowledge.storage.cloud_store import CloudStore
from knowledge.storage.object_store import PIECE, FolderStore, ObjectStore
from tests.support.ports import free_port
from tests.support.storages import running_seaweed

OpenStore = Callable[[str], ObjectStore]
KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


@pytest.fixture(scope="module", params=["folder", "s3"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenStore]:
    """Open a store with a name of its own."""
    folder = tmp_path_factory.mktemp("store")
    if request.param == "folder":
        yield lambda name: FolderStore(folder / name)
        return
    with running_seaweed(folder) as seaweed:
        options = KEYS | {"AWS_ENDPOINT": f"http://127.0.0.1:{seaweed.s3}"}
        yield lambda name: CloudStore(f"s3://docs/{name}", options)


def content(store: ObjectStore, name: str) -> bytes:
    return b"".join(store.get(name))


def test_what_is_put_is_got(opened: OpenStore, tmp_path: Path) -> None:
    """From memory and from a file of several pieces; and a second put replaces the first."""
    store, large = opened("put"), bytes(range(256)) * (PIECE // 100)
    (tmp_path / "large").write_bytes(large)

    store.put("a/small", b"once")
    store.put("a/small", b"twice")
    store.put("b/large", tmp_path / "large")

    assert content(store, "a/small") == b"twice"
    assert content(store, "b/large") == large


def test_a_file_that_is_not_there_is_told_apart(opened: OpenStore) -> None:
    """A missing file is no broken store."""
    with pytest.raises(StoredFileMissingError, match="nothing"):
        content(opened("missing"), "nothing")


def test_names_are_listed_with_their_times_and_removed(opened: OpenStore) -> None:
    """Only what is below the store's own address; to remove what is gone is no error."""
    store, other = opened("names"), opened("others")
    other.put("x", b"theirs")
    store.put("a/one", b"1")
    store.put("two", b"2")
    found = dict(store.names())
    assert set(found) == {"a/one", "two"}
    assert all(written_at > 1_700_000_000 for written_at in found.values())

    store.remove(["a/one", "never"])

    assert [name for name, _ in store.names()] == ["two"]
    assert content(other, "x") == b"theirs"


def test_a_store_that_cannot_be_used_says_which_and_no_secret(tmp_path: Path) -> None:
    """The operator reads the address and the reason, and never a key."""
    (tmp_path / "file").write_text("")
    options = KEYS | {
        "AWS_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "AWS_SECRET_ACCESS_KEY": "s3cr3t-key",
    }
    stores = FolderStore(tmp_path / "file"), CloudStore("s3://docs/x", options)
    for store in stores:
        with pytest.raises(IndexStoreError) as failed:
            store.put("name", b"text")
        assert store.address in str(failed.value)
        assert "s3cr3t" not in str(failed.value)
        assert "\n" not in str(failed.value)

"""A small change is written beside the base, and both are read as one."""

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.model.types import Access, Document, Principal
from knowledge.storage import store as store_module
from knowledge.storage.index_versions import RECENT, STORE
from knowledge.storage.store import FileRecord, Store, StoreWriter
from knowledge.text.chunker import Piece

READER = Principal("reader", member=True)
Documents = dict[str, tuple[str, ...]]
"""The pieces of each document."""

names = st.sampled_from(["a/1", "a/2", "b/1", "b/2", "b/3"])
pieces = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=4).map(tuple)
changes = st.lists(st.tuples(names, st.none() | pieces), min_size=1, max_size=4)


def document(name: str, groups: tuple[str, ...] = ()) -> Document:
    access = Access("groups", frozenset(groups)) if groups else Access("members")
    return Document(name, name.partition("/")[0], name, f"https://x/{name}", None, "", access)


def write(folder: Path, changed: list[tuple[str, tuple[str, ...] | None]]) -> list[int]:
    """Write the next version into *folder*; return the removed keys."""
    with closing(StoreWriter(folder / STORE)) as writer:
        for name, texts in changed:
            if texts is None:
                writer.remove(name)
            else:
                writer.put(document(name), FileRecord("1", b"h"), [Piece(one) for one in texts])
        writer.finish()
        return writer.removed


def next_version(folder: Path) -> Path:
    """Return a folder with the store of *folder*, as a draft has it."""
    following = folder.with_name(f"{folder.name}+")
    following.mkdir()
    os.link(folder / STORE, following / STORE)
    if (folder / RECENT).exists():
        shutil.copyfile(folder / RECENT, following / RECENT)
    return following


def read(folder: Path) -> Documents:
    """Return all documents, in each way that there is to read them."""
    with closing(Store(folder / STORE)) as store:
        every = {d.id: tuple(c.text for c in chunks) for d, _, chunks in store.all_chunks()}
        for name, texts in every.items():
            assert tuple(c.text for c in store.read(name, READER, 0, 99)) == texts
            assert tuple(piece.text for piece in store.pieces(name)) == texts
        keys = [chunk.key for chunk in store.entries()]
        assert sorted(set(keys)) == keys
        assert sorted(c.text for c in store.chunks(keys)) == sorted(
            text for texts in every.values() for text in texts
        )
        assert len(store.search_texts(keys)) == len(keys) == len(list(store.text_hashes()))
        for source in "ab":
            own = {name: texts for name, texts in every.items() if name.startswith(source)}
            assert store.count(source)[:2] == (len(own), sum(map(len, own.values())))
        return every


@pytest.mark.parametrize("most_recent", [(0, 1_000), (2_000, 20)])
@settings(max_examples=30)
@given(st.lists(changes, min_size=1, max_size=4))
def test_any_chain_of_changes_reads_as_if_written_at_once(
    tmp_path_factory: pytest.TempPathFactory,
    most_recent: tuple[int, int],
    versions: list[list[tuple[str, tuple[str, ...] | None]]],
) -> None:
    """Added, changed, removed, added again; with and without a new base; earlier versions stay."""
    expected = Documents()
    folder = tmp_path_factory.mktemp("store") / "v"
    folder.mkdir()
    before = store_module._MOST_RECENT
    store_module._MOST_RECENT = most_recent
    try:
        history = list[tuple[Path, Documents]]()
        keys = dict[int, str]()
        for changed in versions:
            folder = next_version(folder) if history else folder
            removed = write(folder, changed)
            for name, texts in changed:
                if texts is None:
                    expected.pop(name, None)
                else:
                    expected[name] = texts
            with closing(Store(folder / STORE)) as store:
                now = {one.key: one.text for one in store.entries()}
            assert set(keys) - set(now) == set(removed) & set(keys)
            assert all(keys[key] == now[key] for key in keys.keys() & now.keys())
            keys = now
            history.append((folder, dict(expected)))
        for place, then in history:
            assert read(place) == then
    finally:
        store_module._MOST_RECENT = before


def test_a_small_change_leaves_the_base_alone(tmp_path: Path) -> None:
    """What other versions link is not written: one document costs what it is."""
    folder = tmp_path / "v"
    folder.mkdir()
    write(folder, [(f"a/{number}", ("text " * 100,)) for number in range(500)])
    base = (folder / STORE).read_bytes()

    after = next_version(folder)
    write(after, [("a/7", ("changed",))])

    assert (after / STORE).stat().st_ino == (folder / STORE).stat().st_ino
    assert (folder / STORE).read_bytes() == base
    assert (after / RECENT).stat().st_size < len(base) / 4
    assert read(after)["a/7"] == ("changed",)
    assert read(folder)["a/7"] == ("text " * 100,)


def test_rights_that_changed_beside_the_base_hold(tmp_path: Path) -> None:
    """The access list of the base no longer admits anybody to a document that has a new one."""
    folder = tmp_path / "v"
    folder.mkdir()
    write(folder, [("a/1", ("secret",)), ("a/2", ("open",))])
    after = next_version(folder)
    with closing(StoreWriter(after / STORE)) as writer:
        writer.update(document("a/1", ("#board",)), FileRecord("1", b"h"))
        writer.finish()

    with closing(Store(after / STORE)) as store:
        keys = store.access_keys(READER)
        assert keys is not None
        shown = [one.text for one in store.entries() if one.access in keys]
        assert len(shown) == 1
        assert "open" in shown[0]
        assert store.groups == {"#board"}


def test_lookups_by_key_use_the_index_of_both_files(tmp_path: Path) -> None:
    """A search reads its chunks, and never the whole store."""
    folder = tmp_path / "v"
    folder.mkdir()
    write(folder, [("a/1", ("one",))])
    after = next_version(folder)
    write(after, [("a/2", ("two",))])
    with closing(Store(after / STORE)) as store:
        for query in (
            f"{store_module._CHUNKS} WHERE key IN (SELECT value FROM json_each('[1]'))",
            f"{store_module._CHUNKS} WHERE document = 1 AND ordinal >= 0 ORDER BY ordinal LIMIT 5",
            f"{store_module._CHUNKS} WHERE id = 'a/1' ORDER BY ordinal",
        ):
            plan = store._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
            steps = [row[3] for row in plan]
            assert not [one for one in steps if one.startswith(("SCAN c", "SCAN d"))], steps

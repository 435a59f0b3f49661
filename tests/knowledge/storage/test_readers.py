"""Whoever may not read a document at its source gets nothing of it from any way into the index."""

import hashlib
import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import KnowledgeError
from knowledge.model.readers import group, parse_readers, person, write_readers
from knowledge.model.types import NOBODY, Access, Document, Principal, SourceReaders
from knowledge.storage.index_versions import STORE, IndexVersions
from knowledge.storage.store import FileRecord, Store, StoreWriter
from knowledge.text.chunker import Piece
from tests.support.library import MEMBER, Library
from tests.support.memory_sources import MemorySource

NAMES = [
    person("a@example.com"),
    person("b@example.com"),
    group("google", "hr"),
    group("jira", "x"),
]
GROUPS = ["#hr", "@dev", "C0123"]
names = st.frozensets(st.sampled_from(NAMES))
readers = st.frozensets(names, max_size=3)
groups = st.frozensets(st.sampled_from(GROUPS))
accesses = st.builds(Access, st.sampled_from(["anyone", "members", "groups"]), groups, readers)
principals = st.builds(Principal, st.just("U1"), st.booleans(), groups, names)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the stores of all examples."""
    return tmp_path_factory.mktemp("stores")


@given(lists=st.lists(accesses, min_size=1, max_size=8), asking=st.lists(principals, min_size=1))
def test_the_store_permits_what_the_access_permits(
    folder: Path, lists: list[Access], asking: list[Principal]
) -> None:
    """Searching, reading and naming follow the same rule, for any audience and any readers."""
    path = folder / "store.sqlite"
    path.unlink(missing_ok=True)
    with closing(StoreWriter(path)) as writer:
        for number, access in enumerate(lists):
            document = Document(f"s/{number}", "s", "t", "u", access=access)
            writer.put(document, FileRecord("1", b""), [Piece("text")])
        writer.finish()

    with closing(Store(path)) as store:
        assert [found.access for found, _ in store.documents().values()] == lists
        of_chunk = {entry.key: entry.access for entry in store.entries()}
        for reader in asking:
            permitted = {f"s/{n}" for n, access in enumerate(lists) if access.permits(reader)}
            keys = store.access_keys(reader)
            found = [key for key, one in of_chunk.items() if keys is None or one in keys]
            assert {chunk.document.id for chunk in store.chunks(found)} == permitted
            for number in range(len(lists)):
                if f"s/{number}" in permitted:
                    assert store.read(f"s/{number}", reader, 0, 1)
                else:
                    with pytest.raises(KnowledgeError, match="no document"):
                        store.read(f"s/{number}", reader, 0, 1)


@given(readers)
def test_readers_are_stored_unchanged(who: SourceReaders) -> None:
    """Nobody, and no restriction, stay what they are."""
    assert parse_readers(write_readers(who)) == who


async def test_search_finds_what_readers_may_read(library: Library) -> None:
    """In both indexes, for documents that are equal but for their readers."""
    chosen, wiki = random.Random(1), MemorySource("wiki")
    for number in range(60):
        sets = [chosen.sample(NAMES, chosen.randrange(4)) for _ in range(chosen.randrange(3))]
        wiki.put(
            f"{number}.md", f"# Zeppelin {number}\n\nIt leaves.", frozenset(map(frozenset, sets))
        )
    library.add(wiki)
    base = library.open()
    await base.sync()

    for number in range(2 ** len(NAMES)):
        held = frozenset(name for place, name in enumerate(NAMES) if number >> place & 1)
        reader = Principal("U1", member=True, names=held)
        wanted = {
            f"wiki/{name}"
            for name, file in wiki.content.items()
            if Access(readers=file.readers).permits(reader)
        }
        assert {one.document_id for one in await base.search("zeppelin", reader, 100)} == wanted
        assert {one.document_id async for one in base.passages(reader)} == wanted


async def test_changed_readers_need_no_reading(library: Library) -> None:
    """A right that is lost is lost at the next sync, and costs no download and no embedding."""
    wiki = MemorySource("wiki")
    wiki.put("a.md", "# A\n\nzeppelin")
    wiki.put("b.md", "# B\n\nsomething else")
    library.add(wiki)
    await library.open().sync()
    wiki.calls.clear()
    library.embedder.texts.clear()

    wiki.put("a.md", "# A\n\nzeppelin", NOBODY)
    report = await library.open().sync()

    assert (report.changed, report.unchanged) == (1, 1)
    assert "read" not in wiki.calls
    assert library.embedder.texts == []
    found = await library.open().search("zeppelin", MEMBER)
    assert [passage.document_id for passage in found if "zeppelin" in passage.text] == []


async def test_a_file_cannot_lift_its_readers(library: Library) -> None:
    """What it states of its audience comes on top."""
    wiki = MemorySource("wiki")
    wiki.put(
        "a.md", "---\naudience: anyone\n---\n# A\n\nzeppelin", frozenset({frozenset({NAMES[0]})})
    )
    library.add(wiki)
    await library.open().sync()

    assert await library.open().search("zeppelin", MEMBER) == []
    assert await library.open().search("zeppelin", Principal("G", names=frozenset({NAMES[0]})))


async def test_an_index_without_readers_is_searched_and_then_rebuilt(library: Library) -> None:
    """Nobody has to wait for the sync after an update of Kotae."""
    library.write_many(5)
    await library.open().sync()
    _as_version_1(IndexVersions(library.index).current())
    assert await library.open().search("Page 3", MEMBER)

    report = await library.open().sync()

    assert (report.rebuilt, report.documents_total) == ("the store changed", 5)
    assert report.embedded_chunks == 0


def _as_version_1(folder: Path) -> None:
    """Make an index version what it was before it had readers."""
    path, manifest = folder / STORE, folder / "manifest.json"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE a (key INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,"
            " level TEXT NOT NULL, groups TEXT NOT NULL, UNIQUE (source, level, groups));"
            "INSERT INTO a SELECT key, source, level, groups FROM access;"
            "DROP TABLE access; ALTER TABLE a RENAME TO access;"
        )
    described = json.loads(manifest.read_text())
    del described["contents"]["facts"]["store"]
    data = path.read_bytes()
    described["files"][STORE] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest.write_text(json.dumps(described))

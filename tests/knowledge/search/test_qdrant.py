"""An index in Qdrant: whole versions or nothing, rights, and errors that say what to do."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import knowledge
from knowledge.base import KnowledgeBase
from knowledge.factory import open_knowledge
from knowledge.model.errors import DamagedIndexError, IndexServerError, OutdatedIndexError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.types import Principal
from knowledge.search.index import IndexEntry, Query
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.qdrant.engine import QdrantEngine
from knowledge.search.indexes.qdrant.self_test import try_server
from knowledge.search.indexes.qdrant.server import QdrantServer
from tests.support.library import MEMBER, Library, source_table
from tests.support.ports import free_port

pytest.importorskip("qdrant_edge", reason="needs Qdrant's engine, qdrant-edge-py")

from tests.support.qdrant_server import KEY, QdrantDouble, running_qdrant

GUEST = Principal("U9")
SAMPLES = Path(knowledge.__file__).parent / "samples"


@pytest.fixture
def qdrant(tmp_path: Path) -> Iterator[QdrantDouble]:
    with running_qdrant(tmp_path / "server", KEY) as server:
        yield server


@pytest.fixture
def shelf(library: Library, qdrant: QdrantDouble) -> Library:
    """A library whose index is in Qdrant."""
    library.engine = QdrantEngine(QdrantServer(qdrant.address, KEY), library.index)
    return library


async def found(library: Library, query: str, reader: Principal = MEMBER) -> list[str]:
    return [passage.text for passage in await library.open().search(query, reader)]


async def test_documents_are_found_changed_and_forgotten(
    shelf: Library, qdrant: QdrantDouble
) -> None:
    """Both languages, a change, a removal, and the way back; each sync costs what changed."""
    shelf.write("leave.md", "# Leave\n\nAnnual leave is ten days.\n")
    shelf.write("expenses.md", "# 経費\n\n経費の精算は月末までに申請します。\n")
    await shelf.open().sync()
    assert (await found(shelf, "annual leave"))[0] == "Annual leave is ten days."
    assert (await found(shelf, "経費の精算はいつまで"))[0].startswith("経費の精算")

    written = qdrant.writes
    shelf.write("leave.md", "# Leave\n\nAnnual leave is twenty days.\n")
    (shelf.docs / "expenses.md").unlink()
    await shelf.open().sync()
    assert qdrant.writes == written + 2  # one request with words, one with a vector
    assert await found(shelf, "annual leave") == ["Annual leave is twenty days."]
    assert not [text for text in await found(shelf, "経費の精算") if "経費" in text]

    await shelf.open().rollback()
    assert (await found(shelf, "annual leave"))[0] == "Annual leave is ten days."
    assert (await found(shelf, "経費の精算"))[0].startswith("経費の精算")
    await shelf.open().sync()
    assert await found(shelf, "annual leave") == ["Annual leave is twenty days."]
    assert not [text for text in await found(shelf, "経費の精算") if "経費" in text]


async def test_what_no_version_shows_is_deleted(shelf: Library, qdrant: QdrantDouble) -> None:
    """A removed text is gone from the server once the version before does not show it either."""
    for number in range(30):
        shelf.write("page.md", f"# Page\n\nState {number}.\n")
        await shelf.open().sync()
    (words,) = [name for name in qdrant.shards if "lexical" in name]
    assert qdrant.count(words) <= 3
    assert await found(shelf, "state") == ["State 29."]
    version = shelf.index_versions()[-1]
    state = json.loads((shelf.index / version / "lexical" / "collection.json").read_text("utf-8"))
    assert len(state["layers"]) <= 22


@pytest.mark.parametrize("write", [1, 2])
async def test_a_sync_that_dies_changes_nothing(
    shelf: Library, qdrant: QdrantDouble, write: int
) -> None:
    """The server fails at the first or at the second write: the published version stays whole."""
    shelf.write("a.md", "# A\n\nOld words.\n")
    await shelf.open().sync()
    shelf.write("a.md", "# A\n\nNew words.\n")
    qdrant.failing_at = qdrant.writes + write
    with pytest.raises(IndexServerError, match="500: No space left on device"):
        await shelf.open().sync()
    assert await found(shelf, "words") == ["Old words."]
    await shelf.open().sync()
    assert await found(shelf, "words") == ["New words."]
    assert all(qdrant.count(name) == 2 for name in qdrant.shards)  # the one before is kept


async def test_searches_see_one_sync_or_the_other(shelf: Library) -> None:
    """Two documents that always change together are always found together."""

    def write(number: int) -> None:
        for name in ("left", "right"):
            shelf.write(f"{name}.md", f"# {name}\n\nThe zeppelin has state {number}.\n")

    write(0)
    base = shelf.open()
    await base.sync()
    done = asyncio.Event()
    seen = set[str]()

    async def search() -> None:
        while not done.is_set():
            passages = await base.search("zeppelin state", MEMBER)
            states = [re.findall(r"\d+", passage.text) for passage in passages]
            assert len(states) == 2
            assert states[0] == states[1]
            seen.add(states[0][0])

    searches = [asyncio.create_task(search()) for _ in range(2)]
    for number in range(1, 5):
        write(number)
        await shelf.open().sync()
    done.set()
    await asyncio.gather(*searches)
    assert len(seen) > 1


async def test_vectors_follow_words(library: Library, qdrant: QdrantDouble) -> None:
    """A first sync with a model publishes words alone; the vectors come with the next version."""
    library.engine = QdrantEngine(QdrantServer(qdrant.address, KEY), library.index)
    library.embedder.semantic = True
    library.write_many(3)
    base = library.open()
    report = await base.sync(vectors=False)
    assert report.lacking_chunks == 3
    assert await base.search("内容 2 番", MEMBER, 1)
    assert await base.add_vectors() == 3
    assert base.status().embedded_chunks == 3
    assert await base.search("内容 2 番", MEMBER, 1)


async def test_private_documents_stay_private(shelf: Library) -> None:
    """A guest finds nothing of the members, even where only they have the words."""
    shelf.configure(source_table("docs", "docs"), source_table("open", "open", audience="anyone"))
    (shelf.docs.parent / "open").mkdir()
    shelf.write("secret.md", "# Secret\n\nThe zeppelin is blue.\n")
    (shelf.docs.parent / "open" / "news.md").write_text("# News\n\nThe zeppelin flies.\n", "utf-8")
    await shelf.open().sync()
    assert len(await found(shelf, "zeppelin")) == 2
    assert await found(shelf, "zeppelin", GUEST) == ["The zeppelin flies."]


AUDIENCES: Mapping[str, object] = {
    "all": "anyone",
    "team": "members",
    "id": ["C0HR"],
    "name": ["#hr"],
    "handle": ["@hr"],
    "several": ["S0HR", "C0BOARD"],
}
READERS: Mapping[str, tuple[Principal, set[str]]] = {
    "guest": (GUEST, {"all"}),
    "member": (MEMBER, {"all", "team"}),
    "of the id": (Principal("U3", member=True, groups=frozenset({"C0HR"})), {"all", "team", "id"}),
    "of the name": (Principal("U4", groups=frozenset({"#hr"})), {"all", "name"}),
    "of another of the same name": (
        Principal("U5", groups=frozenset({"hr", "#HR", "c0hr", "#C0HR", "C0H", "C0HR1", "all"})),
        {"all"},
    ),
    "of one of several": (Principal("C0BOARD", groups=frozenset({"C0BOARD"})), {"all", "several"}),
}


def _write_for_each(shelf: Library) -> None:
    """Write two documents with the same words for each audience."""
    tables = [source_table(name, name, audience=who) for name, who in AUDIENCES.items()]
    shelf.configure(*tables)
    for name in AUDIENCES:
        for number in range(2):
            path = shelf.folder / name / f"{number}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"# 経費\n\n経費 zeppelin: {name} {number}.\n", "utf-8")


async def test_each_reader_finds_what_is_theirs(shelf: Library) -> None:
    """All of it, however little that is, and nothing that is for a group of a similar name."""
    _write_for_each(shelf)
    await shelf.open().sync()
    base = shelf.open()
    for reader, sources in READERS.values():
        expected = {f"経費 zeppelin: {name} {number}." for name in sources for number in range(2)}
        for question in ("zeppelin", "経費"):
            for limit in (2, 20):
                texts = [one.text for one in await base.search(question, reader, limit)]
                assert set(texts) <= expected
                assert len(texts) == min(limit, len(expected))


async def test_a_server_that_gives_too_much_changes_no_rights(
    shelf: Library, qdrant: QdrantDouble
) -> None:
    """Whoever can write to it puts every point on a guest's list; rights are the store's."""
    _write_for_each(shelf)
    await shelf.open().sync()
    base, server = shelf.open(), QdrantServer(qdrant.address, KEY)
    own = {f"経費 zeppelin: all {number}." for number in range(2)}
    seen = set[str]()
    for access in range(20):
        for name in qdrant.shards:
            body = {"payload": {"access": access}, "filter": {"must": []}}
            server.send("POST", f"/collections/{name}/points/payload?wait=true", body)
        seen |= {one.text for one in await base.search("zeppelin", GUEST, 20)}
    assert seen == own


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lists=st.lists(st.integers(1, 4), min_size=1, max_size=25),
    readers=st.lists(st.sets(st.integers(1, 5)), min_size=1, max_size=4),
    limit=st.integers(1, 30),
)
def test_no_chunk_of_another_list(
    tmp_path_factory: pytest.TempPathFactory,
    lists: Sequence[int],
    readers: Sequence[set[int]],
    limit: int,
) -> None:
    """Whoever asks gets all that they may see up to the limit, and nothing else, by both ways."""
    root = tmp_path_factory.mktemp("index")
    entries = [IndexEntry(key, list_, f"経費 expense {key}") for key, list_ in enumerate(lists)]
    vectors = np.tile(np.array([0.6, 0.8], np.float32), (len(entries), 1))
    with running_qdrant(root / "server") as server:
        engine = QdrantEngine(QdrantServer(server.address), root)
        for name, builder in engine.builders().items():
            builder.build(root / "1" / name, removed=[], added=entries, vectors=vectors)
        lexical, dense = engine.lexical(root / "1"), engine.dense(root / "1")
        index = HybridIndex(lexical, dense, 0.5, lambda keys: {k: entries[k].text for k in keys})
        for reader in readers:
            permitted = {entry.key for entry in entries if entry.access in reader}
            query = Query("経費 expense", vectors[0], frozenset(reader))
            for keys in (
                [hit.key for hit in index.search(query, limit)],
                list(lexical.best(query, limit)),
                [key for key, _ in dense.nearest(vectors[0], limit, query.access)],
            ):
                assert set(keys) <= permitted
                assert len(keys) == min(limit, len(permitted))


async def test_files_are_searched_until_the_next_sync(
    library: Library, qdrant: QdrantDouble
) -> None:
    """INDEX_URL that was set, and taken away again: the sync moves the index, and says so."""
    library.write("a.md", "# A\n\nSome words.\n")
    await library.open().sync()
    library.engine = QdrantEngine(QdrantServer(qdrant.address, KEY), library.index)
    assert await found(library, "words") == ["Some words."]
    assert not qdrant.shards
    assert (await library.open().sync()).rebuilt == "the engine changed"
    assert len(qdrant.shards) == 2
    assert await found(library, "words") == ["Some words."]
    library.engine = None
    with pytest.raises(OutdatedIndexError, match="INDEX_URL"):
        await found(library, "words")
    await library.open().sync()
    assert await found(library, "words") == ["Some words."]


async def test_a_lost_collection_is_made_again(shelf: Library, qdrant: QdrantDouble) -> None:
    """Somebody deleted it: a search says so, and a sync rebuilds the index."""
    shelf.write("a.md", "# A\n\nSome words.\n")
    await shelf.open().sync()
    name = next(name for name in qdrant.shards if "lexical" in name)
    QdrantServer(qdrant.address, KEY).send("DELETE", f"/collections/{name}")
    with pytest.raises(IndexServerError, match="doesn't exist"):
        await found(shelf, "words")
    assert (await shelf.open().sync()).rebuilt == "the index was damaged"
    assert await found(shelf, "words") == ["Some words."]


async def test_without_the_server(library: Library) -> None:
    """Nobody listens: search and sync say so, and nothing is lost."""
    server = QdrantServer(f"http://127.0.0.1:{free_port()}", KEY)
    library.engine = QdrantEngine(server, library.index)
    library.write("a.md", "# A\n\nSome words.\n")
    with pytest.raises(IndexServerError, match="INDEX_URL cannot be reached: ") as caught:
        await library.open().sync()
    assert KEY not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)  # people in Slack read it
    assert KEY not in repr(server)


def test_the_doctor_tries_the_server(qdrant: QdrantDouble) -> None:
    """It writes, searches and deletes; what is wrong is said, and the key never."""
    assert try_server(QdrantServer(qdrant.address, KEY)).version == "1.18.0"
    assert not qdrant.shards
    with pytest.raises(IndexServerError, match="refuses INDEX_API_KEY") as caught:
        try_server(QdrantServer(qdrant.address, "wrong"))
    assert "wrong" not in str(caught.value)
    qdrant.version = "1.9.2"
    with pytest.raises(IndexServerError, match=r"is Qdrant 1\.9\.2: 1\.12 or later is needed"):
        try_server(QdrantServer(qdrant.address, KEY))
    with pytest.raises(IndexServerError, match="cannot be reached"):
        try_server(QdrantServer("http://no-such-host.invalid:6333", KEY))


def test_a_lost_layer_is_noticed(qdrant: QdrantDouble, tmp_path: Path) -> None:
    """A server that was restored from an older copy lacks points: a thorough check finds that."""
    engine = QdrantEngine(QdrantServer(qdrant.address, KEY), tmp_path)
    vectors = np.eye(3, dtype=np.float32)
    entries = [IndexEntry(key, 1, "words") for key in range(3)]
    for name, builder in engine.builders().items():
        builder.build(tmp_path / "1" / name, removed=[], added=entries, vectors=vectors)
    engine.check(tmp_path / "1", thorough=True)
    name = next(iter(qdrant.shards))
    body = {"filter": {"must": [{"key": "key", "match": {"any": [1]}}]}}
    QdrantServer(qdrant.address, KEY).send("POST", f"/collections/{name}/points/delete", body)
    engine.check(tmp_path / "1", thorough=False)
    with pytest.raises(DamagedIndexError, match="has 2 of the 3 points"):
        engine.check(tmp_path / "1", thorough=True)


async def test_both_engines_rank_alike(tmp_path: Path, qdrant: QdrantDouble) -> None:
    """On the sample cases, nDCG@10 differs by no more than 0.2 points of 100."""
    cases = [
        (case["question"], set(case["gold_documents"]))
        for case in map(json.loads, (SAMPLES / "cases.jsonl").read_text("utf-8").splitlines())
        if case.get("gold_documents")
    ]
    assert len(cases) > 10
    embedding = EmbeddingSettings("hashing")
    files = open_knowledge(SAMPLES / "knowledge.toml", tmp_path / "files", embedding)
    server = QdrantServer(qdrant.address, KEY)
    other = open_knowledge(SAMPLES / "knowledge.toml", tmp_path / "qdrant", embedding).kept_by(
        lambda: QdrantEngine(server, tmp_path / "qdrant")
    )
    scores = []
    for base in (files, other):
        await base.sync()
        scores.append([await _ndcg(base, question, gold) for question, gold in cases])
    assert np.mean(scores[0]) > 0.5
    assert abs(np.mean(scores[0]) - np.mean(scores[1])) <= 0.002


async def _ndcg(base: KnowledgeBase, question: str, gold: set[str]) -> float:
    passages = await base.search(question, MEMBER, 10)
    documents = list(dict.fromkeys(passage.document_id for passage in passages))
    gain: Callable[[int], float] = lambda rank: 1 / math.log2(rank + 2)  # noqa: E731 - a formula
    reached = sum(gain(rank) for rank, one in enumerate(documents) if one in gold)
    return reached / sum(map(gain, range(len(gold))))

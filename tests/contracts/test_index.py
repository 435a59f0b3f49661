"""The contract of every index: one suite for lexical, dense (exact and IVF) and hybrid.

The hybrid one runs over both engines: files, and Qdrant's own engine behind a local server.
"""

import asyncio
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from knowledge.model.types import Vectors
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.search.index import IndexEngine, IndexEntry, Query
from knowledge.search.indexes.dense import DenseBuilder, DenseIndex
from knowledge.search.indexes.files import FileEngine
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.lexical import LexicalBuilder, LexicalIndex
from knowledge.search.indexes.qdrant.engine import QdrantEngine
from knowledge.search.indexes.qdrant.server import QdrantServer

AnyIndex = LexicalIndex | DenseIndex | HybridIndex
EMBEDDER = HashingEmbedder(64)
JAPANESE = [
    "経費の精算は月末までに申請する",
    "有給休暇は半年後に10日与える",
    "会議室Aの予約は総務が行う",
]
ENGLISH = [
    "Travel expenses are refunded at the end of the month",
    "Annual leave begins after half a year",
    "The error ERR-4012 means that the disk is full",
]


def embedded(texts: Sequence[str]) -> Vectors:
    return asyncio.run(EMBEDDER.embed_documents(texts))


def asking(text: str, access: Iterable[int] | None = None) -> Query:
    return Query(text, embedded([text])[0], None if access is None else frozenset(access))


def entries_of(texts: Sequence[str], first_key: int = 1, access: int = 1) -> list[IndexEntry]:
    return [IndexEntry(first_key + row, access, text) for row, text in enumerate(texts)]


@dataclass
class IndexHistory:
    """An index of one kind, built in steps, each on a copy of the previous folder."""

    kind: str
    root: Path
    texts: dict[int, str]
    engine: IndexEngine = field(default_factory=FileEngine)
    index_version: int = 0

    @property
    def folder(self) -> Path:
        return self.root / str(self.index_version)

    def build(self, added: Sequence[IndexEntry] = (), removed: Sequence[int] = ()) -> AnyIndex:
        vectors = embedded([entry.text for entry in added])
        last = self.folder
        self.index_version += 1
        if last.exists():
            shutil.copytree(last, self.folder, copy_function=hard_link)
        if self.kind == "qdrant":
            for name, builder in self.engine.builders().items():
                builder.build(self.folder / name, removed=removed, added=added, vectors=vectors)
        if self.kind in {"lexical", "hybrid"}:
            LexicalBuilder().build(
                self.folder / "lexical", removed=removed, added=added, vectors=vectors
            )
        if self.kind not in {"lexical", "qdrant"}:
            self.dense_builder.build(
                self.folder / "dense", removed=removed, added=added, vectors=vectors
            )
        self.texts.update({entry.key: entry.text for entry in added})
        return self.open()

    @property
    def dense_builder(self) -> DenseBuilder:
        return (
            DenseBuilder(exact_up_to=40, min_lists=4, max_recent=15)
            if self.kind == "ivf"
            else DenseBuilder()
        )

    def open(self) -> AnyIndex:
        if self.kind == "lexical":
            return LexicalIndex.open(self.folder / "lexical")
        if self.kind not in {"hybrid", "qdrant"}:
            return DenseIndex.open(self.folder / "dense")
        lexical, dense = self.engine.lexical(self.folder), self.engine.dense(self.folder)
        return HybridIndex(lexical, dense, 0.2, lambda keys: {key: self.texts[key] for key in keys})


def hard_link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


@pytest.fixture(params=["lexical", "exact", "ivf", "hybrid", "qdrant"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IndexHistory]:
    if request.param != "qdrant":
        yield IndexHistory(request.param, tmp_path, {})
        return
    pytest.importorskip("qdrant_edge", reason="needs Qdrant's engine, qdrant-edge-py")
    from tests.support.qdrant_server import running_qdrant

    with running_qdrant(tmp_path / "server") as qdrant:
        root = tmp_path / "index"
        root.mkdir()
        engine = QdrantEngine(QdrantServer(qdrant.address), root)
        yield IndexHistory("qdrant", root, {}, engine)


def keys(index: AnyIndex, query: Query, limit: int = 10) -> list[int]:
    return [hit.key for hit in index.search(query, limit)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("経費の精算はいつまで？", 1),
        ("有給休暇は何日", 2),
        ("会議室Ａ", 3),
        ("When are travel expenses refunded?", 4),
        ("annual leave", 5),
        ("ERR4012", 6),
    ],
)
def test_the_passage_that_answers_comes_first(
    history: IndexHistory, question: str, expected: int
) -> None:
    """A question in either language finds its passage among both languages."""
    index = history.build(entries_of(JAPANESE + ENGLISH))
    assert keys(index, asking(question))[0] == expected


def test_hidden_results_do_not_use_up_the_limit(history: IndexHistory) -> None:
    """`limit` counts permitted results only."""
    hidden = entries_of([f"経費の精算 {n}" for n in range(60)], 1, access=7)
    open_to_all = entries_of(
        [f"経費の精算について、第{n}版の補足" for n in range(20)], 100, access=2
    )
    index = history.build([*hidden, *open_to_all])
    found = keys(index, asking("経費の精算", [2, 3]), 5)
    assert len(found) == 5
    assert all(key >= 100 for key in found)
    assert len(keys(index, asking("経費の精算", [2]), 50)) == 20


def test_a_reader_with_no_access_finds_nothing(history: IndexHistory) -> None:
    """An empty set of access lists differs from no filter."""
    index = history.build(entries_of(JAPANESE))
    assert index.search(asking("経費", []), 10) == []
    assert index.search(asking("経費", [99]), 10) == []


def test_removed_keys_disappear_and_added_ones_appear(history: IndexHistory) -> None:
    """An update of a copy gives the same result as a new build."""
    history.build(entries_of(JAPANESE + ENGLISH))
    index = history.build(entries_of(["駐車場は地下2階にある"], 50), removed=[1, 5, 999])
    assert keys(index, asking("駐車場はどこ"))[0] == 50
    everything = [*keys(index, asking("経費")), *keys(index, asking("annual leave"))]
    assert not {1, 5} & set(everything)


def test_an_index_version_is_not_changed_by_the_next(history: IndexHistory) -> None:
    """Readers of the old folder continue, although the new one has hard links to its files."""
    old = history.build(entries_of(JAPANESE))
    old_folder = history.folder
    before = old.search(asking("経費の精算"), 3)
    files = {path: path.read_bytes() for path in old_folder.rglob("*") if path.is_file()}
    history.build(entries_of(ENGLISH, 10), removed=[1])
    after = old.search(asking("経費の精算"), 3)
    if history.kind == "qdrant":  # how rare a word is, the server counts over all versions
        assert [hit.key for hit in after] == [hit.key for hit in before]
    else:
        assert after == before
    assert {path: path.read_bytes() for path in files} == files


def test_adding_a_key_again_replaces_its_entry(history: IndexHistory) -> None:
    """A chunk with a new access list has only the new entry."""
    history.build(entries_of(["極秘の資料"], 1, access=1))
    index = history.build(entries_of(["極秘の資料"], 1, access=2))
    assert keys(index, asking("極秘の資料", [1])) == []
    assert keys(index, asking("極秘の資料", [2])) == [1]


def test_many_changes_keep_every_remaining_key_findable(history: IndexHistory) -> None:
    """Keys keep their texts while an index grows beyond its exact size and shrinks again."""
    words = [f"品番{number * 7919 % 9973:04d}の在庫" for number in range(120)]
    index = history.build(entries_of(words[:30]))
    index = history.build(entries_of(words[30:90], 31))
    index = history.build(entries_of(words[90:], 91), removed=range(1, 20))
    for key in (20, 31, 91, 120):
        assert key in keys(index, asking(words[key - 1]), 5)
    index = history.build(removed=range(20, 100))
    assert set(keys(index, asking(words[110]), 200)) <= set(range(100, 121))
    assert keys(index, asking(words[110]))[0] == 111


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n\t",
        "？！。、…「」",
        "the of and",
        '"title:経費 AND (OR NOT) [a TO z] +x -y ^2 ~ * \\ "',
        "terms:/.*/",
        "\u3000ｱ\u0000\U0001f468\u200d\U0001f469",
        "経費の精算 " * 4_000,
        "x" * 20_000,
        " ".join(f"word{number}" for number in range(3_000)),
    ],
)
def test_any_text_can_be_a_question(history: IndexHistory, question: str) -> None:
    """A question is data: query syntax has no effect, and neither length nor emptiness harms."""
    index = history.build(entries_of(JAPANESE + ENGLISH))
    assert len(index.search(asking(question, [1]), 3)) <= 3


def test_an_empty_index_finds_nothing(history: IndexHistory) -> None:
    """A collection can be empty at first, and become empty again."""
    index = history.build()
    assert index.search(asking("経費"), 10) == []
    history.build(entries_of(JAPANESE))
    index = history.build(removed=[1, 2, 3])
    assert index.search(asking("経費"), 10) == []
    index = history.build(entries_of(ENGLISH))
    assert keys(index, asking("annual leave"))[0] == 2


def test_a_limit_of_zero_gives_no_results(history: IndexHistory) -> None:
    """Zero does not mean "no limit"."""
    index = history.build(entries_of(JAPANESE))
    assert index.search(asking("経費"), 0) == []


def test_hits_are_ordered_and_their_signals_bounded(history: IndexHistory) -> None:
    """Scores descend, and every share is between 0 and 1."""
    index = history.build(entries_of([*JAPANESE, *ENGLISH, "経費の申請の手引き"]))
    hits = index.search(asking("経費の精算の申請"), 10)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        shares = (
            hit.score,
            hit.signals.bm25_bounded,
            hit.signals.margin,
            hit.signals.coverage,
            hit.signals.term_coverage,
        )
        assert all(0.0 <= share <= 1.0 for share in shares)
        assert hit.signals.cosine is None or -1.0 <= hit.signals.cosine <= 1.0
    assert len({hit.signals.margin for hit in hits}) == 1
    assert hits[0].signals.z_score > hits[-1].signals.z_score


def test_threads_share_an_index(history: IndexHistory) -> None:
    """Concurrent searches of one opened index give the same results as sequential ones."""
    index = history.build(entries_of(JAPANESE + ENGLISH))
    questions = [asking(text) for text in JAPANESE + ENGLISH] * 20
    expected = [index.search(question, 3) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda question: index.search(question, 3), questions)) == expected


def test_keys_may_be_any_64_bit_integer(history: IndexHistory) -> None:
    """Keys can be hashes as well as counters."""
    large = 2**63 - 1
    index = history.build([IndexEntry(large, 2**40, "経費の精算"), IndexEntry(-5, 0, "有給休暇")])
    assert keys(index, asking("経費の精算", [2**40])) == [large]
    assert keys(index, asking("有給休暇", [0])) == [-5]


def test_coverage_is_the_share_of_terms_in_a_chunk(tmp_path: Path) -> None:
    """A chunk with every term has 1; words in no chunk reduce it."""
    index = IndexHistory("hybrid", tmp_path, {}).build(entries_of(JAPANESE + ENGLISH))
    whole = index.search(asking("annual leave"), 1)[0].signals
    assert whole.coverage == pytest.approx(1.0, abs=1e-4)
    assert whole.term_coverage == pytest.approx(1.0)
    part = index.search(asking("annual leave Antarctica"), 1)[0].signals
    assert part.coverage < 0.8
    assert part.term_coverage == pytest.approx(2 / 3)
    assert part.bm25_bounded < whole.bm25_bounded


def test_lexical_weights_are_larger_for_rarer_words(tmp_path: Path) -> None:
    """Highlights show what distinguishes a passage from others."""
    history = IndexHistory("lexical", tmp_path, {})
    history.build(entries_of(["the disk report", "the disk is full", "the disk is new"]))
    terms = LexicalIndex.open(history.folder / "lexical").terms("which disk is full?")
    weights = {term.token: term.weight for term in terms if term.field == "terms"}
    assert weights["full"] > weights["disk"] > 0
    assert "is" not in weights


def test_dense_gives_vectors_by_key(tmp_path: Path) -> None:
    """The vectors of lexical candidates are returned in the order of the keys."""
    for kind, similarity in (("exact", 0.9999), ("ivf", 0.98)):
        history = IndexHistory(kind, tmp_path / kind, {})
        texts = [f"文書 {number * 7919} について" for number in range(420)]
        history.build(entries_of(texts[:400]))
        history.build(entries_of(texts[400:], 401), removed=[3])
        vectors = DenseIndex.open(history.folder / "dense").vectors([410, 5, 3, 1234])
        cosines = (vectors[:2] * embedded([texts[409], texts[4]])).sum(axis=1)
        assert cosines.min() > similarity
        assert not vectors[2:].any()


def test_a_small_change_keeps_most_of_a_dense_index(tmp_path: Path) -> None:
    """Few added chunks are stored separately, and few removed ones are hidden."""
    history = IndexHistory("ivf", tmp_path, {})
    texts = [f"品番{n * 7919 % 9973:04d}、棚{n * 6271 % 9973:04d}" for n in range(100)]
    history.build(entries_of(texts[:80]))
    first = (history.folder / "dense/main/vectors.faiss").stat().st_ino

    index = history.build(entries_of(texts[80:90], 81), removed=[3])
    assert (history.folder / "dense/main/vectors.faiss").stat().st_ino == first
    assert keys(index, asking(texts[84]))[0] == 85
    assert 3 not in keys(index, asking(texts[2]), 100)

    index = history.build(entries_of(texts[90:], 91), removed=[82])
    assert not (history.folder / "dense/recent").exists()
    assert keys(index, asking(texts[84]))[0] == 85
    assert keys(index, asking(texts[95]))[0] == 96
    assert not {3, 82} & set(keys(index, asking(texts[2]), 100))


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_clusters_find_the_nearest_permitted_vectors(tmp_path: Path, share: float) -> None:
    """The fewer a reader may see, the more clusters are searched, which keeps the recall."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((50, 32))
    vectors = (
        centres[generator.integers(50, size=4_000)] + generator.standard_normal((4_000, 32)) / 2
    ).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    access = np.where(generator.random(4_000) < share, 1, 2)
    entries = [IndexEntry(key, int(list_), "") for key, list_ in enumerate(access)]
    builder = DenseBuilder(exact_up_to=1_000, min_lists=64)
    builder.build(tmp_path, removed=[], added=entries, vectors=vectors)
    index = DenseIndex.open(tmp_path)

    permitted = np.flatnonzero(access == 1)
    recalls = []
    for question in vectors[:50]:
        exact = permitted[np.argsort(-vectors[permitted] @ question)[:10]]
        found = [key for key, _ in index.nearest(question, 10, frozenset([1]))]
        recalls.append(len(set(found) & set(exact.tolist())) / 10)

    assert np.mean(recalls) >= 0.95


def test_dense_refuses_vectors_of_another_length(tmp_path: Path) -> None:
    """An index never mixes the vectors of two embedders."""
    builder = DenseBuilder()
    added = entries_of(JAPANESE)
    builder.build(tmp_path, removed=[], added=added, vectors=embedded(JAPANESE))
    with pytest.raises(ValueError, match="vectors have length 5, not 64"):
        builder.build(tmp_path, removed=[], added=added, vectors=np.eye(3, 5, dtype=np.float32))


def test_hybrid_finds_what_only_one_index_finds(tmp_path: Path) -> None:
    """Candidates of both compete; a chunk without common words is found by its vector."""
    history = IndexHistory("hybrid", tmp_path, {})
    history.build(entries_of(JAPANESE + ENGLISH))
    vectorless = history.open().search(Query("経費の精算"), 10)
    assert [hit.key for hit in vectorless] == [1]
    assert vectorless[0].signals.cosine is None
    hits = history.open().search(Query("経費の精算", embedded([ENGLISH[1]])[0]), 10)
    by_key = {hit.key: hit for hit in hits}
    assert hits[0].key == 1
    assert by_key[5].signals.bm25 == 0.0
    assert by_key[5].signals.cosine == pytest.approx(1.0, abs=1e-5)
    assert by_key[1].signals.cosine is not None


def test_hybrid_prefers_the_passage_with_everything_in_one_sentence(tmp_path: Path) -> None:
    """Words in one sentence answer better than the same words scattered over a passage."""
    scattered = "Reset the clock. Passwords are long. Reset. Password."
    together = "Some words about accounts. To reset a password, open the menu and choose it there."
    history = IndexHistory("hybrid", tmp_path, {})
    history.build(entries_of([scattered, together, "Nothing of the kind", "Something else"]))
    question = Query("how to reset a password")
    assert LexicalIndex.open(history.folder / "lexical").search(question, 2)[0].key == 1
    assert history.open().search(question, 2)[0].key == 2

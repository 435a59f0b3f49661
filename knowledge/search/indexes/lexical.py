"""Lexical search: BM25 in tantivy over the tokens of `knowledge.text.analysis`.

Tantivy receives finished tokens, separated by spaces (for 5-grams, the text that contains them),
and queries that are built term by term: neither its tokenizers nor its query parser see what a
person wrote. Its BM25 has fixed parameters, k1 = 1.2 and b = 0.75.

A search uses the question's terms of the highest weight, as many as a limit on the work allows. In
a small collection, that is all of them. In a large one, terms that occur in every other chunk are
skipped; they hardly change the best hits.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import compress, pairwise
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Self

import tantivy

from knowledge.model.types import Hit, Signals
from knowledge.search.index import IndexEntry, Query, VectorTable
from knowledge.search.indexes.reranker import WeightedTerm
from knowledge.search.indexes.signals import distribution
from knowledge.storage.index_versions import LOCKS
from knowledge.text.analysis import GRAM, Field, indexed, is_unspaced, query_terms, stem
from knowledge.text.spellings import respelt

K1, B = 1.2, 0.75
"""Parameters of tantivy's BM25."""

_WRITER_BYTES = 128_000_000
_WORTH_A_THREAD = 10_000
"""New chunks from which two threads index; each thread writes a segment of its own."""

_LONGEST_QUESTION = 4_000
"""Maximum number of characters of a question."""

_MAX_TERMS = 160
"""Maximum number of terms of a question, those of the highest weight."""

_MAX_POSTINGS = 1_500_000
"""Limit on index entries per question, unless it leaves less than the minimum share."""

_MIN_SHARE = 0.6
"""Share of a question's total weight that is always searched, whatever it costs."""

_LOOK_AHEAD = 2
"""Factor of hits to fetch before a permission filter, which is far slower than discarding."""


class _Term(NamedTuple):
    """A term of a question; `chunks` is how many contain it, `weight` its boost times its IDF."""

    field: Field
    token: str
    boost: float
    weight: float
    chunks: int


class _Question(NamedTuple):
    """A parsed question: all terms by weight, the query for some, its maximum possible BM25."""

    terms: tuple[WeightedTerm, ...]
    boosts: Mapping[tuple[Field, str], float]
    wanted: tantivy.Query
    bound: float


class LexicalIndex:
    """An index that `LexicalBuilder` wrote, opened for search."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._question = lru_cache(maxsize=64)(self._parse)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the index in *folder*, which must not change while it is open.

        Raises:
            ValueError: when *folder* has no index.
        """
        index = tantivy.Index.open(str(folder))
        index.config_reader(reload_policy="manual")
        return cls(index)

    def search(self, query: Query, limit: int) -> list[Hit]:
        found = self.best(query, limit)
        if not found:
            return []
        scores = list(found.values())
        spread = distribution(scores)
        return [
            Hit(
                key,
                score / scores[0],
                Signals(
                    bm25=score,
                    bm25_bounded=self.bounded(query.text, score),
                    margin=spread.margin,
                    z_score=spread.z_score(score),
                ),
            )
            for key, score in found.items()
        ]

    def best(self, query: Query, limit: int) -> dict[int, float]:
        """Return the raw BM25 of the *limit* best permitted chunks by key, best first."""
        wanted = self._question(query.text).wanted
        if query.access is None:
            return self._scores(self._run(wanted, limit))
        ahead = _LOOK_AHEAD * limit
        hits = self._run(wanted, ahead)
        access = self._values("access", hits)
        permitted = list(compress(hits, (key in query.access for key in access)))
        if len(hits) == ahead and len(permitted) < limit:
            permitted = self._run(self._among("access", query.access, wanted), limit)
        return self._scores(permitted[: max(limit, 0)])

    def scores(self, text: str, keys: Sequence[int]) -> dict[int, float]:
        """Return the raw BM25 of the chunks in *keys* that share a term with *text*, by key."""
        wanted = self._question(text).wanted
        return self._scores(self._run(self._among("key", keys, wanted), len(keys)))

    def bounded(self, text: str, score: float) -> float:
        """Return a raw BM25 divided by the maximum that *text* could reach, 0..1."""
        return min(score / (self._question(text).bound or 1.0), 1.0)

    def terms(self, text: str) -> tuple[WeightedTerm, ...]:
        """Return the terms of *text* by falling weight, including those in no chunk."""
        return self._question(text).terms

    def boosts(self, text: str) -> Mapping[tuple[Field, str], float]:
        """Return the boost of each of the `terms` of *text*."""
        return self._question(text).boosts

    def respelt(self, text: str) -> str:
        """Return *text* with the words that no chunk has in a spelling that chunks have."""
        return respelt(text[:_LONGEST_QUESTION], self._known)

    def _known(self, word: str) -> int:
        """Return about how many chunks have *word*, or two words that follow each other."""
        first, _, second = word.partition(" ")
        if second:
            if not (self._known(first) and self._known(second)):
                return 0
            return self._searcher.doc_freq("grams", f"{first[-2:]}_{second[:2]}")
        if is_unspaced(word):
            run = self._searcher.doc_freq("runs", word)
            pairs = map("".join, pairwise(word))
            return run or min(self._searcher.doc_freq("terms", pair) for pair in pairs)
        return self._searcher.doc_freq("runs", word) or self._searcher.doc_freq("terms", stem(word))

    def _parse(self, text: str) -> _Question:
        terms = self._weighted_terms(text)
        searched, share = [], 0.0
        total = sum(term.weight for term in terms) or 1.0
        left = _MAX_POSTINGS
        for term in terms:
            left -= term.chunks
            if share < _MIN_SHARE or left >= 0:
                searched.append(term)
                share += term.weight / total
        return _Question(
            tuple(WeightedTerm(term.field, term.token, term.weight) for term in terms),
            {(term.field, term.token): term.boost for term in terms},
            self._any_of(term for term in searched if term.chunks),
            sum(term.weight for term in searched) * (K1 + 1),
        )

    def _weighted_terms(self, text: str) -> list[_Term]:
        chunks = self._searcher.num_docs
        terms, unknown = list[_Term](), list[_Term]()
        for field, token, boost in query_terms(text[:_LONGEST_QUESTION]):
            # Tantivy also counts deleted chunks until it merges their segments.
            holding = min(self._searcher.doc_freq(field, token), chunks)
            inverse_frequency = math.log(1 + (chunks - holding + 0.5) / (holding + 0.5))
            found = _Term(field, token, boost, boost * inverse_frequency, holding)
            (terms if holding else unknown).append(found)
        # A word of no document counts like others of its question; by its rarity it would sink it.
        usual = fmean(term.weight / term.boost for term in terms) if terms else 0.0
        terms += [term._replace(weight=usual * term.boost) for term in unknown]
        return sorted(terms, key=lambda term: -term.weight)[:_MAX_TERMS]

    def _run(self, wanted: tantivy.Query, limit: int) -> list[tuple[float, tantivy.DocAddress]]:
        """Return scores and addresses of the *limit* best chunks, best first."""
        if limit < 1 or self._searcher.num_docs == 0:
            return []
        return self._searcher.search(wanted, limit, count=False).hits

    def _values(self, field: str, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> list[int]:
        addresses = [address for _, address in hits]
        values = self._searcher.fast_field_values(field, addresses) if addresses else []
        return [int(value or 0) for value in values]

    def _scores(self, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> dict[int, float]:
        return dict(zip(self._values("key", hits), (score for score, _ in hits), strict=True))

    def _among(self, field: str, values: Iterable[int], wanted: tantivy.Query) -> tantivy.Query:
        """Restrict *wanted* to the chunks whose *field* is among *values*."""
        among = tantivy.Query.term_set_query(self._schema, field, list(values))
        allowed = tantivy.Query.const_score_query(among, 0.0)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, allowed), (tantivy.Occur.Must, wanted)]
        )

    def _any_of(self, terms: Iterable[_Term]) -> tantivy.Query:
        """Score by boosted BM25."""
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, tantivy.Query.boost_query(self._query(term), term.boost))
                for term in terms
            ]
        )

    def _query(self, term: _Term) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, term.field, term.token, index_option="freq")


class LexicalBuilder:
    """Writes the folder of a `LexicalIndex`.

    Tantivy never changes a file in place, so the folder may contain hard links to the files of the
    previous index version. Adding a key again replaces its entry.
    """

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        index = _index(folder)
        is_update = index.searcher().num_docs > 0
        threads = 2 if len(vectors) >= _WORTH_A_THREAD else 1
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=threads)
        for key in removed:
            writer.delete_documents_by_term("key", key)
        for entry in added:
            if is_update:
                writer.delete_documents_by_term("key", entry.key)
            writer.add_document(_document(entry))
        writer.commit()
        writer.wait_merging_threads()
        if threads > 1:  # Merge the segments now, or the next small change would have to.
            writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
            writer.commit()
            writer.wait_merging_threads()
        del writer, index
        # Empty files are stored once, and two locks that are one file wait for each other.
        for lock in folder.glob(LOCKS):
            lock.unlink()


def _index(folder: Path) -> tantivy.Index:
    builder = tantivy.SchemaBuilder()
    for number in ("key", "access"):
        builder.add_integer_field(number, indexed=True, fast=True)
    for text in ("terms", "runs"):
        builder.add_text_field(text, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="grams", index_option="freq")
    index = tantivy.Index(builder.build(), path=str(folder))
    grams = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(GRAM, GRAM, prefix_only=False))
    index.register_tokenizer("grams", grams.build())
    return index


def _document(entry: IndexEntry) -> tantivy.Document:
    terms, runs, stretches = indexed(entry.text)
    document = tantivy.Document()
    document.add_integer("key", entry.key)
    document.add_integer("access", entry.access)
    document.add_text("terms", " ".join(terms))
    document.add_text("runs", " ".join(runs))
    for stretch in filter(None, stretches):
        document.add_text("grams", stretch)
    return document

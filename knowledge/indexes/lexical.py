"""Lexical search: BM25 in tantivy over the tokens of `knowledge.analysis`.

Tantivy is given finished tokens, separated by spaces, and queries that are built term by term:
neither its tokenizers nor its query parser ever see what a person wrote. Its BM25 has k1 = 1.2 and
b = 0.75, fixed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

import tantivy

from knowledge.analysis import Field, analyse, query_terms
from knowledge.indexes.signals import distribution
from knowledge.protocols import IndexEntry, Query
from knowledge.types import Hit, Signals, Vectors

_K1 = 1.2
_FIELDS: tuple[Field, ...] = ("terms", "runs", "grams")
_WRITER_BYTES = 128_000_000

_LONGEST_QUESTION = 4_000
"""Characters of a question that are read."""

_MOST_TERMS = 160
"""Terms of a question that are searched for, the weightiest first."""


class _Term(NamedTuple):
    """A term of a question: `weight` is its boost times its IDF; `known` if any chunk has it."""

    field: Field
    token: str
    boost: float
    weight: float
    known: bool


class LexicalIndex:
    """A folder that `LexicalBuilder` wrote, opened for search."""

    def __init__(self, index: tantivy.Index) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._terms = lru_cache(maxsize=64)(self._weigh)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Map the index in *folder*; it must not be built upon while it is open.

        Raises:
            ValueError: when there is no index.
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
        signals = self.signals(query.text, found)
        return [
            Hit(
                key,
                score / scores[0],
                replace(signals[key], margin=spread.margin, z_score=spread.z_score(score)),
            )
            for key, score in found.items()
        ]

    def best(self, query: Query, limit: int) -> dict[int, float]:
        """Return the raw BM25 of the *limit* best permitted chunks, best first."""
        return self._run(self._any_of(self._terms(query.text)), limit, access=query.access)

    def scores(self, text: str, keys: Sequence[int]) -> dict[int, float]:
        """Return the raw BM25 of those of *keys* that share a term with *text*."""
        return self._run(self._any_of(self._terms(text)), len(keys), key=keys)

    def signals(self, text: str, scores: Mapping[int, float]) -> dict[int, Signals]:
        """Return the lexical signals of the chunks in *scores* (raw BM25 by key)."""
        terms, keys = self._terms(text), list(scores)
        plain = [term._replace(weight=1.0) for term in terms if term.field == "terms"]
        total = sum(term.weight for term in terms) or 1.0
        weighed = self._run(self._sum_of(terms), len(keys), key=keys)
        counted = self._run(self._sum_of(plain), len(keys), key=keys)
        return {
            key: Signals(
                bm25=score,
                bm25_bounded=min(score / (total * (_K1 + 1)), 1.0),
                coverage=min(weighed.get(key, 0.0) / total, 1.0),
                term_coverage=min(counted.get(key, 0.0) / (len(plain) or 1), 1.0),
            )
            for key, score in scores.items()
        }

    def weights(self, text: str) -> dict[str, float]:
        """Return the tokens that *text* looks for and how much each says (its boost times IDF)."""
        weights: dict[str, float] = {}
        for term in self._terms(text):
            weights[term.token] = weights.get(term.token, 0.0) + term.weight
        return weights

    def _weigh(self, text: str) -> list[_Term]:
        chunks = self._searcher.num_docs
        terms = []
        for field, token, boost in query_terms(text[:_LONGEST_QUESTION]):
            # Tantivy counts deleted chunks too, until it merges their segment away.
            holding = min(self._searcher.doc_freq(field, token), chunks)
            inverse_frequency = math.log(1 + (chunks - holding + 0.5) / (holding + 0.5))
            terms.append(_Term(field, token, boost, boost * inverse_frequency, holding > 0))
        return sorted(terms, key=lambda term: -term.weight)[:_MOST_TERMS]

    def _run(
        self, wanted: tantivy.Query, limit: int, **filters: Iterable[int] | None
    ) -> dict[int, float]:
        """Return the scores of the *limit* best chunks that pass all *filters*, best first.

        A filter names a field and the values that pass; None lets everything pass.
        """
        if limit < 1 or self._searcher.num_docs == 0:
            return {}
        required = [
            tantivy.Query.const_score_query(
                tantivy.Query.term_set_query(self._schema, field, list(values)), 0.0
            )
            for field, values in filters.items()
            if values is not None
        ]
        if required:
            must = [*required, wanted]
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in must])
        hits = self._searcher.search(wanted, limit, count=False).hits
        addresses = [address for _, address in hits]
        keys = self._searcher.fast_field_values("key", addresses) if addresses else []
        return {int(key or 0): score for key, (score, _) in zip(keys, hits, strict=True)}

    def _any_of(self, terms: Iterable[_Term]) -> tantivy.Query:
        """Score by boosted BM25."""
        return _should(
            tantivy.Query.boost_query(self._query(term), term.boost) for term in terms if term.known
        )

    def _sum_of(self, terms: Iterable[_Term]) -> tantivy.Query:
        """Score by the weights of the terms that occur."""
        return _should(
            tantivy.Query.const_score_query(self._query(term), term.weight)
            for term in terms
            if term.known
        )

    def _query(self, term: _Term) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, term.field, term.token, index_option="freq")


class LexicalBuilder:
    """Writes the folder of a `LexicalIndex`.

    Tantivy never changes a file in place, so the folder may hold hard links to the files of the
    index that it continues. A key that is added again replaces its entry.
    """

    def build(
        self, folder: Path, *, removed: Iterable[int], added: Iterable[IndexEntry], vectors: Vectors
    ) -> None:
        del vectors
        folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(_schema(), path=str(folder))
        continues = index.searcher().num_docs > 0
        writer = index.writer(heap_size=_WRITER_BYTES, num_threads=1)
        for key in removed:
            writer.delete_documents_by_term("key", key)
        for entry in added:
            if continues:
                writer.delete_documents_by_term("key", entry.key)
            writer.add_document(_document(entry))
        writer.commit()
        writer.wait_merging_threads()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("key", indexed=True, fast=True)
    builder.add_integer_field("access", indexed=True)
    for field in _FIELDS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _document(entry: IndexEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_integer("key", entry.key)
    document.add_integer("access", entry.access)
    for field, tokens in zip(_FIELDS, analyse(entry.text), strict=True):
        document.add_text(field, " ".join(tokens))
    return document


def _should(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])

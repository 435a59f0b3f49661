"""Lexical search in Qdrant: BM25 as the product of two sparse vectors.

A dimension is a token of a field. The vector of a chunk has the saturated frequency of each token,
that of a question the boosts, and the server multiplies by the inverse document frequency, whose
formula is Lucene's and so tantivy's. What differs from the index of files: the average length is
that of the chunks written so far, and not of all; values have eleven bits; what other versions and
interrupted syncs have counts for the document frequency; and two tokens share a dimension with a
chance of one in four billion.

How rare the words of a question are is also needed here, to rerank and to highlight. A sample of
the chunks, in an index of files, tells that.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from pydantic import BaseModel

from knowledge.search.index import IndexEntry, Query, VectorTable
from knowledge.search.indexes.lexical import K1, B, LexicalBuilder, LexicalIndex
from knowledge.search.indexes.qdrant.collection import (
    CollectionReader,
    CollectionState,
    CollectionWriter,
    Point,
    batches,
    read_state,
    write,
)
from knowledge.search.indexes.qdrant.server import QdrantServer
from knowledge.search.indexes.reranker import WeightedTerm
from knowledge.text.analysis import Field, analyse

WORDS = "words"
SAMPLE = 32_768
"""Chunks of the sample at most; a smaller collection is all in it."""

_LENGTHS = "lengths.json"
_SAMPLE, _SAMPLED = "sample", "sampled.json"
_DIGITS = 4
_EXACT, _BITS = 24, 4
_BATCH = 1_000
_FIELDS: tuple[Field, ...] = ("terms", "runs", "grams")
_SEEDS: Mapping[Field, int] = {field: crc32(field.encode()) for field in _FIELDS}


def config() -> Mapping[str, object]:
    """Return how to make the collection: on the disk, cached in what memory there is."""
    index = {"on_disk": True, "datatype": "float16"}
    return {"vectors": {}, "sparse_vectors": {WORDS: {"index": index, "modifier": "idf"}}}


def sparse(weights: Mapping[tuple[Field, str], float]) -> dict[str, object]:
    """Return a sparse vector with the weight of each token of a field."""
    values: dict[int, float] = {}
    for (field, token), weight in weights.items():
        dimension = crc32(token.encode(), _SEEDS[field])
        values[dimension] = values.get(dimension, 0.0) + weight
    return {
        "indices": list(values),
        "values": [round(value, _DIGITS) for value in values.values()],
    }


def rounded(length: int) -> int:
    """Return the length of a text as Lucene and tantivy keep it, in one byte: the highest bits.

    Source: `SmallFloat.intToByte4` of Lucene.
    """
    rest = length - _EXACT
    shift = max(rest.bit_length() - _BITS, 0) if rest > 0 else 0
    return _EXACT + (rest >> shift << shift)


class Lengths(BaseModel):
    """How many tokens of each field the chunks so far have, for their average."""

    chunks: int = 0
    terms: int = 0
    runs: int = 0
    grams: int = 0

    def vectors(self, texts: Sequence[str]) -> Iterator[dict[str, object]]:
        """Count *texts*, then yield the sparse vector of each: the frequency part of BM25."""
        analysed = [analyse(text) for text in texts]
        self.chunks += len(texts)
        self.terms += sum(len(tokens.terms) for tokens in analysed)
        self.runs += sum(len(tokens.runs) for tokens in analysed)
        self.grams += sum(len(tokens.grams) for tokens in analysed)
        for tokens in analysed:
            weights: dict[tuple[Field, str], float] = {}
            for field, found in zip(_FIELDS, tokens, strict=True):
                length = rounded(len(found)) * self.chunks / (getattr(self, field) or 1)
                least = K1 * (1 - B + B * length)
                for token, count in Counter(found).items():
                    weights[field, token] = count * (K1 + 1) / (count + least)
            yield sparse(weights)


class QdrantLexicalIndex:
    """The words of an index version, in Qdrant.

    Args:
        words: The points.
        sample: A sample of the chunks.
        has_all: Whether all chunks are in the sample.
    """

    def __init__(self, words: CollectionReader, sample: LexicalIndex, *, has_all: bool) -> None:
        self._words = words
        self._sample = sample
        self._has_all = has_all

    def best(self, query: Query, limit: int) -> dict[int, float]:
        return self._found(query.text, limit, query.access, None)

    def scores(self, text: str, keys: Sequence[int]) -> dict[int, float]:
        return self._found(text, len(keys), None, keys)

    def bounded(self, text: str, score: float) -> float:
        return self._sample.bounded(text, score)

    def respelt(self, text: str) -> str:
        """Respell only where all words are known: one that the sample lacks may be right."""
        return self._sample.respelt(text) if self._has_all else text

    def terms(self, text: str) -> tuple[WeightedTerm, ...]:
        return self._sample.terms(text)

    def _found(
        self, text: str, limit: int, access: frozenset[int] | None, keys: Sequence[int] | None
    ) -> dict[int, float]:
        boosts = self._sample.boosts(text)
        if not boosts:
            return {}
        query = {"query": sparse(boosts), "using": WORDS}
        return dict(self._words.best(query, limit, access, keys))


def open_lexical(server: QdrantServer, folder: Path) -> QdrantLexicalIndex:
    """Open the index that a `QdrantLexicalBuilder` wrote with *folder*."""
    words = CollectionReader(server, read_state(folder) or CollectionState())
    sample = LexicalIndex.open(folder / _SAMPLE)
    return QdrantLexicalIndex(words, sample, has_all=_sampled(folder).step == 1)


class QdrantLexicalBuilder:
    """Writes the points of a `QdrantLexicalIndex`, and its sample into a folder."""

    def __init__(self, writer: CollectionWriter, sample: int = SAMPLE) -> None:
        self._writer = writer
        self._sample = sample

    def build(
        self,
        folder: Path,
        *,
        removed: Iterable[int],
        added: Iterable[IndexEntry],
        vectors: VectorTable,  # noqa: ARG002 - words have none
    ) -> None:
        removed = list(removed)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _LENGTHS
        lengths = Lengths.model_validate_json(path.read_bytes()) if path.exists() else Lengths()
        sample = _Sample(folder, self._sample)
        self._writer.update(folder, removed, _points(sample.watched(added), lengths), config)
        sample.write(removed)
        write(path, lengths)


def _points(added: Iterable[IndexEntry], lengths: Lengths) -> Iterator[Point]:
    for entries in batches(added, _BATCH):
        vectors = lengths.vectors([entry.text for entry in entries])
        for entry, vector in zip(entries, vectors, strict=True):
            yield Point(entry.key, entry.access, {WORDS: vector})


class SampledKeys(BaseModel):
    """Which chunks are in the sample: every one, or every second, fourth, … key."""

    step: int = 1
    keys: tuple[int, ...] = ()


def _sampled(folder: Path) -> SampledKeys:
    path = folder / _SAMPLED
    return SampledKeys.model_validate_json(path.read_bytes()) if path.exists() else SampledKeys()


class _Sample:
    """The next sample, chosen while the chunks pass by; at most *most* of them are in memory."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most
        self._before = _sampled(folder)
        self._step = self._before.step
        self._known = set(self._before.keys)
        self._new: list[IndexEntry] = []

    def watched(self, entries: Iterable[IndexEntry]) -> Iterator[IndexEntry]:
        """Yield *entries*, and keep some of them."""
        for entry in entries:
            if entry.key % self._step == 0:
                self._new.append(entry)
                self._known.add(entry.key)
            while len(self._known) > self._most:
                self._step *= 2
                self._known = {key for key in self._known if key % self._step == 0}
                self._new = [one for one in self._new if one.key % self._step == 0]
            yield entry

    def write(self, removed: Iterable[int]) -> None:
        """Bring the index of the sample up to date, which is linked to the version before."""
        added = {entry.key for entry in self._new}
        kept = (self._known - set(removed)) | added
        gone = set(self._before.keys) - kept
        if self._new or gone or not (self._folder / _SAMPLE).exists():
            vectors = np.zeros((len(self._new), 1), np.float32)
            LexicalBuilder().build(
                self._folder / _SAMPLE, removed=gone, added=self._new, vectors=vectors
            )
            write(self._folder / _SAMPLED, SampledKeys(step=self._step, keys=tuple(sorted(kept))))

"""Kotae: a published index version, written as by a sync and opened as by a search."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks.retrieval.engines.protocol import Passages
from knowledge.factory import open_engine
from knowledge.model.types import Document, Principal
from knowledge.search.index import IndexEntry
from knowledge.search.indexes.dense import DenseIndex
from knowledge.search.opened_index import OpenedIndex
from knowledge.storage.index_versions import DENSE, STORE, IndexContents, IndexFacts, IndexVersions
from knowledge.storage.store import FileRecord, Store, StoreWriter
from knowledge.text import analysis
from knowledge.text.chunker import Piece

_CHUNKS_PER_DOCUMENT = 10
_READER = Principal("benchmark", member=True)
_RECORD = FileRecord(version="", content_hash=b"")
_FACTS = IndexFacts(
    embedder="benchmark", analysis=analysis.VERSION, parsing=0, chunking=0, chunk_tokens=0
)


class Kotae:
    """The passage with key k is chunk k % 10 of document k // 10."""

    def __init__(self, folder: Path, variant: str, dense_weight: float) -> None:
        self._index_versions = IndexVersions(folder)
        self._dense = variant == "hybrid"
        self._weight = dense_weight

    def build(self, passages: Passages) -> None:
        vectors = passages.vectors if self._dense else np.zeros((0, 1), np.float32)
        self._publish(None, _documents(passages), vectors)

    def open(self) -> None:
        folder = self._index_versions.current()
        self._opened = OpenedIndex(folder, self._weight, open_engine())
        self._vectors = DenseIndex.open(folder / DENSE)

    def search(self, question: str, vector: np.ndarray, limit: int) -> Sequence[int]:
        asked = vector if self._dense else None
        found = self._opened.search(question, asked, _READER, limit, ())
        return [_key(passage.id) for passage in found]

    def nearest(self, vector: np.ndarray, limit: int) -> Sequence[int]:
        # A new store counts its chunks from 1.
        return [key - 1 for key, _ in self._vectors.nearest(vector, limit)]

    def replace(self, key: int, text: str, vector: np.ndarray) -> None:
        base = self._index_versions.current()
        number, ordinal = divmod(key, _CHUNKS_PER_DOCUMENT)
        with closing(Store(base / STORE)) as store:
            old = store.read(str(number), _READER, 0, _CHUNKS_PER_DOCUMENT)
        pieces = [Piece(chunk.text) for chunk in old]
        pieces[ordinal] = Piece(text)
        vectors = vector[None] if self._dense else np.zeros((0, 1), np.float32)
        self._publish(base, [(number, pieces)], vectors)
        self.open()

    def _publish(
        self, base: Path | None, documents: Iterable[tuple[int, list[Piece]]], vectors: np.ndarray
    ) -> None:
        with (
            self._index_versions.lock(),
            self._index_versions.draft(base) as draft,
            closing(StoreWriter(draft / STORE)) as writer,
        ):
            for number, pieces in documents:
                writer.put(Document(str(number), "benchmark", "", ""), _RECORD, pieces)
            for name, builder in open_engine().builders().items():
                entries = (IndexEntry(it.key, it.access, it.text) for it in writer.new_chunks())
                dense_of_nothing = name == DENSE and not self._dense
                builder.build(
                    draft / name,
                    removed=[] if dense_of_nothing else writer.removed,
                    added=() if dense_of_nothing else entries,
                    vectors=vectors,
                )
            contents = IndexContents(
                facts=_FACTS,
                dimensions=vectors.shape[1],
                documents=writer.document_count(),
                chunks=writer.chunk_count(),
            )
            writer.finish()
            self._index_versions.publish(draft, contents)


def _documents(passages: Passages) -> Iterator[tuple[int, list[Piece]]]:
    texts, number = iter(passages), 0
    while pieces := [Piece(text) for text in islice(texts, _CHUNKS_PER_DOCUMENT)]:
        yield number, pieces
        number += 1


def _key(passage_id: str) -> int:
    document, _, ordinal = passage_id.rpartition("#")
    return int(document) * _CHUNKS_PER_DOCUMENT + int(ordinal)

"""An opened generation, ready to be searched: store and indexes travel as one object."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from knowledge.analysis import token_set
from knowledge.generations import DENSE, LEXICAL, STORE, read_manifest
from knowledge.highlighting import highlight
from knowledge.indexes.dense import DenseIndex
from knowledge.indexes.hybrid import HybridIndex
from knowledge.indexes.lexical import LexicalIndex
from knowledge.protocols import Query
from knowledge.store import Store
from knowledge.types import Chunk, Hit, Passage, Principal, Vector

SAID_ALREADY = 0.2
"""How much a word of the question counts inside a sentence when a heading above has it."""


class OpenedGeneration:
    """A published generation; immutable, safe to use from several threads.

    Args:
        folder: The generation's folder.
        dense_weight: Share of the dense side in the score, 0..1.

    Raises:
        FileNotFoundError: when it was removed in the meantime.
        DamagedIndexError: when it is not as it was published.
    """

    def __init__(self, folder: Path, dense_weight: float) -> None:
        self.manifest = read_manifest(folder)
        self.store = Store(folder / STORE)
        self._index = HybridIndex(
            LexicalIndex.open(folder / LEXICAL),
            DenseIndex.open(folder / DENSE),
            dense_weight,
            self.store.search_texts,
        )

    def search(
        self,
        query: str,
        vector: Vector | None,
        reader: Principal,
        limit: int,
        sources: Collection[str],
    ) -> list[Passage]:
        """Return the *limit* best passages that *reader* may see, best first.

        Args:
            query: The question.
            vector: Its embedding; None for lexical search only.
            reader: Who asks.
            limit: Most passages.
            sources: Names of the sources to search; empty for all.
        """
        access = self.store.access_keys(reader, sources)
        hits = self._index.search(Query(query, vector, access), limit)
        weights = self._index.weights(query)
        chunks = self.store.chunks([hit.key for hit in hits])
        return [_found(chunk, hit, weights) for chunk, hit in zip(chunks, hits, strict=True)]

    def read(self, document_id: str, reader: Principal, start: int, limit: int) -> list[Passage]:
        """Return consecutive passages of a document; see `Store.read`."""
        chunks = self.store.read(document_id, reader, start, limit)
        return [_passage(chunk) for chunk in chunks]


def _found(chunk: Chunk, hit: Hit, weights: Mapping[str, float]) -> Passage:
    """Make a passage; its highlight says what the title and the headings above do not say yet."""
    said = token_set(" ".join((chunk.document.title, *chunk.headings)))
    new = {
        token: weight * (SAID_ALREADY if token in said else 1) for token, weight in weights.items()
    }
    sentence, coverage = highlight(chunk.text, new)
    signals = replace(hit.signals, highlight_coverage=coverage)
    return replace(_passage(chunk), score=hit.score, highlight=sentence, signals=signals)


def _passage(chunk: Chunk) -> Passage:
    document = chunk.document
    return Passage(
        id=f"{document.id}#{chunk.ordinal}",
        document_id=document.id,
        source=document.source,
        title=document.title,
        url=chunk.url,
        text=chunk.text,
        score=0.0,
        headings=chunk.headings,
        page=chunk.page,
        date=document.date,
        owner=document.owner,
    )

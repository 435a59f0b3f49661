"""An opened index version: its store and its indexes as one object."""

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from knowledge.model.errors import OutdatedIndexError
from knowledge.model.types import Chunk, Hit, Passage, Principal, Vector
from knowledge.search.index import IndexEngine, Query
from knowledge.search.indexes.hybrid import HybridIndex
from knowledge.search.indexes.reranker import Reranker
from knowledge.storage.index_versions import STORE, read_manifest
from knowledge.storage.store import Store
from knowledge.text import analysis
from knowledge.text.highlight import highlight

WEIGHT_IF_IN_HEADING = 0.2
"""Weight of a question's word in a sentence, 0..1, when a heading above contains it."""


class OpenedIndex:
    """A published index version, opened; immutable and thread-safe.

    Args:
        folder: The version's folder.
        dense_weight: Share of the dense score in the fused score, 0..1.
        engine: Opens its indexes.

    Raises:
        FileNotFoundError: when a publisher has removed it.
        DamagedIndexError: when a file is damaged or missing.
        OutdatedIndexError: when another version of this program built it, or another engine.
    """

    def __init__(self, folder: Path, dense_weight: float, engine: IndexEngine) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        facts = self.manifest.contents.facts
        if facts.engine not in {"", engine.name}:
            raise OutdatedIndexError(
                "the index was made with INDEX_URL: set it, or run `kotae sync`"
            )
        if facts.analysis != analysis.VERSION:
            raise OutdatedIndexError(
                "the index was made by another version of Kotae: run `kotae sync`"
            )
        self.store = Store(folder / STORE)
        self._index = HybridIndex(
            engine.lexical(folder),
            engine.dense(folder),
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
        """Return up to *limit* passages that *reader* may see, best first.

        Args:
            query: The question.
            vector: Its embedding; None for lexical search only.
            reader: Whose permissions apply.
            limit: Maximum number of passages.
            sources: Names of the sources to search; empty for all.
        """
        query = self._index.respelt(query)
        access = self.store.access_keys(reader, sources)
        hits = self._index.search(Query(query, vector, access), limit)
        reranker, weights = self._index.reranker(query), self._index.weights(query)
        found = {chunk.key: chunk for chunk in self.store.chunks([hit.key for hit in hits])}
        hits = [  # rights are the store's, whatever keeps the index
            hit
            for hit in hits
            if hit.key in found and found[hit.key].document.access.permits(reader)
        ]
        chunks = [found[hit.key] for hit in hits]
        in_headings = reranker.tokens_in(
            [" ".join((c.document.title, *c.headings)) for c in chunks]
        )
        return [
            _highlighted(chunk, hit, _discounted(weights, tokens), reranker)
            for chunk, hit, tokens in zip(chunks, hits, in_headings, strict=True)
        ]

    def read(self, document_id: str, reader: Principal, start: int, limit: int) -> list[Passage]:
        """Return consecutive passages of a document; see `Store.read`."""
        chunks = self.store.read(document_id, reader, start, limit)
        return [_passage(chunk) for chunk in chunks]


def _discounted(weights: Mapping[str, float], in_headings: AbstractSet[str]) -> dict[str, float]:
    return {
        token: weight * (WEIGHT_IF_IN_HEADING if token in in_headings else 1)
        for token, weight in weights.items()
    }


def _highlighted(
    chunk: Chunk, hit: Hit, weights: Mapping[str, float], reranker: Reranker
) -> Passage:
    """Return a passage whose highlight adds to what its title and headings already say."""
    sentence, coverage = highlight(chunk.text, weights, reranker.tokens_in)
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
        author=document.author,
    )

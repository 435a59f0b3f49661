"""Lexical and dense search together: candidates of both, one convex score, one last look.

A candidate's score is `(1 - w) * lexical + w * cosine`; the lexical part is the BM25 over the best
one of the list, the cosine is cut at 0. The best candidates are then read: how much of the question
their best line covers makes up half of the lexical part.

Ranks are never fused: measured, reciprocal rank fusion loses 3 to 4 points of nDCG against the
better one of its inputs.
"""

from collections.abc import Callable, Mapping, Sequence

from knowledge.model.types import Hit, Signals
from knowledge.search.index import Query
from knowledge.search.indexes.dense import DenseIndex
from knowledge.search.indexes.lexical import LexicalIndex
from knowledge.search.indexes.reranker import Reranker, Reranking
from knowledge.search.indexes.signals import distribution

Texts = Callable[[Sequence[int]], Mapping[int, str]]
"""Gives the searched texts of chunks by key; a chunk may be missing."""

_CANDIDATES = 100
"""How many each side offers."""

_READ = 14
"""How many of the best are read; more of them change nothing in what is measured."""

_READING = 0.5
"""Share of the best line in the lexical part."""

_UNREAD = Reranking(0.0, 0.0, 0.0)


class HybridIndex:
    """One index over a lexical and a dense one.

    Args:
        lexical: Opened lexical index.
        dense: Opened dense index of the same generation, or None.
        weight: Share of the dense side in the score, 0..1.
        texts: Looks up the best candidates to read them.
    """

    def __init__(
        self, lexical: LexicalIndex, dense: DenseIndex | None, weight: float, texts: Texts
    ) -> None:
        self._lexical = lexical
        self._dense = dense
        self._weight = weight
        self._texts = texts

    def search(self, query: Query, limit: int) -> list[Hit]:
        if limit < 1:
            return []
        bm25, cosines = self._candidates(query, max(limit, _CANDIDATES), max(limit, _READ))
        top = max(bm25.values(), default=0.0) or 1.0
        lexical = {key: (1 - _READING) * score / top for key, score in bm25.items()}
        best = _best(self._fused(lexical, cosines), max(limit, _READ))
        readings = self._read(query.text, best)
        lexical |= {key: lexical[key] + _READING * readings[key].best_line for key in readings}
        scores = self._fused(lexical, cosines)
        ranking = _best(scores, len(scores))
        if not ranking:
            return []
        spread = distribution([scores[key] for key in ranking])
        hits = []
        for key in ranking[:limit]:
            reading = readings.get(key, _UNREAD)
            signals = Signals(
                bm25=bm25[key],
                bm25_bounded=self._lexical.bounded(query.text, bm25[key]),
                margin=spread.margin,
                z_score=spread.z_score(scores[key]),
                coverage=reading.coverage,
                term_coverage=reading.term_coverage,
                cosine=cosines.get(key),
            )
            hits.append(Hit(key, scores[key], signals))
        return hits

    def reader(self, text: str) -> Reranker:
        """Return a reader for the question *text*."""
        return Reranker(self._lexical.terms(text))

    def weights(self, text: str) -> dict[str, float]:
        """Return the tokens that *text* looks for and how much each says, for highlighting."""
        weights: dict[str, float] = {}
        for term in self._lexical.terms(text):
            weights[term.token] = weights.get(term.token, 0.0) + term.weight
        return weights

    def _candidates(
        self, query: Query, count: int, promising: int
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return raw BM25 and cosines of the *count* best of each side, by key.

        What only the dense side found has the last one's BM25 at most. With that, the *promising*
        best are chosen, and theirs is looked up; the others are left out.
        """
        bm25 = self._lexical.best(query, count)
        cosines = self._cosines(query, list(bm25), count)
        only_dense = [key for key in cosines if key not in bm25]
        if only_dense and len(bm25) == count:
            top, least = max(bm25.values()), min(bm25.values())
            hopes = {key: score / top for key, score in bm25.items()}
            hopes |= dict.fromkeys(only_dense, least / top)
            hopeful = set(_best(self._fused(hopes, cosines), promising))
            only_dense = [key for key in only_dense if key in hopeful]
            bm25 |= self._lexical.scores(query.text, only_dense)
        return dict.fromkeys(only_dense, 0.0) | bm25, cosines

    def _cosines(self, query: Query, found: Sequence[int], count: int) -> dict[int, float]:
        """Return the cosines of the *count* nearest chunks and of those *found*, if there are."""
        if self._dense is None or query.vector is None or not query.vector.any():
            return {}
        cosines = dict(self._dense.nearest(query.vector, count, query.access))
        others = [key for key in found if key not in cosines]
        similarities = self._dense.vectors(others).dot(query.vector)
        cosines.update(zip(others, similarities.tolist(), strict=True))
        return {key: min(max(cosine, -1.0), 1.0) for key, cosine in cosines.items()}

    def _fused(
        self, lexical: Mapping[int, float], cosines: Mapping[int, float]
    ) -> dict[int, float]:
        weight = self._weight if cosines else 0.0
        return {
            key: (1 - weight) * score + weight * max(cosines.get(key, 0.0), 0.0)
            for key, score in lexical.items()
        }

    def _read(self, text: str, keys: Sequence[int]) -> dict[int, Reranking]:
        texts = self._texts(keys)
        if not texts:
            return {}
        return dict(zip(texts, self.reader(text).read(list(texts.values())), strict=True))


def _best(scores: Mapping[int, float], count: int) -> list[int]:
    return sorted(scores, key=lambda key: (-scores[key], key))[:count]

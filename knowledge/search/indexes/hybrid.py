"""Hybrid search: candidates of the lexical and the dense index, a convex score, then reranking.

A candidate's score is `(1 - w) * covered * lexical + w * similarity`, divided by the sum of the two
weights. The lexical part is its BM25 divided by the best BM25 of the list; the similarity is its
cosine on the index's scale (see `cosine_scale`). `covered` is how much of the question the best
candidate's words cover: a question in other words has a best BM25, too, and it means little.
The best candidates are then reranked: half of their lexical part becomes the share of the question
that their best line covers.

We fuse scores and not ranks: reciprocal rank fusion measured 3 to 4 points of nDCG below the better
one of its inputs.
"""

from collections.abc import Callable, Mapping, Sequence

from knowledge.model.types import Hit, Signals
from knowledge.search.index import DenseSearch, LexicalSearch, Query
from knowledge.search.indexes.reranker import Reranker, RerankScores
from knowledge.search.indexes.signals import distribution

Texts = Callable[[Sequence[int]], Mapping[int, str]]
"""Returns the indexed texts of chunks, by key; a chunk may be missing."""

_CANDIDATES = 100
"""Candidates from each index."""

_RERANKED = 14
"""Best candidates to rerank; more of them did not change the measured quality."""

_RERANK_SHARE = 0.5
"""Share of the best line in the lexical part of the score."""

_LEAST = 0.01
"""Score of a hit at least; less says that nothing was found."""

_NOT_RERANKED = RerankScores(0.0, 0.0, 0.0)


class HybridIndex:
    """Combines a lexical and a dense index.

    Args:
        lexical: The lexical index.
        dense: The dense index of the same index version, or None.
        weight: Share of the dense score in the fused score, 0..1.
        texts: Looks up the texts of the candidates to rerank.
    """

    def __init__(
        self, lexical: LexicalSearch, dense: DenseSearch | None, weight: float, texts: Texts
    ) -> None:
        self._lexical = lexical
        self._dense = dense
        self._weight = weight
        self._texts = texts

    def search(self, query: Query, limit: int) -> list[Hit]:
        if limit < 1:
            return []
        bm25, cosines = self._candidates(query, max(limit, _CANDIDATES), max(limit, _RERANKED))
        top = max(bm25.values(), default=0.0) or 1.0
        lexical = {key: (1 - _RERANK_SHARE) * score / top for key, score in bm25.items()}
        covered = self._lexical.bounded(query.text, top)
        best = _best(self._fused(lexical, cosines, covered), max(limit, _RERANKED))
        reranked = self._rerank(query.text, best)
        lexical |= {key: lexical[key] + _RERANK_SHARE * reranked[key].best_line for key in reranked}
        covered = max((one.best_line for one in reranked.values()), default=0.0)
        scores = self._fused(lexical, cosines, covered)
        ranking = [key for key in _best(scores, len(scores)) if scores[key] >= _LEAST]
        if not ranking:
            return []
        spread = distribution([scores[key] for key in ranking])
        hits = []
        for key in ranking[:limit]:
            reranking = reranked.get(key, _NOT_RERANKED)
            signals = Signals(
                bm25=bm25[key],
                bm25_bounded=self._lexical.bounded(query.text, bm25[key]),
                margin=spread.margin,
                z_score=spread.z_score(scores[key]),
                coverage=reranking.coverage,
                term_coverage=reranking.term_coverage,
                cosine=cosines.get(key),
            )
            hits.append(Hit(key, scores[key], signals))
        return hits

    def respelt(self, text: str) -> str:
        """Return *text* with the words that no chunk has in a spelling that chunks have."""
        return self._lexical.respelt(text)

    def reranker(self, text: str) -> Reranker:
        """Return a reranker for the question *text*."""
        return Reranker(self._lexical.terms(text))

    def weights(self, text: str) -> dict[str, float]:
        """Return the tokens to search for *text* with their weights, for highlighting."""
        weights: dict[str, float] = {}
        for term in self._lexical.terms(text):
            weights[term.token] = weights.get(term.token, 0.0) + term.weight
        return weights

    def _candidates(
        self, query: Query, count: int, to_rerank: int
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Return raw BM25 and cosines of the *count* best chunks of each index, by key.

        A chunk that only the dense index found can have at most the lowest BM25 of the lexical
        list. Estimate its score with that, look up the real BM25 of those among the *to_rerank*
        best, and drop the others.
        """
        bm25 = dict(self._lexical.best(query, count))
        cosines = self._cosines(query, list(bm25), count)
        only_dense = [key for key in cosines if key not in bm25]
        if only_dense and len(bm25) == count:
            top, least = max(bm25.values()), min(bm25.values())
            share = (1 - _RERANK_SHARE) / top  # as the choice of those to rerank weighs it
            bounds = {key: share * score for key, score in bm25.items()}
            bounds |= dict.fromkeys(only_dense, share * least)
            covered = self._lexical.bounded(query.text, top)
            kept = set(_best(self._fused(bounds, cosines, covered), to_rerank))
            only_dense = [key for key in only_dense if key in kept]
            bm25 |= self._lexical.scores(query.text, only_dense)
        return dict.fromkeys(only_dense, 0.0) | bm25, cosines

    def _cosines(self, query: Query, found: Sequence[int], count: int) -> dict[int, float]:
        """Return the cosines of the *count* nearest chunks and of those *found*, by key."""
        if self._dense is None or query.vector is None or not query.vector.any():
            return {}
        cosines = dict(self._dense.nearest(query.vector, count, query.access))
        cosines |= self._dense.cosines(query.vector, [key for key in found if key not in cosines])
        return {key: min(max(cosine, -1.0), 1.0) for key, cosine in cosines.items()}

    def _fused(
        self, lexical: Mapping[int, float], cosines: Mapping[int, float], covered: float
    ) -> dict[int, float]:
        if self._dense is None or not cosines:
            return dict(lexical)
        words = (1 - self._weight) * covered
        weight = self._weight / ((self._weight + words) or 1.0)
        similarity = self._dense.scale.similarity
        return {
            key: (1 - weight) * score + weight * similarity(cosines.get(key, -1.0))
            for key, score in lexical.items()
        }

    def _rerank(self, text: str, keys: Sequence[int]) -> dict[int, RerankScores]:
        texts = self._texts(keys)
        if not texts:
            return {}
        return dict(zip(texts, self.reranker(text).scores(list(texts.values())), strict=True))


def _best(scores: Mapping[int, float], count: int) -> list[int]:
    return sorted(scores, key=lambda key: (-scores[key], key))[:count]

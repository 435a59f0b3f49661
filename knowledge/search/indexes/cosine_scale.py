"""One scale for the cosines of every embedder, so that a weight means the same for all of them.

Embedders use different parts of the range: two unrelated texts have a cosine of 0.75 with one
model and of 0.1 with another. What counts is how far a cosine stands out from those of texts that
do not belong together.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.model.types import Vectors

SAMPLE = 512
"""Vectors compared with each other to measure a scale."""

_TOP = 6.0
"""Spreads above the mean that count as 1; as many below it count as 0."""

_MIN_SPREAD = 0.01
"""Below this, differences are noise: the sample holds copies, or hardly anything."""


class CosineScale(NamedTuple):
    """The cosines of pairs of texts that do not belong together.

    Attributes:
        mean: Their mean.
        spread: Their standard deviation.
    """

    mean: float = 0.0
    spread: float = 1 / _TOP

    def similarity(self, cosine: float) -> float:
        """Return how far *cosine* stands out, 0..1; 0.5 for a usual one.

        Values below the mean keep their order: all cosines of a question in another language than
        the passages may lie there.
        """
        spreads = (cosine - self.mean) / self.spread
        return min(max(0.5 + spreads / (2 * _TOP), 0.0), 1.0)


def measure(vectors: Vectors) -> CosineScale:
    """Measure the scale on a random sample of an index's vectors; shape `(count, dimensions)`.

    The pairs of a sample belong together by chance only. Fewer than two vectors have no pair and
    get a scale from -1 to 1.
    """
    if len(vectors) < 2:  # noqa: PLR2004 - a pair
        return CosineScale()
    cosines: NDArray[np.float32] = vectors.dot(vectors.T)[np.triu_indices(len(vectors), 1)]
    return CosineScale(float(cosines.mean()), max(float(cosines.std()), _MIN_SPREAD))

"""A small logistic regression: from features to the probability that an answer is right.

Fitted with NumPy by Newton's method, used in plain Python; a fitted model is plain JSON data.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 12
"""Newton steps; the result is stable after eight."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted model.

    Attributes:
        features: Names of the inputs, in order.
        means: Mean of each input in the training data.
        deviations: Standard deviation of each input.
        weights: One for each term that `terms` returns.
        intercept: Log odds where all terms are 0.
    """

    features: tuple[str, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def probability(self, values: Mapping[str, float]) -> float:
        """Return the probability for *values*, which must name every feature."""
        standard = [
            (values[name] - mean) / deviation
            for name, mean, deviation in zip(
                self.features, self.means, self.deviations, strict=True
            )
        ]
        odds = self.intercept + math.fsum(
            weight * term for weight, term in zip(self.weights, terms(standard), strict=True)
        )
        return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0  # noqa: PLR2004 - exp overflows

    def probabilities(self, rows: Sequence[Mapping[str, float]]) -> list[float]:
        """Return the probabilities for many *rows* at once."""
        inputs = np.array([[row[name] for name in self.features] for row in rows])
        standard = (inputs - np.array(self.means)) / np.array(self.deviations)
        odds = _with_products(standard) @ np.array(self.weights) + self.intercept
        chances: list[float] = (1 / (1 + np.exp(-np.clip(odds, -700, 700)))).tolist()
        return chances


def terms(standard: Sequence[float]) -> list[float]:
    """Return the model's terms: the inputs, then all products of two of them, squares included."""
    pairs = combinations_with_replacement(standard, 2)
    return [*standard, *(one * other for one, other in pairs)]


def fit(
    rows: Sequence[Mapping[str, float]], outcomes: Sequence[bool], penalty: float = 1.0
) -> Logistic:
    """Fit a model to *rows*, all with the same features, and their *outcomes*.

    Args:
        rows: The inputs.
        outcomes: The values to predict.
        penalty: Strength of the L2 regularisation, in standardised units.
    """
    features = tuple(rows[0])
    inputs = np.array([[row[name] for name in features] for row in rows], dtype=np.float64)
    means, deviations = inputs.mean(0), inputs.std(0)
    deviations[deviations < 1e-9] = 1.0  # noqa: PLR2004 - a constant input says nothing
    standard = (inputs - means) / deviations
    weights = _newton(_with_products(standard), np.array(outcomes, np.float64), penalty)
    return Logistic(
        features,
        tuple(means.tolist()),
        tuple(deviations.tolist()),
        tuple(weights[1:].tolist()),
        float(weights[0]),
    )


def _with_products(standard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the terms of many rows at once; see `terms`."""
    left, right = np.triu_indices(standard.shape[1])
    return np.hstack([standard, standard[:, left] * standard[:, right]])


def _newton(
    table: NDArray[np.float64], outcomes: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    """Return intercept and weights that maximise the penalised likelihood."""
    table = np.hstack([np.ones((len(table), 1)), table])
    pull = np.full(table.shape[1], penalty)
    pull[0] = 1e-6  # almost none on the intercept: fits data with a single outcome
    weights = np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        chances = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (chances - outcomes) + pull * weights
        curvature = (table.T * (chances * (1 - chances))) @ table + np.diag(pull)
        weights -= np.linalg.solve(curvature, slope)
    return weights

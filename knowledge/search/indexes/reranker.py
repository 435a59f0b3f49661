"""Reranks the best candidates: how much of a question their text contains, and how close together.

It does not tokenise the texts. A substring search for each token of the question is twenty times
cheaper, and measured to rank equally well.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.text.analysis import Field, code_parts, codes, is_unspaced, normalise, stem, words_of

_NEIGHBOUR_SHARE = 0.3
"""Share of an adjacent line's additional coverage that counts for a line."""

_ENDS = ("。", ". ", "?", "!")
"""Ends of lines in a normalised text; approximate, since lines are counted and never quoted."""

_GAPS = re.compile(r"[^\w\n]+")
"""Separators between two words; each counts as one space in a gram, and so does `_`."""

_CHANGED_BY_STEMMING = 3
"""Words up to this length equal their stem; longer ones may differ in the stem's last letter."""


class WeightedTerm(NamedTuple):
    """A token to search for in a field, and its weight (boost times IDF)."""

    field: Field
    token: str
    weight: float


class RerankScores(NamedTuple):
    """How much of a question a text contains; each value is 0..1.

    Attributes:
        best_line: Share of the weight in the best line, plus a part of what adjacent lines add.
        coverage: Share of the weight in the whole text.
        term_coverage: Share of the terms in the whole text, all counting equally.
    """

    best_line: float
    coverage: float
    term_coverage: float


class _Pattern(NamedTuple):
    """How to find a term: first by `text`, then, where that occurs, by `word` unless it is "".

    Attributes:
        text: A substring of every line with the term; "" for a code, which may have separators.
        word: The token, if it must be a whole word.
        stemmed: A word whose stem is the token also matches.
    """

    text: str
    word: str
    stemmed: bool


class Reranker:
    """Scores texts by the terms of one question.

    Args:
        terms: The terms of the question, with their weights.
    """

    def __init__(self, terms: Sequence[WeightedTerm]) -> None:
        total = sum(term.weight for term in terms) or 1.0
        self._tokens = [term.token for term in terms]
        self._patterns = [_pattern(term) for term in terms]
        self._codes = not all(pattern.text for pattern in self._patterns)
        self._shares = np.array([term.weight / total for term in terms], np.float32)
        self._plain = np.array([term.field == "terms" for term in terms], np.float32)
        self._plain /= max(self._plain.sum(), 1.0)

    def scores(self, texts: Sequence[str]) -> list[RerankScores]:
        """Return the scores of *texts*, in order; needs at least one text."""
        first, lines = [], list[str]()
        for text in texts:
            first.append(len(lines))
            lines += _lines(text)
        words = _Words(lines, codes=self._codes)
        columns = np.zeros((len(self._patterns), len(lines)), np.float32)
        for column, pattern in zip(columns, self._patterns, strict=True):
            column[words.lines_with(pattern)] = 1
        present = np.ascontiguousarray(columns.T)
        scores = self._line_scores(present, np.array(first[1:], np.intp))
        anywhere = np.maximum.reduceat(present, first)
        shares = (
            np.maximum.reduceat(scores, first),
            _share(anywhere, self._shares),
            _share(anywhere, self._plain),
        )
        return [RerankScores(*row) for row in np.minimum(np.stack(shares, 1), 1.0).tolist()]

    def tokens_in(self, texts: Sequence[str]) -> list[set[str]]:
        """Return the question's tokens that occur in each of *texts*, in order."""
        words = _Words(
            [f" {normalise(text)} ".replace("\n", " ") for text in texts], codes=self._codes
        )
        found = [set[str]() for _ in texts]
        for token, pattern in zip(self._tokens, self._patterns, strict=True):
            for number in words.lines_with(pattern):
                found[number].add(token)
        return found

    def _line_scores(
        self, present: NDArray[np.float32], first: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Score each line; the lines *first* begin another text and have no line before them."""
        alone = _share(present, self._shares)
        together = _share(np.maximum(present[:-1], present[1:]), self._shares)
        together[first - 1] = 0
        scores = alone.copy()
        scores[:-1] += _NEIGHBOUR_SHARE * np.maximum(together - alone[:-1], 0)
        scores[1:] += _NEIGHBOUR_SHARE * np.maximum(together - alone[1:], 0)
        return scores


def _share(present: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of the *shares* that are *present*, by row."""
    # `@` checks the floating-point flags afterwards, and its fast kernels also touch memory beside
    # a small table, which may raise a false warning; `dot` does not check.
    sums: NDArray[np.float32] = present.dot(shares)
    return sums


class _Words:
    """Lines of text, split into words only where a pattern may match."""

    def __init__(self, lines: Sequence[str], *, codes: bool) -> None:
        self._lines = lines
        self._codes = codes
        self._found: dict[int, frozenset[str]] = {}

    def lines_with(self, pattern: _Pattern) -> list[int]:
        """Return the numbers of the lines that match *pattern*."""
        text, word, stemmed = pattern
        lines = self._spaced if " " in text else self._lines
        containing = [number for number, line in enumerate(lines) if text in line]
        return (
            [number for number in containing if self._has(number, word, text, stemmed=stemmed)]
            if word
            else containing
        )

    @cached_property
    def _spaced(self) -> list[str]:
        return _GAPS.sub(" ", "\n".join(self._lines).replace("_", " ")).split("\n")

    def _has(self, number: int, word: str, start: str, *, stemmed: bool) -> bool:
        words = self._found.get(number)
        if words is None:
            words = self._found[number] = self._words(self._lines[number])
        return word in words or (
            stemmed and any(other.startswith(start) and stem(other) == word for other in words)
        )

    def _words(self, line: str) -> frozenset[str]:
        words = words_of(line)
        return frozenset((*words, *code_parts(words), *(codes(line) if self._codes else ())))


def _pattern(term: WeightedTerm) -> _Pattern:
    token, stemmed = term.token, term.field == "terms"
    if term.field == "grams":
        return _Pattern(token.replace("_", " "), "", stemmed=False)
    if is_unspaced(token):
        return _Pattern(token, "", stemmed=False)
    if not (token.isalpha() or token.isdigit()):
        return _Pattern("", token, stemmed)
    start = token[:-1] if stemmed and len(token) > _CHANGED_BY_STEMMING else token
    return _Pattern(start, token, stemmed)


def _lines(text: str) -> Iterable[str]:
    """Split a text into lines, each between spaces, so that grams at its ends match."""
    text = normalise(text)
    for end in _ENDS:
        text = text.replace(end, "\n")
    return [f" {line} " for line in text.split("\n") if line] or [""]

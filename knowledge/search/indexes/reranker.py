"""A last look at the best candidates: what of a question stands in their text, and how close.

Texts are not taken apart for it. Whether a token of the question stands in a line is a search for a
substring, twenty times cheaper than the tokens of the line, and measured to rank as well.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.text.analysis import Field, code_parts, codes, is_unspaced, normalise, stem, words_of

_NEIGHBOUR_SHARE = 0.3
"""How much of what the line before or after adds counts for a line."""

_ENDS = ("。", ". ", "?", "!")
"""What ends a line of a normalised text, roughly: this is for counting, not for quoting."""

_GAPS = re.compile(r"(?:[^\w\n]|_)+")
"""What stands between two words, and counts as one space in a gram."""

_CHANGED_BY_STEMMING = 3
"""Words up to this length keep all their letters; the last one of a longer stem may differ."""


class WeightedTerm(NamedTuple):
    """A token that a question looks for in a field, and how much it says (boost times IDF)."""

    field: Field
    token: str
    weight: float


class Reranking(NamedTuple):
    """What a text has of a question; shares, 0..1.

    Attributes:
        best_line: Of the weight, in its best line, with a part of what the neighbours add.
        coverage: Of the weight, anywhere.
        term_coverage: Of the terms, anywhere, each counting alike.
    """

    best_line: float
    coverage: float
    term_coverage: float


class _Sought(NamedTuple):
    """How a term is looked for: as `text`, and where that stands, as a word unless it is "".

    Attributes:
        text: What a line with the term holds; "" for a code, which may have separators in it.
        word: The token, if it has to be a whole word.
        stemmed: The word may also be one whose stem is the token.
    """

    text: str
    word: str
    stemmed: bool


class Reranker:
    """Finds the tokens of one question in texts."""

    def __init__(self, terms: Sequence[WeightedTerm]) -> None:
        total = sum(term.weight for term in terms) or 1.0
        self._tokens = [term.token for term in terms]
        self._sought = [_sought(term) for term in terms]
        self._codes = not all(sought.text for sought in self._sought)
        self._shares = np.array([term.weight / total for term in terms], np.float32)
        self._plain = np.array([term.field == "terms" for term in terms], np.float32)
        self._plain /= max(self._plain.sum(), 1.0)

    def read(self, texts: Sequence[str]) -> list[Reranking]:
        """Read *texts*, at least one."""
        first, lines = [], list[str]()
        for text in texts:
            first.append(len(lines))
            lines += _lines(text)
        words = _Words(lines, codes=self._codes)
        columns = np.zeros((len(self._sought), len(lines)), np.float32)
        for column, sought in zip(columns, self._sought, strict=True):
            column[words.lines_with(sought)] = 1
        there = np.ascontiguousarray(columns.T)
        scores = self._scores(there, np.array(first[1:], np.intp))
        anywhere = np.maximum.reduceat(there, first)
        shares = (
            np.maximum.reduceat(scores, first),
            _share(anywhere, self._shares),
            _share(anywhere, self._plain),
        )
        return [Reranking(*row) for row in np.minimum(np.stack(shares, 1), 1.0).tolist()]

    def tokens_in(self, texts: Sequence[str]) -> list[set[str]]:
        """Return the tokens of the question that occur in each of *texts*."""
        words = _Words(
            [f" {normalise(text)} ".replace("\n", " ") for text in texts], codes=self._codes
        )
        found = [set[str]() for _ in texts]
        for token, sought in zip(self._tokens, self._sought, strict=True):
            for number in words.lines_with(sought):
                found[number].add(token)
        return found

    def _scores(self, there: NDArray[np.float32], first: NDArray[np.intp]) -> NDArray[np.float32]:
        """Score each line; the lines *first* begin another text, so nothing is before them."""
        alone = _share(there, self._shares)
        together = _share(np.maximum(there[:-1], there[1:]), self._shares)
        together[first - 1] = 0
        scores = alone.copy()
        scores[:-1] += _NEIGHBOUR_SHARE * np.maximum(together - alone[:-1], 0)
        scores[1:] += _NEIGHBOUR_SHARE * np.maximum(together - alone[1:], 0)
        return scores


def _share(there: NDArray[np.float32], shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sum the *shares* of what is there, a row at a time."""
    # The operator asks the processor afterwards whether anything was no number, and its fast
    # kernels have also worked on what lies beside a small table; `dot` does not ask.
    sums: NDArray[np.float32] = there.dot(shares)
    return sums


class _Words:
    """Lines, whose words are taken out only where one may be among them that is looked for."""

    def __init__(self, lines: Sequence[str], *, codes: bool) -> None:
        self._lines = lines
        self._spaced = _GAPS.sub(" ", "\n".join(lines)).split("\n")
        self._codes = codes
        self._found: dict[int, frozenset[str]] = {}

    def lines_with(self, sought: _Sought) -> list[int]:
        """Return the numbers of the lines in which *sought* stands."""
        text, word, stemmed = sought
        lines = self._lines if word else self._spaced
        near = [number for number, line in enumerate(lines) if text in line]
        return (
            [number for number in near if self._has(number, word, text, stemmed=stemmed)]
            if word
            else near
        )

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


def _sought(term: WeightedTerm) -> _Sought:
    token, stemmed = term.token, term.field == "terms"
    if term.field == "grams":
        return _Sought(token.replace("_", " "), "", stemmed=False)
    if is_unspaced(token):
        return _Sought(token, "", stemmed=False)
    if not (token.isalpha() or token.isdigit()):
        return _Sought("", token, stemmed)
    start = token[:-1] if stemmed and len(token) > _CHANGED_BY_STEMMING else token
    return _Sought(start, token, stemmed)


def _lines(text: str) -> Iterable[str]:
    """Cut a text into lines, each between spaces, so that the grams of its ends are found."""
    text = normalise(text)
    for end in _ENDS:
        text = text.replace(end, "\n")
    return [f" {line} " for line in text.split("\n") if line] or [""]

"""Detects that two documents contradict each other.

Seen without understanding, so precision comes first: two sentences speak of one thing in nearly the
same words, with the same names, give different values in the same unit, and each stands in a
document that states its date.
"""

import datetime as dt
import re
from itertools import product

from knowledge.model.types import Passage
from knowledge.text.analysis import codes, content_terms, normalise
from knowledge.text.highlight import sentences
from knowledge.text.numbers import numbers_in, without_numbers

_NEVER = dt.date.min

SAME_SUBJECT = 0.5
"""Share of words (in Japanese: pairs of characters) that two sentences have in common when they
speak of the same thing."""

SAME_STATEMENT = 0.6
"""Share of all words of two sentences, without their values, that both have when they state the
same attribute of the same subject."""

_FEWEST = 2
"""Words that two sentences have in common at least."""

_NAME = re.compile(r"(?<=[\w,;)] )[A-Z][\w-]+|[\u30a1-\u30faー]{3,}|[\u4e00-\u9fff々]{2,}")
_BIGRAM_SCRIPT = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


def contradict(one: Passage, other: Passage) -> bool:
    """Tell whether the best sentences of two dated documents contradict each other."""
    if not (one.date and other.date) or one.date == other.date:
        return False
    if one.document_id == other.document_id:
        return False
    return disagree(one.highlight or one.text, other.highlight or other.text)


def disagree(first: str, second: str) -> bool:
    """Tell whether a sentence of *first* and one of *second* give one thing different values."""
    return any(
        _disagree(one, other) for one, other in product(_statements(first), _statements(second))
    )


def same_subject(first: str, second: str) -> bool:
    """Tell whether two sentences share enough words to be about the same subject."""
    words, others = content_terms(first), content_terms(second)
    return len(words & others) >= SAME_SUBJECT * max(1, min(len(words), len(others)))


def older_and_newer(one: Passage, other: Passage) -> tuple[Passage, Passage]:
    """Return two dated passages, the older one first."""
    older, newer = sorted((one, other), key=lambda passage: passage.date or _NEVER)
    return older, newer


def _statements(text: str) -> list[str]:
    said = (text[span.start : span.end] for span in sentences(text))
    return [one for one in said if numbers_in(one)]


def _disagree(one: str, other: str) -> bool:
    values, others = _values(one), _values(other)
    units = values.keys() & others.keys()
    if not units or values.keys() != others.keys():
        return False
    if not any(values[unit].isdisjoint(others[unit]) for unit in units):
        return False
    return _same_statement(one, other)


def _values(sentence: str) -> dict[str, frozenset[str]]:
    """Return the values of *sentence* by unit; a number without one could mean anything."""
    found = dict[str, set[str]]()
    for value, unit in numbers_in(sentence):
        if unit:
            found.setdefault(unit, set()).add(value)
    return {unit: frozenset(values) for unit, values in found.items()}


def _same_statement(one: str, other: str) -> bool:
    words, others = (content_terms(without_numbers(text)) for text in (one, other))
    shared = words & others
    if len(shared) < _FEWEST or len(shared) < SAME_STATEMENT * len(words | others):
        return False
    return _names(one) == _names(other) and set(codes(normalise(one))) == set(
        codes(normalise(other))
    )


def _names(text: str) -> frozenset[str]:
    """Return the names and, in Japanese, the whole words of *text*: 国内 is not 海外."""
    return frozenset(_NAME.findall(without_numbers(text) if _BIGRAM_SCRIPT.search(text) else text))

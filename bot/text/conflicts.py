"""Detects that two documents contradict each other.

The rule is that of `knowledge.text.statements`; each sentence stands in a document that states its
date.
"""

import datetime as dt
from functools import lru_cache
from itertools import product

from knowledge.model.types import Passage
from knowledge.text.analysis import content_terms
from knowledge.text.statements import (
    Statement,
    differ_in_value,
    of_parallel_subjects,
    same_thing,
    statements,
    topic,
)

_NEVER = dt.date.min

SAME_SUBJECT = 0.5
"""Share of words (in Japanese: pairs of characters) that two sentences have in common when they
speak of the same thing."""


def contradict(one: Passage, other: Passage) -> bool:
    """Tell whether the best sentences of two dated documents contradict each other."""
    if not (one.date and other.date) or one.date == other.date:
        return False
    if one.document_id == other.document_id:
        return False
    if of_parallel_subjects(topic(one.title), topic(other.title)):
        return False
    contexts = topic(_path(one)), topic(_path(other))
    return disagree(one.highlight or one.text, other.highlight or other.text, contexts)


def disagree(
    first: str,
    second: str,
    contexts: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
) -> bool:
    """Tell whether a sentence of *first* and one of *second* give one thing different values.

    Args:
        first: A text.
        second: Another.
        contexts: What titles and headings above each of them name.
    """
    return any(
        differ_in_value(one, other) and same_thing(one, other, contexts)
        for one, other in product(_stated(first), _stated(second))
    )


@lru_cache(maxsize=256)  # each passage of a question is compared with several others
def _stated(text: str) -> tuple[Statement, ...]:
    return tuple(statements(text))


def _path(passage: Passage) -> str:
    return "\n".join((passage.title, *passage.headings))


def same_subject(first: str, second: str) -> bool:
    """Tell whether two sentences share enough words to be about the same subject."""
    words, others = content_terms(first), content_terms(second)
    return len(words & others) >= SAME_SUBJECT * max(1, min(len(words), len(others)))


def older_and_newer(one: Passage, other: Passage) -> tuple[Passage, Passage]:
    """Return two dated passages, the older one first."""
    older, newer = sorted((one, other), key=lambda passage: passage.date or _NEVER)
    return older, newer

"""Detects that two documents contradict each other.

Seen without understanding: sentences of differently dated documents that are nearly, but not
quite, the same. What differs has to be more than wording: a figure, where either has any.
"""

import datetime as dt

from bot.text import numbers
from knowledge.model.types import Passage
from knowledge.text.analysis import content_terms

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
    first, second = one.highlight or one.text, other.highlight or other.text
    return same_subject(first, second) and first != second and _differ(first, second)


def same_subject(first: str, second: str) -> bool:
    """Tell whether two sentences share enough words to be about the same subject."""
    words, others = content_terms(first), content_terms(second)
    return len(words & others) >= SAME_SUBJECT * max(1, min(len(words), len(others)))


def older_and_newer(one: Passage, other: Passage) -> tuple[Passage, Passage]:
    """Return two dated passages, the older one first."""
    older, newer = sorted((one, other), key=lambda passage: passage.date or _NEVER)
    return older, newer


def _differ(first: str, second: str) -> bool:
    """Tell whether the numbers differ; without numbers, whether the words differ."""
    missing = numbers.missing(first, second), numbers.missing(second, first)
    has_numbers = numbers.missing(first, "") or numbers.missing(second, "")
    return any(missing) if has_numbers else True

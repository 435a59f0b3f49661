"""Entries as evaluation cases: the bot has to answer their questions, and from them."""

import re
from collections.abc import Iterable

from bot.entries.entry import Entry
from bot.evaluation.cases import Case
from knowledge.text.highlight import sentences

TAG = "entry"

_CODES = re.compile(r"(?<![A-Za-z])[A-Za-z]++[-_.]?\d[A-Za-z0-9-]*|\d[\d,]*(?:[.:]\d+)*")
"""Codes and numbers, which are the same in both languages."""

_DIGITS = 2
"""Digits of a number that tells something: one digit stands in nearly every answer."""


def cases_of(entries: Iterable[Entry]) -> list[Case]:
    """Return a case for the question and for each wording of every active entry.

    An answer is right if it has the numbers and codes of the entry, as long as that is one sentence
    that has some. For the others a case measures only whether the entry was found.
    """
    return [
        Case(
            id=f"entry-{entry.id}-{number}",
            question=question,
            must_include=_codes(entry.answer),
            gold_documents=(entry.document_id,),
            tags=(TAG,),
            group=entry.id,
            reader=",".join(entry.groups) or "members",
        )
        for entry in entries
        if entry.state == "active"
        for number, question in enumerate((entry.question, *entry.wordings))
    ]


def _codes(answer: str) -> tuple[str, ...]:
    """Return the numbers and codes of an answer of one sentence."""
    if sum(1 for _ in sentences(answer)) != 1:
        return ()
    found = _CODES.findall(answer)
    return tuple(dict.fromkeys(one for one in found if sum(map(str.isdigit, one)) >= _DIGITS))

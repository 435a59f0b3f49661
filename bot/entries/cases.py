"""Entries as evaluation cases: what people have taught has to be answered, and from there."""

import re
from collections.abc import Iterable

from bot.entries.entry import Entry
from bot.evaluation.cases import Case
from knowledge.text.highlight import sentences

TAG = "entry"

_TELLING = re.compile(r"[A-Za-z]+[-_.]?\d[A-Za-z0-9-]*|\d[\d,]*(?:[.:]\d+)*")
"""Codes and numbers; they are the same in both languages."""

_DIGITS = 2
"""A number of one digit stands in nearly every answer."""


def cases_of(entries: Iterable[Entry]) -> list[Case]:
    """Return a case of the question and of each other wording of what is active.

    A right answer is told by its figures and codes, where the answer is one sentence that has some;
    else only whether it was found is measured, until somebody judges.
    """
    return [
        Case(
            id=f"entry-{entry.id}-{number}",
            question=question,
            must_include=_telling(entry.answer),
            gold_documents=(entry.document_id,),
            tags=(TAG,),
            group=entry.id,
            reader=",".join(entry.groups) or "members",
        )
        for entry in entries
        if entry.state == "active"
        for number, question in enumerate((entry.question, *entry.wordings))
    ]


def _telling(answer: str) -> tuple[str, ...]:
    """Return the figures and codes of an answer of one sentence."""
    if sum(1 for _ in sentences(answer)) != 1:
        return ()
    found = _TELLING.findall(answer)
    return tuple(dict.fromkeys(one for one in found if sum(map(str.isdigit, one)) >= _DIGITS))

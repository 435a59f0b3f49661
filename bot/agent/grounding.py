"""Does the evidence carry the answer? Figures, dates and codes of a sentence must be in it.

Measured on paraphrases, figures find what word overlap cannot: "12 days" for "10 days" leaves the
overlap as it was. What is calculated is not carried either; the model is told not to.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.agent import figures, marks
from knowledge.highlighting import Span, sentences
from knowledge.types import Passage

_LEADING_MARKS = re.compile(r"(?:\s*\[[0-9]{1,3}\])+")
_EMPTY_ITEM = re.compile(r"^[^\S\n]*(?:[-*+・>#]+|[0-9]{1,3}[.)])?[^\S\n]*(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A sentence of an answer, and what in it none of its passages says."""

    span: Span
    sentence: str
    figures: tuple[str, ...]


def unsupported(answer: str, passages: Mapping[int, Passage]) -> list[Unsupported]:
    """Find the sentences of *answer* whose figures are not in the passages that they cite.

    A sentence without marks is held against all passages that the answer cites. A line that only
    leads in ("There are 3 ways:") is no claim.

    Args:
        answer: Text with normalised marks (`[1][2]`).
        passages: The evidence by number.
    """
    everything = [passages[n] for n in marks.numbers_in(answer) if n in passages]
    found = list[Unsupported]()
    for span in _with_marks(answer):
        marked = answer[span.start : span.end]
        sentence = marks.stripped(marked)
        cited = [passages[n] for n in marks.numbers_in(marked) if n in passages]
        if not cited and sentence.rstrip().endswith((":", "：")):
            continue
        missing = figures.missing(sentence, "\n".join(map(_said, cited or everything)))
        if missing:
            found.append(Unsupported(span, sentence, missing))
    return found


def without(answer: str, rejected: Sequence[Unsupported]) -> str:
    """Return *answer* without the *rejected* sentences and the list items they leave empty."""
    for item in sorted(rejected, key=lambda item: item.span, reverse=True):
        before, after = answer[: item.span.start], answer[item.span.end :]
        line = before.rpartition("\n")[2] + after.partition("\n")[0]
        if _EMPTY_ITEM.fullmatch(line):
            before, after = before.rpartition("\n")[0], after.partition("\n")[2]
            answer = f"{before}\n{after}" if before else after
        else:
            answer = before + after.lstrip(" 　")
    return answer.strip()


def _with_marks(answer: str) -> list[Span]:
    """Find the sentences; marks behind a full stop belong to the sentence before it."""
    spans = list[Span]()
    for span in sentences(answer):
        led = _LEADING_MARKS.match(answer, span.start, span.end)
        if not led or not spans:
            spans.append(span)
            continue
        spans[-1] = Span(spans[-1].start, led.end())
        rest = answer[led.end() : span.end].lstrip()
        if rest:
            spans.append(Span(span.end - len(rest), span.end))
    return spans


def _said(passage: Passage) -> str:
    date = passage.date.isoformat() if passage.date else ""
    return "\n".join([passage.title, *passage.headings, date, passage.text])

"""Who says what in the month, and when: written lines and sample questions, equal in every run."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.quarter.questions import topics
from bot.core.language import Language
from bot.evaluation.cases import Case

HERE = Path(__file__).parent
TALK = (HERE / "talk.jsonl", HERE.parents[1] / "tests" / "data" / "channel_talk.jsonl")
"""Lines that want no answer: those that were written after the rules, and those before."""

DAYS, DAY = 22, 86_400.0
PEOPLE = 12
TALKS, QUESTIONS = 14, 5
"""Lines, and questions, of one channel in one day, on average."""

Kind = Literal["answerable", "unanswerable", "talk", "to a person", "in a thread", "taken up"]

_CALLS = {"en": "<@{who}> {text}", "ja": "<@{who}> さん、{text}"}
_REPLIES = {"en": "I think I know that one, wait.", "ja": "たしか知っています、調べますね。"}


@dataclass(frozen=True)
class Said:
    """One message; `at` is in seconds since the start of the month.

    Attributes:
        kind: What the bot should do about it: answer the first, leave the others alone.
        thread: The time of the message that it replies to, 0.0 for none.
        case: The sample question that it is, with its right answer.
    """

    at: float
    language: Language
    person: str
    text: str
    kind: Kind
    thread: float = 0.0
    case: Case | None = None


def month(cases: Sequence[Case], seed: int) -> list[Said]:
    """Return all messages of the month, in order of time."""
    chance = random.Random(seed)
    languages: tuple[Language, ...] = ("en", "ja")
    said = [one for language in languages for one in _channel(cases, language, chance)]
    return sorted(said, key=lambda one: one.at)


def _channel(cases: Sequence[Case], language: Language, chance: random.Random) -> Iterator[Said]:
    lines = [
        str(row["text"])
        for path in TALK
        for row in map(json.loads, path.read_text("utf-8").splitlines())
        if row["language"] == language
    ]
    known = [case for case in cases if case.language == language and case.answers]
    unknown = [case.question for case in cases if case.language == language and not case.answers]
    unknown += [text for one in topics() for own, text in one.wordings if own == language]
    for day in range(DAYS):
        for _ in range(TALKS):
            at, person = _moment(chance, day), _person(chance)
            yield Said(at, language, person, chance.choice(lines), "talk")
        for _ in range(QUESTIONS):
            yield from _question(chance, day, language, chance.choice(known), unknown)


def _question(
    chance: random.Random, day: int, language: Language, case: Case, unknown: Sequence[str]
) -> Iterator[Said]:
    """Yield a question in one of the ways in which they come up, with what belongs to it."""
    at, person = _moment(chance, day), _person(chance)
    text = case.question
    match chance.choices(range(5), (5, 2, 1, 1, 1))[0]:
        case 0:
            yield Said(at, language, person, text, "answerable", case=case)
        case 1:
            yield Said(at, language, person, chance.choice(unknown), "unanswerable")
        case 2:
            called = _CALLS[language].format(who=f"U0{chance.randrange(PEOPLE):06}", text=text)
            yield Said(at, language, person, called, "to a person")
        case 3:
            yield Said(at - 600, language, _person(chance), _REPLIES[language], "talk")
            yield Said(at, language, person, text, "in a thread", at - 600)
        case _:
            yield Said(at, language, person, text, "taken up", case=case)
            other = _person(chance)
            yield Said(at + 40, language, other, _REPLIES[language], "in a thread", at)


def _moment(chance: random.Random, day: int) -> float:
    return round(day * DAY + chance.uniform(9, 18) * 3_600, 3)


def _person(chance: random.Random) -> str:
    return f"U0{chance.randrange(PEOPLE):06}"

"""Who asks what, and when: simulated people and the sample documents, equal in every run."""

import heapq
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.language import Language
from bot.evaluation.cases import Case, read_cases

HERE = Path(__file__).parent
WEEKS = 13
WEEK = 7 * 86_400.0
PEOPLE = 120

DOCUMENTED, UNKNOWN = 45, 30
"""Questions per week: from the sample cases, and those that no document answers."""


@dataclass(frozen=True)
class Topic:
    """A subject that no document covers.

    Attributes:
        key: Words that a correct answer contains.
        wordings: Ways to ask about it, each with its language.
    """

    id: str
    owner: str
    answer: str
    key: str
    wordings: Sequence[tuple[Language, str]]


@dataclass(frozen=True, order=True)
class AskedQuestion:
    """A question of one person; `at` is in seconds since the start of the quarter."""

    at: float
    text: str
    person: str
    topic: Topic | None = None
    case: Case | None = None


def topics() -> list[Topic]:
    """Return the subjects that no document covers."""
    rows = [json.loads(line) for line in (HERE / "unknown.jsonl").read_text("utf-8").splitlines()]
    languages: tuple[Language, ...] = ("ja", "en")
    return [
        Topic(
            row["id"],
            row["owner"],
            row["answer"],
            row["key"],
            [(language, text) for language in languages for text in row[language]],
        )
        for row in rows
    ]


def questions(samples: Path, seed: int) -> Iterator[AskedQuestion]:
    """Yield the questions of a quarter in order of time.

    Questions from cases come once or a few times. Each other topic appears in some week, and from
    then on people ask about it more or less often, in one of its wordings.
    """
    chance = random.Random(seed)
    cases = [case for case in read_cases(samples) if not case.history and not case.hidden]
    known = [case for case in cases if case.answers]
    asked = list[AskedQuestion]()
    for _ in range(DOCUMENTED * WEEKS):
        case = chance.choice(known)
        heapq.heappush(
            asked, AskedQuestion(_moment(chance, 0), case.question, _person(chance), case=case)
        )
    unknown = topics()
    chance.shuffle(unknown)
    begins = {topic.id: chance.randrange(WEEKS - 1) for topic in unknown}
    for week in range(WEEKS):
        active = [topic for topic in unknown if begins[topic.id] <= week]
        weights = [1 / (1 + place) for place, _ in enumerate(active)]
        for topic in chance.choices(active, weights, k=UNKNOWN) if active else ():
            _, text = chance.choice(topic.wordings)
            at = _moment(chance, week, week + 1)
            heapq.heappush(asked, AskedQuestion(at, text, _person(chance), topic=topic))
    while asked:
        yield heapq.heappop(asked)


def _moment(chance: random.Random, first: int, last: int = WEEKS) -> float:
    """Return a time within working hours, from week *first* up to, but excluding, week *last*."""
    day = chance.randrange(first * 7, last * 7)
    day -= max(0, day % 7 - 4)  # weekends move to Friday
    return day * 86_400 + chance.uniform(9, 18) * 3_600


def _person(chance: random.Random) -> str:
    return f"U{chance.randrange(PEOPLE):03}"

"""Who asks what, and when: made-up people over the sample documents, the same for every run."""

import heapq
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.core.types import Language
from bot.evaluation.cases import Case, read_cases

HERE = Path(__file__).parent
WEEKS = 13
WEEK = 7 * 86_400.0
PEOPLE = 120

DOCUMENTED, UNKNOWN = 45, 30
"""Questions a week: those of the cases of the samples, and those that no document answers."""


@dataclass(frozen=True)
class Topic:
    """Something that only people know.

    Attributes:
        key: Words that a right answer holds.
        wordings: Ways to ask it, each with its language.
    """

    id: str
    owner: str
    answer: str
    key: str
    wordings: Sequence[tuple[Language, str]]


@dataclass(frozen=True, order=True)
class Asking:
    """Somebody asks something; `at` in seconds since the beginning of the quarter."""

    at: float
    text: str
    person: str
    topic: Topic | None = None
    case: Case | None = None


def topics() -> list[Topic]:
    """Return what only people know; what comes first is asked most."""
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


def asked(samples: Path, seed: int) -> Iterator[Asking]:
    """Yield a quarter's questions in the order of their asking.

    Those of the cases come once or a few times; of the others, each topic turns up in some week
    and from then on is asked more or less often, each time in one of its wordings.
    """
    chance = random.Random(seed)
    cases = [case for case in read_cases(samples) if not case.history and not case.hidden]
    known = [case for case in cases if case.answers]
    asking = list[Asking]()
    for _ in range(DOCUMENTED * WEEKS):
        case = chance.choice(known)
        heapq.heappush(
            asking, Asking(_moment(chance, 0), case.question, _person(chance), case=case)
        )
    unknown = topics()
    chance.shuffle(unknown)
    begins = {topic.id: chance.randrange(WEEKS - 1) for topic in unknown}
    for week in range(WEEKS):
        there = [topic for topic in unknown if begins[topic.id] <= week]
        weights = [1 / (1 + place) for place, _ in enumerate(there)]
        for topic in chance.choices(there, weights, k=UNKNOWN) if there else ():
            _, text = chance.choice(topic.wordings)
            at = _moment(chance, week, week + 1)
            heapq.heappush(asking, Asking(at, text, _person(chance), topic=topic))
    while asking:
        yield heapq.heappop(asking)


def _moment(chance: random.Random, first: int, last: int = WEEKS) -> float:
    """Return a moment in the working hours of some day from week *first* to before week *last*."""
    day = chance.randrange(first * 7, last * 7)
    day -= max(0, day % 7 - 4)  # weekends move to Friday
    return day * 86_400 + chance.uniform(9, 18) * 3_600


def _person(chance: random.Random) -> str:
    return f"U{chance.randrange(PEOPLE):03}"

"""Deletes what is kept about one person, as far as it is theirs alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.answering.memory import ThreadMemory
from bot.core.types import Feedback, Question, QuestionId
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.mcp_server.tokens import TokenStore
from bot.personal_data.mentions import Mention
from bot.queue.redis_queue import RedisQueue
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection

_OTHER = "see the data map in the documentation"

_LEFT: Sequence[tuple[str, str, Sequence[str]]] = (
    (
        "answers to others",
        "they name them, or have their vote",
        ("answer", "answers", "place", "votes", "labels"),
    ),
    (
        "questions of others to experts",
        "others wait for them, or asked them",
        (
            *("handoff", "handoff_in", "handoff_of", "handoffs", "handoffs_open", "waiters"),
            *("handoffs_open_of", "handoffs_put_off"),
        ),
    ),
    (
        "questions in work",
        "or ended ones, by their ids: a week at most",
        (
            *("job", "active", "ready", "delayed", "open", "open_of", "partition", "turn"),
            *("turn_of", "turns_had", "seen", "dead"),
        ),
    ),
    ("threads", "they are others', or ids: 30 days", ("turns", "joined")),
    (
        "saved answers",
        "they are the team's: `kotae entries withdraw ID` ends one",
        ("entries",),
    ),
    (
        "the audit log",
        "operators' acts, as ids; the oldest of 100,000 go first",
        ("audit",),
    ),
    (
        "a wish not to be in exports",
        "without it, others' words about them would be",
        ("export",),
    ),
    ("pinned names", "so that nobody takes their name over", ("names",)),
    ("settings of channels", "they have made them", ("channel", "policies")),
    ("counts", "ids and numbers; they expire by themselves", ("auto", "budget", "limit")),
    (
        "the team's files",
        "delete the lines, or the file",
        ("files", "evaluation", "rollouts", "prompts", "prompt-tuning"),
    ),
)
"""What may stay: what it is, why, and how its keys or files begin."""


@dataclass(frozen=True, slots=True)
class PersonStores:
    """The stores that hold what a person did."""

    ledger: Ledger
    labels: RedisLabels
    memory: ThreadMemory
    handoffs: HandoffStore
    limits: PersonLimits
    tokens: TokenStore
    queue: RedisQueue

    @classmethod
    def of(cls, store: RedisConnection) -> "PersonStores":
        """Return those of one Redis."""
        commands = store.commands
        return cls(
            Ledger(commands),
            RedisLabels(commands),
            ThreadMemory(commands),
            HandoffStore(commands),
            PersonLimits(commands),
            TokenStore(commands),
            RedisQueue(store),
        )


async def questions_of(ledger: Ledger, person: str) -> Sequence[Question]:
    """Return the recorded questions of *person*, oldest first."""
    return [
        record.question async for record in ledger.since(0.0) if record.question.person == person
    ]


async def erase(stores: PersonStores, person: str) -> Mapping[str, int]:
    """Delete the questions of *person* and what hangs on them; may be repeated.

    What was begun and broken off is finished by the next call: records go last, since all else is
    found by them. What cannot be read stays, and holds nothing up; see `unreadable`.

    Returns:
        How many of each kind were deleted; kinds without any are left out.
    """
    done = Counter[str]()
    asked = await questions_of(stores.ledger, person)
    ids = [question.id for question in asked]
    for thread in {question.thread for question in asked}:
        await stores.memory.forget(thread)
        done["memories of threads"] += 1
    done["verdicts on their answers"] = await stores.labels.forget(frozenset(ids))
    done["questions to experts"] = await stores.handoffs.forget_person(person)
    done["limits"] = await stores.limits.forget(person)
    for token in await stores.tokens.listed():
        if token.person == person:
            done["tokens of programs"] += await stores.tokens.revoke(token.id)
    done["votes"] = await _take_back_votes(stores.ledger, person)
    for letter in await stores.queue.dead_letters():
        if letter.job.payload.get("person") == person:
            done["dead letters"] += await stores.queue.drop(letter.job.id)
    await stores.ledger.forget(ids)
    done["questions with their answers"] = len(ids)
    return {kind: count for kind, count in done.items() if count}


async def unreadable(stores: PersonStores) -> Sequence[str]:
    """Return where something is that cannot be read, so that nobody knows whose it is."""
    parts = (stores.labels, stores.handoffs, stores.tokens, stores.queue, stores.ledger)
    return [place for part in parts for place in await part.unreadable()]


async def _take_back_votes(ledger: Ledger, person: str) -> int:
    voted = list[QuestionId]()
    async for record in ledger.since(0.0):
        if record.question.person != person:
            voted += [record.question.id for vote in record.feedback if vote.person == person]
    for answer_id in voted:
        await ledger.rate(Feedback(answer_id, person, None, "terminal"))
    return len(voted)


def what_is_left(mentions: Sequence[Mention]) -> Sequence[tuple[str, int, str]]:
    """Return what there still is, how many values of it, and why it stays."""
    counted = Counter(mention.store for mention in mentions)
    found = [
        (name, sum(counted.pop(store, 0) for store in stores), why) for name, why, stores in _LEFT
    ]
    found += [(store, count, _OTHER) for store, count in sorted(counted.items())]
    return [row for row in found if row[1]]

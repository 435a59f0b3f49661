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

_AUDIT = "operators' acts, as ids; the oldest of 100,000 go first"
_EXPIRES = "ids and numbers; they expire by themselves"
_OTHER = "see the data map in the documentation"
_WORK = "a question in work, or an ended one: its id, for a week at most"
_TEAM = "a file of the team's: delete the lines, or the file"

WHY_LEFT: Mapping[str, str] = {
    "answer": "answers to others that name them, or in which they helped",
    "votes": "votes on answers to others",
    "audit": _AUDIT,
    "auto": _EXPIRES,
    "budget": _EXPIRES,
    "channel": "settings of a channel that they have made",
    "entries": "saved answers are the team's: `kotae entries withdraw ID` ends one",
    "export": "their wish not to be in exports: without it, others' words about them would be",
    "files": _TEAM,
    "handoff": "questions of others that they were asked, or that others wait for as well",
    "joined": "where the bot may be spoken to without a mention: ids, for 30 days",
    **dict.fromkeys(("job", "active", "ready", "delayed", "open", "open_of", "partition"), _WORK),
    **dict.fromkeys(("turn", "turn_of", "turns_had"), _WORK),
    "labels": "their verdicts on answers to others",
    "names": "the name that an id was pinned to",
    "seen": "ids of messages, for a week: no words",
    "turns": "threads of others that name them, or a question in work",
    "evaluation": _TEAM,
    "rollouts": _TEAM,
    "prompts": _TEAM,
    "prompt-tuning": _TEAM,
}
"""Why something of a store stays, by the store's name."""


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
    found by them.

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
    for handoff in await stores.handoffs.since(0.0):
        if any(waiter.person == person for waiter in handoff.waiting):
            done["questions to experts"] += await stores.handoffs.forget(handoff.id, person)
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


async def _take_back_votes(ledger: Ledger, person: str) -> int:
    voted = list[QuestionId]()
    async for record in ledger.since(0.0):
        if record.question.person != person:
            voted += [record.question.id for vote in record.feedback if vote.person == person]
    for answer_id in voted:
        await ledger.rate(Feedback(answer_id, person, None, "terminal"))
    return len(voted)


def left_by_store(mentions: Sequence[Mention]) -> Sequence[tuple[str, int, str]]:
    """Return the name of each store that still has something, how much, and why it stays."""
    counted = Counter(mention.store for mention in mentions)
    return [(store, count, WHY_LEFT.get(store, _OTHER)) for store, count in sorted(counted.items())]

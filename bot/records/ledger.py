"""The ledger on Redis: a record for each answer, and each person's last vote on it."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.core.types import Answer, AnswerStatus, Feedback, Question, QuestionId
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from bot.redis.newest import newest_since

_DAY = 86_400
_PAGE = 100
"""Number of records per read: it takes Redis about a millisecond."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """One question, its answer, and what people said of it.

    Attributes:
        question: As it was asked, without the contents of its files.
        at: When the answer was last recorded, in seconds since the epoch.
        places: Where the answer can be seen (`slack:T1:C1:ts`).
        feedback: The last vote of each person, oldest first.
    """

    question: Question
    answer: Answer
    at: float
    places: tuple[str, ...] = ()
    feedback: tuple[Feedback, ...] = ()


_record: TypeAdapter[LedgerRecord] = TypeAdapter(LedgerRecord)
_vote: TypeAdapter[Feedback] = TypeAdapter(Feedback)


class Ledger:
    """The ledger of all answers; totals count from the beginning.

    A record that cannot be read is left out, and its id is logged. Fields that this version does
    not know are ignored.

    Args:
        days: Records and their feedback are kept this long.
    """

    def __init__(self, client: RedisClient, days: int = 400) -> None:
        self._client = client
        self._seconds = days * _DAY
        self._root = key_root(client)
        load = partial(load_script, client, "bot.records", prelude="keys")
        self._record, self._rate, self._get = map(load, ("record", "rate", "get"))
        self._forget = load("forget")
        self._since = load("since")

    async def record(self, question: Question, answer: Answer, places: Sequence[str] = ()) -> None:
        """Store *answer* under `question.id`; idempotent.

        *places* are where it is shown (`slack:T1:C1:ts`), to find it from a reaction.
        """
        record = LedgerRecord(question, answer, time.time(), tuple(places))
        data = _record.dump_json(
            record, exclude={"question": {"files", "action_token"}, "feedback": True}
        )
        await self._record(
            keys=[self._root],
            args=[question.id, data, answer.status, record.at, self._seconds, *places],
        )

    async def find(self, place: str) -> QuestionId | None:
        """Return the question whose answer is shown at *place*, or None."""
        found = await self._client.get(f"{self._root}:place:{place}")
        return QuestionId(str(found)) if found is not None else None

    async def get(self, answer_id: QuestionId) -> LedgerRecord | None:
        """Return the record of an answer, or None."""
        found: list[str] = await self._get(keys=[self._root], args=[answer_id])
        return _decoded(answer_id, *found) if found else None

    async def rate(self, feedback: Feedback) -> bool:
        """Store a vote; a person's last one counts. Return False if there is no such answer."""
        arguments: list[str | bytes] = [
            feedback.answer_id,
            feedback.person,
            feedback.verdict or "",
            _vote.dump_json(feedback),
        ]
        return bool(await self._rate(keys=[self._root], args=arguments))

    async def recent(self, limit: int) -> list[LedgerRecord]:
        """Return the newest records, newest first."""
        newest: list[str] = await self._client.execute_command(
            "ZREVRANGEBYSCORE", f"{self._root}:answers", "+inf", "-inf", "LIMIT", 0, limit
        )
        records = [await self.get(QuestionId(answer_id)) for answer_id in newest]
        return [record for record in records if record is not None]

    async def since(self, at: float) -> AsyncIterator[LedgerRecord]:
        """Yield the records first stored at *at* (seconds since the epoch) or later, oldest first.

        Only one page is in memory at a time.
        """
        async for answer_id, texts in self._kept_since(at):
            record = _decoded(answer_id, *texts) if texts else None
            if record is not None:
                yield record

    async def unreadable(self) -> Sequence[str]:
        """Return where something is that is no record, or has a vote that is none."""
        return [
            f"answer:{answer_id}, or votes:{answer_id}"
            async for answer_id, texts in self._kept_since(0.0)
            if texts and _decoded(answer_id, *texts) is None
        ]

    async def _kept_since(self, at: float) -> AsyncIterator[tuple[str, list[str]]]:
        """Yield the ids of records, and their texts as they are kept; see `since`."""
        # The next page begins at the last time of this one, after its records of that time.
        time_, read = str(at), 0
        while page := await self._since(keys=[self._root], args=[time_, read, _PAGE]):
            for first_recorded, answer_id, *texts in page:
                read = read + 1 if first_recorded == time_ else 1
                time_ = first_recorded
                yield answer_id, texts

    async def newest_since(self, most: int, at: float) -> float:
        """Return the time, *at* or later, from which there are at most *most* records."""
        return await newest_since(self._client, f"{self._root}:answers", most, at)

    async def known(self, ids: Sequence[str]) -> Sequence[str]:
        """Return those of *ids* of which there is a record."""
        found = list[str]()
        for first in range(0, len(ids), _PAGE):
            part = ids[first : first + _PAGE]
            keys = [f"{self._root}:answer:{one}" for one in part]
            texts = await self._client.execute_command("MGET", *keys)
            found += [one for one, text in zip(part, texts, strict=True) if text is not None]
        return found

    async def forget(self, ids: Sequence[QuestionId]) -> None:
        """Delete the records of *ids*, with all votes on them; the totals stay."""
        for first in range(0, len(ids), _PAGE):
            await self._forget(keys=[self._root], args=list(ids[first : first + _PAGE]))

    async def counts(self) -> Mapping[str, int]:
        """Return totals: answers by status, `up`, `down`."""
        totals: dict[str, str] = await self._client.execute_command(
            "HGETALL", f"{self._root}:totals"
        )
        return {name: _number(totals.get(name)) for name in (*get_args(AnswerStatus), "up", "down")}


def _number(text: str | None) -> int:
    """Read a total; 0 for one that is damaged."""
    try:
        return int(text or 0)
    except ValueError:
        return 0


def _decoded(answer_id: str, text: str, *votes: str) -> LedgerRecord | None:
    """Read a record and the votes on it, all JSON; None where it cannot be read."""
    try:
        record = _record.validate_json(text)
        # All votes or nothing: without a vote down, a wrong answer could pass for an approved one.
        feedback = sorted(map(_vote.validate_json, votes), key=lambda vote: (vote.at, vote.person))
    except ValidationError as error:
        _log.warning("record_unreadable", id=answer_id, problems=error.error_count())
        return None
    return replace(record, feedback=tuple(feedback))

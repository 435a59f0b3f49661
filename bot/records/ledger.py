"""The ledger on Redis: a record for each answer, and each person's last vote on it."""

import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from operator import itemgetter
from typing import get_args

from bot.core.serialization import answer_data, question_data
from bot.core.types import Answer, AnswerStatus, Feedback, Question, QuestionId
from bot.redis.connection import RedisClient
from bot.redis.lua_scripts import load_script

_DAY = 86_400
_PAGE = 100
"""Number of records per read: it takes Redis about a millisecond."""


class Ledger:
    """The ledger of all answers; totals count from the beginning.

    A record is `{"question": …, "answer": …, "places": […], "recorded_at": seconds, "feedback": [
    {"person", "verdict", "via", "at"}, …]}`, question and answer as in `bot.core.serialization`.

    Args:
        days: Records and their feedback are kept this long.
    """

    def __init__(self, client: RedisClient, days: int = 400, namespace: str = "kotae") -> None:
        self._client = client
        self._seconds = days * _DAY
        self._root = f"{{{namespace}}}:v1"
        load = partial(load_script, client, "bot.records", prelude="keys")
        self._record, self._rate, self._get = map(load, ("record", "rate", "get"))
        self._since = load("since")

    async def record(self, question: Question, answer: Answer, places: Sequence[str] = ()) -> None:
        """Store *answer* under `question.id`; idempotent.

        *places* are where it is shown (`slack:T1:C1:ts`), to find it from a reaction.
        """
        now = time.time()
        record = {
            "question": question_data(question),
            "answer": answer_data(answer),
            "places": list(places),
            "recorded_at": now,
        }
        text = json.dumps(record, ensure_ascii=False)
        await self._record(
            keys=[self._root],
            args=[question.id, text, answer.status, now, self._seconds, *places],
        )

    async def find(self, place: str) -> QuestionId | None:
        """Return the question whose answer is shown at *place*, or None."""
        found = await self._client.get(f"{self._root}:place:{place}")
        return QuestionId(str(found)) if found is not None else None

    async def get(self, answer_id: QuestionId) -> Mapping[str, object] | None:
        """Return the record (question, answer, feedback) as plain JSON data, or None."""
        found: list[str] = await self._get(keys=[self._root], args=[answer_id])
        if not found:
            return None
        return _with_votes(found)

    async def rate(self, feedback: Feedback) -> bool:
        """Store a vote; a person's last one counts. Return False if there is no such answer."""
        vote = asdict(feedback)
        del vote["answer_id"]
        arguments = [
            feedback.answer_id,
            feedback.person,
            feedback.verdict or "",
            json.dumps(vote, ensure_ascii=False),
        ]
        return bool(await self._rate(keys=[self._root], args=arguments))

    async def recent(self, limit: int) -> list[Mapping[str, object]]:
        """Return the newest records, newest first."""
        newest: list[str] = await self._client.execute_command(
            "ZREVRANGEBYSCORE", f"{self._root}:answers", "+inf", "-inf", "LIMIT", 0, limit
        )
        records = [await self.get(QuestionId(answer_id)) for answer_id in newest]
        return [record for record in records if record is not None]

    async def since(self, at: float) -> AsyncIterator[Mapping[str, object]]:
        # The next page begins at the last time of this one, after its records of that time.
        """Yield the records first stored at *at* (seconds since the epoch) or later, oldest first.

        Only one page is in memory at a time.
        """
        time_, read = str(at), 0
        while page := await self._since(keys=[self._root], args=[time_, read, _PAGE]):
            for first_recorded, *texts in page:
                read = read + 1 if first_recorded == time_ else 1
                time_ = first_recorded
                if texts:
                    yield _with_votes(texts)

    async def counts(self) -> Mapping[str, int]:
        """Return totals: answers by status, `up`, `down`."""
        totals: dict[str, str] = await self._client.execute_command(
            "HGETALL", f"{self._root}:totals"
        )
        return {name: int(totals.get(name, 0)) for name in (*get_args(AnswerStatus), "up", "down")}


def _with_votes(texts: Sequence[str]) -> Mapping[str, object]:
    """Return a record with its votes, all of them JSON."""
    record, *votes = map(json.loads, texts)
    return {**record, "feedback": sorted(votes, key=itemgetter("at", "person"))}

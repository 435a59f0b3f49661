"""Hand-overs on Redis: who was asked, who waits, and what became of it."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from bot.redis.connection import RedisClient
from bot.redis.scripts import load_script
from bot.types import HandOver, HandOverState, QuestionId, ThreadId, Waiter

_DAY = 86_400
_handover: TypeAdapter[HandOver] = TypeAdapter(HandOver)
_waiter: TypeAdapter[Waiter] = TypeAdapter(Waiter)


class RedisHandOvers:
    """The hand-overs of all processes that share a Redis and a *namespace*.

    Args:
        days: They are kept for so long.
    """

    def __init__(self, client: RedisClient, days: int = 400, namespace: str = "kotae") -> None:
        self._client = client
        self._seconds = days * _DAY
        self._root = f"{{{namespace}}}:v1"
        load = partial(load_script, client, "bot.handovers", prelude="people")
        self._open, self._join, self._get = map(load, ("open", "join", "get"))
        self._assign, self._remind, self._end = map(load, ("assign", "remind", "end"))

    async def open(self, handover: HandOver) -> bool:
        record = _handover.dump_json(replace(handover, waiting=())).decode()
        waiting = [json.dumps(asdict(waiter), ensure_ascii=False) for waiter in handover.waiting]
        kept = (record, handover.at, self._seconds)
        return await self._ran(
            self._open,
            handover.id,
            *kept,
            handover.owner,
            handover.thread,
            handover.state,
            *waiting,
        )

    async def join(self, handover_id: QuestionId, waiter: Waiter) -> bool:
        text = json.dumps(asdict(waiter), ensure_ascii=False)
        return await self._ran(self._join, handover_id, waiter.question_id, waiter.thread, text)

    async def get(self, handover_id: QuestionId) -> HandOver | None:
        found: list[list[str]] = await self._get(keys=[self._root], args=[handover_id])
        return _read(*found) if found else None

    async def of_thread(self, thread: ThreadId) -> HandOver | None:
        found = await self._client.get(f"{self._root}:handover_in:{thread}")
        return await self.get(QuestionId(str(found))) if found is not None else None

    async def pending(self) -> Sequence[HandOver]:
        return await self._listed("ZRANGE", f"{self._root}:handovers_open", 0, -1)

    async def since(self, at: float) -> Sequence[HandOver]:
        return await self._listed("ZRANGEBYSCORE", f"{self._root}:handovers", at, "+inf")

    async def assign(
        self, handover_id: QuestionId, owner: str, thread: ThreadId, *, declined: str = ""
    ) -> bool:
        return await self._ran(self._assign, handover_id, owner, thread, declined)

    async def remind(self, handover_id: QuestionId, number: int) -> bool:
        return await self._ran(self._remind, handover_id, number)

    async def end(
        self, handover_id: QuestionId, state: HandOverState, *, by: str = "", entry: str = ""
    ) -> bool:
        return await self._ran(self._end, handover_id, state, time.time(), by, entry)

    async def _ran(self, script: Any, *arguments: object) -> bool:
        return bool(await script(keys=[self._root], args=list(arguments)))

    async def _listed(self, *command: object) -> list[HandOver]:
        ids: list[str] = await self._client.execute_command(*command)
        found = [await self.get(QuestionId(handover_id)) for handover_id in ids]
        return [handover for handover in found if handover is not None]


def _read(flat: Sequence[str], waiting: Sequence[str]) -> HandOver:
    fields: Mapping[str, str] = dict(zip(flat[::2], flat[1::2], strict=True))
    changes: dict[str, Any] = {name: text for name, text in fields.items() if name != "record"}
    if "declined" in changes:
        changes["declined"] = json.loads(changes["declined"])
    changes["waiting"] = [_waiter.validate_json(text) for text in waiting]
    return _handover.validate_python(json.loads(fields["record"]) | changes)

"""Hand-overs on Redis: who was asked, who waits, and what became of it."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from bot.core.types import Handoff, HandoffState, QuestionId, ThreadId, Waiter
from bot.redis.connection import RedisClient
from bot.redis.lua_scripts import load_script

_DAY = 86_400
_handoff: TypeAdapter[Handoff] = TypeAdapter(Handoff)
_waiter: TypeAdapter[Waiter] = TypeAdapter(Waiter)


class HandoffStore:
    """The hand-overs of all processes that share a Redis and a *namespace*.

    Args:
        days: They are kept for so long.
    """

    def __init__(self, client: RedisClient, days: int = 400, namespace: str = "kotae") -> None:
        self._client = client
        self._seconds = days * _DAY
        self._root = f"{{{namespace}}}:v1"
        load = partial(load_script, client, "bot.handoff", prelude="people")
        self._open, self._join, self._get = map(load, ("open", "join", "get"))
        self._assign, self._remind, self._end = map(load, ("assign", "remind", "end"))

    async def open(self, handoff: Handoff) -> bool:
        """Keep *handoff*; False if its question was handed over before."""
        record = _handoff.dump_json(replace(handoff, waiting=())).decode()
        waiting = [json.dumps(asdict(waiter), ensure_ascii=False) for waiter in handoff.waiting]
        kept = (record, handoff.at, self._seconds)
        return await self._ran(
            self._open,
            handoff.id,
            *kept,
            handoff.owner,
            handoff.thread,
            handoff.state,
            *waiting,
        )

    async def join(self, handoff_id: QuestionId, waiter: Waiter) -> bool:
        """Let *waiter* wait, too; False if there is nothing open to wait for.

        A hand-over of the waiter's own question is open no longer: the two become one.
        """
        text = json.dumps(asdict(waiter), ensure_ascii=False)
        return await self._ran(self._join, handoff_id, waiter.question_id, waiter.thread, text)

    async def get(self, handoff_id: QuestionId) -> Handoff | None:
        """Return the hand-over of a question, of one that joined it, too."""
        found: list[list[str]] = await self._get(keys=[self._root], args=[handoff_id])
        return _read(*found) if found else None

    async def of_thread(self, thread: ThreadId) -> Handoff | None:
        """Return the newest hand-over of *thread*, whatever became of it.

        That is where a person was asked, and where those ask who joined.
        """
        found = await self._client.get(f"{self._root}:handover_in:{thread}")
        return await self.get(QuestionId(str(found))) if found is not None else None

    async def pending(self) -> Sequence[Handoff]:
        """Return what is open, in the order of its opening."""
        return await self._listed("ZRANGE", f"{self._root}:handoffs_open", 0, -1)

    async def since(self, at: float) -> Sequence[Handoff]:
        """Return what was handed over at *at* or later, oldest first."""
        return await self._listed("ZRANGEBYSCORE", f"{self._root}:handoffs", at, "+inf")

    async def assign(
        self, handoff_id: QuestionId, owner: str, thread: ThreadId, *, declined: str = ""
    ) -> bool:
        """Note that *owner* is asked in *thread* now; False if it is not open.

        *declined* is who said that it is not for them.
        """
        return await self._ran(self._assign, handoff_id, owner, thread, declined)

    async def remind(self, handoff_id: QuestionId, number: int) -> bool:
        """Note reminder *number* (from 1); False if it was noted before or nothing is open."""
        return await self._ran(self._remind, handoff_id, number)

    async def end(
        self, handoff_id: QuestionId, state: HandoffState, *, by: str = "", entry: str = ""
    ) -> bool:
        """Note what became of it; False if that, or something later, was noted before.

        From `open` over `expired` and `answered` to `saved`; nothing becomes less than it was. Who
        answered first (*by*) stays.
        """
        return await self._ran(self._end, handoff_id, state, time.time(), by, entry)

    async def _ran(self, script: Any, *arguments: object) -> bool:
        return bool(await script(keys=[self._root], args=list(arguments)))

    async def _listed(self, *command: object) -> list[Handoff]:
        ids: list[str] = await self._client.execute_command(*command)
        found = [await self.get(QuestionId(handoff_id)) for handoff_id in ids]
        return [handoff for handoff in found if handoff is not None]


def _read(flat: Sequence[str], waiting: Sequence[str]) -> Handoff:
    fields: Mapping[str, str] = dict(zip(flat[::2], flat[1::2], strict=True))
    changes: dict[str, Any] = {name: text for name, text in fields.items() if name != "record"}
    if "declined" in changes:
        changes["declined"] = json.loads(changes["declined"])
    changes["waiting"] = [_waiter.validate_json(text) for text in waiting]
    return _handoff.validate_python(json.loads(fields["record"]) | changes)

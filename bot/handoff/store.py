"""Handoffs in Redis: who was asked, who waits, and how each of them ended."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.core.types import Handoff, HandoffState, QuestionId, ThreadId, Waiter
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from bot.redis.newest import newest_since

_DAY = 86_400
_AT_ONCE = 100
"""Handoffs that one script reads, so that none holds up the server for long."""

_handoff: TypeAdapter[Handoff] = TypeAdapter(Handoff)
_waiter: TypeAdapter[Waiter] = TypeAdapter(Waiter)

_log = structlog.get_logger(__name__)


class HandoffStore:
    """The handoffs of all processes that share a Redis and a namespace.

    One that cannot be read is left out of lists, and its id is logged. Asked for by its id, it
    raises `ValidationError`: what depends on it must not go on without.

    Args:
        client: Redis.
        days: How long a handoff is kept.
    """

    def __init__(self, client: RedisClient, days: int = 400) -> None:
        self._client = client
        self._seconds = days * _DAY
        self._root = key_root(client)
        self._put_off = f"{self._root}:handoffs_put_off"
        load = partial(load_script, client, "bot.handoff", prelude="shared")
        self._open, self._join, self._get = map(load, ("open", "join", "get"))
        self._open_of = load("open_of")
        self._assign, self._remind, self._end = map(load, ("assign", "remind", "end"))
        self._forget = load("forget")

    async def open(self, handoff: Handoff) -> bool:
        """Keep *handoff*; False if its question has one already."""
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
        """Let *waiter* wait as well; False if the handoff is not open.

        The handoff of the waiter's own question, if there is one, becomes part of this one.
        """
        text = json.dumps(asdict(waiter), ensure_ascii=False)
        return await self._ran(self._join, handoff_id, waiter.question_id, waiter.thread, text)

    async def get(self, handoff_id: QuestionId) -> Handoff | None:
        """Return the handoff of a question, also of one that has joined it.

        Raises:
            ValidationError: It cannot be read.
        """
        found = await self._raw([handoff_id])
        return _read(*found[0]) if found[0] else None

    async def of_thread(self, thread: ThreadId) -> Handoff | None:
        """Return the newest handoff of *thread*, whether it is open or has ended.

        In a thread a person was asked, or somebody asked who joined.
        """
        found = await self._client.get(f"{self._root}:handoff_in:{thread}")
        return await self.get(QuestionId(str(found))) if found is not None else None

    async def pending(self) -> Sequence[Handoff]:
        """Return the open handoffs, in the order of their opening."""
        return await self._listed("ZRANGE", f"{self._root}:handoffs_open", 0, -1)

    async def open_of(self, reader: str) -> Sequence[Handoff]:
        """Return the open handoffs whose answers *reader* (the id of a principal) reads, as opened.

        They are in the order of their opening, without what changed later and who waits: one look
        costs about the same however many other handoffs are open.
        """
        flat: list[str] = await self._open_of(keys=[self._root], args=[reader])
        found = (text.split(" ", 1) for text in flat[1::2])
        records = [record for _, record in sorted((int(number), text) for number, text in found)]
        return [one for record in records if (one := _opened(record))]

    async def since(self, at: float) -> Sequence[Handoff]:
        """Return the handoffs that were opened at *at* (s) or later, oldest first."""
        return await self._listed("ZRANGEBYSCORE", f"{self._root}:handoffs", at, "+inf")

    async def newest_since(self, most: int, at: float) -> float:
        """Return the time, *at* or later, from which there are at most *most* handoffs."""
        return await newest_since(self._client, f"{self._root}:handoffs", most, at)

    async def assign(
        self, handoff_id: QuestionId, owner: str, thread: ThreadId, *, declined: str = ""
    ) -> bool:
        """Note that *owner* is asked in *thread* now; False if it is not open.

        *declined* is a person who has declined.
        """
        return await self._ran(self._assign, handoff_id, owner, thread, declined)

    async def put_off(self, handoff_id: QuestionId) -> None:
        """Note that the owner hears of it later, together with other questions."""
        await self._client.execute_command("ZADD", self._put_off, "NX", time.time(), handoff_id)

    async def were_put_off(self) -> Sequence[QuestionId]:
        """Return what was put off, the oldest first."""
        ids: list[str] = await self._client.execute_command("ZRANGE", self._put_off, 0, -1)
        return [QuestionId(handoff_id) for handoff_id in ids]

    async def no_longer_put_off(self, ids: Sequence[QuestionId]) -> None:
        """Forget that *ids* were put off."""
        if ids:
            await self._client.execute_command("ZREM", self._put_off, *ids)

    async def remind(self, handoff_id: QuestionId, number: int) -> bool:
        """Note reminder *number* (from 1); False if it was noted before or nothing is open."""
        return await self._ran(self._remind, handoff_id, number)

    async def end(
        self,
        handoff_id: QuestionId,
        state: HandoffState,
        *,
        by: str = "",
        entry: str = "",
        reply: str = "",
    ) -> bool:
        """Note how a handoff ended; False if that, or a later state, was noted before.

        The states follow each other: `open`, `expired`, `answered`, `saved`. The person who
        answered first (*by*) stays.
        """
        return await self._ran(self._end, handoff_id, state, time.time(), by, entry, reply)

    async def forget(self, handoff_id: QuestionId, person: str) -> bool:
        """Take *person* out of who waits; delete the handoff if nobody else does.

        Returns:
            Whether they waited.
        """
        return await self._ran(self._forget, handoff_id, person)

    async def forget_person(self, person: str) -> int:
        """Do the same in every handoff, also beside what cannot be read; count them."""
        ids: list[str] = await self._client.execute_command(
            "ZRANGE", f"{self._root}:handoffs", 0, -1
        )
        count = 0
        for first in range(0, len(ids), _AT_ONCE):
            part = ids[first : first + _AT_ONCE]
            for one, texts in zip(part, await self._raw(part), strict=True):
                if texts and any(_waits(text, person) for text in texts[1]):
                    count += await self.forget(QuestionId(one), person)
        return count

    async def unreadable(self) -> Sequence[str]:
        """Return where something is that is no handoff, or nobody who waits."""
        ids: list[str] = await self._client.execute_command(
            "ZRANGE", f"{self._root}:handoffs", 0, -1
        )
        places = list[str]()
        for first in range(0, len(ids), _AT_ONCE):
            part = ids[first : first + _AT_ONCE]
            for one, texts in zip(part, await self._raw(part), strict=True):
                if texts and _read_or_none(one, *texts) is None:
                    places.append(f"handoff:{one}, or waiters:{one}")
        return places

    async def _ran(self, script: Any, *arguments: object) -> bool:
        return bool(await script(keys=[self._root], args=list(arguments)))

    async def _listed(self, *command: object) -> list[Handoff]:
        ids: list[str] = await self._client.execute_command(*command)
        return [
            handoff
            for first in range(0, len(ids), _AT_ONCE)
            for handoff in await self._each(ids[first : first + _AT_ONCE])
            if handoff
        ]

    async def _each(self, ids: Sequence[str]) -> list[Handoff | None]:
        """Return the handoffs of *ids*, None for each that cannot be read."""
        found = await self._raw(ids)
        return [_read_or_none(one, *texts) for one, texts in zip(ids, found, strict=True) if texts]

    async def _raw(self, ids: Sequence[str]) -> list[list[list[str]]]:
        found: list[list[list[str]]] = await self._get(keys=[self._root], args=list(ids))
        return found


def _waits(text: str, person: str) -> bool:
    """Tell whether one who waits is *person*; not where that cannot be read."""
    try:
        return _waiter.validate_json(text).person == person
    except ValidationError:
        return False


def _opened(record: str) -> Handoff | None:
    """Read a handoff as it was opened; None if that is not possible."""
    try:
        return _handoff.validate_json(record)
    except ValidationError:
        _log.warning("handoff_unreadable")
        return None


def _read_or_none(handoff_id: str, flat: Sequence[str], waiting: Sequence[str]) -> Handoff | None:
    try:
        return _read(flat, waiting)
    except (ValueError, KeyError, TypeError):  # a ValidationError is a ValueError
        _log.warning("handoff_unreadable", id=handoff_id)
        return None


def _read(flat: Sequence[str], waiting: Sequence[str]) -> Handoff:
    fields: Mapping[str, str] = dict(zip(flat[::2], flat[1::2], strict=True))
    changes: dict[str, Any] = {name: text for name, text in fields.items() if name != "record"}
    if "declined" in changes:
        changes["declined"] = json.loads(changes["declined"])
    changes["waiting"] = [_waiter.validate_json(text) for text in waiting]
    return _handoff.validate_python(json.loads(fields["record"]) | changes)

"""The audit log: complete, in order, bounded."""

import json
import time

import pytest

from bot.audit import audit_log
from bot.audit.audit_log import AuditLog
from bot.redis.connection import RedisConnection


async def test_acts_come_back_in_order_and_whole(store: RedisConnection) -> None:
    """Over more than one page, in both languages."""
    log = AuditLog(store.commands)
    for number in range(1_203):
        await log.record("U1", "channel", f"経理 {number}", {"language": None}, {"language": "ja"})
    found = [act async for act in log.since()]
    assert [act.about for act in found] == [f"経理 {number}" for number in range(1_203)]
    assert json.loads(found[0].line())["after"] == '{"language": "ja"}'


async def test_only_what_is_new_enough_is_told(store: RedisConnection) -> None:
    log = AuditLog(store.commands)
    await log.record("U1", "drop", "one")
    assert [act async for act in log.since(time.time() + 60)] == []
    assert len([act async for act in log.since(time.time() - 60)]) == 1


async def test_it_does_not_grow_for_ever(
    store: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis drops whole nodes of a stream, so that a few more than the limit may stay."""
    monkeypatch.setattr(audit_log, "MOST_ACTS", 100)
    log = AuditLog(store.commands)
    for number in range(1_000):
        await log.record("U1", "drop", str(number), after="x" * 5_000)
    found = [act async for act in log.since()]
    assert len(found) <= 300
    assert found[-1].about == "999"
    assert len(found[-1].after) == 2_000

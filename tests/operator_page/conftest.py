"""A board over a real Redis and real documents."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.answering.fixed_policy import FixedPolicy
from bot.answering.gate import Gate
from bot.answering.late_sources import LateSources
from bot.answering.spend_limits import DailyLimits, SpendLimits
from bot.evaluation.certificate import CertificateStore
from bot.handoff.store import HandoffStore
from bot.machines.store import MachineStore
from bot.operator_page.board import BoardParts, OperatorBoard
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from knowledge.factory import open_knowledge
from knowledge.model.settings import EmbeddingSettings
from knowledge.text import analysis

NAMES = {"U0KEIKO00": "@keiko", "U0BOB0000": "@bob"}
"""Whom Slack knows."""

KNOWLEDGE = """
[[sources]]
name = "handbook"
path = "handbook"

[[sources]]
name = "salaries-zq"
path = "salaries"
audience = ["#hr"]
"""

MakeBoard = Callable[..., OperatorBoard]


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """The file of sources: one for all members, one for a channel, whose folder is not there."""
    (tmp_path / "handbook").mkdir()
    (tmp_path / "handbook" / "rooms.md").write_text("# Rooms\n\nOn floor 3.\n", "utf-8")
    (tmp_path / "knowledge.toml").write_text(KNOWLEDGE, "utf-8")
    return tmp_path / "knowledge.toml"


@pytest.fixture
async def make_board(store: RedisConnection, knowledge: Path) -> AsyncIterator[MakeBoard]:
    """Return what builds a board; its budget is a dollar a day."""
    async with AsyncExitStack() as closing:

        def make(fingerprint: str = '["m", "p", "i", "s"]') -> OperatorBoard:
            hashing = EmbeddingSettings("hashing", None, None)
            base = open_knowledge(knowledge, knowledge.parent / "index", hashing)
            closing.push_async_callback(base.aclose)
            queue, zone = RedisQueue(store), ZoneInfo("Asia/Tokyo")
            closing.push_async_callback(queue.aclose)

            async def named(owner: str) -> str:
                return NAMES.get(owner, "")

            certificates = CertificateStore(store.commands)
            return OperatorBoard(
                BoardParts(
                    Ledger(store.commands),
                    HandoffStore(store.commands),
                    queue,
                    MachineStore(store, analysis.VERSION),
                    base,
                    LateSources(base, "", zone),
                    Gate(FixedPolicy("best-effort"), certificates.load, lambda: fingerprint),
                    SpendLimits(store.commands, DailyLimits(day=1.0)),
                    named,
                    zone,
                )
            )

        yield make


@pytest.fixture
def board(make_board: MakeBoard) -> OperatorBoard:
    """A board of a team that has just begun."""
    return make_board()

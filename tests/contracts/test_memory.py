"""The contract of `Memory`: each turn once, within a token budget, until it is forgotten."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.answering.memory import ThreadMemory
from bot.core.types import QuestionId, ThreadId, Turn
from bot.redis.connection import RedisConnection, open_redis
from knowledge.text.chunker import estimate_tokens

THREAD = ThreadId("slack:T1:C1:1700000000.000100")
OTHER = ThreadId("terminal:local")
BUDGET = 60


@pytest.fixture
def memory(store: RedisConnection) -> ThreadMemory:
    """A memory of few words."""
    return ThreadMemory(store.commands, token_budget=BUDGET)


def turn(number: int, question: str = "有給は?", answer: str = "Ten days.") -> Turn:
    """Make a turn."""
    return Turn(question, answer, QuestionId(f"slack:T1:C1:{number}"))


async def test_turns_come_back_oldest_first(memory: ThreadMemory) -> None:
    """A thread is recalled as it was said, in any language, and no other with it."""
    turns = (
        turn(1, "有給は何日?", '10日\n"です"。😀'),
        turn(2, "And if I leave?", "They are paid."),
    )
    for said in turns:
        await memory.remember(THREAD, said)
    assert await memory.recall(THREAD) == turns
    assert await memory.recall(OTHER) == ()


async def test_a_turn_is_remembered_once(memory: ThreadMemory) -> None:
    """A job that runs again after a crash adds nothing, also when both runs write at once."""
    await asyncio.gather(*(memory.remember(THREAD, turn(1)) for _ in range(10)))
    await memory.remember(THREAD, turn(2))
    await memory.remember(THREAD, turn(1, answer="another"))
    assert await memory.recall(THREAD) == (turn(1), turn(2))


async def test_turns_without_a_question_id_are_all_remembered(memory: ThreadMemory) -> None:
    """Without an id nothing says that two turns are the same."""
    for _ in range(2):
        await memory.remember(THREAD, Turn("Q", "A"))
    assert await memory.recall(THREAD) == (Turn("Q", "A"), Turn("Q", "A"))


words = st.sampled_from(["", "有給休暇は十日", "annual leave is ten days", "長" * 70, "x" * 300])


@settings(max_examples=30, deadline=None)
@given(said=st.lists(st.tuples(words, words), max_size=8))
def test_the_newest_turns_that_fit_are_kept(redis_url: str, said: list[tuple[str, str]]) -> None:
    """Old turns go when the budget is full; the newest stays whatever its size."""
    turns = [turn(number, *texts) for number, texts in enumerate(said)]
    kept = asyncio.run(remembered(redis_url, turns))
    assert kept == tuple(newest_within(BUDGET, turns))


async def remembered(redis_url: str, turns: list[Turn]) -> tuple[Turn, ...]:
    """Tell an empty memory *turns*, and return what it recalls."""
    async with open_redis(redis_url) as connection:
        memory = ThreadMemory(connection.commands, token_budget=BUDGET)
        await memory.forget(THREAD)
        for said in turns:
            await memory.remember(THREAD, said)
        return await memory.recall(THREAD)


def newest_within(budget: int, turns: list[Turn]) -> list[Turn]:
    """Return the longest end of *turns* within *budget*, and one at least."""
    for start in range(len(turns)):
        end = turns[start:]
        if (
            sum(estimate_tokens(one.question) + estimate_tokens(one.answer) for one in end)
            <= budget
        ):
            return end
    return turns[-1:]


DAMAGED = (
    b"",
    b"{",
    b"null",
    b"7",
    b"[]",
    b"\xff\xfe",
    b'"text"',
    b'{"question": "Q", "tokens": 3}',
    b'{"question": 1, "answer": [], "question_id": null, "tokens": "x"}',
    '{"question": "有給は'.encode(),
)


@pytest.mark.parametrize("damaged", DAMAGED)
async def test_a_damaged_turn_is_left_out(
    memory: ThreadMemory, store: RedisConnection, damaged: bytes
) -> None:
    """The others are recalled, in any language, and new ones are remembered once."""
    first, second = turn(1), turn(2, "And if I leave?", "They are paid.")
    await memory.remember(THREAD, first)
    (key,) = [key async for key in store.commands.scan_iter("*turns:*")]
    await store.commands.rpush(key, damaged)

    with capture_logs() as logs:
        assert await memory.recall(THREAD) == (first,)
        await memory.remember(THREAD, second)
        await memory.remember(THREAD, first)
        assert await memory.recall(THREAD) == (first, second)

    assert logs[0]["event"] == "turn_unreadable"
    assert logs[0]["thread"] == THREAD


async def test_joining_lasts_until_forgetting(memory: ThreadMemory) -> None:
    """The bot takes part from the first question on, before there is an answer."""
    assert not await memory.joined(THREAD)
    await memory.join(THREAD)
    await memory.remember(THREAD, turn(1))
    assert await memory.joined(THREAD)
    assert not await memory.joined(OTHER)
    await memory.forget(THREAD)
    assert not await memory.joined(THREAD)
    assert await memory.recall(THREAD) == ()


async def test_nothing_is_kept_for_ever(memory: ThreadMemory, store: RedisConnection) -> None:
    """A silent thread is forgotten after 30 days."""
    await memory.join(THREAD)
    await memory.remember(THREAD, turn(1))
    lasting = [await store.commands.ttl(key) async for key in store.commands.scan_iter()]
    assert len(lasting) == 2
    assert all(29 * 86_400 < seconds <= 30 * 86_400 for seconds in lasting)

"""A queue position is the first sign of a question."""

import time
from collections.abc import Callable, Mapping

from bot.core.types import Answer, Event, Job, Question, QuestionId, ThreadId
from bot.queue.queue import Lease
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection
from bot.telemetry.adapter import WatchedAdapter
from bot.telemetry.metrics import Metrics
from knowledge.model.types import Principal
from tests.support.metrics import value


class Wall:
    """An adapter that only notes its signs, as Slack does."""

    def __init__(self) -> None:
        self.expected = list[QuestionId]()

    async def prepared(self, question: Question) -> Question:
        return question

    def reply(self, question: Question, lease: Lease) -> "Writing":
        return Writing(lease)

    async def expect(self, question: Question) -> None:
        self.expected.append(question.id)


class Writing:
    """A reply that keeps its sign in the lease's notes."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    async def start(self, noticed: Callable[[], None] | None = None) -> None:
        if "sign" not in self.lease.notes:
            await self.lease.save(sign="here")
            if noticed is not None:
                noticed()

    async def wait(self, place: int) -> None:
        await self.start()

    async def show(self, event: Event) -> None:
        """Show nothing."""

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        return ()

    async def fail(self, message: str) -> None:
        """Say nothing."""


async def test_the_first_sign_is_timed_once_whoever_gives_it(store: RedisConnection) -> None:
    """By the notifier of queue positions, and not again by the worker."""
    queue, metrics, wall = RedisQueue(store), Metrics(), Wall()
    adapter = WatchedAdapter(wall, metrics)
    payload: Mapping[str, object] = {"text": "有給は？", "received_at": time.time() - 5}
    await queue.put(Job("1", "a", "question", payload))
    ((notifying, place),) = await queue.waiting("question", 0, most=1)
    asked = Question(QuestionId("1"), ThreadId("a"), "有給は？", Principal("C1"))
    question = await adapter.prepared(asked)
    await adapter.reply(question, notifying).wait(place)
    await notifying.notified(place)
    lease = await queue.take(5)
    assert lease is not None
    await adapter.reply(question, lease).start()
    await adapter.expect(question)

    assert value(metrics, "kotae_question_stage_seconds_count", stage="first_sign") == 1
    assert 5 <= value(metrics, "kotae_question_stage_seconds_sum", stage="first_sign") < 60
    assert wall.expected == [question.id]
    await lease.finish()
    await queue.aclose()

"""A question whose asker is told of the line has shown its first sign."""

import time
from collections.abc import Mapping

from bot.inbox.redis import RedisInbox
from bot.protocols import Lease
from bot.redis.connection import RedisConnection
from bot.telemetry.figures import Figures
from bot.telemetry.replies import WatchedSurface
from bot.types import Answer, Event, Job, Question, QuestionId, ThreadId
from knowledge.types import Principal
from tests.support.figures import value


class Wall:
    """A surface that is only written on: a sign is a note, as in Slack."""

    def __init__(self) -> None:
        self.expected = list[QuestionId]()

    async def question(self, job: Job) -> Question:
        return Question(QuestionId(job.id), ThreadId(job.lane), "有給は？", Principal("C1"))

    def reply(self, question: Question, lease: Lease) -> "Writing":
        return Writing(lease)

    async def expect(self, question: Question) -> None:
        self.expected.append(question.id)


class Writing:
    """A reply that keeps its sign in the lease's notes."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    async def start(self) -> None:
        if "sign" not in self.lease.notes:
            await self.lease.save(sign="here")

    async def wait(self, place: int) -> None:
        await self.start()

    async def show(self, event: Event) -> None:
        """Show nothing."""

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        return ()

    async def fail(self, message: str) -> None:
        """Say nothing."""


async def test_the_first_sign_is_timed_once_whoever_gives_it(store: RedisConnection) -> None:
    """By whoever tells the place in the line, and not again by the worker."""
    inbox, figures, wall = RedisInbox(store), Figures(), Wall()
    surface = WatchedSurface(wall, figures)
    payload: Mapping[str, object] = {"text": "有給は？", "received_at": time.time() - 5}
    await inbox.put(Job("1", "a", "question", payload))
    ((telling, place),) = await inbox.waiting("question", 0, most=1)
    question = await surface.question(telling.job)
    await surface.reply(question, telling).wait(place)
    await telling.told(place)
    lease = await inbox.take(5)
    assert lease is not None
    await surface.reply(question, lease).start()
    await surface.expect(question)

    assert value(figures, "kotae_question_stage_seconds_count", stage="first_sign") == 1
    assert 5 <= value(figures, "kotae_question_stage_seconds_sum", stage="first_sign") < 60
    assert wall.expected == [question.id]
    await lease.finish()
    await inbox.aclose()

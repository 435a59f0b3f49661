"""Measures when the asker sees what, by watching an adapter and its replies."""

from collections.abc import Callable

from bot.answering.adapter import ChatAdapter, Reply
from bot.core.types import Answer, Event, Question
from bot.queue.queue import Lease
from bot.telemetry.metrics import Metrics
from bot.telemetry.queue import JobTimeline, WatchedLease


class WatchedAdapter:
    """An adapter whose replies are measured.

    The leases of workers come from a `WatchedQueue`; the leases that only serve to tell people
    their queue position may come from any queue.
    """

    def __init__(self, adapter: ChatAdapter, metrics: Metrics) -> None:
        self._adapter = adapter
        self._metrics = metrics

    async def prepared(self, question: Question) -> Question:
        return await self._adapter.prepared(question)

    def reply(self, question: Question, lease: Lease) -> Reply:
        reply = self._adapter.reply(question, lease)
        timeline = lease.timeline if isinstance(lease, WatchedLease) else JobTimeline.of(lease.job)
        return _WatchedReply(reply, lease, timeline, self._metrics)

    async def expect(self, question: Question) -> None:
        await self._adapter.expect(question)


class _WatchedReply:
    """Notes when the reply has shown something, right afterwards."""

    def __init__(self, reply: Reply, lease: Lease, timeline: JobTimeline, metrics: Metrics) -> None:
        self._reply = reply
        self._lease = lease
        self._timeline = timeline
        self._metrics = metrics

    async def start(self, noticed: Callable[[], None] | None = None) -> None:
        def note() -> None:
            self._note_first_sign()
            if noticed is not None:
                noticed()

        await self._reply.start(note)

    async def wait(self, place: int) -> None:
        notes_before = len(self._lease.notes)
        await self._reply.wait(place)
        if place >= 0 and len(self._lease.notes) > notes_before:
            self._note_first_sign()  # else it has taken over the sign of an earlier try

    async def show(self, event: Event) -> None:
        await self._reply.show(event)
        if "first_step" not in self._timeline.reached:
            self._metrics.reached("first_step", self._timeline.reach("first_step"))

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        places = await self._reply.finish(answer)
        self._timeline.reach("final")
        self._timeline.answer = answer
        return places

    async def fail(self, message: str) -> None:
        await self._reply.fail(message)
        self._timeline.reach("final")

    def _note_first_sign(self) -> None:
        self._metrics.reached("first_sign", self._timeline.reach("first_sign"))

"""A surface and its replies, watched: when the asker sees what."""

from bot.protocols import Lease, Reply, Surface
from bot.telemetry.figures import Figures
from bot.telemetry.jobs import Course, WatchedLease
from bot.types import Answer, Event, Job, Question


class WatchedSurface:
    """A surface whose replies are watched.

    The leases of workers come from a `WatchedInbox`; those of whoever only tells people their place
    in the line may come from anywhere.
    """

    def __init__(self, surface: Surface, figures: Figures) -> None:
        self._surface = surface
        self._figures = figures

    async def question(self, job: Job) -> Question:
        return await self._surface.question(job)

    def reply(self, question: Question, lease: Lease) -> Reply:
        reply = self._surface.reply(question, lease)
        course = lease.course if isinstance(lease, WatchedLease) else Course.of(lease.job)
        return _WatchedReply(reply, lease, course, self._figures)

    async def expect(self, question: Question) -> None:
        await self._surface.expect(question)


class _WatchedReply:
    """Notes when the reply has shown what, after it has."""

    def __init__(self, reply: Reply, lease: Lease, course: Course, figures: Figures) -> None:
        self._reply = reply
        self._lease = lease
        self._course = course
        self._figures = figures

    async def start(self) -> None:
        notes_before = len(self._lease.notes)
        await self._reply.start()
        self._note_first_sign(notes_before)

    async def wait(self, place: int) -> None:
        notes_before = len(self._lease.notes)
        await self._reply.wait(place)
        if place >= 0:
            self._note_first_sign(notes_before)

    async def show(self, event: Event) -> None:
        await self._reply.show(event)
        if "first_step" not in self._course.reached:
            self._figures.reached("first_step", self._course.reach("first_step"))

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        places = await self._reply.finish(answer)
        self._course.reach("final")
        self._course.answer = answer
        return places

    async def fail(self, message: str) -> None:
        await self._reply.fail(message)
        self._course.reach("final")

    def _note_first_sign(self, notes_before: int) -> None:
        if len(self._lease.notes) > notes_before:  # else it has taken over an earlier one's sign
            self._figures.reached("first_sign", self._course.reach("first_sign"))

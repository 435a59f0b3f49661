"""A team without a chat: who is asked and told is kept in lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from bot.core.message_ref import is_direct
from bot.core.types import Answer, Handoff, JobKind, QuestionId, ThreadId, Waiter
from bot.entries.entry import Entry
from bot.entries.jobs import SaveEntry, TellAboutEntry
from bot.entries.regression_check import RegressionReport
from bot.handoff.messages import ExpertReply, HandoffMessage
from bot.handoff.people import OwnerKind
from bot.queue.queue import Lease
from bot.queue.redis_queue import RedisQueue
from bot.queue.worker import JobHandler
from knowledge.model.types import Principal


@dataclass
class Team:
    """People by name, groups with their members, and documents that only some may read.

    Attributes:
        ids: The id of each name.
        groups: The members of each group, by its id.
        secret: Ids of documents, each with the only person who may read it.
    """

    ids: dict[str, str] = field(
        default_factory=lambda: {"@keiko": "U1", "@ken": "U2", "@it-team": "S1"}
    )
    groups: dict[str, frozenset[str]] = field(
        default_factory=lambda: {"S1": frozenset({"U2", "U3"})}
    )
    secret: dict[str, str] = field(default_factory=dict)
    operators: frozenset[str] = frozenset()
    guests: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def kind(self, owner: str) -> OwnerKind:
        if owner in self.groups:
            return "group"
        return "person" if owner[:1] == "U" else "name"

    async def find(self, name: str) -> str:
        return self.ids.get(name, name if self.kind(name) != "name" else "")

    async def named(self, owner: str) -> str:
        return next((name for name, person in self.ids.items() if person == owner), owner)

    async def stand_ins(self) -> Sequence[str]:
        return sorted(self.operators)

    async def members(self, owner: str) -> frozenset[str]:
        return self.groups.get(owner, frozenset())

    def is_private(self, question_id: QuestionId) -> bool:
        return is_direct(question_id)

    async def of_person(self, person: str) -> Principal:
        return Principal(person, member=True, groups=frozenset({person}))

    async def of_waiter(self, waiter: Waiter) -> Principal:
        return await self.of_person(waiter.person)

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return all(self.secret.get(one, reader.id) == reader.id for one in documents)

    async def is_member(self, person: str) -> bool:
        return person not in self.guests | self.gone

    async def has_left(self, person: str) -> bool:
        return person in self.gone

    async def is_operator(self, person: str) -> bool:
        return person in self.operators


@dataclass
class HandoffMessages:
    """What people are told about handoffs."""

    said: list[tuple[str, HandoffMessage]] = field(default_factory=list)
    asked: list[tuple[str, Answer]] = field(default_factory=list)
    reminded: list[str] = field(default_factory=list)
    gathered: list[tuple[str, list[str]]] = field(default_factory=list)
    offered: list[ExpertReply] = field(default_factory=list)

    async def say(
        self,
        handoff: Handoff,
        thread: ThreadId,
        message: HandoffMessage,
        lease: Lease,
        since: float,
        part: int = 0,
    ) -> None:
        self.said.append((thread, message))

    async def ask_privately(
        self, handoff: Handoff, owner: str, answer: Answer, lease: Lease, since: float
    ) -> ThreadId:
        self.asked.append((owner, answer))
        return ThreadId(f"slack:T1:D{owner}:{len(self.asked)}.0")

    async def gather(self, owner: str, handoffs: Sequence[Handoff]) -> None:
        self.gathered.append((owner, [one.id for one in handoffs]))

    async def remind(self, handoff: Handoff) -> None:
        self.reminded.append(handoff.owner)

    async def offer_saving(self, handoff: Handoff, reply: ExpertReply) -> None:
        self.offered.append(reply)


@dataclass
class EntryMessages:
    """What people are told about entries."""

    told: list[tuple[TellAboutEntry, Entry]] = field(default_factory=list)
    held_back: list[tuple[str, RegressionReport, Collection[str]]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    async def tell(self, news: TellAboutEntry, entry: Entry, lease: Lease) -> None:
        self.told.append((news, entry))

    async def tell_held_back(
        self, work: SaveEntry, report: RegressionReport, hidden: Collection[str], lease: Lease
    ) -> None:
        self.held_back.append((work.person, report, hidden))

    async def tell_failure(self, person: str, message: str, lease: Lease) -> None:
        self.failures.append(person)

    async def link(self, place: str) -> str:
        return f"https://chat.example/{place}" if place else ""


async def work_off(queue: RedisQueue, handlers: dict[JobKind, JobHandler]) -> int:
    """Do all jobs in *queue*, also those that they make; return how many there were."""
    done = 0
    while lease := await queue.take(0.05):
        await handlers[lease.job.kind](lease)
        await lease.finish()
        done += 1
    return done

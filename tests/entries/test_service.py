"""The rules of entries, without any chat."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from bot.core.errors import KnowledgeBusyError
from bot.core.types import Handoff, Job, QuestionId, ThreadId, Waiter
from bot.entries.entry import Entry, EntryError, id_of
from bot.entries.handler import EntryHandler
from bot.entries.jobs import FollowMessage, SaveEntry
from bot.entries.notes import EntryNotes
from bot.entries.periodic import EntryConflicts, EntryExpiry
from bot.entries.regression_check import RegressionReport
from bot.entries.service import CheckRegression, EntryRefusedError, EntryService
from bot.entries.store import EntryStore
from bot.handoff.handler import HandoffHandler
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal
from tests.support.handoffs import EntryMessages, HandoffMessages, Team, work_off
from tests.support.library import Library

DAY = 86_400.0
ENGLISH = ("What is the code?", "The code is 4012.", "The code is 5023.")
JAPANESE = ("暗証番号は？", "暗証番号は 4012 です。", "暗証番号は 5023 です。")
BOTH = pytest.mark.parametrize(("question", "answer", "other"), [ENGLISH, JAPANESE])
Build = Callable[[CheckRegression | None], "Office"]


@dataclass
class Office:
    """A team that saves entries, and what they are told."""

    team: Team
    service: EntryService
    saved: EntryStore
    queue: RedisQueue
    handoffs: HandoffStore
    told: EntryMessages
    waiting: HandoffMessages

    async def save(self, entry: Entry, person: str = "U1", *, handoff: str = "") -> Entry:
        """Save *entry* as a form does; return it as it is kept."""
        await self.service.submit(SaveEntry(entry, person, handoff), f"form:{entry}:{person}")
        await self.work()
        return await self.saved.get(id_of(entry))

    async def work(self) -> None:
        """Do everything that is to be done."""
        await work_off(
            self.queue,
            {
                "entry": EntryHandler(self.service, self.told, self._may_see),
                "handoff": HandoffHandler(self.service.handoffs, self.waiting),
            },
        )

    def news(self, person: str = "") -> list[str]:
        """Return what *person*, or anybody, was told."""
        return [news.said for news, _ in self.told.told if person in {"", news.person}]

    async def _may_see(self, question_id: QuestionId, reader: Principal) -> bool:
        return bool(question_id) and reader.member


@pytest.fixture
async def build(store: RedisConnection, saved: EntryStore) -> AsyncIterator[Build]:
    """Builds the office, with or without a check of what is right."""
    queue = RedisQueue(store)

    def office(check: CheckRegression | None = None) -> Office:
        team, handoffs = Team(operators=frozenset({"U2"})), HandoffStore(store.commands)
        ledger = Ledger(store.commands)
        rules = HandoffService(handoffs, queue, ledger, team, team, QuestionSimilarity())
        service = EntryService(
            saved,
            EntryNotes(store.commands),
            queue,
            rules,
            team,
            reaches=lambda person: team.kind(person) == "person",
            check_regression=check,
        )
        return Office(team, service, saved, queue, handoffs, EntryMessages(), HandoffMessages())

    yield office
    await queue.aclose()


@pytest.fixture
def office(build: Build) -> Office:
    """An office that checks nothing."""
    return build(None)


@BOTH
async def test_who_saves_and_who_said_it_are_told(
    office: Office, question: str, answer: str, other: str
) -> None:
    """It leads to where it was said; what was said in private leads to the question."""
    entry = await office.save(Entry(question, answer, "U2", "U1", "", place="slack:T1:C1:1.0"))
    assert entry.link == "https://chat.example/slack:T1:C1:1.0"
    assert (office.news("U1"), office.news("U2")) == (["saved"], ["saved_yours"])
    private = Entry(other, answer, "U1", "U1", "", place="slack:T1:D1:1.0")
    kept = await office.save(private, handoff="slack:T1:C1:7.0")
    assert kept.link == "https://chat.example/slack:T1:C1:7.0"


@BOTH
async def test_an_answer_ends_its_handoff_and_reaches_all_who_wait(
    office: Office, question: str, answer: str, other: str
) -> None:
    ids = [QuestionId(f"slack:T1:C1:{number}.0") for number in (1, 2)]
    waiting = tuple(Waiter(one, ThreadId(one), "U3", 1.0) for one in ids)
    reader = Principal("C1", member=True)
    opened = Handoff(
        ids[0], question, reader, "U1", ThreadId(ids[0]), 1.0, language="en", waiting=waiting
    )
    await office.handoffs.open(opened)
    entry = await office.save(Entry(question, answer, "U1", "U1", ""), handoff=ids[0])
    ended = await office.handoffs.get(ids[0])
    assert ended is not None
    assert (ended.state, ended.entry) == ("saved", entry.document_id)
    assert [(thread, said.text) for thread, said in office.waiting.said] == [
        (one, answer) for one in ids
    ]


@BOTH
async def test_nobody_overwrites_what_another_has_said(
    office: Office, question: str, answer: str, other: str
) -> None:
    """The author may, who saved it may, and so may operators; a guest changes nothing."""
    entry = await office.save(Entry(question, answer, "U1", "U3", ""), "U3")
    again = Entry(question, other, "U4", "U4", "")
    found = {
        person: await office.service.problems(again, person) for person in ("U1", "U2", "U3", "U4")
    }
    assert found == {"U1": [], "U2": [], "U3": [], "U4": ["taken"]}
    assert await office.service.taken_by(again, "U4") == "U1"
    assert await office.service.problems(again, "U4", known=entry) == ["not_yours"]
    office.team.guests = frozenset({"U1"})
    for act in (office.service.withdraw, office.service.renew, office.service.keep):
        for person in ("U1", "U4"):
            with pytest.raises(EntryRefusedError):
                await act(entry.id, person)
    with pytest.raises(EntryError):
        await office.service.withdraw("nothing", "U3")
    assert (await office.saved.get(entry.id)) == entry


async def test_an_empty_field_is_a_problem(office: Office) -> None:
    nothing = Entry("", "", "U1", "U1", "")
    assert await office.service.problems(nothing, "U1") == ["no_question", "no_answer"]


async def test_a_list_holds_what_its_reader_may_read(office: Office) -> None:
    """Operators may change what they read, everybody else what is theirs."""
    for author, groups in (("U1", ()), ("U3", ()), ("U3", ("U3",))):
        await office.save(Entry(f"{author} {groups}?", "A", author, author, "", groups), author)
    listed = {
        person: sorted((one.entry.author, one.changeable) for one in found)
        for person in ("U1", "U2")
        if (found := await office.service.readable(person))
    }
    assert listed == {"U1": [("U1", True), ("U3", False)], "U2": [("U1", True), ("U3", True)]}
    assert [one.entry.author for one in await office.service.readable("U1", "u3 ?")] == ["U3"]


@BOTH
async def test_an_entry_follows_its_message(
    office: Office, question: str, answer: str, other: str
) -> None:
    """Word for word where it was that; where it has other words its owner decides."""
    place = "slack:T1:C1:1.0"
    entry = await office.save(Entry(question, answer, "U1", "U1", "", place=place))
    await office.service.message_changed(place, "e1", "U1", text=other, before=answer, gone=False)
    await office.work()
    assert (await office.saved.get(entry.id)).answer == other
    await office.service.message_changed(place, "e2", "U1", text=answer, before="…", gone=False)
    await office.work()
    assert (await office.saved.get(entry.id)).answer == other
    assert office.news("U1") == ["saved", "followed", "edited"]
    await office.service.take_over(entry.id, "U1")
    assert (await office.saved.get(entry.id)).answer == answer

    await office.service.message_changed(place, "e3", "U1", text="", before=answer, gone=True)
    await office.work()
    assert (await office.saved.get(entry.id)).state == "withdrawn"
    assert office.news("U1")[-1] == "gone"


@BOTH
async def test_what_an_earlier_try_has_done_is_told_all_the_same(
    office: Office, question: str, answer: str, other: str
) -> None:
    """A worker that dies after it has changed an entry leaves nobody in the dark."""
    place = "slack:T1:C1:1.0"
    entry = await office.save(Entry(question, answer, "U1", "U1", "", place=place))
    await office.saved.save(replace(entry, answer=other), by="U1")
    for event in ("e1", "e2"):
        await office.service.message_changed(
            place, event, "U1", text=other, before=answer, gone=False
        )
        await office.work()
    assert office.news("U1") == ["saved", "followed"]

    await office.saved.withdraw(entry.id, reason="message deleted")
    for event in ("e3", "e4"):
        await office.service.message_changed(place, event, "U1", text="", before=other, gone=True)
        await office.work()
    assert office.news("U1") == ["saved", "followed", "gone"]


@BOTH
async def test_nobody_is_told_of_a_message_whose_entry_was_withdrawn(
    office: Office, question: str, answer: str, other: str
) -> None:
    """They have heard of that already, or have done it."""
    place = "slack:T1:C1:1.0"
    entry = await office.save(Entry(question, answer, "U1", "U1", "", place=place))
    await office.saved.withdraw(entry.id, by="U1")
    await office.service.message_changed(place, "e1", "U1", text=other, before=answer, gone=False)
    await office.service.message_changed(place, "e2", "U1", text="", before=other, gone=True)
    await office.work()
    assert office.news("U1") == ["saved"]


async def test_a_message_that_was_never_saved_makes_no_job(office: Office) -> None:
    await office.service.message_changed(
        "slack:T1:C1:9.0", "e", "U1", text="a", before="b", gone=False
    )
    assert sum((await office.queue.backlog()).values()) == 0


async def test_what_would_lose_right_answers_waits_for_its_person(build: Build) -> None:
    """Who sent it may publish it anyway, once; nobody else may."""
    harm = HarmfulReport(())

    async def check(_: Entry) -> RegressionReport:
        return harm

    office = build(check)
    entry = Entry(*ENGLISH[:2], "U1", "U1", "")
    with pytest.raises(EntryError):
        await office.save(entry)
    assert [person for person, _, _ in office.told.held_back] == ["U1"]
    assert await office.service.publish_anyway(id_of(entry), "U2") is None
    assert await office.service.publish_anyway(id_of(entry), "U1") is not None
    assert await office.service.publish_anyway(id_of(entry), "U1") is None
    await office.work()
    assert (await office.saved.get(id_of(entry))).state == "active"


async def test_a_busy_index_loses_no_entry(build: Build) -> None:
    """The job comes back, and after some tries the entry is saved without a check."""

    async def check(_: Entry) -> RegressionReport:
        raise KnowledgeBusyError("another sync is running")

    office = build(check)
    entry = Entry(*JAPANESE[:2], "U1", "U1", "")
    await office.service.submit(SaveEntry(entry, "U1"), "form")
    handler = EntryHandler(office.service, office.told, office._may_see)
    for _ in range(2):
        lease = await office.queue.take(5.0)
        assert lease is not None
        with pytest.raises(KnowledgeBusyError):
            await handler(lease)
        await lease.retry(0.0, "busy")
    await office.work()
    assert (await office.saved.get(id_of(entry))).answer == JAPANESE[1]


async def test_what_expires_is_asked_about_once(office: Office) -> None:
    """Two weeks before; on its day it leaves the index."""
    today = dt.datetime.now(dt.UTC).date()
    expires = today + dt.timedelta(days=20)
    entry = await office.save(Entry(*ENGLISH[:2], "U1", "U1", "", expires=expires))
    task, now = EntryExpiry(office.service), dt.datetime.now(dt.UTC).timestamp()
    for day in (0, 5, 6, 7, 7):
        await task(now + day * DAY)
        await office.work()
    assert office.news() == ["saved", "expiring"]
    renewed = await office.service.renew(entry.id, "U1")
    assert renewed.entry.expires == today + dt.timedelta(days=365)
    for day in (364, 365, 366):
        await task(now + day * DAY)
    await office.work()
    assert (await office.saved.get(entry.id)).state == "expired"
    assert office.news()[-1] == "expired"


@pytest.mark.parametrize(
    ("question", "answer", "document"),
    [
        (
            "What is the code of the car park?",
            "The code of the car park is 4012.",
            "The code of the car park is 5023.",
        ),
        ("来客用の駐車場は何台？", "来客用の駐車場は12台です。", "来客用の駐車場は20台です。"),
    ],
)
async def test_an_owner_is_asked_once_about_a_conflict(
    office: Office, library: Library, question: str, answer: str, document: str
) -> None:
    """With both texts; nobody is shown a document that they may not read."""
    await office.save(Entry(question, answer, "U1", "U1", ""))
    base = library.open()
    library.write("secret.md", f"---\naudience: ['#board']\n---\n# Parking\n\n{document}\n")
    await base.sync()
    task = EntryConflicts(office.service, base)
    await task(0.0)
    await office.work()
    assert office.news() == ["saved"]
    library.write("parking.md", f"# Parking\n\n{document}\n")
    await base.sync()
    for _ in range(2):
        await task(0.0)
        await office.work()
    assert office.news() == ["saved", "contradicted"]
    words = office.told.told[-1][0].words
    assert (words["ours"], words["theirs"]) == (answer, document)


async def test_a_change_of_a_message_waits_for_its_entry(office: Office) -> None:
    """A job that does not find its entry is tried again, and never counts as done."""
    await office.service._queue.put(
        FollowMessage("missing", "", "4012", gone=True, event="1.0").job("deleted")
    )
    lease = await office.queue.take(1.0)
    assert lease is not None
    handler = EntryHandler(office.service, office.told, office._may_see)
    with pytest.raises(EntryError, match="missing"):
        await handler(lease)


async def test_a_failure_is_told_to_the_person_who_waits(office: Office) -> None:
    await office.service.submit(SaveEntry(Entry(*ENGLISH[:2], "U1", "U1", ""), "U3"), "form")
    lease = await office.queue.take(1.0)
    assert lease is not None
    handler = EntryHandler(office.service, office.told, office._may_see)
    await handler.give_up(lease, "The disk is full.")
    assert office.told.failures == ["U3"]


class HarmfulReport(RegressionReport):
    """A report that finds harm."""

    @property
    def holds(self) -> bool:
        """Whether the entry may be saved."""
        return False


@BOTH
async def test_an_entry_is_checked_once_an_hour(
    build: Build, question: str, answer: str, other: str
) -> None:
    """Saved again within it, the entry is published all the same, and its person is told."""
    checked = list[str]()

    async def check(entry: Entry) -> RegressionReport:
        checked.append(entry.answer)
        return RegressionReport(())

    office = build(check)
    await office.save(Entry(question, answer, "U1", "U1", ""))
    changed = await office.save(Entry(question, other, "U1", "U1", ""))
    assert (checked, changed.answer) == ([answer], other)
    told = [news.words["unproven"] for news, _ in office.told.told if news.said == "saved"]
    assert told == ["", "hour"]


async def test_an_entry_is_saved_when_no_money_is_left_to_check_it(build: Build) -> None:
    """Its person reads that it was not checked; nothing is lost."""

    async def check(_: Entry) -> RegressionReport:
        return RegressionReport((), "budget")

    office = build(check)
    saved = await office.save(Entry(*ENGLISH[:2], "U1", "U1", ""))
    assert saved.state == "active"
    assert [news.words["unproven"] for news, _ in office.told.told] == ["budget"]


@BOTH
async def test_of_many_edits_only_the_last_makes_a_version(
    office: Office, question: str, answer: str, other: str
) -> None:
    """Also from word for word, and with a deletion at the end; they take turns with others."""
    place = "slack:T1:C1:1.0"
    entry = await office.save(Entry(question, answer, "U1", "U1", "", place=place))
    texts = [answer, *(f"{other} {n}" for n in range(14)), other]
    for n, (before, text) in enumerate(pairwise(texts), 100):
        await office.service.message_changed(
            place, f"{n}.0", "U1", text=text, before=before, gone=False
        )
    await office.work()
    saved = await office.saved.get(entry.id)
    assert (saved.answer, saved.version) == (other, entry.version + 1)
    assert office.news("U1") == ["saved", "followed"]

    for n in range(200, 205):
        await office.service.message_changed(
            place, f"{n}.0", "U1", text="" if n == 204 else f"{n}", before=other, gone=n == 204
        )
    await office.work()
    assert (await office.saved.get(entry.id)).state == "withdrawn"


async def test_changes_of_a_message_wait_for_the_turn_of_who_made_them(office: Office) -> None:
    """A flood of edits of many saved messages is one person's flood."""
    for n in range(20):
        await office.saved.save(Entry(f"{n}?", "b", "U1", "U1", "", place=f"slack:T1:C1:{n}.0"))
        await office.service.message_changed(
            f"slack:T1:C1:{n}.0", "1.0", "U9", text="a", before="b", gone=False
        )
    await office.queue.put(Job("victim", "thread", "question", {"person": "U1"}))
    order = []
    while lease := await office.queue.take(0):
        order.append(lease.job.id)
        await lease.finish()
    assert order.index("victim") <= 1

"""The rules of a handoff, without any chat."""

from dataclasses import dataclass, replace

import pytest

from bot.core.errors import AdapterUnavailableError
from bot.core.types import (
    Answer,
    Citation,
    Handoff,
    HandoffState,
    Question,
    QuestionId,
    Step,
    ThreadId,
    Waiter,
)
from bot.handoff.handler import HandoffHandler
from bot.handoff.messages import ExpertReply
from bot.handoff.reminder_times import due, read_times
from bot.handoff.reminders import GatheredQuestions, HandoffReminders
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.handoff.terminal import TerminalPeople, TerminalReaders
from bot.limits.person_limits import HourlyLimits, PersonLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal
from tests.support.handoffs import HandoffMessages, Team, work_off

HOUR, DAY = 3_600.0, 86_400.0
READERS = Principal("C1", member=True)
PLAN = Citation(1, "Plan", "", "", "board/plan.md")
RULES = Citation(2, "Rules", "", "", "docs/rules.md")
ANSWER = Answer(
    "handed_over",
    "The documents do not answer this question.\nTry asking @keiko.",
    owner="@keiko",
    experts=("@keiko", "@ken"),
)
ANSWER_JAPANESE = replace(ANSWER, text="見つかりませんでした。\n@keiko にお尋ねください。")
ENGLISH = ("How do I book a room?", "How can I book rooms?", "Ask at reception.", ANSWER)
JAPANESE = (
    "会議室の予約方法は？",
    "会議室はどうやって予約しますか？",
    "受付に聞いてください。",
    ANSWER_JAPANESE,
)
BOTH = pytest.mark.parametrize(("first", "second", "reply", "answer"), [ENGLISH, JAPANESE])


@dataclass
class Office:
    """A team that hands questions over, and what they are told."""

    team: Team
    service: HandoffService
    store: HandoffStore
    ledger: Ledger
    queue: RedisQueue
    messages: HandoffMessages

    async def ask(
        self, text: str, number: int = 1, person: str = "U9", answer: Answer = ANSWER, at: str = ""
    ) -> Question:
        """Ask in the channel C1, or in the conversation *at*; return what was asked."""
        asked = question(text, number, person, at or "C1")
        await self.ledger.record(asked, await self.service.ask(asked, answer))
        return asked

    async def reply(self, thread: ThreadId, person: str, text: str) -> bool:
        """Write *text* in *thread*; tell whether it was taken as a reply."""
        place = f"{thread.rpartition(':')[0]}:{len(text)}.5"
        said = ExpertReply(place, thread, person, text, 1.0)
        taken = await self.service.receive_reply(said, f"{place}:handoff")
        await self.work()
        return taken

    async def work(self) -> None:
        """Do everything that is to be done."""
        await work_off(self.queue, {"handoff": HandoffHandler(self.service, self.messages)})

    async def known(self, asked: Question) -> Handoff:
        """Return the handoff of a question."""
        found = await self.store.get(asked.id)
        assert found is not None
        return found

    async def state(self, asked: Question) -> HandoffState:
        """Return the state of a question's handoff."""
        return (await self.known(asked)).state

    def told(self, about: str) -> list[str]:
        """Return the threads in which *about* was said."""
        return [thread for thread, message in self.messages.said if message.about == about]


def question(text: str, number: int, person: str = "U9", channel: str = "C1") -> Question:
    """Return what *person* asks in *channel*."""
    place = f"slack:T1:{channel}:{number}.0"
    reader = Principal(channel, member=True)
    return Question(QuestionId(place), ThreadId(place), text, reader, person)


@pytest.fixture
def office(store: RedisConnection) -> Office:
    """Keiko, and Ken with Mia in a group; nothing is handed over yet."""
    team, handoffs, queue = Team(), HandoffStore(store.commands), RedisQueue(store)
    ledger = Ledger(store.commands)
    service = HandoffService(handoffs, queue, ledger, team, team, QuestionSimilarity())
    return Office(team, service, handoffs, ledger, queue, HandoffMessages())


@BOTH
async def test_asking_again_after_a_crash_changes_nothing(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    """Neither for the question that opened a handoff nor for one that joined it."""
    one, two = question(first, 1), question(second, 2)
    opened = [await office.service.ask(one, answer) for _ in range(2)]
    joined = [await office.service.ask(two, answer) for _ in range(2)]
    assert opened[0] == opened[1] == replace(answer, owner="U1")
    assert joined[0] == joined[1] == replace(answer, owner="U1", joined=one.id)
    (known,) = await office.store.since(0.0)
    assert [waiter.question_id for waiter in known.waiting] == [one.id, two.id]


async def test_two_that_cannot_see_each_other_become_one(office: Office) -> None:
    """Both are open before either looks: the second gives way, and so it stays."""
    one, two = question("How do I book a room?", 1), question("How can I book rooms?", 2)
    for each in (one, two):
        waiting = (Waiter(each.id, each.thread, each.person, 1.0),)
        await office.store.open(
            Handoff(
                each.id, each.text, READERS, "U1", each.thread, 1.0, language="en", waiting=waiting
            )
        )
    assert (await office.service.ask(one, ANSWER)).joined == ""
    assert (await office.service.ask(two, ANSWER)).joined == one.id
    assert (await office.service.ask(one, ANSWER)).joined == ""
    assert [known.id for known in await office.store.pending()] == [one.id]


async def test_only_a_question_of_the_same_readers_joins(office: Office) -> None:
    """And a private one joins nothing before somebody was asked."""
    text = "How do I book a room?"
    await office.service.ask(question(text, 1), ANSWER)
    others = [
        await office.service.ask(question(text, 2, channel="C2"), ANSWER),
        await office.service.ask(question(text, 3, channel="D1"), ANSWER),
        await office.service.ask(question(text, 4, channel="D1"), ANSWER),
    ]
    assert [answer.joined for answer in others] == ["", "", ""]


async def test_what_has_ended_is_asked_again(office: Office) -> None:
    one = await office.ask("How do I book a room?")
    await office.store.end(one.id, "expired")
    again = await office.service.ask(question("How can I book rooms?", 2), ANSWER)
    assert again.joined == ""


async def test_the_asker_is_passed_over(office: Office) -> None:
    """Also as the only member of a group; the text names who is asked."""
    asked = await office.service.ask(question("Where?", 1, person="U1"), ANSWER)
    assert asked.owner == "U2"
    assert asked.text.endswith("Try asking @ken.")
    office.team.groups["S1"] = frozenset({"U1"})
    alone = replace(ANSWER_JAPANESE, experts=("@keiko", "@it-team"))
    nobody = await office.service.ask(question("どこ？", 2, person="U1"), alone)
    assert nobody.owner == ""
    assert nobody.text.endswith("ほかの方には尋ねていません。")


@pytest.mark.parametrize(
    ("experts", "operators", "asked"),
    [
        (("総務の田中",), (), "総務の田中"),
        (("総務の田中", "@ken"), (), "U2"),
        (("Tanaka of HR",), ("U3",), "U3"),
        (("総務の田中",), ("U9",), "総務の田中"),
    ],
)
async def test_a_name_that_nobody_has_stays_a_name_where_nobody_stands_in(
    office: Office, experts: tuple[str, ...], operators: tuple[str, ...], asked: str
) -> None:
    """The next expert or an operator does, but never the asker (U9)."""
    office.team.operators = frozenset(operators)
    stranger = replace(ANSWER, owner=experts[0], experts=experts)
    answer = await office.service.ask(question("Where?", 1), stranger)
    assert (answer.owner, answer.expert_not_found) == (asked, experts[0])


@BOTH
async def test_everybody_who_waits_hears_of_an_answer_once(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    """Each in their own thread; where the answer stands nobody needs to be told."""
    one = await office.ask(first, answer=answer)
    two = await office.ask(second, 2, person="U8", answer=answer)
    assert await office.reply(one.thread, "U1", reply)
    assert await office.reply(one.thread, "U1", f"{reply}!!")
    known = await office.known(two)
    assert (known.state, known.answered_by) == ("answered", "U1")
    assert office.told("answered") == [two.thread]
    assert [offer.text for offer in office.messages.offered] == [reply, f"{reply}!!"]


@pytest.mark.parametrize("text", ["Which room?", "どの部屋ですか？", "I'll check.", "確認します"])
async def test_a_question_back_is_no_answer(office: Office, text: str) -> None:
    asked = await office.ask("How do I book a room?")
    assert await office.reply(asked.thread, "U1", text)
    assert await office.state(asked) == "open"
    assert office.messages.offered == []


async def test_only_those_who_were_asked_reply(office: Office) -> None:
    """A named person alone; in a group, or where nobody is known, everybody but who waits."""
    named = await office.ask("How do I book a room?")
    taken = [await office.reply(named.thread, person, "Yes.") for person in ("U2", "U9")]
    for_group = replace(ANSWER, experts=("@it-team",))
    grouped = await office.ask("Does the VPN work?", 2, answer=for_group)
    taken += [await office.reply(grouped.thread, person, "Yes.") for person in ("U9", "U7")]
    assert taken == [False, False, False, True]
    assert (await office.state(named), await office.state(grouped)) == ("open", "answered")


async def test_a_guest_is_not_offered_to_save(office: Office) -> None:
    office.team.guests = frozenset({"U1"})
    asked = await office.ask("How do I book a room?")
    await office.reply(asked.thread, "U1", "At reception.")
    assert await office.state(asked) == "answered"
    assert office.messages.offered == []


async def test_who_declines_passes_it_on(office: Office) -> None:
    """Until nobody is left; others cannot decline for them, and nobody who declined is asked."""
    asked = await office.ask("How do I book a room?")
    assert not await office.service.decline(asked.id, "U2")
    for person in ("U1", "U2"):
        assert await office.service.decline(asked.id, person)
        await office.work()
    owners = [(message.about, message.owner) for _, message in office.messages.said]
    assert owners == [("passed_on", "U2"), ("nobody_left", "")]
    known = await office.known(asked)
    assert (known.owner, known.declined) == ("", ("U1", "U2"))


@BOTH
async def test_a_private_question_asks_nobody_until_its_asker_agrees(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    """Then one person alone, whose words are relayed."""
    asked = await office.ask(first, at="D9", answer=answer)
    assert not await office.service.agree(asked.id, "U2")
    await office.work()
    assert office.messages.asked == []
    for _ in range(2):
        assert await office.service.agree(asked.id, "U9")
        await office.work()
    assert [owner for owner, _ in office.messages.asked] == ["U1"]
    assert office.told("asked") == [asked.thread]
    thread = (await office.known(asked)).thread
    assert not await office.reply(asked.thread, "U9", reply)
    assert await office.reply(thread, "U1", reply)
    assert office.told("relayed") == [asked.thread]
    assert office.told("answered") == []
    assert await office.state(asked) == "answered"


async def test_in_private_a_group_is_asked_one_by_one(office: Office) -> None:
    asked = await office.ask(
        "Does the VPN work?", at="D9", answer=replace(ANSWER, experts=("@it-team",))
    )
    await office.service.agree(asked.id, "U9")
    await office.work()
    for person in ("U2", "U3"):
        assert await office.service.decline(asked.id, person)
        await office.work()
    assert [owner for owner, _ in office.messages.asked] == ["U2", "U3"]
    assert office.told("nobody_left") == [asked.thread]


@BOTH
async def test_nobody_passes_on_a_private_question_before_its_asker_agrees(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    asked = await office.ask(first, at="D9", answer=answer)
    assert not await office.service.decline(asked.id, "U1")
    await office.work()
    assert (office.messages.asked, office.messages.said) == ([], [])
    assert (await office.known(asked)).declined == ()


async def test_only_an_open_private_question_needs_consent(office: Office) -> None:
    public = await office.ask("How do I book a room?")
    private = await office.ask("Is my salary right?", 2, at="D9")
    await office.store.end(private.id, "expired")
    agreed = [await office.service.agree(asked.id, "U9") for asked in (public, private)]
    await office.work()
    assert agreed == [False, False]
    assert office.messages.asked == []
    assert (await office.known(public)).thread == public.thread


async def test_only_those_who_were_asked_decline_and_only_while_it_is_open(office: Office) -> None:
    """The asker cannot decline for their group, and nobody is asked where no expert is known."""
    nobody = await office.ask("Where?", 1, answer=replace(ANSWER, owner="", experts=()))
    assert not await office.service.decline(nobody.id, "")
    for_group = replace(ANSWER, experts=("@it-team",))
    own = await office.ask("Does the VPN work?", 2, person="U3", answer=for_group)
    assert not await office.service.decline(own.id, "U3")
    assert await office.service.decline(own.id, "U2")
    ended = await office.ask("How do I book a room?", 3)
    await office.store.end(ended.id, "answered", by="U1")
    assert not await office.service.decline(ended.id, "U1")


@BOTH
async def test_who_has_declined_in_private_is_not_reminded(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    asked = await office.ask(first, at="D9", answer=replace(answer, experts=("@keiko",)))
    await office.service.agree(asked.id, "U9")
    await office.work()
    assert await office.service.decline(asked.id, "U1")
    await office.work()
    assert office.told("nobody_left") == [asked.thread]
    known = await office.known(asked)
    assert (known.owner, known.declined) == ("", ("U1",))
    await HandoffReminders(office.service, office.messages, read_times("4h"))(known.at + 5 * HOUR)
    assert office.messages.reminded == []


@BOTH
async def test_what_was_answered_does_not_expire(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    """Neither by an old copy, nor when the answer comes before people are told."""
    one = await office.ask(first, answer=answer)
    stale = await office.known(one)
    await office.reply(one.thread, "U1", reply)
    await office.service.expire(stale)
    two = await office.ask(second, 2, answer=answer)
    await office.service.expire(await office.known(two))
    await office.store.end(two.id, "answered", by="U1")
    await office.work()
    assert office.told("expired") == []
    assert [await office.state(asked) for asked in (one, two)] == ["answered", "answered"]


async def test_people_are_told_once_that_it_expired_also_after_a_crash(office: Office) -> None:
    asked = await office.ask("How do I book a room?")
    stale = await office.known(asked)
    await office.service.tell_waiting(stale, "expired")
    for _ in range(2):
        await office.service.expire(stale)
        await office.work()
    assert office.told("expired") == [asked.thread]


async def test_an_expert_is_shown_what_they_may_read(office: Office) -> None:
    """The bot's own words may tell of everything that it read."""
    office.team.secret = {"board/plan.md": "U9"}
    read = Step("search_knowledge", {}, ("board/plan.md#1", "docs/rules.md#1"))
    told = replace(
        ANSWER, citations=(PLAN, RULES), draft="In March.", missing="the year", steps=(read,)
    )
    asked = await office.ask("When is the merger?", at="D9", answer=told)
    await office.service.agree(asked.id, "U9")
    await office.work()
    ((_, shown),) = office.messages.asked
    assert (shown.citations, shown.draft, shown.missing) == ((RULES,), "", "")
    assert await office.service.draft_for(await office.known(asked), "U1") == ""
    office.team.secret = {}
    assert await office.service.draft_for(await office.known(asked), "U1") == "In March."
    assert await office.service.draft_for(await office.known(asked), "U2") == ""


async def test_what_was_saved_is_told_to_those_who_may_read_it(office: Office) -> None:
    office.team.secret = {"saved/1.md": "U8"}
    one = await office.ask("How do I book a room?")
    two = await office.ask("How can I book rooms?", 2, person="U8")
    for _ in range(2):
        await office.service.saved(one.id, "U1", "At reception.", "", "saved/1.md")
        await office.work()
    assert office.told("saved") == [two.thread]
    assert await office.state(one) == "saved"


async def test_reminders_come_once_and_have_an_end(office: Office) -> None:
    """Of several that were missed one is sent; who was never asked is not reminded."""
    asked = await office.ask("How do I book a room?")
    private = await office.ask("Is my salary right?", 2, at="D9")
    task = HandoffReminders(office.service, office.messages, read_times("4h,1d,3d"))
    begun, counts = (await office.known(asked)).at, []
    for after in (3.9 * HOUR, 4.1 * HOUR, 5 * HOUR, 3.5 * DAY, 4 * DAY, 7.1 * DAY, 8 * DAY):
        await task(begun + after)
        await office.work()
        counts.append(len(office.messages.reminded))
    assert counts == [0, 1, 1, 2, 2, 2, 2]
    assert office.told("expired") == [asked.thread]
    assert [await office.state(one) for one in (asked, private)] == ["expired", "expired"]


@pytest.mark.parametrize(("text", "again"), [ENGLISH[:2], JAPANESE[:2]])
async def test_a_question_from_a_terminal_is_asked_where_an_expert_can_be_reached(
    office: Office, store: RedisConnection, text: str, again: str
) -> None:
    """Once, alone, by the periodic task; the terminal finds the words of the reply."""
    reader = Principal("terminal", member=True)
    terminal = HandoffService(
        office.store,
        office.queue,
        office.ledger,
        TerminalPeople("bob"),
        TerminalReaders(reader, office.team.may_read),
        QuestionSimilarity(),
    )
    ids = [QuestionId(f"terminal:t{number}:1") for number in range(3)]
    hr = replace(reader, groups=frozenset({"#hr"}))
    asked = [
        Question(ids[0], ThreadId("terminal:t0"), text, reader, "bob"),
        Question(ids[1], ThreadId("terminal:t1"), again, reader, "bob"),
        Question(ids[2], ThreadId("terminal:t2"), again, hr, "bob"),
    ]
    opened = [await terminal.ask(one, ANSWER) for one in asked]
    assert [answer.owner for answer in opened] == ["@keiko"] * 3
    assert [answer.joined for answer in opened] == ["", ids[0], ""]
    await terminal.saved(ids[2], "bob", "…", "", "saved/2.md")

    task = HandoffReminders(office.service, office.messages, ())
    for _ in range(2):
        await task((await office.known(asked[0])).at + 1)
        await office.work()
    assert [owner for owner, _ in office.messages.asked] == ["U1"]
    assert office.messages.said == []
    await office.reply((await office.known(asked[0])).thread, "U1", "At reception.")
    found = await terminal.of_person("bob")
    assert [(one.state, one.reply) for one in found] == [
        ("answered", "At reception."),
        ("saved", ""),
    ]
    assert office.messages.said == []


async def test_nobody_is_asked_their_own_question_from_a_terminal(office: Office) -> None:
    """Their name in the system is their name in the settings."""
    reader = Principal("terminal", member=True)
    terminal = HandoffService(
        office.store,
        office.queue,
        office.ledger,
        TerminalPeople("Keiko"),
        TerminalReaders(reader, office.team.may_read),
        QuestionSimilarity(),
    )
    asked = Question(QuestionId("terminal:t:1"), ThreadId("terminal:t"), "Where?", reader, "Keiko")
    assert (await terminal.ask(asked, ANSWER)).owner == "@ken"


def test_times_of_reminders() -> None:
    """Of several that were missed only the last one is due."""
    times = read_times("1d, 4h,3d")
    assert times == (14_400.0, 86_400.0, 259_200.0)
    elapsed = (0.0, 14_399.0, 14_400.0, 90_000.0, 1e9)
    assert [due(times, seconds) for seconds in elapsed] == [0, 0, 1, 2, 3]
    assert read_times("off") == read_times("") == ()
    for wrong in ("4", "1w", "soon", "4h,off", "４時間"):
        with pytest.raises(ValueError, match="is neither times such as 4h,1d,3d"):
            read_times(wrong)


def limited(office: Office, store: RedisConnection, hourly: HourlyLimits) -> Office:
    """Return *office* with *hourly* limits."""
    parts = (office.store, office.queue, office.ledger, office.team, office.team)
    limits = PersonLimits(store.commands, hourly)
    return replace(office, service=HandoffService(*parts, QuestionSimilarity(), limits=limits))


@BOTH
async def test_an_expert_hears_of_so_many_questions_an_hour_and_of_the_rest_together(
    office: Office, store: RedisConnection, first: str, second: str, reply: str, answer: Answer
) -> None:
    """The asker is told when; the questions wait in their threads, where they can be answered."""
    office = limited(office, store, HourlyLimits(pings=2))
    answers = [
        await office.service.ask(question(f"{first} {'abcd'[n] * 9}", n), answer) for n in range(4)
    ]
    assert [one.asked_later > 0 for one in answers] == [False, False, True, True]
    again = await office.service.ask(question(f"{first} {'a' * 9}", 0), answer)
    assert again.asked_later == 0

    task = GatheredQuestions(office.service, office.messages)
    await task(1.0)
    assert office.messages.gathered == []
    await store.commands.execute_command("DEL", f"{office.store._root}:limit:pings:U1")
    await office.reply(ThreadId("slack:T1:C1:2.0"), "U1", reply)
    await task(2.0)
    await task(3.0)
    assert [owner for owner, _ in office.messages.gathered] == ["U1"]
    assert "slack:T1:C1:3.0" in office.messages.gathered[0][1]
    assert "slack:T1:C1:2.0" not in office.messages.gathered[0][1]


async def test_a_person_has_so_many_questions_passed_on_an_hour(
    office: Office, store: RedisConnection
) -> None:
    """A further one asks nobody, and says so; others go on."""
    office = limited(office, store, HourlyLimits(handoffs=2))
    asked = [question(f"Where is the {name} key?", n) for n, name in enumerate("abc")]
    answers = [await office.service.ask(one, ANSWER) for one in asked]
    assert "I have not asked anybody" in answers[2].text
    assert answers[2].owner == ""
    assert await office.store.get(asked[2].id) is None
    other = await office.service.ask(question("Where is the d key?", 9, "U8"), ANSWER)
    assert other.owner
    ja = question("鍵の保管場所はどこですか？", 10)
    assert "まだ誰にも尋ねていません" in (await office.service.ask(ja, ANSWER)).text


async def test_a_private_question_waits_until_its_expert_may_be_notified(
    office: Office, store: RedisConnection
) -> None:
    """Its asker is told so once, and nothing is lost."""
    office = limited(office, store, HourlyLimits(pings=1))
    await office.service.ask(question("Where is the red key?", 1), ANSWER)
    private = await office.ask("Where is the wifi password?", 2, at="D1")
    await office.service.agree(private.id, "U9")
    handler = HandoffHandler(office.service, office.messages)
    lease = await office.queue.take(wait=0)
    assert lease is not None
    with pytest.raises(AdapterUnavailableError) as later:
        await handler(lease)
    assert later.value.seconds > 0
    assert office.told("asked_later") == ["slack:T1:D1:2.0"]
    assert office.messages.asked == []
    await store.commands.execute_command("DEL", f"{office.store._root}:limit:pings:U1")
    await handler(lease)
    assert [owner for owner, _ in office.messages.asked] == ["U1"]


@BOTH
async def test_who_has_left_ends_nothing(
    office: Office, first: str, second: str, reply: str, answer: Answer
) -> None:
    """A message of the expert that is worked on after they were deactivated."""
    asked = await office.ask(first, answer=answer)
    office.team.gone = frozenset({"U1", "U2", "U3"})
    for person in ("U1", "U2", "U3"):
        await office.reply(asked.thread, person, reply)
    assert await office.state(asked) == "open"
    assert office.messages.offered == []

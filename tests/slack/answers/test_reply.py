"""One question ends in one reply, wherever a try breaks off."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from bot.core.errors import CancelledByPersonError, LeaseLostError
from bot.core.types import (
    Answer,
    Citation,
    Job,
    Question,
    QuestionId,
    ThreadId,
    ToolFinished,
    ToolStarted,
)
from bot.redis.connection import RedisConnection
from bot.slack.answers.reply import ReplyPace, SlackReply
from bot.slack.client.clients import Clients
from bot.slack.client.messages import Messages
from bot.slack.client.rate_limit_store import RateLimitStore
from bot.slack.client.rate_limits import PLACEHOLDER, RATES, SlackRateLimiter
from bot.workspace import SlackMessage, Workspace
from knowledge.model.types import Principal

QUICK = ReplyPace(quiet=0.0, between_updates=0.0, after_refusal=0.01, look_ups=(0.0, 0.01))
CITED = Answer("answered", "10日です。[1]", (Citation(1, "規程", "https://a.example", "", "a"),))
LONG = Answer("answered", "長い説明の一文です。" * 800)


class CrashError(Exception):
    """The process died here."""


@dataclass
class Notebook:
    """A lease of which only the notes matter; it can break off before or after a save."""

    job: Job
    kept: dict[str, str] = field(default_factory=dict)
    attempt: int = 1
    saves_left: float = float("inf")
    crash_after_writing: bool = False
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    taken_away: bool = False

    @property
    def notes(self) -> Mapping[str, str]:
        return self.kept

    async def save(self, **notes: str) -> None:
        self.saves_left -= 1
        if self.saves_left < 0 and not self.crash_after_writing:
            raise CrashError
        self.kept.update(notes)
        if self.saves_left < 0:
            raise CrashError

    async def check(self) -> None:
        if self.taken_away:
            raise LeaseLostError

    async def finish(self) -> None: ...
    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None: ...
    async def dead_letter(self, reason: str) -> None: ...
    async def release(self) -> None: ...
    async def excuse(self) -> None: ...


@dataclass
class ReplyBench:
    """Somebody has asked, and the bot can reply."""

    workspace: Workspace
    messages: Messages
    asked: SlackMessage
    question: Question
    notebook: Notebook

    def reply(self, pace: ReplyPace = QUICK) -> SlackReply:
        """Open the reply, as each try does."""
        return SlackReply(self.question, self.notebook, self.messages, pace)

    async def started_again(self) -> SlackReply:
        """Open the reply as the next try does."""
        reply = self.reply()
        await reply.start()
        return reply

    @property
    def shown(self) -> list[str]:
        """What people read below the question."""
        thread = self.workspace.messages(self.asked.channel, self.asked)
        return [message.plain for message in thread if message.bot_id]


@pytest.fixture
async def bench(workspace: Workspace, clients: Clients) -> ReplyBench:
    """A question in a channel."""
    person = workspace.add_user("hanako")
    channel = workspace.add_channel("general", [person])
    asked = await workspace.post(channel, person, "有給は？")
    place = f"slack:{workspace.team_id}:{channel.id}:{asked.ts}"
    question = Question(QuestionId(place), ThreadId(place), "有給は？", Principal("C"))
    notebook = Notebook(Job(place, place, "question"))
    return ReplyBench(workspace, Messages(clients), asked, question, notebook)


async def begun(reply: SlackReply) -> SlackReply:
    """Start *reply*, and let its placeholder show; a crash meanwhile is one of the process."""
    await reply.start()
    assert reply._updating is not None
    await reply._updating
    return reply


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("saves", range(8))
async def test_a_crash_at_any_step_ends_in_one_complete_reply(
    bench: ReplyBench, *, saves: int, slow: bool, moment: str
) -> None:
    """Each part is there once: what an earlier try has posted is taken over, not repeated."""
    bench.notebook.saves_left = saves
    bench.notebook.crash_after_writing = moment == "after"
    try:
        first = bench.reply()
        await (begun(first) if slow else first.start())
        await first.finish(LONG)
    except CrashError:
        pass
    bench.notebook.saves_left = float("inf")
    second = bench.reply()
    await second.start()
    places = await second.finish(LONG)

    assert "".join(bench.shown).count("長い説明の一文です。") == 800
    assert len(bench.shown) == len(places) == 3
    assert "考えています" not in "".join(bench.shown)


async def test_finishing_twice_shows_the_same_at_the_same_places(bench: ReplyBench) -> None:
    """A crash after the last update is repaired by repeating it."""
    reply = await begun(bench.reply())
    places = await reply.finish(CITED)

    assert await bench.reply().finish(CITED) == places
    assert len(bench.shown) == 1


async def test_what_a_longer_answer_has_left_is_withdrawn(bench: ReplyBench) -> None:
    """A try that broke off had more to say than the one that ends."""
    bench.notebook.saves_left = 7
    reply = await begun(bench.reply())
    with pytest.raises(CrashError):
        await reply.finish(LONG)
    bench.notebook.saves_left = float("inf")
    places = await bench.reply().finish(CITED)

    assert len(bench.shown) == len(places) == 1
    assert "10日です" in bench.shown[0]


async def test_a_failure_is_told_in_place_of_the_placeholder(bench: ReplyBench) -> None:
    """Its words are shown, not parsed."""
    reply = await begun(bench.reply())
    await reply.fail("The model <is> away & <!channel>.")

    assert bench.shown == ["The model <is> away & <!channel>."]
    thread = bench.workspace.messages(bench.asked.channel, bench.asked)
    assert thread[-1].notified == frozenset()


async def test_steps_are_shown_while_the_person_waits(bench: ReplyBench) -> None:
    """The line of a call tells its outcome as soon as there is one."""
    reply = await begun(bench.reply())
    await reply.show(ToolStarted("1", "search_knowledge", {"query": "有給"}))
    await bench.workspace.wait_for(lambda: "社内資料を検索: 有給" in bench.shown[0])
    await reply.show(ToolFinished("1", "search_knowledge", {"query": "有給"}))
    await bench.workspace.wait_for(lambda: "該当なし" in bench.shown[0])
    await reply.finish(CITED)

    assert "検索" not in bench.shown[0]


async def test_steps_that_come_quickly_are_shown_together(bench: ReplyBench) -> None:
    """Slack allows few updates; the conclusion does not wait for the next."""
    reply = bench.reply(ReplyPace(quiet=0.0, between_updates=60.0))
    await reply.start()
    for number in range(20):
        await reply.show(ToolStarted(str(number), "search_web", {"query": f"query {number}"}))
    assert reply._updating is not None
    await bench.workspace.wait_for(lambda: bench.shown)
    shown = bench.shown[0]
    await reply.show(ToolStarted("last", "search_web", {"query": "last"}))
    await reply.finish(CITED)

    assert "query 19" in shown
    assert len(bench.workspace.calls("chat.update")) == 1
    assert "10日です" in bench.shown[0]


async def test_a_late_step_cannot_overwrite_the_answer(bench: ReplyBench) -> None:
    """The answer waits until an update that is under way has arrived."""
    slow = bench.workspace.faults.add("chat.update", "slow", seconds=0.2)
    reply = await begun(bench.reply())
    await reply.show(ToolStarted("1", "search_web", {"query": "q"}))
    await bench.workspace.wait_for(lambda: slow.times == 0)
    await reply.finish(CITED)

    assert "10日です" in bench.shown[0]
    assert len(bench.workspace.calls("chat.update")) == 2


@pytest.mark.parametrize("fault", ["ratelimited", "internal_error", "reset_before"])
async def test_a_step_that_cannot_be_shown_does_not_matter(bench: ReplyBench, fault: str) -> None:
    """Decoration is not tried again, and the answer comes all the same."""
    bench.workspace.faults.add("assistant.threads.setStatus", fault, times=9)
    reply = await begun(bench.reply())
    bench.workspace.faults.add("chat.update", fault)
    await reply.show(ToolStarted("1", "search_web", {"query": "q"}))
    await bench.workspace.wait_for(lambda: bench.workspace.calls("chat.update"))
    await reply.finish(CITED)

    assert "10日です" in bench.shown[0]


async def test_deleting_the_placeholder_stops_the_work(bench: ReplyBench) -> None:
    """At the next step, or at the end."""
    reply = await begun(bench.reply())
    bench.workspace.team.delete(bench.workspace.messages(bench.asked.channel, bench.asked)[-1])
    await reply.show(ToolStarted("1", "search_web", {"query": "q"}))
    await bench.workspace.wait_for(lambda: bench.workspace.calls("chat.update"))

    with pytest.raises(CancelledByPersonError):
        await reply.finish(CITED)
    assert bench.shown == []


async def test_a_deleted_question_stops_the_work(bench: ReplyBench) -> None:
    """There is no thread any more to answer in, and trying again would not bring it back."""
    await bench.workspace.delete(bench.asked)

    with pytest.raises(CancelledByPersonError):
        await bench.reply().finish(CITED)
    slow = await begun(bench.reply())
    with pytest.raises(CancelledByPersonError):
        await slow.show(ToolStarted("1", "search_web", {"query": "q"}))
    assert bench.shown == []


async def test_a_worker_that_slept_shows_no_step_over_the_answer(bench: ReplyBench) -> None:
    """Another one has the job and may have answered meanwhile."""
    slept = await begun(bench.reply())
    await bench.reply().finish(CITED)
    bench.notebook.taken_away = True
    await slept.show(ToolStarted("1", "search_web", {"query": "q"}))
    assert slept._updating is not None
    await slept._updating

    assert "10日です" in bench.shown[0]


async def test_an_answer_that_comes_at_once_is_one_post(bench: ReplyBench) -> None:
    """Nothing is changed, and Slack itself takes the status away when there is one."""
    reply = bench.reply(ReplyPace(quiet=60.0))
    seen = list[bool]()
    await reply.start(lambda: seen.append(bool(bench.shown)))
    await reply.show(ToolStarted("1", "search_web", {"query": "q"}))
    await reply.finish(CITED)

    calls = [call.method for call in bench.workspace.calls()]
    assert calls == ["chat.postMessage"]
    assert len(bench.shown) == 1
    assert "10日です" in bench.shown[0]
    assert seen == [True]


async def test_a_try_that_failed_shows_no_placeholder_later(bench: ReplyBench) -> None:
    """It ends with the task that began it."""

    async def fail() -> SlackReply:
        reply = bench.reply(ReplyPace(quiet=60.0))
        await reply.start()
        return reply

    reply = await asyncio.create_task(fail())
    assert reply._updating is not None
    await reply._updating

    assert bench.shown == []


@pytest.mark.parametrize("fault", ["ratelimited", "internal_error", "half_done", "reset_after"])
async def test_a_placeholder_in_doubt_is_not_posted_twice(bench: ReplyBench, fault: str) -> None:
    """It is decoration: the answer looks for it, and comes all the same."""
    bench.workspace.faults.add("chat.postMessage", fault)
    await bench.reply(ReplyPace(quiet=0.0, look_ups=(0.0, 0.01))).start()
    reply = bench.reply(replace(QUICK, after_refusal=60.0))
    await reply.start()
    await bench.workspace.wait_for(lambda: bench.workspace.calls("chat.postMessage"))
    await reply.finish(CITED)

    assert len(bench.shown) == 1
    assert "10日です" in bench.shown[0]


async def test_a_placeholder_that_may_not_change_gives_way(bench: ReplyBench) -> None:
    """Slack would have us wait for changing a message, and not for removing one."""
    reply = await begun(bench.reply())
    bench.workspace.faults.add("chat.update", "ratelimited", times=9, retry_after=30)
    places = await reply.finish(CITED)

    assert len(bench.shown) == len(places) == 1
    assert "10日です" in bench.shown[0]
    assert len(bench.workspace.calls("chat.update")) == 1
    assert len(bench.workspace.calls("chat.postMessage")) == 2


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("saves", range(6))
async def test_a_crash_while_it_gives_way_leaves_one_answer(
    bench: ReplyBench, saves: int, moment: str
) -> None:
    """The next try goes on with it, and does not take it for a person's wish to stop."""
    reply = await begun(bench.reply())
    bench.workspace.faults.add("chat.update", "ratelimited", times=1, retry_after=30)
    bench.notebook.saves_left = saves
    bench.notebook.crash_after_writing = moment == "after"
    with suppress(CrashError):
        await reply.finish(CITED)
    bench.notebook.saves_left = float("inf")
    second = await bench.started_again()
    places = await second.finish(CITED)

    assert len(bench.shown) == len(places) == 1
    assert "10日です" in bench.shown[0]


async def test_who_deletes_a_placeholder_stops_the_work_although_it_may_not_change(
    bench: ReplyBench,
) -> None:
    """Removing it shows that it is gone already."""
    reply = await begun(bench.reply())
    bench.workspace.team.delete(bench.workspace.messages(bench.asked.channel, bench.asked)[-1])
    bench.workspace.faults.add("chat.update", "ratelimited", times=9, retry_after=30)

    with pytest.raises(CancelledByPersonError):
        await reply.finish(CITED)
    assert bench.shown == []


async def test_only_as_many_placeholders_as_may_change_later(
    bench: ReplyBench, store: RedisConnection
) -> None:
    """The status alone tells that the others are being worked on; each is answered by a post."""
    limiter = SlackRateLimiter(RateLimitStore(store.commands))
    for client in bench.messages.clients.all:
        client.budget = limiter
    at_once = [await bench.messages.has_room() for _ in range(40)]
    await limiter.refused(PLACEHOLDER, {}, 60.0)
    reply, asked = bench.reply(replace(QUICK, after_refusal=60.0)), bench.asked
    await reply.start()
    await bench.workspace.wait_for(lambda: bench.workspace.status_of(asked.channel, asked.ts))
    assert bench.shown == []
    await reply.wait(3)
    assert bench.shown == []
    assert "先に 3 件" in bench.workspace.status_of(asked.channel, asked.ts)
    await reply.finish(CITED)

    assert 0 < sum(at_once) <= RATES["chat.update"].burst + 10
    assert len(bench.shown) == 1
    assert bench.workspace.calls("chat.update") == []
    assert bench.workspace.status_of(asked.channel, asked.ts) == ""

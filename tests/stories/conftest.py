"""A team in a local workspace, and the bot that listens to it in both of Slack's ways."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from bot.channels.redis import RedisChannels
from bot.consents.redis import RedisConsents
from bot.handovers.redis import RedisHandOvers
from bot.inbox.redis import RedisInbox
from bot.labels.redis import RedisLabels
from bot.learning.saved import SavedKnowledge
from bot.ledger.redis import RedisLedger
from bot.likeness import Likeness
from bot.line import Line
from bot.memory.redis import RedisMemory
from bot.overview import Overview
from bot.protocols import Lease
from bot.records import question_from
from bot.redis.connection import RedisConnection
from bot.redis.entry_notes import RedisEntryNotes
from bot.redis.name_pins import RedisNamePins
from bot.slack.identity import SlackCredentials
from bot.slack.reply import Pace
from bot.slack.serve import http_app, serve_socket_mode
from bot.slack.surface import SlackSurface, Stores
from bot.types import Answer, Citation, Language, Question, ToolFinished, ToolStarted, Turn
from bot.worker import Worker
from bot.workspace import Channel, Message, User, Workspace
from knowledge.types import Principal
from tests.support.library import Library, source_table

Mode = Literal["socket", "http"]

HANDBOOK = Citation(
    1, "就業規則", "https://docs.example/leave", "10日", "hr/leave.md", "2026-04-01"
)
SLOTS = 2
"""Questions that are answered at the same time."""

ANSWERS: Mapping[str, Answer] = {
    "有給": Answer("answered", "有給休暇は10日です。[1]", (HANDBOOK,)),
    "leave": Answer("answered", "You have 10 days of leave. [1]", (HANDBOOK,)),
    "繰り越し": Answer("answered", "翌年度まで繰り越せます。[1]", (HANDBOOK,)),
    "長い": Answer("answered", "長い説明の一文です。" * 800, (HANDBOOK,)),
}
UNKNOWN = Answer("handed_over", "確かな答えが見つかりませんでした。")


@dataclass
class Operations:
    """The operator's side of the program, on paper."""

    sources: Sequence[str] = ("handbook", "faq")
    reindexed: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    policies: dict[str, str] = field(default_factory=dict)

    async def status(self, language: Language) -> str:
        return "索引: 文書 3 件" if language == "ja" else "Index: 3 documents"

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return self.hidden.isdisjoint(documents)

    async def answers(self, place: str, policy: str, language: Language) -> str:
        self.policies[place] = policy or self.policies.get(place, "best-effort")
        return self.policies[place]

    async def reindex(self, source: str, language: Language) -> str:
        self.reindexed.append(source)
        return "更新しました" if language == "ja" else "Updated"


@dataclass
class TableAnswers:
    """Answers from `ANSWERS`, as the real handler does: in its order, with its promises."""

    surface: SlackSurface
    ledger: RedisLedger
    memory: RedisMemory
    asked: list[Question] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def __call__(self, lease: Lease) -> None:
        question = await self.surface.question(lease.job)
        self.asked.append(question)
        reply = self.surface.reply(question, lease)
        await reply.start()
        search = {"query": question.text}
        await reply.show(ToolStarted("1", "search_knowledge", search))
        await reply.show(ToolFinished("1", "search_knowledge", search))
        if "ゆっくり" in question.text or "slowly" in question.text:
            await self.let_go.wait()
        if self.failure is not None:
            raise self.failure
        answer = next((a for word, a in ANSWERS.items() if word in question.text), UNKNOWN)
        places = await reply.finish(answer)
        turn = Turn(question.text, answer.text, question.id)
        await self.memory.remember(question.thread, turn)
        await self.ledger.record(question, answer, places)

    async def tell_place(self, lease: Lease, place: int) -> None:
        await self.surface.reply(question_from(lease.job.payload), lease).wait(place)

    async def give_up(self, lease: Lease, message: str) -> None:
        question = await self.surface.question(lease.job)
        await self.surface.reply(question, lease).fail(message)


@dataclass
class Story:
    """Who and what there is in a story."""

    workspace: Workspace
    surface: SlackSurface
    inbox: RedisInbox
    ledger: RedisLedger
    memory: RedisMemory
    operations: Operations
    saved: SavedKnowledge
    library: Library
    handovers: RedisHandOvers
    answers: TableAnswers
    hanako: User
    bob: User
    channel: Channel

    @property
    def bot(self) -> str:
        """The bot's mention."""
        return f"<@{self.workspace.bot_user_id}>"

    def replies(self, message: Message) -> list[Message]:
        """Return what the bot has said in the thread of *message*."""
        thread = self.workspace.messages(message.channel, message)
        return [reply for reply in thread if reply.bot_id]

    async def reply_with(self, message: Message, words: str) -> Message:
        """Wait for the bot's reply that says *words* in the thread of *message*."""
        found = await self.workspace.wait_for(
            lambda: [reply for reply in self.replies(message) if words in reply.plain]
        )
        return found[0]

    async def settled(self) -> None:
        """Wait until everything that was sent is acknowledged, and all work is done."""
        await self.workspace.drained()
        while any(count for name, count in (await self.inbox.backlog()).items() if name != "dead"):
            await self.workspace.changed(0.01)


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How the bot hears Slack; every story is told in both ways."""
    mode: Mode = request.param
    return mode


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace that sends again at once what was not acknowledged."""
    async with await Workspace.start(retry_delays=(0.0, 0.1, 0.1)) as workspace:
        yield workspace


@pytest.fixture
async def story(
    workspace: Workspace, store: RedisConnection, mode: Mode, tmp_path: Path
) -> AsyncIterator[Story]:
    """The bot at work in a channel with Hanako and Bob."""
    hanako = workspace.add_user("hanako", language="ja-JP")
    bob = workspace.add_user("bob")
    inbox = RedisInbox(store)
    ledger = RedisLedger(store.commands)
    memory = RedisMemory(store.commands)
    operations = Operations()
    credentials = SlackCredentials(
        bot_token=workspace.bot_token,
        app_token=workspace.app_token,
        signing_secret=workspace.signing_secret,
        api_url=workspace.api_url,
    )
    pace = Pace(between_updates=0.0, look_ups=(0.0, 0.01, 0.01))
    library = Library(tmp_path)
    (tmp_path / "saved").mkdir()
    library.configure(source_table("docs", "docs"), source_table("saved", "saved"))
    saved = SavedKnowledge(tmp_path / "saved", library.open())
    labels, handovers = RedisLabels(store.commands), RedisHandOvers(store.commands)
    stores = Stores(
        inbox,
        ledger,
        memory,
        RedisChannels(store.commands),
        labels,
        RedisConsents(store.commands),
        handovers,
        Overview(ledger, handovers, labels, Likeness().pairs),
        saved,
        RedisEntryNotes(store.commands),
        RedisNamePins(store.commands),
        library.open().groups,
    )
    surface = SlackSurface(credentials, stores, operations, pace=pace)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(inbox.aclose)
        closing.push_async_callback(surface.aclose)
        await surface.connect()
        answers = TableAnswers(surface, ledger, memory)
        await closing.enter_async_context(working(inbox, surface, answers))
        await closing.enter_async_context(listening(surface, workspace, mode))
        channel = workspace.add_channel("general", [hanako, bob])
        yield Story(
            workspace,
            surface,
            inbox,
            ledger,
            memory,
            operations,
            saved,
            library,
            handovers,
            answers,
            hanako,
            bob,
            channel,
        )


@asynccontextmanager
async def working(
    inbox: RedisInbox, surface: SlackSurface, answers: TableAnswers
) -> AsyncIterator[None]:
    """Run a worker."""
    handlers = {"question": surface.guarded(answers), **surface.handlers}
    worker = Worker(inbox, handlers, SLOTS, backoff_seconds=0.05)
    line = Line(inbox, answers, patience=0.05, pause=0.02)
    running = {asyncio.create_task(worker.run()), asyncio.create_task(line.run())}
    yield
    for task in running:
        task.cancel()  # quicker than `stop`, which lets the present look into the inbox end
    await asyncio.wait(running)


@asynccontextmanager
async def listening(surface: SlackSurface, workspace: Workspace, mode: Mode) -> AsyncIterator[None]:
    """Join the bot to the workspace."""
    if mode == "socket":
        async with serve_socket_mode(surface):
            yield
        return
    runner = web.AppRunner(http_app(surface), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    workspace.use_http(f"http://{host}:{port}/slack/events")
    yield
    await runner.cleanup()

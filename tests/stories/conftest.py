"""A team in a local workspace, and the bot that listens to it in both of Slack's ways."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from aiohttp import web

from bot.analytics.overview import Overview
from bot.answering.memory import ThreadMemory
from bot.channels.store import ChannelSettingsStore
from bot.core.serialization import question_from
from bot.core.types import Answer, Citation, Language, Question, ToolFinished, ToolStarted, Turn
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.entries.translation import Translate
from bot.handoff.store import HandoffStore
from bot.queue.queue import Lease
from bot.queue.queue_position import QueuePositionNotifier
from bot.queue.redis_queue import RedisQueue
from bot.queue.worker import Worker
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection
from bot.slack.answers.reply import ReplyPace
from bot.slack.app import SlackAdapter, SlackOptions
from bot.slack.client.connection import open_connection
from bot.slack.client.identity import SlackCredentials
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.stores import SlackStores
from bot.slack.transport import http_app, serve_socket_mode
from bot.text.question_similarity import QuestionSimilarity
from bot.workspace import Channel, SlackMessage, User, Workspace
from knowledge.model.types import Principal
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

    adapter: SlackAdapter
    ledger: Ledger
    memory: ThreadMemory
    asked: list[Question] = field(default_factory=list)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    async def __call__(self, lease: Lease) -> None:
        question = await self.adapter.question(lease.job)
        self.asked.append(question)
        reply = self.adapter.reply(question, lease)
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
        await self.adapter.reply(question_from(lease.job.payload), lease).wait(place)

    async def give_up(self, lease: Lease, message: str) -> None:
        question = await self.adapter.question(lease.job)
        await self.adapter.reply(question, lease).fail(message)


@dataclass
class Story:
    """Who and what there is in a story."""

    workspace: Workspace
    adapter: SlackAdapter
    queue: RedisQueue
    ledger: Ledger
    memory: ThreadMemory
    operations: Operations
    saved: EntryStore
    library: Library
    handoffs: HandoffStore
    answers: TableAnswers
    hanako: User
    bob: User
    channel: Channel

    @property
    def bot(self) -> str:
        """The bot's mention."""
        return f"<@{self.workspace.bot_user_id}>"

    def replies(self, message: SlackMessage) -> list[SlackMessage]:
        """Return what the bot has said in the thread of *message*."""
        thread = self.workspace.messages(message.channel, message)
        return [reply for reply in thread if reply.bot_id]

    async def reply_with(self, message: SlackMessage, words: str) -> SlackMessage:
        """Wait for the bot's reply that says *words* in the thread of *message*."""
        found = await self.workspace.wait_for(
            lambda: [reply for reply in self.replies(message) if words in reply.plain]
        )
        return found[0]

    async def settled(self) -> None:
        """Wait until everything that was sent is acknowledged, and all work is done."""
        await self.workspace.drained()
        while any(count for name, count in (await self.queue.backlog()).items() if name != "dead"):
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
def translate() -> Translate | None:
    """No model that proposes a question in the other language."""
    return None


@pytest.fixture
async def story(
    workspace: Workspace,
    store: RedisConnection,
    mode: Mode,
    tmp_path: Path,
    translate: Translate | None,
) -> AsyncIterator[Story]:
    """The bot at work in a channel with Hanako and Bob."""
    hanako = workspace.add_user("hanako", language="ja-JP")
    bob = workspace.add_user("bob")
    queue = RedisQueue(store)
    ledger = Ledger(store.commands)
    memory = ThreadMemory(store.commands)
    operations = Operations()
    credentials = SlackCredentials(
        bot_token=workspace.bot_token,
        app_token=workspace.app_token,
        signing_secret=workspace.signing_secret,
        api_url=workspace.api_url,
    )
    pace = ReplyPace(between_updates=0.0, look_ups=(0.0, 0.01, 0.01))
    options = SlackOptions(pace=pace, translate=translate)
    library = Library(tmp_path)
    (tmp_path / "saved").mkdir()
    library.configure(source_table("docs", "docs"), source_table("saved", "saved"))
    saved = EntryStore(tmp_path / "saved", library.open())
    labels, handoffs = RedisLabels(store.commands), HandoffStore(store.commands)
    stores = SlackStores(
        queue,
        ledger,
        memory,
        ChannelSettingsStore(store.commands),
        labels,
        OptOuts(store.commands),
        handoffs,
        Overview(ledger, handoffs, labels, QuestionSimilarity().pairs),
        saved,
        EntryNotes(store.commands),
        RedisNamePins(store.commands),
        library.open().groups,
    )
    async with AsyncExitStack() as closing:
        closing.push_async_callback(queue.aclose)
        slack = await closing.enter_async_context(
            open_connection(credentials, stores.pins, stores.groups)
        )
        adapter = SlackAdapter(slack, stores, operations, options)
        answers = TableAnswers(adapter, ledger, memory)
        await closing.enter_async_context(working(queue, adapter, answers))
        await closing.enter_async_context(listening(adapter, workspace, mode))
        channel = workspace.add_channel("general", [hanako, bob])
        yield Story(
            workspace,
            adapter,
            queue,
            ledger,
            memory,
            operations,
            saved,
            library,
            handoffs,
            answers,
            hanako,
            bob,
            channel,
        )


@asynccontextmanager
async def working(
    queue: RedisQueue, adapter: SlackAdapter, answers: TableAnswers
) -> AsyncIterator[None]:
    """Run a worker."""
    handlers = {"question": adapter.guarded(answers), **adapter.handlers}
    worker = Worker(queue, handlers, SLOTS, backoff_seconds=0.05)
    line = QueuePositionNotifier(queue, answers, patience=0.05, pause=0.02)
    running = {asyncio.create_task(worker.run()), asyncio.create_task(line.run())}
    yield
    for task in running:
        task.cancel()  # quicker than `stop`, which lets the present look into the inbox end
    await asyncio.wait(running)


@asynccontextmanager
async def listening(adapter: SlackAdapter, workspace: Workspace, mode: Mode) -> AsyncIterator[None]:
    """Join the bot to the workspace."""
    if mode == "socket":
        async with serve_socket_mode(adapter):
            yield
        return
    runner = web.AppRunner(http_app(adapter), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    workspace.use_http(f"http://{host}:{port}/slack/events")
    yield
    await runner.cleanup()

"""A team in a local workspace, and the whole bot that listens to it in both of Slack's ways."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web
from anyio.from_thread import start_blocking_portal
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator

from bot.answering.gate import Gate
from bot.answering.memory import ThreadMemory
from bot.app.container import open_knowledge, open_saved
from bot.app.slack_bot import Bot, open_bot
from bot.core.types import Question
from bot.entries.store import EntryStore
from bot.handoff.store import HandoffStore
from bot.queue.queue_position import QueuePositionNotifier
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.slack.answers.reply import ReplyPace
from bot.slack.app import SlackAdapter
from bot.slack.history.updater import HistoryPace, HistoryUpdater
from bot.slack.transport import http_app, serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from knowledge.base import KnowledgeBase
from knowledge.sync.sources.slack_history_writer import SlackHistoryWriter
from tests.stories.handbook import StoryModel, answer_from_handbook, write_documents
from tests.support.llm_server import llm_server
from tests.support.waiting import ACK_SECONDS

Mode = Literal["socket", "http"]

SLOTS = 2
"""Questions that are answered at the same time."""


@dataclass
class Story:
    """Who and what there is in a story."""

    workspace: Workspace
    adapter: SlackAdapter
    model: StoryModel
    base: KnowledgeBase
    queue: RedisQueue
    ledger: Ledger
    memory: ThreadMemory
    saved: EntryStore
    handoffs: HandoffStore
    updater: HistoryUpdater
    gate: Gate
    notifier: QueuePositionNotifier
    documents: Path
    hanako: User
    bob: User
    channel: Channel

    def history(self) -> SlackHistoryWriter:
        """Open what is kept of the channels that are sources."""
        return SlackHistoryWriter(self.documents / "data" / "slack")

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

    async def finished(self, message: SlackMessage) -> SlackMessage:
        """Wait for the outcome of the question *message*, whatever it says."""
        found = await self.workspace.wait_for(
            lambda: [
                reply
                for reply in self.replies(message)
                if float(reply.ts) > float(message.ts) and "feedback_buttons" in str(reply.blocks)
            ]
        )
        await self.settled()
        return found[0]

    async def answered(self) -> list[Question]:
        """Return the questions that have an answer, oldest first, as they were answered."""
        await self.settled()
        return [record.question for record in reversed(await self.ledger.recent(100))]

    async def publish(self, name: str, text: str, *audience: str) -> None:
        """Write the document *name* for *audience* (none: as its source says), and index it."""
        front_matter = f"---\naudience: {list(audience)}\n---\n" if audience else ""
        (self.documents / name).write_text(front_matter + text, encoding="utf-8")
        await self.base.sync()

    async def close_document(self, name: str) -> None:
        """Leave the document *name* to a channel that nobody is in."""
        text = (self.documents / name).read_text(encoding="utf-8")
        closed = text.replace("---\n", "---\naudience: ['#closed']\n", 1)
        (self.documents / name).write_text(closed, encoding="utf-8")
        await self.base.sync()

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
def options() -> Mapping[str, str]:
    """Settings that a story wants to be different."""
    return {}


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace that sends again at once what was not acknowledged."""
    async with await Workspace.start(
        retry_delays=(0.0, 0.1, 0.1), ack_seconds=ACK_SECONDS
    ) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of the stories, indexed once; a story works on a copy."""
    folder = tmp_path_factory.mktemp("indexed")
    write_documents(folder)

    async def index() -> None:
        base = open_knowledge(_settings(folder))
        await base.sync()
        await base.aclose()

    with start_blocking_portal() as portal:
        portal.call(index)
    return folder


@pytest.fixture
async def story(
    workspace: Workspace,
    redis_url: str,
    store: RedisConnection,
    mode: Mode,
    options: Mapping[str, str],
    indexed: Path,
    tmp_path: Path,
) -> AsyncIterator[Story]:
    """The bot at work in a channel with Hanako and Bob."""
    hanako = workspace.add_user("hanako", language="ja-JP")
    bob = workspace.add_user("bob")
    channel = workspace.add_channel("general", [hanako, bob])
    folder = shutil.copytree(indexed, tmp_path / "team")
    async with AsyncExitStack() as closing:
        model = StoryModel(await closing.enter_async_context(llm_server(answer_from_handbook)))
        settings = _settings(
            folder,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_signing_secret=workspace.signing_secret,
            slack_api_url=workspace.api_url,
            openai_base_url=model.server.url,
            redis_url=redis_url,
            worker_concurrency=SLOTS,
            **options,
        )
        bot = await closing.enter_async_context(open_bot(settings, Metrics()))
        closing.push_async_callback(listeners_ended)
        _hurry(bot)
        queue = bot.position_notifier._queue
        assert isinstance(queue, RedisQueue)
        await closing.enter_async_context(working(bot))
        await closing.enter_async_context(listening(bot.adapter, workspace, mode))
        yield Story(
            workspace,
            bot.adapter,
            model,
            bot.base,
            queue,
            Ledger(store.commands),
            ThreadMemory(store.commands),
            open_saved(settings, bot.base, store),
            HandoffStore(store.commands),
            bot.updater,
            bot.gate,
            bot.position_notifier,
            folder,
            hanako,
            bob,
            channel,
        )


def _settings(folder: Path, **values: Any) -> Settings:
    return Settings(
        _env_file=None,
        knowledge_config=folder / "knowledge.toml",
        data_dir=folder / "data",
        openai_embedding_model="hashing",
        **values,
    )


def _hurry(bot: Bot) -> None:
    """Leave out the pauses that spare Slack and people: a story is told in a moment."""
    pace = ReplyPace(quiet=0.0, between_updates=0.0, after_refusal=0.05, look_ups=(0.0, 0.01, 0.01))
    bot.adapter._options = replace(bot.adapter._options, pace=pace)
    for handler in bot.adapter.slack.clients.repeating.retry_handlers:
        handler.interval_calculator = FixedValueRetryIntervalCalculator(0.05)
    bot.worker._backoff_seconds = 0.05
    bot.updater.pace = HistoryPace(look=0.02, sync=0.0, page=0.02, refused=0.1)
    bot.position_notifier._patience, bot.position_notifier._pause = 0.05, 0.02


@asynccontextmanager
async def working(bot: Bot) -> AsyncIterator[None]:
    """Run a worker."""
    running = {asyncio.create_task(part.run()) for part in (bot.worker, bot.position_notifier)}
    yield
    for task in running:
        task.cancel()  # quicker than `stop`, which lets the present look into the queue end
    await asyncio.wait(running)


@asynccontextmanager
async def keeping(story: Story) -> AsyncIterator[None]:
    """Keep the channels that are sources."""
    task = asyncio.create_task(story.updater.run())
    yield
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()


async def listeners_ended() -> None:
    """Wait for what Bolt does after it has acknowledged: it uses Redis, which closes next."""
    running = {task for task in asyncio.all_tasks() if _is_of_bolt(task)}
    if running:
        await asyncio.wait(running)


def _is_of_bolt(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and "slack_bolt" in code.co_filename


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

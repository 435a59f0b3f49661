"""A team, its Slack, its model, its Redis and the bot's processes: real ones, to be mistreated."""

import asyncio
import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import IO, Literal

import aiohttp

from bot.app.container import open_knowledge
from bot.core.message_ref import MessageRef
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import EmbeddedRedis, embedded_redis
from bot.settings.settings import Settings, own_environment
from bot.workspace import ApiCall, Channel, SlackMessage, User, Workspace
from tests.faults.brain import DOCUMENTS, QUESTIONS, tagging_brain, word_for
from tests.faults.history import (
    CLOSES,
    Asked,
    Harm,
    History,
    Outage,
    Outcome,
    Present,
    Shown,
    Struck,
    Visible,
)
from tests.faults.observer import ROOT_KEY, Observer, job_in, left_in, words_in
from tests.faults.redis_proxy import SCRIPTS, Phase, RedisProxy, ScriptCall, Trap, redis_proxy
from tests.support.llm_brains import Conversation, Turn
from tests.support.llm_server import LlmServer, llm_server
from tests.support.ports import free_port
from tests.support.redis import process_id

ROOT = Path(__file__).parents[2]
Role = Literal["serve", "receive", "work"]
Mode = Literal["socket", "http"]

RETRY_DELAYS = (0.2, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each redelivery of an event: Slack's six minutes in half a minute."""

START_SECONDS = 180.0
"""How long a process may take to work, on a machine that is busy with other things."""


@dataclass(eq=False)
class Process:
    """One process of the bot, with its own proxy to Redis."""

    name: str
    role: Role
    proxy: RedisProxy
    ran: asyncio.subprocess.Process
    log: Path
    ready: bool = False
    frozen: bool = False
    killed: bool = False
    asked_to_end: bool = False
    looked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.ran.returncode is None and not self.killed

    @property
    def ended_by_itself(self) -> bool:
        """Whether it has ended although nobody had it end."""
        return not self.alive and not self.asked_to_end

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it is there to get it."""
        self.asked_to_end |= number in {signal.SIGKILL, signal.SIGTERM}
        if self.alive:
            os.kill(self.ran.pid, number)


class Deployment:
    """Everything that a fault needs.

    Attributes:
        history: What has happened so far; whole after `settled`.
        random: The one source of chance, from the seed.
        processes: All that were ever started.
        redis: The server that they share through their proxies.
    """

    def __init__(self, folder: Path, workspace: Workspace, model: LlmServer, lease: float) -> None:
        self.folder = folder
        self.workspace = workspace
        self.model = model
        self.history = History(lease)
        self.random = random.Random(0)
        self.mode: Mode = "socket"
        self.processes: list[Process] = []
        self.people: list[User] = [
            workspace.add_user("hanako", language="ja-JP"),
            workspace.add_user("bob"),
        ]
        self.general: Channel = workspace.add_channel("general", self.people)
        self.questions: dict[str, SlackMessage] = {}
        self.redis: EmbeddedRedis
        self.store: RedisConnection
        self.closing: AsyncExitStack
        self._port = free_port()
        self._calls = self._first_call = 0
        self._owners: dict[str, tuple[str, str]] = {}
        self._scripts: dict[str, str] = {}
        self._closed: set[str] = set()
        self._observer = Observer()
        self._began = ""
        self._started = self._tags = 0

    async def begin(self) -> None:
        """Start a new history; nothing may be under way."""
        self.workspace.faults.clear()
        self.model.faults.clear()
        self.model.brain, self.model.pause = tagging_brain, 0.0
        for process in self.processes:
            process.proxy.traps.clear()
        await self.store.commands.flushall()
        self.history = History(self.history.lease, patience=self.history.patience)
        for process in self.alive("work", "serve"):
            self.comes(process)
        self.workspace.deliveries.clear()
        self._calls = self._first_call = len(self.workspace.calls())
        self._began = self.workspace.team.new_ts()

    # Processes.

    async def staff(self, receivers: int = 1, workers: int = 2) -> None:
        """Start as many processes as there are too few."""
        missing: list[Role] = ["receive"] * (receivers - len(self.alive("receive", "serve")))
        missing += ["work"] * (workers - len(self.alive("work", "serve")))
        await asyncio.gather(*map(self.start, missing))

    async def start(self, role: Role, environment: Mapping[str, str] | None = None) -> Process:
        """Start a process of the bot and wait until it works."""
        self._started += 1
        number = self._started
        name = f"{role} {number}"
        events = asyncio.Event()

        def seen(call: ScriptCall) -> None:
            events.set()
            self._note_script(name, call)

        proxy = await self.closing.enter_async_context(redis_proxy(self.redis.socket, seen))
        log = self.folder / f"{role}-{number}.log"
        with log.open("wb") as output:
            ran = await self._run(role, output, {"REDIS_URL": proxy.url, **(environment or {})})
        process = Process(name, role, proxy, ran, log, looked=events)
        self.processes.append(process)
        self.closing.push_async_callback(self._end, process)
        await self._until_ready(process)
        process.ready = True
        self.comes(process)
        return process

    async def _run(
        self, role: Role, output: IO[bytes], more: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        workspace = self.workspace
        environment = {
            name: value
            for name, value in own_environment().items()
            if not name.startswith(("SLACK_", "OPENAI_", "KNOWLEDGE_", "WEB_", "REDIS_", "LIMIT_"))
        }
        environment |= {
            "PYTHONPATH": str(ROOT),
            "LIMIT_OPEN_QUESTIONS": "100000",  # two people ask everything
            "LIMIT_QUESTIONS_HOUR": "100000",
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "PORT": str(self._port),
            "OPENAI_BASE_URL": self.model.url,
            "OPENAI_WIRE": "chat",
            "OPENAI_EMBEDDING_MODEL": "hashing",
        }
        if self.mode == "socket":
            environment["SLACK_APP_TOKEN"] = workspace.app_token
        else:
            environment["SLACK_SIGNING_SECRET"] = workspace.signing_secret
            workspace.use_http(f"http://127.0.0.1:{self._port}/slack/events")
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.process", role, str(self.history.lease)),
            cwd=self.folder,
            env={**environment, **more},
            stderr=output,
        )

    async def _until_ready(self, process: Process) -> None:
        async with asyncio.timeout(START_SECONDS):
            while process.alive:
                receives = process.role == "work" or await self._hears()
                works = process.role == "receive" or process.looked.is_set()
                if receives and works:
                    return
                await asyncio.sleep(0.02)
        raise RuntimeError(f"{process.name} ended at once:\n{process.log.read_text()[-2000:]}")

    async def _hears(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self._port}/healthz") as response,
            ):
                return response.status == 200
        except aiohttp.ClientError:
            return False

    def alive(self, *roles: Role) -> list[Process]:
        """Return the processes of *roles* that can work."""
        return [
            process
            for process in self.processes
            if process.alive and process.ready and not process.frozen and process.role in roles
        ]

    def kill(self, process: Process) -> None:
        """End it as the kernel does when memory is short: at once, with no last word."""
        self.strike(process, "killed")
        process.send(signal.SIGKILL)
        process.killed = True

    def freeze(self, process: Process) -> None:
        """Stop it in the middle of whatever it does."""
        self.strike(process, "frozen")
        process.frozen = True
        process.send(signal.SIGSTOP)

    def thaw(self, process: Process) -> None:
        """Let it go on as if nothing had been."""
        self.note(f"{process.name} thawed")
        process.frozen = False
        process.send(signal.SIGCONT)
        self.comes(process)

    async def stop(self, process: Process) -> int:
        """Ask it to end (SIGTERM); return its exit code."""
        self.note(f"{process.name} asked to stop")
        self._goes(process)
        process.send(signal.SIGTERM)
        return await asyncio.wait_for(process.ran.wait(), 40)

    async def _end(self, process: Process) -> None:
        process.send(signal.SIGCONT)
        process.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.ran.wait(), 15)
        except TimeoutError:
            process.send(signal.SIGKILL)
            await process.ran.wait()

    def strike(self, process: Process, how: Harm) -> None:
        """Note that *process* can do nothing from now on, and what it was doing."""
        jobs = self.history.in_work(process.name)
        self.note(f"{process.name} {how}, {len(jobs)} questions held")
        self.history.struck.append(Struck(time.time(), process.name, how, jobs))
        self._goes(process)

    def comes(self, process: Process) -> None:
        """Note that *process* can work from now on."""
        if process.role != "receive":
            self.history.present.append(Present(process.name, time.time()))

    def _goes(self, process: Process) -> None:
        for present in self.history.present:
            if present.process == process.name and present.end == inf:
                present.end = time.time()

    async def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when *condition* holds. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - many things ring no bell
                await asyncio.sleep(0.01)

    # Redis.

    async def redis_process(self) -> int:
        """Return the process id of the Redis server."""
        return await process_id(self.store)

    async def kill_redis(self) -> None:
        """Kill the server; its watchdog starts it again."""
        with self.outage("Redis killed"):
            process = await self.redis_process()
            os.kill(process, signal.SIGKILL)
            await self.redis_back(process)

    async def redis_back(self, not_process: int = 0) -> None:
        """Return when a server, another one than *not_process*, answers."""
        async with asyncio.timeout(30):
            while True:
                try:
                    if await self.redis_process() != not_process:
                        return
                except Exception:  # noqa: BLE001 - whatever a server on its way up says
                    await asyncio.sleep(0.05)
                await asyncio.sleep(0.01)

    def append_only_file(self) -> Path:
        """Return the file that Redis is writing."""
        files = [
            *self.redis.folder.glob("appendonly*/*.incr.aof"),
            self.redis.folder / "appendonly.aof",
        ]
        return files[0]

    @contextmanager
    def outage(self, what: str) -> Iterator[None]:
        """Note that nothing could be done inside the block, nor for a moment behind it."""
        self.note(what)
        start = time.time()
        try:
            yield
        finally:
            # Clients wait up to half a second between two tries.
            self.history.outages.append(Outage(start, time.time() + 1.0, what))
            self.note(f"{what}: over")

    # People.

    async def ask(
        self,
        *,
        thread: SlackMessage | None = None,
        expected: Sequence[Outcome] = ("answer",),
        order: Literal["mention_first", "message_first", "together"] = "mention_first",
    ) -> SlackMessage:
        """Have somebody ask a question; Slack delivers it in the background."""
        number = self._tags
        self._tags += 1
        tag = word_for(number)
        text = f"<@{self.workspace.bot_user_id}> {QUESTIONS[number % 2][0]} (tag {tag})"
        person = self.people[number % len(self.people)]
        sent = time.time()
        message = await self.workspace.post(self.general, person, text, thread=thread, order=order)
        place = MessageRef(self.workspace.team_id, message.channel, message.ts)
        root = replace(place, ts=message.root)
        asked = Asked(str(place), str(root), tag, sent, expected=tuple(expected))
        self.history.asked.append(asked)
        self.questions[asked.job] = message
        return message

    def job_of(self, message: SlackMessage) -> str:
        """Return the id of the job that a question makes."""
        return str(MessageRef(self.workspace.team_id, message.channel, message.ts))

    def replies(self, message: SlackMessage) -> list[SlackMessage]:
        """Return what the bot shows for a question now."""
        job = self.job_of(message)
        thread = self.workspace.messages(message.channel, message)
        return [reply for reply in thread if job_in(reply.metadata) == job]

    def calls(self) -> list[ApiCall]:
        """Return the calls to Slack since the history began."""
        return self.workspace.calls()[self._first_call :]

    def is_done(self, job: str) -> bool:
        """Tell whether the queue has ended the job."""
        return job in self._closed

    async def all_done(self, seconds: float) -> None:
        """Return when the queue has ended every job. Raises `TimeoutError`."""
        await self.until(lambda: all(self.is_done(a.job) for a in self.history.asked), seconds)

    # Traps: places at which something happens.

    def when_script(
        self,
        phase: Phase,
        name: str,
        spring: Callable[[Process], None],
        is_meant: Callable[[ScriptCall], bool] = lambda _: True,
    ) -> None:
        """Run *spring* before or after Redis runs the next matching script *name*.

        Raises:
            LookupError: no script has the name, so the trap would wait for ever.
        """
        if name not in SCRIPTS.values():
            raise LookupError(f"no script of the bot is called {name}")
        traps: list[tuple[RedisProxy, Trap]] = []

        def sprung(process: Process) -> None:
            for proxy, trap in traps:
                if trap in proxy.traps:
                    proxy.traps.remove(trap)
            spring(process)

        for process in filter(lambda process: process.alive, self.processes):
            trap = Trap(
                phase,
                lambda call: call.name == name and is_meant(call),
                partial(sprung, process),
            )
            process.proxy.traps.append(trap)
            traps.append((process.proxy, trap))

    def holder(self, job: str) -> Process:
        """Return the process that holds the job. Raises `LookupError` if none does."""
        for process in self.processes:
            if job in self.history.in_work(process.name):
                return process
        raise LookupError(f"nobody has {job}")

    def when_slack(
        self,
        method: str,
        phase: Phase,
        matches: Callable[[Mapping[str, object]], bool],
        spring: Callable[[], None],
    ) -> None:
        """Run *spring* when the next matching call arrives; before or after it is carried out."""

        def arrives(arguments: Mapping[str, object]) -> bool:
            if not matches(arguments):
                return False
            spring()
            return True

        kind = "reset_before" if phase == "before" else "reset_after"
        self.workspace.faults.add(method, kind, when=arrives)

    def when_model(self, spring: Callable[[], None]) -> None:
        """Run *spring* when the model is asked next."""
        brain = self.model.brain

        def asked(conversation: Conversation) -> Turn:
            self.model.brain = brain
            spring()
            return brain(conversation)

        self.model.brain = asked

    # What has become of it all.

    def note(self, what: str) -> None:
        """Write down what was done, for the report."""
        self.history.notes.append((time.time(), what))

    async def settled(self, seconds: float = 60.0) -> Sequence[str]:
        """Wait until nothing is under way any more, or for *seconds*; then take stock.

        Returns:
            What is still under way.
        """
        deadline = time.monotonic() + seconds
        while waits := await self._under_way():
            if time.monotonic() > deadline:
                self.note(f"after {seconds:g} s, {'; '.join(waits)}")
                break
            await self.workspace.changed(0.1)
        await self._take_stock()
        return waits

    async def _under_way(self) -> Sequence[str]:
        deliveries = self.workspace.deliveries
        undelivered = sum(not delivery.ended.is_set() for delivery in deliveries)
        waits = [f"{undelivered} events are not delivered"] if undelivered else []
        stored = {held.job for held in self.history.acts("put")}
        asked = [asked.job for asked in self.history.asked]
        unseen = [job for job in asked if job in stored and not self.is_done(job)]
        waits += [f"the end of {job} was not seen" for job in unseen]
        try:
            active = await self.store.commands.execute_command("SMEMBERS", f"{ROOT_KEY}:active")
        except Exception:  # noqa: BLE001 - Redis may be the one that is being mistreated
            return [*waits, "Redis does not answer"]
        return [*waits, *(f"{partition} has work" for partition in sorted(active))]

    async def _take_stock(self) -> None:
        self._read_calls()
        acknowledged = self._acknowledgements()
        for asked in self.history.asked:
            asked.accepted = acknowledged.get(self.questions[asked.job].ts)
        self.history.visible = [
            Visible(job, self._owners.get(message.ts, ("", ""))[1], message.ts, message.plain)
            for channel in self.workspace.team.channels
            for message in self.workspace.messages(channel)
            if message.bot_id
            and message.ts > self._began
            and (job := job_in(message.metadata)) is not None
        ]
        self.history.left = await left_in(self.store.commands)

    def _acknowledgements(self) -> Mapping[str, float]:
        """Return when Slack was first told that a message was received, by the message's ts."""
        times: dict[str, float] = {}
        for delivery in self.workspace.deliveries:
            event = delivery.event
            if delivery.seconds is not None and event.get("type") in {"app_mention", "message"}:
                at, ts = delivery.started_at + delivery.seconds, str(event.get("ts"))
                times[ts] = min(at, times.get(ts, at))
        return times

    def _read_calls(self) -> None:
        calls = self.workspace.calls()
        for call in calls[self._calls :]:
            self._read_call(call)
        self._calls = len(calls)

    def _read_call(self, call: ApiCall) -> None:
        if call.response.get("ok") is not True:
            return
        ts = str(call.response.get("ts", ""))
        match call.method:
            case "chat.postMessage":
                metadata = call.arguments.get("metadata")
                job = job_in(metadata if isinstance(metadata, dict) else None) or ""
                channel, thread = str(call.arguments["channel"]), call.arguments.get("thread_ts")
                partition = str(MessageRef(self.workspace.team_id, channel, str(thread or ts)))
                self._owners[ts] = (job, partition)
            case "chat.update" | "chat.delete":
                pass
            case _:
                return
        job, partition = self._owners.get(ts, ("", ""))
        content, words = "", ""
        if call.method != "chat.delete":
            shown = call.arguments.get("text"), call.arguments.get("blocks")
            content = hashlib.sha1(json.dumps(shown, sort_keys=True).encode()).hexdigest()
            words = words_in(shown[1]) or str(shown[0])
        self.history.shown.append(Shown(call.at, call.method, job, partition, ts, content, words))

    def _note_script(self, process: str, call: ScriptCall) -> None:
        held = self._observer.held_by(process, call)
        if held:
            partition = self._scripts.setdefault(held.job, held.partition)
            self.history.held.append(replace(held, partition=partition))
            if held.act in CLOSES:
                self._closed.add(held.job)


@asynccontextmanager
async def deploy(
    folder: Path,
    *,
    mode: Mode = "socket",
    lease: float = 2.0,
    patience: float = 2.0,
    retry_delays: Sequence[float] = RETRY_DELAYS,
) -> AsyncIterator[Deployment]:
    """Build a deployment in *folder*, with documents indexed and no process of the bot yet."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - a moment
    await _write_knowledge(folder)
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=retry_delays)
        )
        model = await closing.enter_async_context(llm_server(tagging_brain, validates=False))
        built = Deployment(folder, workspace, model, lease)
        built.mode = mode
        built.history.patience = patience
        built.redis = await closing.enter_async_context(embedded_redis(folder / "redis"))
        built.store = await closing.enter_async_context(open_redis(built.redis.url))
        built.closing = await closing.enter_async_context(AsyncExitStack())
        yield built


async def _write_knowledge(folder: Path) -> None:
    documents = folder / "docs"
    documents.mkdir(exist_ok=True)
    for name, text in DOCUMENTS.items():
        (documents / name).write_text(text, "utf-8")
    config = folder / "knowledge.toml"
    config.write_text(f'[[sources]]\nname = "docs"\npath = "{documents}"\n')
    settings = Settings(
        _env_file=None,
        knowledge_config=config,
        data_dir=folder / ".kotae",
        openai_embedding_model="hashing",
    )
    base = open_knowledge(settings)
    await base.sync()
    await base.aclose()

"""What operators see of a bot in several processes: health, figures, and logs without secrets."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from bot.core.types import Job
from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection
from bot.workspace import Channel, User, Workspace
from tests.support.llm_server import Fault, LlmServer, llm_server, searching_brain
from tests.support.metrics import samples, value
from tests.support.ports import free_port
from tests.support.redis import frozen, process_id

ROOT = Path(__file__).parents[2]
PAGE_TOKEN = "operators-page-token-of-this-team"
KEY = "sk-proj-key-of-the-model-0123456789"
PASTED = "xoxb-9999-pasted-by-mistake"
ENGLISH = "Until when is the reception open on weekdays? It is about my secret visit."
JAPANESE = "秘密の国内出張の日当はいくらですか？"

ENGLISH_TEXT = "# Reception\nOn weekdays the reception is open until 17:30.\n"
JAPANESE_TEXT = "# 日当\n国内出張の日当は1日2,200円です。\n"


@dataclass
class Team:
    """A workspace, a model, and the processes of one bot, whose logs are kept."""

    workspace: Workspace
    model: LlmServer
    folder: Path
    store: RedisConnection
    environment: dict[str, str]
    bob: User
    general: Channel
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def log(self) -> str:
        """Everything that all processes have printed so far."""
        return (self.folder / "log").read_text(encoding="utf-8")

    async def run(self, *arguments: str, **settings: str) -> asyncio.subprocess.Process:
        """Start a command; its output goes to the log."""
        with (self.folder / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *arguments),
                cwd=self.folder,
                env={**self.environment, **settings},
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process

    async def ask(self, text: str, words: str) -> None:
        """Mention the bot and wait until a reply says *words*."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        message = await self.workspace.post(self.general, self.bob, mention)
        await self.workspace.wait_for(
            lambda: [
                reply
                for reply in self.workspace.messages(self.general, message)
                if reply.bot_id and words in reply.plain
            ],
            timeout=30,
        )

    async def get(
        self, port: int, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """Read a page of one process; status 0 while nobody listens."""
        try:
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                session.get(f"http://127.0.0.1:{port}{path}") as response,
            ):
                return response.status, await response.text()
        except aiohttp.ClientConnectionError:
            return 0, ""

    async def until(self, port: int, path: str, status: int) -> str:
        """Wait until a page answers with *status* and return it."""
        async with asyncio.timeout(90):
            while True:
                found, text = await self.get(port, path)
                if found == status:
                    return text
                await self.workspace.changed(0.05)


@pytest.fixture
async def team(tmp_path: Path, redis_url: str, store: RedisConnection) -> AsyncIterator[Team]:
    """Two documents that are indexed, and no process yet."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "hours.md").write_text(ENGLISH_TEXT)
    (tmp_path / "docs" / "travel.md").write_text(JAPANESE_TEXT)
    (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    async with (
        await Workspace.start(retry_delays=(0.0, 0.5, 1.0)) as workspace,
        llm_server(searching_brain()) as model,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "REDIS_URL": redis_url,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_API_KEY": KEY,
            "OPENAI_LOG": "debug",
            "PORT": str(free_port()),
            "WORKER_PORT": str(free_port()),
        }
        workspace.use_http(f"http://127.0.0.1:{environment['PORT']}/slack/events")
        bob = workspace.add_user("bob")
        general = workspace.add_channel("general", [bob])
        team = Team(workspace, model, tmp_path, store, environment, bob, general)
        sync = await team.run("knowledge", "sync")
        assert await sync.wait() == 0
        yield team


@asynccontextmanager
async def running(team: Team, *commands: tuple[str, ...]) -> AsyncIterator[list[int]]:
    """Run a receiver and workers; yield their ports, as the log tells them, when all are ready."""
    processes = [await team.run(*command) for command in commands]
    try:
        async with asyncio.timeout(90):
            while len(ports := _ports(team.log)) < len(commands):
                await team.workspace.changed(0.05)
        for port in ports:
            await team.until(port, "/readyz", 200)
        yield ports
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        codes = [await asyncio.wait_for(process.wait(), 90) for process in processes]
    assert codes == [0] * len(processes), team.log


def _ports(log: str) -> list[int]:
    """Return the ports of all processes that are up: the receiver's first."""
    ready = [line for line in _lines(log) if line.get("event") == "ready"]
    ready.sort(key=lambda line: not line["receiving"])
    return [int(str(line.get("metrics_port", line["port"]))) for line in ready]


def _lines(log: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


async def test_each_process_counts_what_it_does_and_has_a_port_of_its_own(team: Team) -> None:
    """The receiver accepts, the workers answer, the sums are right; all see the same queue."""
    commands = (("serve", "--no-worker"), ("worker",), ("worker",))
    async with running(team, *commands) as ports:
        await team.ask(ENGLISH, "17:30")
        await team.ask(JAPANESE, "2,200円")
        await team.workspace.drained()
        async with asyncio.timeout(90):
            while team.log.count('"question_ended"') < 2:
                await team.workspace.changed(0.05)
        receiver, *workers = [await team.until(port, "/metrics", 200) for port in ports]
        ready = [json.loads(await team.until(port, "/readyz", 200)) for port in ports]

    assert len(set(ports)) == 3
    assert value(receiver, "kotae_jobs_received_total", kind="question", new="yes") == 2
    assert value(receiver, "kotae_jobs_received_total", kind="question", new="no") == 2
    assert value(receiver, "kotae_slack_deliveries_total", outcome="acknowledged") >= 4
    assert "kotae_questions_total{" not in receiver
    assert sum(map(_questions, workers)) == 2
    assert [value(text, "kotae_index_documents") for text in (receiver, *workers)] == [2, 2, 2]
    assert [sorted(report) for report in ready] == [
        ["ok", "redis", "slack"],
        ["knowledge", "ok", "redis", "slack"],
        ["knowledge", "ok", "redis", "slack"],
    ]
    ended = [line for line in _lines(team.log) if line.get("event") == "question_ended"]
    assert [line["outcome"] for line in ended] == ["answered", "answered"]
    for line in ended:
        for stages in (("taken", "first_sign", "final"), ("taken", "first_step", "final")):
            reached = [line[f"{stage}_ms"] for stage in stages]
            assert reached == sorted(reached)  # type: ignore[type-var] # they are numbers
        assert str(line["job"]).startswith("slack:")


def _questions(text: str) -> float:
    """Return how many questions a process has brought to their end."""
    return sum(s.value for s in samples(text) if s.name == "kotae_questions_total")


async def test_the_operators_page_is_on_the_private_port_alone(team: Team) -> None:
    """It lists all processes, as they have reported; workers and the public port do not have it."""
    team.environment["OPERATOR_PAGE_TOKEN"] = PAGE_TOKEN
    with_token = {"Authorization": f"Bearer {PAGE_TOKEN}"}
    async with running(team, ("serve", "--no-worker"), ("worker",), ("worker",)) as ports:
        await team.ask(ENGLISH, "17:30")
        told = ""
        async with asyncio.timeout(90):
            while told.count("s ago") < len(ports):
                status, told = await team.get(ports[0], "/operator?lang=en", with_token)
                assert status == 200
                await team.workspace.changed(0.05)
        outside = [
            await team.get(ports[0], "/operator"),
            *[await team.get(port, "/operator", with_token) for port in ports[1:]],
            await team.get(int(team.environment["PORT"]), "/operator", with_token),
        ]
        metrics = await team.until(ports[0], "/metrics", 200)

    assert told.count("answers no questions") == 1
    assert "No alarm." in told
    assert [status for status, _ in outside] == [401, 404, 404, 404]
    assert value(metrics, "kotae_workers") == 2
    assert value(metrics, "kotae_source_late", source="docs") == 0
    assert "secret visit" not in told
    assert PAGE_TOKEN not in team.log + told


async def test_a_redis_that_hangs_is_named_and_comes_back(team: Team) -> None:
    """The process lives on, says what is wrong, and is ready again by itself."""
    async with running(team, ("serve",)) as (port,):
        with frozen(await process_id(team.store)):
            told = json.loads(await team.until(port, "/readyz", 503))
            living, _ = await team.get(port, "/healthz")
        await team.until(port, "/readyz", 200)

    assert living == 200
    assert told["redis"] == {"ok": False, "reason": "no answer within 1 s"}
    assert told["slack"]["ok"] is True


async def test_logs_hold_no_message_and_no_secret(team: Team) -> None:
    """With `--verbose`, with the SDK told to talk, in failures and in tracebacks of ours too."""
    question = f"{ENGLISH} {PASTED} {KEY}"
    quoting = Fault(status=400, message=f"Invalid value: '{question}'. Supported: 'none'.")
    broken = Job("slack:T1:C1:1.1", "slack:T1:C1:1.1", "question", {"text": f"{JAPANESE}{PASTED}"})
    async with running(team, ("serve", "--verbose")) as _:
        await team.ask(JAPANESE, "2,200円")
        team.model.faults += [quoting, quoting]  # asked again without tools after the first
        await team.ask(question, "check my settings")
        team.model.faults.append(Fault("error_event", message=question, code="x"))
        await team.ask(f"{ENGLISH} {PASTED}", "17:30")
        team.workspace.faults.add("chat.postMessage", "invalid_blocks")
        await team.ask(f"{ENGLISH} again", "17:30")
        await RedisQueue(team.store).put(broken)
        async with asyncio.timeout(90):
            while "ValidationError" not in team.log:
                await team.workspace.changed(0.05)

    log = team.log
    assert "openai" in log  # a traceback through the SDK is there
    assert "HTTP 400" in log
    for private in ("secret visit", "秘密", "17:30", "2,200円", PASTED, KEY):
        assert private not in log
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        assert team.environment[name] not in log

"""A worker that is killed in the middle of its work leaves nothing half done behind."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core.language import Language
from bot.slack.client.manifest import manifest
from bot.slack.workflow_steps.definition import ASK_STEP
from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.stories.handbook import answer_from_handbook, write_documents
from tests.support.llm_brains import Conversation
from tests.support.llm_server import LlmServer, llm_server
from tests.support.ports import free_port

LEASE = "2"
"""Seconds after which another worker takes up the job of a dead one."""

ASKED: Mapping[Language, str] = {"ja": "有給休暇は何日？", "en": "How much leave do I have?"}
ANSWERED: Mapping[Language, str] = {"ja": "10日です", "en": "10 days"}


@dataclass
class Office:
    """A process that receives, and workers to be killed."""

    workspace: Workspace
    model: LlmServer
    folder: Path
    environment: dict[str, str]
    language: Language
    hanako: User
    general: Channel
    closing: AsyncExitStack
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, role: str) -> asyncio.subprocess.Process:
        """Start a process of the bot; it ends with the test."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.faults.process", role, LEASE),
            cwd=self.folder,
            env=self.environment,
        )
        self.closing.push_async_callback(_end, process)
        if role == "work":
            self.workers.append(process)
        return process

    def kill_at(self, method: str, when: Callable[[Mapping[str, object]], bool], kind: str) -> None:
        """Kill the worker with its next call of *method*; Slack does it unless *kind* says no."""

        def struck(arguments: Mapping[str, object]) -> bool:
            return when(arguments) and self.kill() and kind != "done"

        self.workspace.faults.add(method, "reset_before", when=struck)

    def kill(self) -> bool:
        """Kill the first worker; False if it is dead."""
        if self.workers[0].returncode is not None:
            return False
        self.workers[0].kill()
        return True

    async def killed(self) -> None:
        """Wait for the end of the first worker, and let another one come."""
        await asyncio.wait_for(self.workers[0].wait(), 90)
        await self.start("work")

    async def post(self) -> SlackMessage:
        mention = f"<@{self.workspace.bot_user_id}>"
        text = f"{mention} {ASKED[self.language]}"
        return await self.workspace.post(self.general, self.hanako, text)

    def answers(self) -> list[SlackMessage]:
        said = self.workspace.messages(self.general)
        return [one for one in said if one.bot_id and ANSWERED[self.language] in one.plain]


@pytest.fixture(params=[("socket", "ja"), ("http", "en")], ids="-".join)
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    """The bot in two processes, which hears Slack in one of its ways."""
    hearing, language = request.param
    write_documents(tmp_path)
    async with (
        await Workspace.start(retry_delays=(0.0, 0.5, 1.0, 2.0)) as workspace,
        llm_server(answer_from_handbook) as model,
    ):
        hanako = workspace.add_user("hanako")
        general = workspace.add_channel("general", [hanako])
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "OPENAI_BASE_URL": model.url,
            "OPENAI_WIRE": "chat",
            "OPENAI_EMBEDDING_MODEL": "hashing",
            "PORT": str(free_port()),
            "METRICS_PORT": str(free_port()),
        }
        if hearing == "socket":
            environment["SLACK_APP_TOKEN"] = workspace.app_token
        else:
            environment["SLACK_SIGNING_SECRET"] = workspace.signing_secret
        async with AsyncExitStack() as closing:
            made = (workspace, model, tmp_path, environment, language, hanako, general, closing)
            office = Office(*made)
            sync = (sys.executable, "-m", "bot", "sync")
            synced = await asyncio.create_subprocess_exec(*sync, cwd=tmp_path, env=environment)
            assert await synced.wait() == 0
            await office.start("receive")
            if hearing == "http":
                url = f"http://127.0.0.1:{environment['PORT']}/slack/events"
                while not await workspace.verify_url(url):
                    await workspace.changed(0.05)
                workspace.use_http(url)
            else:
                await workspace.wait_for(lambda: workspace.connections, timeout=90)
            await office.start("work")
            yield office


async def test_a_session_ends_though_its_worker_died_while_it_answered(office: Office) -> None:
    """The next worker answers, and Slack no longer shows that the bot works."""
    sessions = office.workspace.team.sessions

    async def wait(_: Conversation) -> None:
        await office.workspace.wait_for(lambda: sessions, timeout=90)
        office.kill()

    office.model.before_turn = wait
    message = await office.post()
    await office.killed()

    place = office.general.id, message.ts
    assert sessions[place].status == "processing"
    await office.workspace.wait_for(office.answers, timeout=90)
    await office.workspace.wait_for(lambda: sessions[place].status == "active", timeout=90)
    assert len(office.answers()) == 1


async def test_a_session_ends_though_its_worker_died_after_the_answer(office: Office) -> None:
    """Between the last word of the answer and the end of the session."""
    sessions = office.workspace.team.sessions

    async def wait(_: Conversation) -> None:
        await office.workspace.wait_for(lambda: sessions, timeout=90)

    office.model.before_turn = wait
    office.kill_at(
        "agents.sessions.setStatus", lambda told: told.get("status") == "active", "undone"
    )
    message = await office.post()
    await office.killed()

    place = office.general.id, message.ts
    assert sessions[place].status == "processing"
    await office.workspace.wait_for(lambda: sessions[place].status == "active", timeout=90)
    assert len(office.answers()) == 1


@pytest.mark.parametrize("kind", ["done", "undone"])
async def test_a_run_of_a_workflow_ends_once(office: Office, kind: str) -> None:
    """Killed when it reports, whether Slack has heard it or not."""
    office.workspace.add_steps(manifest("/kotae", workflow_step=True)["functions"])
    office.kill_at("functions.completeSuccess", lambda _: True, kind)
    asked = {"question": ASKED[office.language], "channel": office.general.id}
    execution = await office.workspace.run_step(ASK_STEP, asked, person=office.hanako)
    await office.killed()

    calls = office.workspace.calls
    await office.workspace.wait_for(
        lambda: len(calls("functions.completeSuccess")) == 2, timeout=90
    )
    assert execution.status == "completed"
    assert ANSWERED[office.language] in execution.outputs["text"]
    taken = [one for one in calls("functions.completeSuccess") if one.status and not one.error]
    assert len(taken) == 1
    assert len(office.answers()) == 1
    assert len(office.workspace.messages(office.general)) == 2  # the question, and the answer


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await asyncio.wait_for(process.wait(), 90)

"""`kotae serve`, as it is started by a person, against the local workspace and a local model."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.support.llm_server import llm_server, searching_brain
from tests.support.ports import free_port

ENGLISH = """---
title: Office hours
date: 2026-04-01
owner: "@mika"
---
# Office hours

## Reception
The reception is open from 9:00 to 17:30 on weekdays.

## Public holidays
On public holidays the reception is closed, and the night guard answers at extension 4410.
"""
JAPANESE = """---
title: 出張旅費の手引き
date: 2026-04-01
owner: "@keiri"
---
# 出張旅費の手引き

## 日当
国内出張の日当は1日2,200円です。

## 宿泊費
宿泊費の上限は1泊11,000円です。
"""


class Program:
    """A `kotae` process and the workspace that it is in."""

    def __init__(self, workspace: Workspace, folder: Path, environment: dict[str, str]) -> None:
        self.workspace = workspace
        self.folder = folder
        self.environment = environment
        self.hanako: User = workspace.add_user("hanako", admin=True, language="ja-JP")
        self.bob: User = workspace.add_user("bob")
        self.general: Channel = workspace.add_channel("general", [self.hanako, self.bob])

    async def run(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        process = await self.start(*arguments, output=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    async def start(self, *arguments: str, output: int | None = None) -> asyncio.subprocess.Process:
        """Start a command."""
        command = (sys.executable, "-m", "bot", *arguments)
        return await asyncio.create_subprocess_exec(
            *command, cwd=self.folder, env=self.environment, stdout=output
        )

    async def ask(self, user: User, text: str, thread: SlackMessage | None = None) -> SlackMessage:
        """Write *text* to the bot and wait for the finished answer."""
        mention = "" if thread else f"<@{self.workspace.bot_user_id}> "
        message = await self.workspace.post(self.general, user, mention + text, thread=thread)
        return (await self.workspace.wait_for(lambda: self.answers_to(message), timeout=90))[0]

    def answers_to(self, message: SlackMessage) -> list[SlackMessage]:
        """Return the finished answers below *message*: one, as soon as it is there."""
        return [
            reply
            for reply in self.workspace.messages(self.general, message)
            if reply.bot_id and float(reply.ts) > float(message.ts) and _feedback(reply)
        ]


def _feedback(message: SlackMessage) -> bool:
    return any(block["type"] == "context_actions" for block in message.blocks)


@pytest.fixture(params=[("socket", "responses"), ("http", "chat"), ("socket", "no model")])
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    """How Slack is heard, and what answers."""
    chosen: tuple[str, str] = request.param
    return chosen


@pytest.fixture
async def program(way: tuple[str, str], tmp_path: Path) -> AsyncIterator[Program]:
    """A team's folder with two documents, and nothing running yet."""
    hearing, brain = way
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "hours.md").write_text(ENGLISH, encoding="utf-8")
    (tmp_path / "docs" / "travel.md").write_text(JAPANESE, encoding="utf-8")
    (tmp_path / "knowledge.toml").write_text(
        '[[sources]]\nname = "docs"\npath = "docs"\nurl = "https://docs.example/{path}"\n'
    )
    async with (
        await Workspace.start(retry_delays=(0.0, 0.5, 1.0)) as workspace,
        llm_server(searching_brain()) as model,
    ):
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "PORT": str(free_port()),
            "METRICS_PORT": str(free_port()),
        }
        if hearing == "socket":
            environment["SLACK_APP_TOKEN"] = workspace.app_token
        else:
            environment["SLACK_SIGNING_SECRET"] = workspace.signing_secret
            workspace.use_http(f"http://127.0.0.1:{environment['PORT']}/slack/events")
        if brain != "no model":
            environment |= {"OPENAI_BASE_URL": model.url, "OPENAI_WIRE": brain}
        yield Program(workspace, tmp_path, environment)


@asynccontextmanager
async def serving(program: Program, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `kotae serve`, and see that it stops in order."""
    process = await program.start("serve", *arguments)
    try:
        await _ready(program)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 90)
    assert process.returncode == 0


async def test_a_team_asks_follows_up_votes_and_reindexes(program: Program) -> None:
    """Mention, follow-up, reaction, button, a changed file and `/kotae`: the main job, whole."""
    workspace = program.workspace
    await program.run("knowledge", "sync")

    async with serving(program):
        english = await program.ask(program.bob, "When is the reception open on weekdays?")
        assert "17:30" in english.plain
        assert "https://docs.example/hours.md" in json.dumps(english.blocks)

        follow_up = await program.ask(program.bob, "And on public holidays?", thread=english)
        assert "4410" in follow_up.plain

        japanese = await program.ask(program.hanako, "国内出張の日当はいくらですか？")
        assert "2,200円" in japanese.plain

        await workspace.react(english, program.bob, "thumbsup::skin-tone-3")
        await workspace.click(japanese, program.hanako, _action(japanese), value=_bad(japanese))
        await workspace.drained()
        status = await workspace.command(program.hanako, program.general, "status")
        assert "👍 1 👎 1" in str(status.response)

        changed = JAPANESE.replace("2,200円", "3,000円")
        (program.folder / "docs" / "travel.md").write_text(changed, encoding="utf-8")
        reindex = await workspace.command(program.hanako, program.general, "reindex docs")
        await workspace.wait_for(lambda: "変更 1" in str(reindex.responses), timeout=90)
        again = await program.ask(program.hanako, "国内出張の日当はいくらですか？")
        assert "3,000円" in again.plain
        assert "2,200円" not in again.plain


async def test_receiving_and_answering_can_be_two_processes(program: Program) -> None:
    """`kotae serve --no-worker` keeps what it receives; `kotae worker` answers it when it comes."""
    await program.run("knowledge", "sync")

    async with serving(program, "--no-worker"):
        question = await program.workspace.post(
            program.general,
            program.bob,
            f"<@{program.workspace.bot_user_id}> When is the reception open on weekdays?",
        )
        await program.workspace.drained()
        assert program.answers_to(question) == []

        worker = await program.start("worker")
        answers = await program.workspace.wait_for(lambda: program.answers_to(question), timeout=90)
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 90) == 0

    assert ["17:30" in answer.plain for answer in answers] == [True]


def _action(message: SlackMessage) -> str:
    return str(_buttons(message)["action_id"])


def _bad(message: SlackMessage) -> str:
    return str(_buttons(message)["negative_button"]["value"])


def _buttons(message: SlackMessage) -> dict[str, dict[str, str]]:
    rows: Sequence[dict[str, object]] = [
        block for block in message.blocks if block["type"] == "context_actions"
    ]
    elements = rows[0]["elements"]
    assert isinstance(elements, list)
    buttons: dict[str, dict[str, str]] = elements[0]
    return buttons


async def _ready(program: Program) -> None:
    """Wait until `/readyz` says yes."""
    import aiohttp

    port = "PORT" if "SLACK_APP_TOKEN" in program.environment else "METRICS_PORT"
    address = f"http://127.0.0.1:{program.environment[port]}/readyz"
    async with asyncio.timeout(90), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(address) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await program.workspace.changed(0.05)
            else:
                await program.workspace.changed(0.05)

"""A channel opens itself, people judge and correct, and the command writes what a trainer reads."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app.slack_bot import open_bot
from bot.core.types import Label
from bot.records.labels import RedisLabels
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.stories.conftest import listeners_ended
from tests.support.command import environment
from tests.support.llm_server import llm_server, searching_brain
from tests.support.waiting import ACK_SECONDS

DOCUMENTS = {
    "leave.md": "# Leave\n\nFull-time staff get 10 days of paid leave a year; "
    "Hanako Sasaki (03-1234-5678) books them.\n",
    "kisoku.md": "# 就業規則\n\n正社員の年次有給休暇は10日です。\n",
    "trip.md": "# 出張\n\n国内出張の日当は1日2,200円です。\n",
}
ENGLISH = "How many days of paid leave do full-time staff get?"
JAPANESE = "佐々木 花子さんから聞きました。正社員の年次有給休暇は何日ですか？"
TRIP = "国内出張の日当はいくらですか？"


@dataclass
class Team:
    """A channel with the bot at work, and its data."""

    workspace: Workspace
    bob: User
    hanako: User
    general: Channel
    settings: Settings
    labels: RedisLabels

    async def ask(self, user: User, text: str) -> SlackMessage:
        """Ask, and wait for the answer."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        asked = await self.workspace.post(self.general, user, mention)

        def found() -> list[SlackMessage]:
            thread = self.workspace.messages(self.general, asked)
            return [one for one in thread if one.bot_id and "context_actions" in str(one.blocks)]

        await self.workspace.wait_for(found, timeout=90)
        return asked

    def answer_to(self, asked: SlackMessage) -> str:
        """Return the id of the answer to *asked*."""
        return f"slack:{self.workspace.team_id}:{self.general.id}:{asked.ts}"

    async def approve(self, asked: SlackMessage) -> None:
        """Press the button below the answer."""
        answer = next(one for one in self.workspace.messages(self.general, asked) if one.bot_id)
        value = f"up|{self.answer_to(asked)}"
        await self.workspace.click(answer, self.bob, "feedback", value=value)

    async def export(self, *arguments: str) -> tuple[int, str]:
        """Run `kotae export …`; return its exit code and everything that it printed."""
        own = self.settings
        assert own.slack_bot_token
        assert own.redis_url
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "export", *arguments),
            cwd=own.data_dir,
            env=environment(own.data_dir)
            | {
                "SLACK_API_URL": own.slack_api_url,
                "SLACK_BOT_TOKEN": own.slack_bot_token.get_secret_value(),
                "REDIS_URL": own.redis_url.get_secret_value(),
                "OPENAI_EMBEDDING_MODEL": "hashing",
                "KNOWLEDGE_CONFIG": str(own.knowledge_config),
                "DATA_DIR": str(own.data_dir),
                "COLUMNS": "200",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, printed.decode()


@pytest.fixture
async def team(
    request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, store: RedisConnection
) -> AsyncIterator[Team]:
    """The whole bot in this process; the test's parameter is the model that answers."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=(0.0,), ack_seconds=ACK_SECONDS)
        )
        bob, hanako = workspace.add_user("bob"), workspace.add_user("hanako", language="ja-JP")
        hanako.admin = True
        general = workspace.add_channel("general", [bob, hanako])
        docs = tmp_path / "docs"
        docs.mkdir()
        for name, text in DOCUMENTS.items():
            (docs / name).write_text(f"---\naudience: members\n---\n{text}", "utf-8")
        (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        model = await closing.enter_async_context(llm_server(searching_brain()))
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
            openai_base_url=model.url,
            openai_model=request.param,
            openai_embedding_model="hashing",
            redis_url=redis_url,
            knowledge_config=tmp_path / "knowledge.toml",
            data_dir=tmp_path / "data",
        )
        bot = await closing.enter_async_context(open_bot(settings, Metrics()))
        closing.push_async_callback(listeners_ended)
        await bot.base.sync()
        await closing.enter_async_context(serve_socket_mode(bot.adapter))
        running = asyncio.create_task(bot.worker.run())
        labels = RedisLabels(store.commands)
        yield Team(workspace, bob, hanako, general, settings, labels)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize("team", ["qwen3-8b"], indirect=True)
async def test_what_a_channel_has_approved_and_corrected_is_exported(
    team: Team, tmp_path: Path
) -> None:
    """Only from then on, from that channel, and without names and numbers."""
    await team.approve(await team.ask(team.bob, TRIP))
    await team.workspace.command(team.hanako, team.general, "channel export on")
    await team.approve(await team.ask(team.bob, ENGLISH))
    asked = await team.ask(team.hanako, JAPANESE)
    correction = "10日です。佐々木 花子さんの言うとおりです。 [1]"
    answer = team.answer_to(asked)
    await team.labels.put(Label(answer, "wrong", team.hanako.id, time.time(), correction))
    (tmp_path / "names.txt").write_text("佐々木 花子, Hanako Sasaki\n", "utf-8")
    names = ["--names", str(tmp_path / "names.txt")]
    code, printed = await team.export(
        "chat", "out", "--target", "Qwen/Qwen3-8B", "--validation", "0", *names
    )
    assert code == 0, printed
    folder = team.settings.data_dir / "out"
    text = (folder / "train.jsonl").read_text("utf-8")
    answers = [json.loads(line)["messages"][-1]["content"] for line in text.splitlines()]
    pair, _ = await team.export("preference", "pairs", "--target", "Qwen/Qwen3-8B", *names)
    checked, told = await team.export("check", "out")

    assert code == 0, printed
    assert "asked before the channel was opened" in printed
    assert "Checked: no problems found." in told
    assert (pair, checked) == (0, 0)
    assert any("10 days" in said and "[PERSON_1] ([PHONE_1])" in said for said in answers)
    assert "10日です。[PERSON_1]さんの言うとおりです。 [1]" in answers
    assert len(answers) == 2
    assert not any(private in text for private in ("佐々木", "Sasaki", "03-1234", "2,200"))
    assert (folder.stat().st_mode & 0o777) == 0o700

    await team.workspace.command(team.bob, team.general, "export never")
    await team.workspace.command(team.hanako, team.general, "channel export off")
    code, printed = await team.export("chat", "out", "--target", "Qwen/Qwen3-8B", *names)
    assert code == 1
    assert "channel not opened for export" in printed


@pytest.mark.parametrize("team", ["llama-2-70b-chat"], indirect=True)
async def test_a_model_whose_licence_forbids_it_is_refused_by_name(team: Team) -> None:
    """With the rule and its link, and nothing is written; its own family may be trained."""
    await team.workspace.command(team.hanako, team.general, "channel export on")
    await team.approve(await team.ask(team.bob, ENGLISH))
    await team.approve(await team.ask(team.hanako, JAPANESE))
    code, printed = await team.export("chat", "out", "--target", "Qwen/Qwen3-8B")
    allowed, _ = await team.export("chat", "llama", "--target", "meta-llama/Llama-3.1-8B")

    assert code == 3, printed
    for words in ("llama-2-70b-chat", "Llama 2 and 3.0", "any other model than Llama", "https://"):
        assert words in printed
    assert "Not legal advice" in printed
    assert not (team.settings.data_dir / "out").exists()
    assert allowed == 0

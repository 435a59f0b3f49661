"""A draft that may not be shown, its expert, and a budget that is used up: as people see it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app.slack_bot import open_bot
from bot.settings.settings import Settings
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.stories.conftest import listeners_ended
from tests.support.llm_server import llm_server, searching_brain
from tests.support.waiting import ACK_SECONDS

DOCUMENT = """---
owner: {owner}
date: 2026-04-01
---
# Leave 休暇

Full-time staff get 10 days of paid leave a year.

正社員の年次有給休暇は10日です。
"""
ENGLISH, JAPANESE = (
    "How many days of paid leave do staff get?",
    "正社員の年次有給休暇は何日ですか？",
)


@dataclass
class Office:
    """A team whose leave expert is Mika."""

    workspace: Workspace
    bob: User
    hanako: User
    mika: User
    general: Channel

    async def ask(self, user: User, text: str) -> SlackMessage:
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, user, mention)

    async def reply(self, question: SlackMessage, words: str) -> SlackMessage:
        def found() -> list[SlackMessage]:
            thread = self.workspace.messages(self.general, question)
            return [one for one in thread if one.bot_id and words in one.plain]

        return (await self.workspace.wait_for(found, timeout=90))[0]

    def said(self, question: SlackMessage) -> str:
        thread = self.workspace.messages(self.general, question)
        return "\n".join(one.plain + str(one.blocks) for one in thread if one.bot_id)


@pytest.fixture
async def office(
    request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, store: object
) -> AsyncIterator[Office]:
    """The whole bot in this process; the test's parameter gives its settings."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=(0.0,), ack_seconds=ACK_SECONDS)
        )
        people = [workspace.add_user(name) for name in ("bob", "mika")]
        hanako = workspace.add_user("hanako", language="ja-JP")
        general = workspace.add_channel("general", [*people, hanako])
        docs = tmp_path / "docs"
        docs.mkdir()
        (docs / "leave.md").write_text(DOCUMENT.format(owner=people[1].id), "utf-8")
        (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        model = await closing.enter_async_context(llm_server(searching_brain()))
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
            openai_base_url=model.url,
            openai_embedding_model="hashing",
            redis_url=redis_url,
            knowledge_config=tmp_path / "knowledge.toml",
            data_dir=tmp_path / "data",
            **request.param,
        )
        bot = await closing.enter_async_context(open_bot(settings, Metrics()))
        closing.push_async_callback(listeners_ended)
        await bot.base.sync()
        await closing.enter_async_context(serve_socket_mode(bot.adapter))
        running = asyncio.create_task(bot.worker.run())
        yield Office(workspace, people[0], hanako, people[1], general)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize("office", [{"answer_policy": "draft"}], indirect=True)
async def test_a_draft_is_for_its_expert_alone(office: Office) -> None:
    """The asker learns who knows; the draft is shown to that person, at the press of a button."""
    question = await office.ask(office.bob, ENGLISH)
    asking = await office.reply(question, "can you help")
    await office.workspace.click(asking, office.bob, "draft")
    await office.workspace.click(asking, office.mika, "draft")
    shown = await office.workspace.wait_for(lambda: office.workspace.ephemerals(office.mika))

    assert "I am not sure enough" in office.said(question)
    assert office.mika.mention in office.said(question)
    assert "Only the expert" in office.workspace.ephemerals(office.bob)[0].plain
    assert "10 days of paid leave" in str(shown[0].blocks)


@pytest.mark.parametrize("office", [{}], indirect=True)
async def test_a_channel_that_wants_only_proven_answers_gets_none_without_proof(
    office: Office,
) -> None:
    """By default an answer is shown; the channel's own word changes that at once."""
    office.hanako.admin = True
    first = await office.ask(office.hanako, JAPANESE)
    await office.reply(first, "10日")
    typed = await office.workspace.command(office.hanako, office.general, "answers certified")
    second = await office.ask(office.hanako, JAPANESE)
    await office.reply(second, "確実な答えを示せない")
    status = await office.workspace.command(office.hanako, office.general, "status")

    assert "certified" in str(typed.response)
    assert "証明書: なし" in str(status.response)


@pytest.mark.parametrize(
    "office",
    [{"budget_person_usd": 0.01, "answer_limit_usd": 0.01, "openai_price": "1000/1000"}],
    indirect=True,
)
async def test_a_budget_that_is_used_up_is_told_in_the_askers_language(office: Office) -> None:
    """Each person has their own; the model is not asked any more."""
    for asker, text, words in (
        (office.bob, ENGLISH, "Your budget for today ($0.01) is used up"),
        (office.hanako, JAPANESE, "あなたの本日の予算（$0.01）を使い切りました"),
    ):
        first = await office.ask(asker, text)
        await office.reply(first, "10")
        second = await office.ask(asker, text)
        await office.reply(second, words)

"""What the documents do not say goes to the person who knows, once, and comes back from there."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Bot, open_bot
from bot.handovers.redis import RedisHandOvers
from bot.redis.connection import RedisConnection
from bot.reminders import read_times
from bot.settings import Settings
from bot.slack.reminding import Reminding
from bot.slack.serve import serve_socket_mode
from bot.telemetry.figures import Figures
from bot.types import HandOver, QuestionId
from bot.workspace import Channel, Message, User, Workspace

KNOWLEDGE = """
[[sources]]
name = "docs"
path = "docs"
owner = "@keiko"

[[sources]]
name = "board"
path = "board"
audience = ["#board"]

[[experts]]
owner = "@it-team"
topics = ["VPN", "無線 LAN"]

[[experts]]
owner = "Nobody Nowhere"
topics = ["telescope", "望遠鏡"]
"""
OFFICE = "# Office オフィス\n\nThe office in Lisbon opens at 9. Dogs are welcome in the office.\n\n"
OFFICE_JAPANESE = "リスボンのオフィスは9時に開きます。オフィスに犬を連れて来てもかまいません。\n"
BOARD = "# Parrots オウム\n\nThe board spoke of a parrot in Lisbon. 役員会でオウムの話が出た。\n"

PARROT = "Can I bring my parrot to the office in Lisbon?"
PARROT_AGAIN = "Can I bring a parrot to the Lisbon office?"
OUMU = "リスボンのオフィスにオウムを連れて行ってもいいですか？"
OUMU_AGAIN = "オウムをリスボンのオフィスに連れてきてもいい？"
HOUR, DAY = 3_600.0, 86_400.0


@dataclass
class House:
    """A team in which Keiko knows about the office, and Ken (with Mia) about computers."""

    workspace: Workspace
    bot: Bot
    handovers: RedisHandOvers
    bob: User
    hanako: User
    keiko: User
    ken: User
    general: Channel

    async def ask(self, user: User, text: str) -> Message:
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, user, mention)

    async def privately(self, user: User, text: str) -> Message:
        return await self.workspace.post(self.workspace.direct_channel(user), user, text)

    def said(self, root: Message) -> list[Message]:
        """Return what the bot has said in the thread of *root*."""
        thread = self.workspace.messages(root.channel, root)
        return [one for one in thread if one.bot_id and one is not root]

    async def reply(self, root: Message, words: str) -> Message:
        """Wait for the bot's message with *words* in the thread of *root*."""

        def found() -> list[Message]:
            return [one for one in self.said(root) if words in one.plain + str(one.blocks)]

        return (await self.workspace.wait_for(found, timeout=20))[0]

    async def letter(self, person: User, words: str) -> Message:
        """Wait for the bot's direct message with *words* to *person*."""
        conversation = self.workspace.direct_channel(person)

        def found() -> list[Message]:
            sent = self.workspace.messages(conversation)
            return [one for one in sent if one.bot_id and words in one.plain + str(one.blocks)]

        return (await self.workspace.wait_for(found, timeout=20))[0]

    async def settled(self) -> None:
        """Wait until everything that was sent is stored, and all work is done."""
        await self.workspace.drained()
        inbox = self.bot.surface.handing.inbox
        while any(count for name, count in (await inbox.backlog()).items() if name != "dead"):
            await self.workspace.changed(0.01)

    async def known(self, root: Message) -> HandOver:
        """Return the hand-over of the question *root*."""
        place = QuestionId(f"slack:{self.workspace.team_id}:{root.channel}:{root.ts}")
        found = await self.handovers.get(place)
        assert found is not None
        return found

    async def round(self, after: float) -> None:
        """Look after reminders *after* so many seconds from now."""
        chore = Reminding(self.bot.surface.handing, read_times("4h,1d,3d"))
        await chore(time.time() + after)
        await self.settled()


@pytest.fixture
async def house(tmp_path: Path, redis_url: str, store: RedisConnection) -> AsyncIterator[House]:
    """The whole bot in this process, without a model."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(await Workspace.start(retry_delays=(0.0,)))
        bob, keiko, ken, mia = (workspace.add_user(name) for name in ("bob", "keiko", "ken", "mia"))
        hanako = workspace.add_user("hanako", language="ja-JP")
        workspace.add_usergroup("it-team", [ken, mia])
        general = workspace.add_channel("general", [bob, keiko, ken, mia, hanako])
        workspace.add_channel("board", [bob], private=True)
        for name, text in (("docs", OFFICE + OFFICE_JAPANESE), ("board", BOARD)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "page.md").write_text(text, "utf-8")
        (tmp_path / "knowledge.toml").write_text(KNOWLEDGE, "utf-8")
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
            redis_url=redis_url,
            knowledge_config=tmp_path / "knowledge.toml",
            data_dir=tmp_path / "data",
        )
        bot = await closing.enter_async_context(open_bot(settings, Figures()))
        await bot.base.sync()
        await closing.enter_async_context(serve_socket_mode(bot.surface))
        running = asyncio.create_task(bot.worker.run())
        handovers = RedisHandOvers(store.commands)
        yield House(workspace, bot, handovers, bob, hanako, keiko, ken, general)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    ("text", "asking", "why"),
    [
        (PARROT, "could you help", "none answers it"),
        (OUMU, "確認をお願いします", "答えは書かれていません"),
    ],
)
async def test_the_expert_is_tagged_with_all_that_they_need(
    house: House, text: str, asking: str, why: str
) -> None:
    """The owner is written as a name and notified as a person: question, reason, passages."""
    question = await house.ask(house.bob, text)
    tag = await house.reply(question, asking)
    shown = str(tag.blocks)
    assert house.keiko.mention in shown
    assert text in shown
    assert why in shown
    assert "page.md" in shown or "Office" in shown
    assert {"answer_handover", "not_for_me"} <= {
        element["action_id"] for block in tag.blocks for element in block.get("elements", ())
    }
    assert "@keiko" in house.said(question)[0].plain
    known = await house.known(question)
    assert (known.owner, known.state) == (house.keiko.id, "open")

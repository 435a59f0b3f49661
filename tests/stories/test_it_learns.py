"""The whole circle: not known, handed over, saved, answered from then on, contradicted, asked."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.container import open_knowledge
from bot.app.demo import bot_in_workspace
from bot.core.types import Label
from bot.queue.periodic import periodic_job
from bot.queue.redis_queue import RedisQueue
from bot.records.labels import RedisLabels
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.workspace import Channel, SlackMessage, User, Workspace

DOCUMENT = """---
title: 社屋の案内
date: 2026-04-01
owner: "@keiko"
---
# 社屋の案内

## 受付
受付は平日の9:00から17:30まで開いています。

## Kitchen
The kitchen is open until 18:45.

## 会議室
会議室は3階にあり、予約が必要です。
"""
CONTRADICTING = f"{DOCUMENT}\n## 駐車場\n来客用の駐車場は20台です。\n"
ANSWER = "来客用の駐車場は12台です。"
PATIENCE = 90.0


@dataclass
class LearningTeam:
    """A team, its documents, and the bot among them."""

    workspace: Workspace
    general: Channel
    hanako: User
    bob: User
    keiko: User
    document: Path
    settings: Settings
    queue: RedisQueue

    async def seen(
        self, channel: Channel, thread: SlackMessage | None, *words: str
    ) -> SlackMessage:
        """Wait until somebody sees a message of the bot with all of *words*."""

        def said() -> list[SlackMessage]:
            messages = self.workspace.messages(channel, thread)
            return [m for m in messages if m.bot_id and all(w in m.plain for w in words)]

        return (await self.workspace.wait_for(said, timeout=PATIENCE))[-1]

    async def ask(self, person: User, text: str) -> SlackMessage:
        """Mention the bot in #general."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, person, mention)

    async def outcome(self, person: User, text: str) -> SlackMessage:
        """Ask, and wait for whatever comes of it."""
        asked = await self.ask(person, text)
        return await self.seen(self.general, asked, ANSWER, "[1]")

    async def sync(self) -> None:
        """Index the documents, as another process does."""
        base = open_knowledge(self.settings)
        await base.sync()
        await base.aclose()

    async def shown(self, found: Callable[[], object]) -> None:
        """Wait until *found* finds something."""
        await self.workspace.wait_for(found, timeout=PATIENCE)


@pytest.fixture
async def team(
    tmp_path: Path, redis_url: str, store: RedisConnection
) -> AsyncIterator[LearningTeam]:
    """The bot with no model, over one document whose owner is Keiko."""
    document = tmp_path / "docs" / "building.md"
    document.parent.mkdir()
    document.write_text(DOCUMENT, encoding="utf-8")
    config = tmp_path / "knowledge.toml"
    config.write_text(
        '[[sources]]\nname = "docs"\npath = "docs"\nurl = "https://docs.example/{path}"\n'
        '[[experts]]\nowner = "@keiko"\ntopics = ["駐車場"]\n'
    )
    settings = Settings(
        _env_file=None,
        knowledge_config=config,
        data_dir=tmp_path / "data",
        redis_url=SecretStr(redis_url),
    )
    queue = RedisQueue(store)
    async with await Workspace.start() as workspace:
        hanako = workspace.add_user("hanako", language="ja-JP")
        bob, keiko = workspace.add_user("bob"), workspace.add_user("keiko", language="ja-JP")
        general = workspace.add_channel("general", [hanako, bob, keiko])
        team = LearningTeam(workspace, general, hanako, bob, keiko, document, settings, queue)
        await team.sync()
        async with bot_in_workspace(settings, workspace):
            yield team
    await queue.aclose()


async def test_it_learns(team: LearningTeam) -> None:
    """An expert is asked once; from then on the bot answers, and asks again when it must."""
    workspace, keiko = team.workspace, team.keiko
    asked = await team.ask(team.hanako, "来客用の駐車場は何台ありますか？")
    await team.seen(team.general, asked, f"@{keiko.id}")
    reply = await workspace.post(team.general, keiko, ANSWER, thread=asked)
    await team.shown(lambda: workspace.ephemerals(keiko))
    offer = workspace.ephemerals(keiko)[-1]
    await workspace.click(offer, keiko, "save_answer")
    await team.shown(lambda: workspace.team.modals.get(keiko.id))
    assert ANSWER in str(workspace.modal(keiko).blocks)
    wordings = "お客様の車は何台とめられますか？\nHow many parking spaces are there for visitors?"
    await workspace.submit_view(keiko, {"wordings": wordings})
    await team.seen(team.general, asked, "保存されました", ANSWER)

    for question in (
        "来客用の駐車場は何台分ありますか？",
        "お客様の車は何台とめられますか？",
        "How many parking spaces do visitors have?",
    ):
        answer = await team.outcome(team.bob, question)
        assert reply.ts.replace(".", "") in str(answer.blocks)
        assert keiko.mention not in str(answer.blocks)

    team.document.write_text(CONTRADICTING, encoding="utf-8")
    await team.sync()
    await team.queue.put(periodic_job(1))
    direct = workspace.direct_channel(keiko)
    doubt = await team.seen(direct, None, "食い違って", ANSWER, "20台です")
    await team.queue.put(periodic_job(2))
    await workspace.click(doubt, keiko, "entry_withdraw")
    await team.shown(lambda: "取り下げました" in doubt.plain)
    told = [m for m in workspace.messages(direct) if "食い違って" in m.plain]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("question", "right", "other", "words"),
    [
        ("受付は何時まで開いていますか？", "17:30", "受付は20:00まで開いています。", "公開"),
        (
            "Until what time is the kitchen open?",
            "18:45",
            "The kitchen is open until 21:00.",
            "publi",
        ),
    ],
)
async def test_what_would_change_a_right_answer_is_held_back(
    team: LearningTeam, store: RedisConnection, question: str, right: str, other: str, words: str
) -> None:
    """Who sent it is told which answers, and may have it published anyway."""
    workspace = team.workspace
    person = team.keiko if words == "公開" else team.bob
    asked = await team.ask(team.hanako, question)
    answer = await team.seen(team.general, asked, right, "[1]")
    answer_id = f"slack:{workspace.team_id}:{team.general.id}:{asked.ts}"
    await RedisLabels(store.commands).put(Label(answer_id, "right", "恵子", 1.0))

    said = await workspace.post(team.general, person, other)
    await workspace.shortcut(said, person, "save_to_knowledge")
    await team.shown(lambda: workspace.team.modals.get(person.id))
    await workspace.submit_view(person, {"question": question})
    direct = workspace.direct_channel(person)
    held = await team.seen(direct, None, words, question)
    again = await team.ask(team.hanako, question)
    assert right in (await team.seen(team.general, again, "[1]")).plain
    assert answer.plain

    await workspace.click(held, person, "entry_publish")
    await team.shown(lambda: [m for m in workspace.messages(direct) if m is not held and m.bot_id])
    again = await team.ask(team.hanako, question)
    assert other in (await team.seen(team.general, again, "[1]")).plain

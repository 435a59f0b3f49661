"""What the bot does with no model: it quotes, shows what it found, and asks who is there."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.container import open_knowledge
from bot.app.demo import bot_in_workspace
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.workspace import Channel, SlackMessage, User, View, Workspace
from bot.workspace.state import File

KNOWLEDGE = """
[[sources]]
name = "docs"
path = "docs"
owner = "@priya"
"""
OFFICE = """---
title: Office オフィス
date: 2026-04-01
---
# Office オフィス

## Badges
Badges are made at the reception on the ground floor. Bring a passport.

A lost badge has to be reported to the guard within one day.

## 駐輪場
自転車は地下1階の駐輪場にとめられます。登録証が必要です。

登録証は総務課が発行します。

## Printers
The printer on the second floor takes A3.

## リスボン
リスボンのオフィスは9時に開きます。犬は歓迎です。
"""
PATIENCE = 15.0


@dataclasses.dataclass
class PlainTeam:
    """A team whose documents have no address, and an owner whom Slack does not know."""

    workspace: Workspace
    settings: Settings
    bob: User
    hanako: User
    keiko: User
    ann: User
    general: Channel

    async def ask(self, person: User, text: str, *files: File) -> SlackMessage:
        """Mention the bot in #general."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, person, mention, files=files)

    def said(self, asked: SlackMessage) -> list[SlackMessage]:
        """Return what the bot has said below *asked*."""
        thread = self.workspace.messages(asked.channel, asked)
        return [one for one in thread if one.bot_id and one is not asked]

    async def reply(self, asked: SlackMessage, words: str = "feedback_buttons") -> SlackMessage:
        """Wait for what the bot says with *words* below *asked*."""

        def found() -> list[SlackMessage]:
            return [one for one in self.said(asked) if words in one.plain + str(one.blocks)]

        return (await self.workspace.wait_for(found, timeout=PATIENCE))[0]

    async def view(self, person: User) -> View:
        """Wait for the view that opens before *person*."""
        views = self.workspace.team.modals
        await self.workspace.wait_for(lambda: views.get(person.id), timeout=PATIENCE)
        return self.workspace.modal(person)

    async def write(self, text: str) -> None:
        """Write the one document, and index it as another process does."""
        (self.settings.knowledge_config.parent / "docs" / "office.md").write_text(text, "utf-8")
        base = open_knowledge(self.settings)
        await base.sync()
        await base.aclose()


@pytest.fixture
def operators() -> str:
    """Who operates the bot, as the settings name them; by default the workspace's admins."""
    return ""


@pytest.fixture
def admins() -> tuple[str, ...]:
    """Names of the admins of the workspace."""
    return ()


@pytest.fixture
async def team(
    tmp_path: Path,
    redis_url: str,
    store: RedisConnection,
    operators: str,
    admins: tuple[str, ...],
) -> AsyncIterator[PlainTeam]:
    """The bot with no model."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "knowledge.toml").write_text(KNOWLEDGE, "utf-8")
    settings = Settings(
        _env_file=None,
        knowledge_config=tmp_path / "knowledge.toml",
        data_dir=tmp_path / "data",
        redis_url=SecretStr(redis_url),
        slack_operators=operators,
    )
    async with await Workspace.start() as workspace:
        bob, keiko = workspace.add_user("bob"), workspace.add_user("keiko", language="ja-JP")
        keiko.admin = keiko.name in admins
        hanako = workspace.add_user("hanako", language="ja-JP")
        ann = workspace.add_user("ann")
        workspace.add_usergroup("ops", [keiko])
        general = workspace.add_channel("general", [bob, hanako, keiko, ann])
        team = PlainTeam(workspace, settings, bob, hanako, keiko, ann, general)
        await team.write(OFFICE)
        async with bot_in_workspace(settings, workspace):
            yield team


# Saved entries


@pytest.mark.parametrize(
    ("question", "answer", "paraphrases", "marked"),
    [
        (
            "Who waters the plants in the lobby?",
            "The cleaning company waters the plants every Monday.",
            ("Who is it that waters the lobby's plants?", "Plants in the lobby: who waters them?"),
            "saved answer by @keiko",
        ),
        (
            "ロビーの植木に水をやるのは誰ですか？",
            "ロビーの植木には、清掃会社が毎週月曜日に水をやります。",
            ("ロビーの植木は誰が水をやっていますか？", "植木の水やりは誰がするの？ ロビーのです。"),
            "keiko さんが保存した回答",
        ),
    ],
)
async def test_a_saved_answer_answers_paraphrases_and_says_whose_it_is(
    team: PlainTeam, question: str, answer: str, paraphrases: tuple[str, ...], marked: str
) -> None:
    """Its author is named below it, and neither mentioned nor asked."""
    workspace, keiko = team.workspace, team.keiko
    asked = await team.ask(team.bob, question)
    await team.reply(asked)
    said = await workspace.post(team.general, keiko, answer, thread=asked)
    await workspace.shortcut(said, keiko, "save_to_knowledge")
    await team.view(keiko)
    await workspace.submit_view(keiko, {"question": question})
    direct = workspace.direct_channel(keiko)
    await workspace.wait_for(
        lambda: any(question in one.plain for one in workspace.messages(direct)), timeout=PATIENCE
    )
    for paraphrase in (question, *paraphrases):
        again = await team.ask(team.bob, paraphrase)
        got = await team.reply(again)
        assert answer in got.plain
        assert marked in str(got.blocks)
        assert keiko.mention not in str(team.said(again)[-1].blocks)
        assert len(team.said(again)) == 1


# Attachments


MANUAL = "# Machine\n\n## Power\n\nThe machine takes 400 volts.\n\n## Warranty\n\n"


@pytest.mark.parametrize(
    ("text", "name", "content", "said"),
    [
        (
            "How long is the warranty of the machine?",
            "warranty.md",
            f"{MANUAL}The warranty of the machine is 30 months.\n",
            "30 months",
        ),
        (
            "機械の保証期間は何か月ですか？",
            "保証.md",
            "# 機械\n\n## 電源\n\n400ボルトです。\n\n## 保証\n\n機械の保証期間は30か月です。\n",
            "30か月",
        ),
    ],
)
async def test_what_is_asked_about_a_file_is_quoted_from_it(
    team: PlainTeam, text: str, name: str, content: str, said: str
) -> None:
    """It is searched like the documents, and named; nobody else is asked."""
    file = team.workspace.add_file(name, content.encode(), "text/markdown")
    asked = await team.ask(team.bob, text, file)
    reply = await team.reply(asked)

    assert said in reply.plain
    assert f"[1] {name}" in reply.plain.replace("[.]", ".").replace("`", "")
    assert len(team.said(asked)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("Where are badges made?", "Bring a passport."), ("自転車はどこにとめられますか？", "登録証")],
)
async def test_a_file_about_something_else_hides_no_document(
    team: PlainTeam, text: str, said: str
) -> None:
    """The documents answer as they do without it."""
    content = f"{MANUAL}Thirty months. 保証は30か月です。\n".encode()
    file = team.workspace.add_file("manual.md", content, "text/markdown")
    reply = await team.reply(await team.ask(team.bob, text, file))

    assert said in reply.plain
    assert "manual" not in reply.plain


# Show passage


@pytest.mark.parametrize(
    ("text", "shown", "closed", "refused"),
    [
        (
            "Where are badges made?",
            ("Bring a passport.", "within one day"),
            "en",
            "you may not read it",
        ),
        (
            "自転車はどこにとめられますか？",
            ("登録証が必要です。", "総務課が発行します。"),
            "ja",
            "閲覧する権限がありません",
        ),
    ],
)
async def test_a_passage_is_shown_whole_to_who_may_read_it(
    team: PlainTeam, text: str, shown: tuple[str, ...], closed: str, refused: str
) -> None:
    """The button stands where a source has no address; a press asks for the rights again."""
    person = team.bob if closed == "en" else team.hanako
    asked = await team.ask(person, text)
    reply = await team.reply(asked, "show_passage_1")
    await team.workspace.click(reply, person, "show_passage_1")
    view = await team.view(person)
    for words in shown:
        assert words in str(view.blocks)

    other = team.ann if closed == "en" else team.keiko
    await team.write(OFFICE.replace("---\n", "---\naudience: ['#closed']\n", 1))
    await team.workspace.click(reply, other, "show_passage_1")
    told = await team.workspace.wait_for(lambda: team.workspace.ephemerals(other), timeout=PATIENCE)
    assert refused in told[-1].plain
    assert team.workspace.team.modals.get(other.id) is None


# Politeness


@pytest.mark.parametrize(
    ("bare", "polite"),
    [
        (
            "Where are badges made?",
            (
                "Where are badges made, please?",
                "Where are badges made? Thanks in advance!",
                "Hi everyone, could somebody tell me where badges are made?",
                "Good morning! Where are badges made? Cheers, Bob",
            ),
        ),
        (
            "自転車はどこにとめられますか？",
            (
                "お疲れ様です。自転車はどこにとめられますか？よろしくお願いします。",
                "すみません、自転車はどこにとめられるか教えてください。",
                "自転車はどこにとめられますか？ 🙏",
                "おはようございます。自転車はどこにとめられるか、ご存じの方いらっしゃいますか？",
            ),
        ),
        (
            "Can I hang a picture above the printer on the second floor?",
            (
                "Hello! Can I hang a picture above the printer on the second floor, please?",
                "Can I hang a picture above the printer on the second floor? Many thanks!",
            ),
        ),
        (
            "リスボンのオフィスにオウムを連れて行ってもいいですか？",
            (
                "こんにちは。リスボンのオフィスにオウムを連れて行ってもいいですか？ありがとうございます。",
                "恐れ入ります、リスボンのオフィスにオウムを連れて行ってもいいですか？",
            ),
        ),
    ],
)
async def test_politeness_changes_neither_passage_nor_ending(
    team: PlainTeam, bare: str, polite: tuple[str, ...]
) -> None:
    """What is said around a question is no part of it, whether it is answered or found."""
    first = await team.reply(await team.ask(team.bob, bare))
    for text in polite:
        again = await team.reply(await team.ask(team.bob, text))
        assert again.plain == first.plain


# Owners who are not there


FOUND = [
    (
        "Can I hang a picture above the printer on the second floor?",
        "I could not find @priya in Slack",
    ),
    ("リスボンのオフィスにオウムを連れて行ってもいいですか？", "@priya が Slack で見つからない"),
]


async def handed_over(team: PlainTeam, text: str) -> SlackMessage:
    """Ask, hand over what was only found, and return the message that asks for an answer."""
    asked = await team.ask(team.bob, text)
    found = await team.reply(asked, "ask_about_found")
    await team.workspace.click(found, team.bob, "ask_about_found")
    return await team.reply(asked, "answer_handoff")


@pytest.mark.parametrize("operators", ["@ops"])
@pytest.mark.parametrize(("text", "words"), FOUND)
async def test_operators_are_asked_for_an_owner_whom_slack_does_not_know(
    team: PlainTeam, text: str, words: str
) -> None:
    """Both they and the asker read who was not found."""
    asking = await handed_over(team, text)

    assert f"<!subteam^{next(iter(team.workspace.team.usergroups))}>" in str(asking.blocks)
    assert words in str(asking.blocks)


@pytest.mark.parametrize("admins", [("keiko",)])
@pytest.mark.parametrize(("text", "words"), FOUND)
async def test_admins_are_the_operators_where_the_settings_name_none(
    team: PlainTeam, text: str, words: str
) -> None:
    """Somebody who can do something about it hears of it."""
    asking = await handed_over(team, text)

    assert team.keiko.mention in str(asking.blocks)
    assert words in str(asking.blocks)


@pytest.mark.parametrize(("text", "words"), FOUND)
async def test_where_nobody_is_found_everybody_is_asked(
    team: PlainTeam, text: str, words: str
) -> None:
    """The asker reads that the owner is not there."""
    asking = await handed_over(team, text)

    assert "@priya" in str(asking.blocks)
    assert "not_for_me" not in str(asking.blocks)
    assert words not in str(asking.blocks)

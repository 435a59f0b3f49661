"""What only some may read at its source, Kotae tells only them, and nobody beside them."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from bot.analytics.starter_questions import StarterQuestions
from bot.app.container import open_knowledge
from bot.cli.context import reader_named
from bot.core.language import Language
from bot.directory.lookup import BELIEVED
from bot.redis.connection import RedisConnection
from bot.slack.answers.access import AccessPolicy
from bot.slack.mcp import SlackCallers
from bot.workspace import SlackMessage, User
from knowledge.factory import open_source
from knowledge.model.readers import group, person
from knowledge.model.source_settings import SourceSettings
from knowledge.sync.source import Source
from tests.stories.conftest import Mode, Story, _settings
from tests.stories.handbook import SETTINGS, write_documents
from tests.support.memory_sources import MemorySource

QUESTIONS = {"ja": "給料は？", "en": "What is the salary 給料 here?"}
PAY = "給料は4012円です"
LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
TABLES = """
[[sources]]
name = "wiki"
type = "notion"
token = "WIKI_TOKEN"

[[directories]]
name = "google"
type = "file"
path = "groups.toml"
"""
PAGES = {
    "pay.md": (
        "# 給料の支払日\n\n給料は4012円です。\n",
        {group("google", "hr"), person("ceo@example.com")},
    ),
    "open.md": ("# 社食\n\n社食は12時からです。\n", None),
}


@pytest.fixture
def mode() -> Mode:
    """Rights do not depend on the way in which events come."""
    return "socket"


def wiki() -> MemorySource:
    """A wiki with a page for the group `hr`, and one for everybody."""
    found = MemorySource("wiki")
    for name, (text, readers) in PAGES.items():
        found.put(name, text, frozenset({frozenset(readers)} if readers else ()))
    return found


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents of the stories, and the wiki."""
    folder = tmp_path_factory.mktemp("restricted")
    write_documents(folder)
    (folder / "knowledge.toml").write_text(SETTINGS + TABLES, "utf-8")
    set_groups(folder, "hanako@example.com")

    def source(settings: SourceSettings) -> Source:
        return wiki() if settings.name == "wiki" else open_source(settings)

    async def index() -> None:
        base = open_knowledge(_settings(folder))
        base._parts = replace(base._parts, source=source)
        await base.sync()
        await base.aclose()

    with start_blocking_portal() as portal:
        portal.call(index)
    return folder


def set_groups(folder: Path, *members: str) -> None:
    """Let *members* be the group `hr`, by way of another."""
    listed = ", ".join(f'"{one}"' for one in members)
    text = f'[groups]\nhr = ["people-team"]\npeople-team = [{listed}]\n'
    (folder / "groups.toml").write_text(text, "utf-8")


async def ask_alone(story: Story, user: User, text: str) -> SlackMessage:
    """Ask in direct messages; return the answer."""
    direct = story.workspace.direct_channel(user)
    return await story.finished(await story.workspace.post(direct, user, text))


@LANGUAGES
async def test_a_person_is_told_what_their_groups_may_read(
    story: Story, language: Language
) -> None:
    """Hanako is in the group; Bob is not, whatever he calls himself."""
    story.workspace.change_user(story.bob, display_name="hanako@example.com")
    hers = await ask_alone(story, story.hanako, QUESTIONS[language])
    his = await ask_alone(story, story.bob, QUESTIONS[language])

    assert PAY in hers.plain
    assert PAY not in his.plain


@LANGUAGES
async def test_a_channel_is_told_nothing_of_it(story: Story, language: Language) -> None:
    """Also not when only people who may read it are there: others may join."""
    alone = story.workspace.add_channel("alone", [story.hanako])
    for channel in (story.channel, alone):
        asked = await story.workspace.post(
            channel, story.hanako, f"{story.bot} {QUESTIONS[language]}"
        )
        await story.settled()

        said = "".join(str(one.blocks) + one.plain for one in story.workspace.messages(channel))
        said += "".join(str(one.blocks) + one.plain for one in story.replies(asked))
        assert "4012" not in said


async def test_who_is_named_with_their_address(story: Story) -> None:
    """Only the address that Slack has confirmed counts, from the moment in which it changes."""
    story.workspace.change_user(story.bob, mail="CEO@example.com", mail_confirmed=False)
    await story.workspace.drained()
    unconfirmed = await ask_alone(story, story.bob, QUESTIONS["ja"])
    story.workspace.change_user(story.bob, mail_confirmed=True)
    await story.workspace.drained()
    confirmed = await ask_alone(story, story.bob, f"{QUESTIONS['ja']}（再）")
    story.workspace.change_user(story.bob, mail="bob@example.com")
    await story.workspace.drained()
    changed = await ask_alone(story, story.bob, f"{QUESTIONS['ja']}（再々）")

    shown = [PAY in answer.plain for answer in (unconfirmed, confirmed, changed)]
    assert shown == [False, True, False]


async def test_a_lost_group_counts_within_minutes(story: Story) -> None:
    """And so does one that is gained."""
    before = await ask_alone(story, story.hanako, QUESTIONS["ja"])
    set_groups(story.documents, "bob@example.com")
    directories = story.adapter.slack.principals.directories
    directories._clock = lambda: time.monotonic() + BELIEVED
    after = await ask_alone(story, story.hanako, f"{QUESTIONS['ja']}（再）")
    gained = await ask_alone(story, story.bob, QUESTIONS["ja"])

    assert [PAY in answer.plain for answer in (before, after, gained)] == [True, False, True]


async def test_a_directory_that_cannot_be_read_closes(story: Story) -> None:
    """What needs no group is answered all the same."""
    (story.documents / "groups.toml").write_text("[groups", "utf-8")
    closed = await ask_alone(story, story.hanako, QUESTIONS["ja"])
    opened = await ask_alone(story, story.hanako, "賞与は？")

    assert PAY not in closed.plain
    assert "賞与は年2回です" in opened.plain


async def test_its_answer_cannot_be_shared(story: Story) -> None:
    """A private answer goes where everybody may read what it rests on, and nowhere else."""
    await story.workspace.command(story.hanako, story.channel, f"ask {QUESTIONS['ja']}")
    direct = story.workspace.direct_channel(story.hanako)
    answers = await story.workspace.wait_for(
        lambda: [m for m in story.workspace.messages(direct) if PAY in m.plain and m.thread_ts]
    )
    await story.settled()
    await story.workspace.click(answers[-1], story.hanako, "share_answer")

    await story.workspace.wait_for(
        lambda: [m for m in story.workspace.ephemerals(story.hanako) if "共有できません" in m.plain]
    )
    assert story.workspace.messages(story.channel) == []


async def test_the_whole_passage_is_shown_by_the_rights_of_the_moment(story: Story) -> None:
    """By the button under the answer."""
    answer = await ask_alone(story, story.hanako, QUESTIONS["ja"])
    await story.workspace.click(answer, story.hanako, "show_passage_1")
    shown = await story.workspace.wait_for(
        lambda: story.workspace.team.modals.get(story.hanako.id, [])
    )
    assert "4012" in str(shown[-1].blocks)
    story.workspace.change_user(story.hanako, mail_confirmed=False)
    await story.workspace.drained()
    story.workspace.team.modals[story.hanako.id].clear()
    await story.workspace.click(answer, story.hanako, "show_passage_1")
    await story.settled()

    later = story.workspace.team.modals.get(story.hanako.id, [])
    assert "4012" not in "".join(str(view.blocks) for view in later)


async def test_every_view_asks_with_the_names_of_its_person(
    story: Story, store: RedisConnection
) -> None:
    """Of a person alone; a channel, people from outside and a bot have none."""
    principals, starters = story.adapter.slack.principals, StarterQuestions(story.base)
    outsider = story.workspace.add_user("partner", external=True, mail="hanako@example.com")
    callers = SlackCallers(principals, AccessPolicy())
    calling = await callers.of(story.hanako.id)
    assert calling is not None
    readers = {
        "program": calling.reader,
        "hanako": await principals.of_person(story.hanako.id),
        "bob": await principals.of_person(story.bob.id),
        "channel": await principals.of_channel(story.channel.id),
        "outsider": await principals.of_person(outsider.id),
        "bot": await principals.of_person(story.workspace.bot_user_id),
        "terminal": reader_named("members"),
    }
    found = {
        name: [
            "wiki/pay.md" in {one.document_id for one in await story.base.search("給料", reader)},
            "給料" in "".join(await starters.of(reader, "ja", 9)),
        ]
        for name, reader in readers.items()
    }

    told = {"program", "hanako"}
    assert found == {name: [name in told] * 2 for name in readers}


async def test_without_the_scope_nobody_has_names(story: Story) -> None:
    """`users:read.email` may be refused; then only audiences admit."""
    story.workspace.team.scopes.discard("users:read.email")
    answer = await ask_alone(story, story.hanako, QUESTIONS["ja"])

    assert PAY not in answer.plain


async def test_names_are_neither_stored_nor_logged(story: Story, store: RedisConnection) -> None:
    """They are of the moment, and say where somebody belongs."""
    await ask_alone(story, story.hanako, QUESTIONS["ja"])
    asked = (await story.answered())[0]
    reader = await story.adapter.slack.principals.of_person(story.hanako.id)
    kept = [
        str(await store.commands.execute_command("DUMP", key))
        async for key in store.commands.scan_iter()
    ]

    assert kept
    assert not [one for one in kept if "people-team" in one or "group:" in one]
    assert asked.asker.names == frozenset()
    assert reader.names
    assert "example.com" not in repr(reader)

"""A channel's language decides everything around its answers, whatever language a question has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.agent import texts as agent_texts
from bot.answering import texts as answering_texts
from bot.app.slack_bot import open_bot
from bot.core.language import Language
from bot.core.limits import LONGEST_QUESTION
from bot.llm import texts as model_texts
from bot.queue import texts as queue_texts
from bot.settings.settings import Settings
from bot.slack.answers import texts
from bot.slack.commands import texts as command_texts
from bot.slack.transport import serve_socket_mode
from bot.telemetry.metrics import Metrics
from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.stories.conftest import Story, listeners_ended
from tests.support.llm_server import Fault
from tests.support.waiting import ACK_SECONDS

OTHER: dict[Language, Language] = {"en": "ja", "ja": "en"}
CASES: list[tuple[Language, str]] = [("ja", "how much leave?"), ("en", "有給は何日？")]
"""A channel's language, and a question in the other one."""


async def choose(story: Story, language: Language) -> None:
    """Let an operator choose the language of the channel."""
    admin = story.workspace.add_user("admin", admin=True)
    await story.workspace.command(admin, story.channel, f"channel language {language}")
    await story.settled()


async def ask(story: Story, text: str, thread: SlackMessage | None = None) -> SlackMessage:
    mention = "" if thread else f"{story.bot} "
    return await story.workspace.post(story.channel, story.bob, f"{mention}{text}", thread=thread)


def seen(message: SlackMessage) -> str:
    return message.plain + str(message.blocks)


@pytest.mark.parametrize(("language", "question"), CASES)
async def test_steps_and_labels_have_the_language_of_the_channel(
    story: Story, language: Language, question: str
) -> None:
    """From the first word to the buttons under the answer, and in a follow-up as well."""
    await choose(story, language)
    asked = await ask(story, f"slowly ゆっくり {question}")
    await story.reply_with(asked, texts.THINKING.to(language))
    story.model.let_go.set()
    await story.finished(asked)
    follow_up = await ask(story, f"{question} leave 有給?", thread=asked)
    await story.finished(follow_up)
    written = str(story.workspace.calls("chat.update"))

    assert agent_texts.SEARCH_KNOWLEDGE.to(language) in written
    assert agent_texts.SEARCH_KNOWLEDGE.to(OTHER[language]) not in written
    assert texts.THINKING.to(OTHER[language]) not in written

    for reply in story.replies(asked):
        for label in (texts.SOURCES, texts.GOOD, texts.BAD_LABEL):
            assert label.to(language) in seen(reply)
            assert label.to(OTHER[language]) not in seen(reply)


async def test_a_command_alone_is_replied_to_in_the_language_of_its_person(story: Story) -> None:
    """It has no words that could decide, and the channel has not decided either."""
    languages: list[tuple[User, Language]] = [(story.hanako, "ja"), (story.bob, "en")]
    for person, language in languages:
        asked = await story.workspace.post(story.channel, person, f"{story.bot} /help")
        await story.reply_with(asked, answering_texts.HELP.to(language))


@pytest.mark.parametrize(("language", "question"), CASES)
async def test_a_failure_has_the_language_of_the_channel(
    story: Story, language: Language, question: str
) -> None:
    await choose(story, language)
    story.model.server.faults.append(Fault(status=401))
    asked = await ask(story, question)
    reply = await story.reply_with(asked, queue_texts.REFUSED.to(language))

    assert queue_texts.REFUSED.to(OTHER[language]) not in reply.plain


@pytest.mark.parametrize(("language", "question"), CASES)
async def test_a_refusal_has_the_language_of_the_channel(
    story: Story, language: Language, question: str
) -> None:
    """Of a question that is too long, and of any question once the channel is switched off."""
    await choose(story, language)
    long = await ask(story, question * (LONGEST_QUESTION // len(question) + 1))
    too_long = command_texts.TOO_LONG.to(language, length=1, limit=1)
    await story.reply_with(long, too_long.split("1")[0])
    admin = story.workspace.add_user("boss", admin=True)
    await story.workspace.command(admin, story.channel, "channel off")
    asked = await ask(story, question)

    await story.reply_with(asked, texts.SWITCHED_OFF.to(language, command="/kotae").split("`")[0])


@pytest.mark.parametrize(("language", "question"), CASES)
async def test_a_place_in_the_queue_is_told_in_the_language_of_the_channel(
    story: Story, language: Language, question: str
) -> None:
    """Before any worker has read the question."""
    await choose(story, language)
    first = await ask(story, f"slowly ゆっくり {question}")
    await story.workspace.wait_for(lambda: story.model.asked)
    await ask(story, question, thread=first)

    await story.reply_with(first, texts.WAITING.to(language, count=1))
    story.model.let_go.set()
    await story.settled()


@dataclass
class Office:
    """A team with one document, one expert, and no language model."""

    workspace: Workspace
    boss: User
    bob: User
    general: Channel

    async def ask(self, text: str) -> SlackMessage:
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.general, self.bob, mention)

    async def said(self, question: SlackMessage, words: str) -> str:
        """Wait for *words*, and return all that the bot says to *question*."""

        def found() -> str:
            thread = self.workspace.messages(self.general, question)
            said = "\n".join(seen(one) for one in thread if one.bot_id)
            return said if words in said else ""

        return await self.workspace.wait_for(found, timeout=30)


@pytest.fixture
async def office(tmp_path: Path, redis_url: str, store: object) -> AsyncIterator[Office]:
    """The whole bot in this process."""
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(
            await Workspace.start(retry_delays=(0.0,), ack_seconds=ACK_SECONDS)
        )
        boss = workspace.add_user("boss", admin=True)
        bob, mika = workspace.add_user("bob"), workspace.add_user("mika")
        general = workspace.add_channel("general", [boss, bob, mika])
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs/leave.md").write_text(
            f"---\nowner: {mika.id}\n---\n# Leave 休暇\n\n"
            "Full-time staff get 10 days of paid leave.\n\n正社員の年次有給休暇は10日です。\n",
            "utf-8",
        )
        (tmp_path / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        settings = Settings(
            _env_file=None,
            slack_bot_token=workspace.bot_token,
            slack_app_token=workspace.app_token,
            slack_api_url=workspace.api_url,
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
        yield Office(workspace, boss, bob, general)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ja", "How many days of paid leave do staff get?"),
        ("en", "正社員の年次有給休暇は何日ですか？"),
    ],
)
async def test_the_answer_itself_has_the_language_of_the_channel(
    office: Office, language: Language, question: str
) -> None:
    """Without a model the quotation stays as it is; the words around it follow the channel."""
    command = f"channel language {language}"
    await office.workspace.command(office.boss, office.general, command)
    said = await office.said(await office.ask(question), texts.SOURCES.to(language))

    introductions = (
        model_texts.QUOTATION.to(language, source="", quote="").strip(),
        agent_texts.FOUND.to(language),
    )
    assert any(introduction in said for introduction in introductions)
    assert texts.SOURCES.to(OTHER[language]) not in said


@pytest.mark.parametrize(
    ("language", "question"),
    [("ja", "Where can I park my bicycle overnight?"), ("en", "自転車置き場の場所はどこですか？")],
)
async def test_a_handoff_has_the_language_of_the_channel(
    office: Office, language: Language, question: str
) -> None:
    """What the asker reads, and what the expert is asked."""
    command = f"channel language {language}"
    await office.workspace.command(office.boss, office.general, command)
    said = await office.said(await office.ask(question), agent_texts.NOTHING_FOUND.to(language))

    assert agent_texts.NOTHING_FOUND.to(OTHER[language]) not in said
    assert texts.GOOD.to(language) in said

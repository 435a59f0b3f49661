"""Somebody asks, and the bot answers in the thread."""

import gc

import pytest

from bot.workspace import Workspace
from tests.stories.conftest import Story

NOT_FOUND = "資料に見つかりませんでした"


@pytest.mark.parametrize(
    ("question", "answer", "label"),
    [
        ("有給は何日ですか？", "有給休暇は10日です。 [1]", "出典"),
        ("How many days of leave?", "You have 10 days of leave. [1]", "Sources"),
    ],
)
async def test_a_mention_is_answered_once_in_its_thread(
    story: Story, question: str, answer: str, label: str
) -> None:
    """With numbered sources, in the language of the question, and with buttons."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {question}")

    reply = await story.reply_with(asked, answer)
    await story.settled()

    assert story.replies(asked) == [reply]
    assert reply.thread_ts == asked.ts
    assert label in reply.plain
    assert "就業規則" in reply.plain
    assert "feedback_buttons" in str(reply.blocks)
    assert story.workspace.status_of(story.channel, asked.ts) == ""


async def test_a_placeholder_becomes_the_answer(story: Story) -> None:
    """One message, posted once with nothing unfurled, then edited."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.settled()

    (posted,) = story.workspace.calls("chat.postMessage")
    assert "考えています" in str(posted.arguments["text"])
    assert posted.arguments["unfurl_links"] is False
    assert posted.arguments["unfurl_media"] is False
    updates = story.workspace.calls("chat.update")
    assert "10日" in str(updates[-1].arguments["blocks"])


async def test_a_direct_message_is_answered_in_its_thread_without_a_mention(story: Story) -> None:
    """Each message of a direct conversation is to the bot."""
    direct = story.workspace.direct_channel(story.hanako)
    asked = await story.workspace.post(direct, story.hanako, "有給は何日？")

    reply = await story.reply_with(asked, "10日")

    assert reply.thread_ts == asked.ts


async def test_who_reads_the_answer_decides_what_it_may_be_made_of(story: Story) -> None:
    """In a channel all of it reads; with a guest in it it has a guest's rights, shared none."""
    workspace = story.workspace
    guest = workspace.add_user("gary", guest=True)
    mixed = workspace.add_channel("project", [story.hanako, guest])
    shared = workspace.add_channel("partner", [story.hanako], shared=True)
    for channel, words in ((story.channel, "年2回"), (mixed, NOT_FOUND), (shared, NOT_FOUND)):
        asked = await workspace.post(channel, story.hanako, f"{story.bot} 賞与は？")
        await story.reply_with(asked, words)
    readers = [question.asker.groups for question in await story.answered()]

    assert readers == [{story.channel.id}, {mixed.id}, set()]


async def test_a_guest_in_a_direct_message_has_no_members_rights(story: Story) -> None:
    """Only a full member of this workspace counts as one."""
    user = story.workspace.add_user("x", guest=True)
    direct = story.workspace.direct_channel(user)
    for question, words in (("How much leave?", "10 days"), ("賞与は？", NOT_FOUND)):
        asked = await story.workspace.post(direct, user, question)
        await story.reply_with(asked, words)


async def test_rights_that_cannot_be_looked_up_are_no_rights(
    story: Story, workspace: Workspace
) -> None:
    """The answer is made for a stranger then, and the next question asks again."""
    for method in ("users.info", "conversations.info"):
        workspace.faults.add(method, "missing_scope", times=20)
    asked = await workspace.post(story.channel, story.bob, f"{story.bot} 賞与は？")
    await story.reply_with(asked, NOT_FOUND)
    workspace.faults.clear()
    again = await workspace.post(story.channel, story.bob, f"{story.bot} 賞与は？")
    await story.reply_with(again, "年2回")


async def test_a_long_answer_comes_in_several_messages(story: Story) -> None:
    """None is longer than Slack takes, and the buttons come once."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 長い説明は？")
    await story.reply_with(asked, "出典")
    await story.settled()
    replies = story.replies(asked)

    assert len(replies) > 1
    assert sum("feedback_buttons" in str(reply.blocks) for reply in replies) == 1
    assert sum(reply.plain.count("長い説明の一文です。") for reply in replies) == 800


async def test_nothing_of_a_finished_question_stays_in_memory(story: Story) -> None:
    """A process that runs for a year must not keep a reply for every question."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.settled()

    def left() -> int:
        gc.collect()
        return len(story.adapter._replies)

    await story.workspace.wait_for(lambda: left() == 0)

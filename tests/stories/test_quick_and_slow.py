"""How an answer comes: alone when it is quick, in place of a placeholder when it is not."""

from dataclasses import replace

import pytest

from bot.slack.answers import texts
from bot.workspace import Workspace
from tests.stories.conftest import Story

QUESTIONS = [("有給は何日ですか？", "10日"), ("How many days of leave?", "10 days")]
SLOW = [("ゆっくり有給は？", "10日", "ja"), ("slowly: how much leave?", "10 days", "en")]


def quiet_for(story: Story, seconds: float) -> None:
    """Let answers that come within *seconds* need no placeholder; nobody is told a position."""
    story.notifier._patience = 60.0
    options = story.adapter._options
    story.adapter._options = replace(options, pace=replace(options.pace, quiet=seconds))


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
async def test_a_quick_answer_is_one_message(
    story: Story, question: str, answer: str, *, direct: bool
) -> None:
    """It is posted whole: nothing is changed, nothing streams, no status is left."""
    quiet_for(story, 60.0)
    channel = story.workspace.direct_channel(story.hanako) if direct else story.channel
    asked = await story.workspace.post(channel, story.hanako, f"{story.bot} {question}")
    reply = await story.reply_with(asked, answer)
    await story.settled()

    assert story.replies(asked) == [reply]
    assert len(story.workspace.calls("chat.postMessage")) == 1
    for method in ("chat.update", "chat.startStream", "assistant.threads.setStatus"):
        assert story.workspace.calls(method) == []


@pytest.mark.parametrize(("question", "answer", "language"), SLOW)
async def test_a_slow_answer_has_a_placeholder(
    story: Story, question: str, answer: str, language: str
) -> None:
    """It comes when the moment for a quick one is over, and becomes the answer."""
    quiet_for(story, 0.2)
    thinking = texts.THINKING.ja if language == "ja" else texts.THINKING.en
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {question}")
    await story.reply_with(asked, thinking)
    await story.workspace.wait_for(lambda: story.workspace.status_of(story.channel, asked.ts))
    story.model.let_go.set()
    await story.reply_with(asked, answer)
    await story.settled()

    assert len(story.replies(asked)) == 1
    assert story.workspace.status_of(story.channel, asked.ts) == ""


@pytest.mark.parametrize(("question", "answer", "language"), SLOW)
async def test_while_nothing_may_be_changed_the_answer_is_a_new_message(
    story: Story, workspace: Workspace, question: str, answer: str, language: str
) -> None:
    """The placeholder goes, so that nobody sees two."""
    quiet_for(story, 0.0)
    workspace.faults.add("chat.update", "ratelimited", times=1000, retry_after=60)
    thinking = texts.THINKING.ja if language == "ja" else texts.THINKING.en
    asked = await workspace.post(story.channel, story.hanako, f"{story.bot} {question}")
    await story.reply_with(asked, thinking)
    story.model.let_go.set()
    reply = await story.reply_with(asked, answer)
    await story.settled()

    assert story.replies(asked) == [reply]


@pytest.mark.parametrize(
    ("method", "question", "answer"),
    [
        ("conversations.info", "賞与は？", "年2回"),
        ("conversations.info", "有給は？", "10日"),
        ("users.info", "How much leave?", "10 days"),
        ("users.list", "賞与は？", "年2回"),
    ],
)
async def test_a_look_up_that_slack_puts_off_means_a_later_answer(
    story: Story, workspace: Workspace, method: str, question: str, answer: str
) -> None:
    """Nobody counts as a stranger meanwhile, and nobody is asked instead."""
    workspace.faults.add(method, "ratelimited", times=1, retry_after=1)
    asked = await workspace.post(story.channel, story.hanako, f"{story.bot} {question}")
    reply = await story.reply_with(asked, answer)
    await story.settled()

    assert [call.status for call in workspace.calls(method)][:2] == [429, 200]
    assert story.replies(asked) == [reply]
    assert await story.handoffs.pending() == []


@pytest.mark.parametrize("method", ["usergroups.list", "users.conversations"])
@pytest.mark.parametrize(("question", "answer"), QUESTIONS)
async def test_it_does_in_a_direct_message_as_well(
    story: Story, workspace: Workspace, method: str, question: str, answer: str
) -> None:
    """There the person's own channels and user groups are asked for."""
    workspace.faults.add(method, "ratelimited", times=1, retry_after=1)
    direct = workspace.direct_channel(story.hanako)
    asked = await workspace.post(direct, story.hanako, question)
    await story.reply_with(asked, answer)
    await story.settled()

    assert workspace.calls(method)[0].status == 429
    assert await story.handoffs.pending() == []

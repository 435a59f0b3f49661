"""Slack's list of agent sessions says what the bot works on, and never for longer than it does."""

import pytest

from bot.slack.answers import texts
from tests.stories.conftest import Story


@pytest.mark.parametrize("text", ["有給は？", "How much leave is there?"])
async def test_a_session_has_the_question_as_its_title_and_ends(story: Story, text: str) -> None:
    """In channels and in direct messages."""
    places = [story.channel, story.workspace.direct_channel(story.hanako)]
    for place in places:
        asked = await story.workspace.post(place, story.hanako, f"{story.bot} {text}")
        await story.finished(asked)
        session = story.workspace.team.sessions[place.id, asked.ts]

        assert text in session.title
        assert session.status == "active"
        assert session.initiator == story.hanako.id


async def test_a_question_whose_message_is_deleted_leaves_nothing_behind(story: Story) -> None:
    """The answer has nowhere to go, and the session ends all the same."""
    asked = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} ゆっくり、有給は？"
    )
    placeholder = await story.reply_with(asked, texts.THINKING.ja)
    await story.workspace.delete(placeholder)
    story.model.let_go.set()
    await story.settled()

    assert story.workspace.team.sessions[story.channel.id, asked.ts].status == "active"


async def test_without_sessions_questions_are_answered(story: Story) -> None:
    """As on plans without agents; it is asked for once."""
    story.workspace.faults.add("agents.sessions.setStatus", "feature_disabled")
    for _ in range(2):
        asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
        await story.reply_with(asked, "10日")
        await story.settled()

    assert len(story.workspace.calls("agents.sessions.setStatus")) == 1

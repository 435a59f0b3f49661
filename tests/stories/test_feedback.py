"""People judge answers, with buttons and with thumbs."""

import pytest

from bot.core.types import QuestionId
from bot.workspace import SlackMessage
from tests.stories.conftest import Story


async def answered(story: Story) -> tuple[QuestionId, SlackMessage]:
    """Ask a question; return its id and the answer's message."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    reply = await story.reply_with(asked, "10日")
    (question,) = await story.answered()
    return question.id, reply


async def votes(story: Story, answer_id: QuestionId) -> dict[str, tuple[str, str]]:
    """Return each person's verdict, and how they gave it."""
    await story.settled()
    record = await story.ledger.get(answer_id)
    assert record is not None
    return {vote.person: (str(vote.verdict), vote.via) for vote in record.feedback}


@pytest.mark.parametrize("name", ["+1", "thumbsup", "thumbsup::skin-tone-4"])
async def test_a_thumb_in_any_form_counts_and_can_be_taken_back(story: Story, name: str) -> None:
    """Everybody may judge, not only who has asked."""
    answer_id, reply = await answered(story)
    await story.workspace.react(reply, story.bob, name)
    given = await votes(story, answer_id)
    await story.workspace.unreact(reply, story.bob, name)

    assert given == {story.bob.id: ("up", "reaction")}
    assert await votes(story, answer_id) == {}


async def test_the_last_thumb_of_a_person_wins(story: Story) -> None:
    """Taking away the thumb that no longer counts changes nothing."""
    answer_id, reply = await answered(story)
    await story.workspace.react(reply, story.bob, "+1")
    await story.workspace.drained()
    await story.workspace.react(reply, story.bob, "-1")
    await story.workspace.drained()
    await story.workspace.unreact(reply, story.bob, "+1")

    assert await votes(story, answer_id) == {story.bob.id: ("down", "reaction")}


async def test_a_button_is_a_vote_and_is_thanked_for_privately(story: Story) -> None:
    """The thanks are in the language in which the person uses Slack."""
    answer_id, reply = await answered(story)
    click = await story.workspace.click(reply, story.hanako, "feedback", value=f"up|{answer_id}")
    thanks = await story.workspace.wait_for(lambda: story.workspace.ephemerals(story.hanako))

    assert click.acked
    assert "ありがとうございます" in thanks[0].plain
    assert await votes(story, answer_id) == {story.hanako.id: ("up", "button")}


async def test_thumbs_elsewhere_mean_nothing(story: Story) -> None:
    """Neither on a person's message, nor another emoji on an answer."""
    answer_id, reply = await answered(story)
    root = story.workspace.messages(story.channel, reply)[0]
    await story.workspace.react(root, story.bob, "+1")
    await story.workspace.react(reply, story.bob, "eyes")

    assert await votes(story, answer_id) == {}

"""Workflows and other apps are told once that the bot answers people."""

from tests.stories.conftest import Story


async def mention(story: Story, text: str) -> None:
    """Let a workflow mention the bot."""
    posted = await story.workspace.post(story.channel, story.bob, text)
    said = {"type": "message", "subtype": "bot_message", "bot_id": "B0WORKFLOW", "ts": posted.ts}
    place = {"channel": story.channel.id, "channel_type": "channel"}
    await story.workspace.send_event({**said, **place, "text": f"{story.bot} {text}"})
    await story.settled()


async def test_a_workflow_is_told_once(story: Story) -> None:
    """In both languages, for nobody knows who reads it; then no more."""
    await mention(story, "How many days of leave?")
    await mention(story, "有給は何日？")

    said = [call for call in story.workspace.calls("chat.postMessage") if not call.error]
    assert len(said) == 1
    assert "people only" in str(said[0].arguments)
    assert "メンション" in str(said[0].arguments)
    assert story.model.asked == []

"""Redis has no memory left: nothing is lost, and what was accepted is answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.redis.connection import RedisConnection
from bot.workspace import Workspace
from tests.stories.conftest import Story


@asynccontextmanager
async def full(store: RedisConnection) -> AsyncIterator[None]:
    """Let Redis have no memory left meanwhile."""
    await store.commands.config_set("maxmemory", 1)
    try:
        yield
    finally:
        await store.commands.config_set("maxmemory", 0)


async def test_a_full_redis_refuses_questions_and_slack_sends_them_again(
    story: Story, workspace: Workspace, store: RedisConnection
) -> None:
    """Slack hears no acknowledgement for what was not stored."""
    async with full(store):
        asked = await workspace.post(story.channel, story.bob, f"{story.bot} How much leave?")
        await workspace.wait_for(lambda: any(d.reasons for d in workspace.deliveries))
        assert not any(delivery.acked for delivery in workspace.deliveries)

    await story.reply_with(asked, "10 days")
    await story.settled()
    assert len(story.replies(asked)) == 1


async def test_what_was_accepted_is_answered_remembered_and_recorded(
    story: Story, store: RedisConnection
) -> None:
    """Else a full Redis could never become empty again."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} ゆっくり有給は？")
    await story.workspace.wait_for(lambda: story.model.asked)
    await story.workspace.drained()  # a full Redis would refuse the twin of the event
    async with full(store):
        story.model.let_go.set()
        reply = await story.reply_with(asked, "10日")
        await story.settled()

    (question,) = await story.answered()
    (turn,) = await story.memory.recall(question.thread)
    assert "10日" in turn.answer
    assert story.replies(asked) == [reply]

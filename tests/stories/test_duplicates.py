"""However often Slack tells of a question, it is answered once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from bot.redis.connection import RedisConnection
from bot.workspace.workspace import EventOrder
from tests.stories.conftest import Story


@pytest.mark.parametrize("order", ["mention_first", "message_first", "together"])
async def test_the_twin_events_of_a_mention_are_one_question(
    story: Story, order: EventOrder
) -> None:
    """`app_mention` and `message` come in any order, or at once."""
    asked = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} 有給は？", order=order
    )
    await story.reply_with(asked, "10日")
    await story.settled()

    assert len(story.replies(asked)) == 1
    assert len(story.model.asked) == 1


async def test_a_mention_in_a_joined_thread_is_one_question(story: Story) -> None:
    """It is a mention and a follow-up at the same time."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} 繰り越しは？", thread=asked
    )
    await story.reply_with(asked, "翌年度まで")
    await story.settled()

    assert len(story.replies(asked)) == 2


async def test_redelivery_is_swallowed_even_after_the_answer(story: Story) -> None:
    """Slack sends again what it thinks was lost, minutes later."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.settled()
    for delivery in list(story.workspace.deliveries):
        assert await story.workspace.redeliver(delivery)
    await story.settled()

    assert len(story.replies(asked)) == 1


async def test_an_edit_is_not_a_second_question(story: Story) -> None:
    """Correcting a mention fires `app_mention` again."""
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給わ？")
    await story.settled()
    await story.workspace.edit(asked, f"{story.bot} 有給は？")
    await story.settled()

    assert len(story.replies(asked)) == 1
    assert len(story.model.asked) == 1


async def test_a_mention_that_an_edit_adds_is_answered(story: Story) -> None:
    """Forgetting the mention must not mean silence."""
    asked = await story.workspace.post(story.channel, story.hanako, "有給は？")
    await story.settled()
    await story.workspace.edit(asked, f"{story.bot} 有給は？")

    await story.reply_with(asked, "10日")


async def test_what_cannot_be_stored_is_not_acknowledged(
    story: Story, store: RedisConnection
) -> None:
    """Slack sends it again, and it is answered when Redis is back."""
    async with full(store):
        asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
        refused = await story.workspace.wait_for(
            lambda: [delivery for delivery in story.workspace.deliveries if delivery.reasons]
        )
    await story.reply_with(asked, "10日")
    await story.settled()

    assert refused
    assert len(story.replies(asked)) == 1


@asynccontextmanager
async def full(store: RedisConnection) -> AsyncIterator[None]:
    """Let Redis have no room meanwhile."""
    set_limit = partial(store.commands.execute_command, "CONFIG", "SET", "maxmemory")
    await set_limit("1")
    try:
        yield
    finally:
        await set_limit("0")


async def test_an_answer_whose_post_was_cut_off_is_found_and_not_posted_again(
    story: Story,
) -> None:
    """Slack had posted it; only the response was lost."""
    story.workspace.faults.add("chat.postMessage", "reset_after")
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.settled()

    assert len(story.replies(asked)) == 1
    assert len(story.workspace.calls("chat.postMessage")) == 1


@pytest.mark.parametrize("fault", ["reset_before", "internal_error", "ratelimited"])
async def test_a_post_that_did_not_happen_is_repeated(story: Story, fault: str) -> None:
    """Nothing was found, so it is posted once more."""
    story.workspace.faults.add("chat.postMessage", fault, retry_after=0)
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.reply_with(asked, "10日")
    await story.settled()

    assert len(story.replies(asked)) == 1


async def test_a_deleted_placeholder_means_stop(story: Story) -> None:
    """Nobody wants the answer any more."""
    story.workspace.faults.add("chat.update", "message_not_found", times=10)
    await story.workspace.post(story.channel, story.hanako, f"{story.bot} 有給は？")
    await story.workspace.wait_for(lambda: story.workspace.calls("chat.update"))
    await story.settled()

    assert len(story.workspace.calls("chat.postMessage")) == 1
    assert (await story.queue.backlog())["dead"] == 0

"""Once a week, a channel reads what was answered, what waits, and what to do next."""

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.core.types import Job, QuestionId
from bot.slack.commands.weekly_post import weekly_job
from bot.workspace import SlackMessage
from tests.stories.conftest import Story
from tests.stories.test_gaps import asked

VISITS = (
    "---\ndate: 2001-02-03\n---\n# Visits\n\nVisas are for travel. 来客用の駐車場は広いです。\n"
)


@pytest.fixture
def options() -> Mapping[str, str]:
    return {"weekly_channel": "#general", "weekly_schedule": "0 9 1 1 *"}


async def posted(story: Story, job: Job | None = None) -> list[SlackMessage]:
    """Let the time come and return what the bot has posted outside threads."""
    await story.queue.put(job or weekly_job(int(time.time())))
    await story.settled()
    return [
        one for one in story.workspace.messages(story.channel) if one.bot_id and not one.thread_ts
    ]


async def test_a_quiet_week_is_posted_too(story: Story) -> None:
    (post,) = await posted(story)
    assert "Nobody asked anything last week." in post.plain
    assert "Ask me something." in post.plain


async def test_the_same_slot_is_posted_once(story: Story) -> None:
    job = weekly_job(int(time.time()))
    await posted(story, job)
    assert len(await posted(story, job)) == 1


async def test_without_charts_it_is_drawn_with_characters(story: Story) -> None:
    """An older Slack refuses the block, and the post comes all the same."""
    await asked(story, story.bob, "Who helps with visas?")
    (record,) = await story.ledger.recent(1)
    before = replace(
        record.question,
        id=QuestionId(f"{record.question.id}0"),
        received_at=time.time() - 7 * 86_400,
    )
    await story.ledger.record(before, record.answer)
    story.workspace.faults.add("chat.postMessage", "invalid_blocks")
    (post,) = await posted(story)
    assert "data_visualization" not in str(post.blocks)
    assert "*1 asked*" in post.plain


async def test_a_channel_may_choose_japanese(story: Story) -> None:
    admin = story.workspace.add_user("admin", admin=True)
    story.channel.members.append(admin.id)
    await story.workspace.command(admin, story.channel, "channel language ja")
    (post,) = await posted(story)
    assert "先週は質問がありませんでした。" in post.plain


@pytest.mark.parametrize("language", ["en-US", "ja-JP"])
async def test_operators_see_what_would_be_posted(story: Story, language: str) -> None:
    """By direct message, and nobody else may."""
    admin = story.workspace.add_user("admin", admin=True, language=language)
    direct = story.workspace.direct_channel(admin)
    await story.workspace.command(admin, story.channel, "week")
    await story.settled()
    (shown,) = [one for one in story.workspace.messages(direct) if one.bot_id]
    assert ("先週は質問がありませんでした" if "ja" in language else "Nobody asked") in shown.plain

    typed = await story.workspace.command(story.bob, story.channel, "week")
    assert "Only operators" in str(typed.response)
    await story.settled()
    assert not story.workspace.messages(story.workspace.direct_channel(story.bob))


async def test_it_names_gaps(story: Story) -> None:
    """As far as everybody in the channel may know of them."""
    await asked(story, story.bob, "Who helps with visas?")
    private = story.workspace.add_channel("board", [story.bob], private=True)
    await asked(story, story.hanako, "来客用の駐車場はどこですか？")
    await asked(story, story.bob, "Who helps with lawsuits?", private)
    (post,) = await posted(story)
    assert "Who helps with visas?" in post.plain
    assert "来客用の駐車場" in post.plain
    assert "lawsuits" not in str(post.blocks)
    assert "Answer an unanswered question" in post.plain


async def test_it_names_sources_that_nobody_has_changed_for_long(story: Story) -> None:
    """As its documents state; `stale_days` says for how long."""
    settings = story.documents / "knowledge.toml"
    settings.write_text(settings.read_text("utf-8") + "[check]\nstale_days = 1\n", "utf-8")
    for file in story.documents.rglob("*.md"):
        file.write_text(f"---\ndate: 2001-02-03\n---\n{file.read_text('utf-8')}", "utf-8")
    await story.base.sync()
    (post,) = await posted(story)
    assert "last change 2001-02-03" in post.plain
    assert "Check that the old documents still hold." in post.plain


@pytest.mark.parametrize("about", ["guest", "shared"])
async def test_it_stays_away_where_others_read(story: Story, about: str) -> None:
    """Guests, and people of other organisations: an operator is told why nothing is posted."""
    if about == "guest":
        story.channel.members.append(story.workspace.add_user("eve", guest=True).id)
    else:
        story.workspace.share_channel(story.channel)
    assert not await posted(story)
    admin = story.workspace.add_user("admin", admin=True)
    await story.workspace.command(admin, story.channel, "week")
    await story.settled()
    (shown,) = story.workspace.messages(story.workspace.direct_channel(admin))
    assert "Name another channel in WEEKLY_CHANNEL" in shown.plain
    assert "ゲストか社外の人も読めます" in shown.plain

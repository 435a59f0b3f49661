"""A channel is opened for export in the sight of all, and each person may stay out."""

from bot.channels.store import ChannelSettingsStore
from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection
from tests.stories.conftest import Story


async def test_a_channel_opens_itself_for_everybody_to_see(
    story: Story, store: RedisConnection
) -> None:
    """Only an operator does it; the words for staying out come along."""
    story.hanako.admin = True
    key = f"slack:{story.workspace.team_id}:{story.channel.id}"
    channels = ChannelSettingsStore(store.commands)
    refused = await story.workspace.command(story.bob, story.channel, "channel export on")
    before = await channels.choices(key)
    opened = await story.workspace.command(story.hanako, story.channel, "channel export on")
    since = (await channels.choices(key)).export_since
    await story.workspace.command(story.hanako, story.channel, "channel export on")

    assert "export never" not in str(refused.response)
    assert before.export_since is None
    assert "/kotae export never" in str(opened.response)
    assert "'response_type': 'in_channel'" in str(opened.response)
    assert "in_channel" not in str(refused.response)
    assert since
    assert (await channels.choices(key)).export_since == since

    closing = await story.workspace.post(
        story.channel, story.hanako, f"{story.bot} channel export off"
    )
    await story.reply_with(closing, "しない（off）")
    assert (await channels.choices(key)).export_since is None


async def test_a_person_stays_out_and_comes_back(story: Story, store: RedisConnection) -> None:
    """In their own language, and nobody else sees it."""
    opt_outs = OptOuts(store.commands)
    never = await story.workspace.command(story.hanako, story.channel, "export never")
    refused = await opt_outs.refused()
    looked = await story.workspace.command(story.hanako, story.channel, "export")
    odd = await story.workspace.command(story.bob, story.channel, "export maybe")
    back = await story.workspace.command(story.hanako, story.channel, "export ok")

    assert refused == {story.hanako.id}
    assert "エクスポートされません" in str(never.response)
    assert "エクスポートされません" in str(looked.response)
    assert "export never" in str(odd.response)
    assert "エクスポートされることがあります" in str(back.response)
    assert await opt_outs.refused() == frozenset()
    assert story.workspace.messages(story.channel) == []

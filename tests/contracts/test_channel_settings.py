"""What every implementation of the Channels protocol keeps."""

import pytest

from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.redis.connection import RedisConnection


@pytest.fixture
def channels(store: RedisConnection) -> ChannelSettingsStore:
    """The one on Redis."""
    return ChannelSettingsStore(store.commands)


async def test_a_channel_that_never_chose_has_the_defaults(channels: ChannelSettingsStore) -> None:
    """It goes on in threads, from all sources, in the language of the question."""
    assert await channels.choices("slack:T1:C1") == ChannelSettings()


async def test_choices_are_kept_and_replaced_whole(channels: ChannelSettingsStore) -> None:
    """Each channel has its own; going back to the defaults leaves nothing behind."""
    chosen = ChannelSettings(
        listening="mention", sources=("handbook", "規程"), language="ja", export_since=1.5
    )
    await channels.choose("slack:T1:C1", chosen)
    await channels.choose("slack:T1:C2", ChannelSettings(listening="off"))

    assert await channels.choices("slack:T1:C1") == chosen
    await channels.choose("slack:T1:C1", ChannelSettings())
    assert await channels.choices("slack:T1:C1") == ChannelSettings()
    assert (await channels.choices("slack:T1:C2")).listening == "off"

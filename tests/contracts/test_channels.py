"""What every implementation of the Channels protocol keeps."""

import pytest

from bot.channels.choices import Choices
from bot.channels.redis import RedisChannels
from bot.protocols import Channels
from bot.redis.connection import RedisConnection


@pytest.fixture
def channels(store: RedisConnection) -> Channels:
    """The one on Redis."""
    return RedisChannels(store.commands)


async def test_a_channel_that_never_chose_has_the_defaults(channels: Channels) -> None:
    """It goes on in threads, from all sources, in the language of the question."""
    assert await channels.choices("slack:T1:C1") == Choices()


async def test_choices_are_kept_and_replaced_whole(channels: Channels) -> None:
    """Each channel has its own; going back to the defaults leaves nothing behind."""
    chosen = Choices(
        listening="mention", sources=("handbook", "規程"), language="ja", export_since=1.5
    )
    await channels.choose("slack:T1:C1", chosen)
    await channels.choose("slack:T1:C2", Choices(listening="off"))

    assert await channels.choices("slack:T1:C1") == chosen
    await channels.choose("slack:T1:C1", Choices())
    assert await channels.choices("slack:T1:C1") == Choices()
    assert (await channels.choices("slack:T1:C2")).listening == "off"

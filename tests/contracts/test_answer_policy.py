"""The contract of `Policies`: each place chooses for itself, and is asked for what holds there."""

from bot.answering.answer_policy import ChannelPolicies
from bot.redis.connection import RedisConnection


async def test_a_choice_holds_in_its_place_only(store: RedisConnection) -> None:
    policies = ChannelPolicies(store.commands, "best-effort")
    await policies.choose("C1", "draft")
    await policies.choose("C2", "certified")
    await policies.choose("C1", "certified")

    assert [await policies.of(place) for place in ("C1", "C2", "C3")] == [
        "certified",
        "certified",
        "best-effort",
    ]


async def test_the_default_is_a_setting_that_choices_outlive(store: RedisConnection) -> None:
    """A new setting holds where nobody chose; what was stored in another version is ignored."""
    await ChannelPolicies(store.commands, "best-effort").choose("C1", "draft")
    await store.commands.execute_command("HSET", "{kotae}:v1:policies", "C2", "sometimes")
    later = ChannelPolicies(store.commands, "certified")

    assert [await later.of(place) for place in ("C1", "C2", "C3")] == [
        "draft",
        "certified",
        "certified",
    ]

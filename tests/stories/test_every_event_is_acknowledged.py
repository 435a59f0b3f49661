"""Slack turns an app's events off when too many come back unacknowledged."""

from bot.slack.manifest import EVENTS, event_type
from tests.stories.conftest import Story


async def test_every_event_of_the_manifest_is_acknowledged(story: Story) -> None:
    """Even one without any content."""
    deliveries = [
        await story.workspace.send_event({"type": event_type(subscription)})
        for subscription in EVENTS
    ]
    await story.workspace.drained()

    assert [(delivery.acked, delivery.attempts) for delivery in deliveries] == [
        (True, 1) for _ in EVENTS
    ]


async def test_unknown_events_are_acknowledged_too(story: Story) -> None:
    """An operator may subscribe to more than we know."""
    unknown = (
        {"type": "app_home_opened", "user": "U1", "tab": "home"},
        {"type": "something_new_of_next_year"},
        {"type": "message", "subtype": "channel_topic", "channel": "C1", "ts": "1.2"},
        {"type": "app_uninstalled"},
    )
    deliveries = [await story.workspace.send_event(event) for event in unknown]
    await story.workspace.drained()

    assert all(delivery.acked for delivery in deliveries)


async def test_unknown_buttons_and_shortcuts_are_acknowledged(story: Story) -> None:
    """A button of an older version must not show an error."""
    message = await story.workspace.post(story.channel, story.bob, "hello")
    shortcut = await story.workspace.shortcut(message, story.bob, "unknown")

    assert shortcut.acked

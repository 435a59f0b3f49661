"""Slack turns an app's events off when too many come back unacknowledged."""

import pytest

from bot.slack.client.manifest import AGENT_EVENTS, EVENTS, event_type
from bot.workspace.state import Json
from tests.stories.conftest import Story


async def test_every_event_of_the_manifest_is_acknowledged(story: Story) -> None:
    """Even one without any content."""
    deliveries = [
        await story.workspace.send_event({"type": event_type(subscription)})
        for subscription in (*EVENTS, *AGENT_EVENTS)
    ]
    await story.workspace.drained()

    assert [(delivery.acked, delivery.attempts) for delivery in deliveries] == [
        (True, 1) for _ in (*EVENTS, *AGENT_EVENTS)
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


MESSAGE: Json = {"type": "message", "channel": "C000000003", "ts": "1700000000.000100"}
SAMPLES: list[Json] = [
    MESSAGE | {"subtype": "channel_join", "user": "U1", "text": "<@U1> has joined the channel"},
    MESSAGE | {"subtype": "bot_message", "bot_id": "B9", "text": "deployed"},
    MESSAGE | {"subtype": "message_deleted", "deleted_ts": "1.2", "previous_message": {}},
    MESSAGE | {"subtype": "message_changed", "message": {"ts": "1.2"}, "previous_message": {}},
    MESSAGE | {"subtype": "message_replied", "message": {"thread_ts": "1.2"}},
    MESSAGE | {"subtype": "file_share", "user": "U1", "files": [{"id": "F1"}]},
    MESSAGE | {"subtype": "thread_broadcast", "user": "U1", "root": {}},
    MESSAGE | {"subtype": "assistant_app_thread", "user": "U1"},
    MESSAGE | {"user": "USLACKBOT", "text": "Reminder"},
    MESSAGE | {"user": None, "text": None, "blocks": None, "files": None},
    {"type": "message"},
    {"type": "app_mention", "channel": "C1", "ts": "1.2", "user": "U1", "text": ""},
    {"type": "app_mention", "channel": "C1", "ts": "1.2", "edited": {"ts": "9.9"}, "user": "U1"},
    {"type": "reaction_added", "user": "U1", "reaction": "+1", "item": {"type": "file"}},
    {"type": "reaction_removed", "user": "U1", "reaction": "eyes", "item": {}},
    {"type": "app_home_opened", "user": "U1", "tab": "messages", "channel": "D1"},
    {"type": "app_context_changed", "context": {"entities": []}},
    {"type": "agent_session_stopped", "channel": "D1", "thread_ts": "1.2", "user": "U1"},
    {"type": "agent_session_title_changed", "channel": "D1", "title": "旅費"},
    {"type": "file_shared", "file_id": "F1", "user_id": "U1", "channel_id": "C1"},
    {"type": "tokens_revoked", "tokens": {"oauth": ["U1"], "bot": ["U2"]}},
    {"type": "app_rate_limited", "minute_rate_limited": 1700000000},
    {"type": "team_join", "user": {"id": "U9"}},
    {"type": "channel_archive", "channel": "C1"},
]
"""Events of every kind that Slack documents for us, and of some that it does not; trimmed."""


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_after_every_kind_of_event_a_mention_is_answered(story: Story, language: str) -> None:
    """None is refused, none takes three seconds, and none leaves the bot deaf."""
    deliveries = [await story.workspace.send_event(event) for event in SAMPLES]
    await story.workspace.drained()
    assert [(d.acked, d.attempts) for d in deliveries] == [(True, 1)] * len(SAMPLES)

    text = "有給は？" if language == "ja" else "leave?"
    message = await story.workspace.post(story.channel, story.bob, f"{story.bot} {text}")
    await story.reply_with(message, "10")

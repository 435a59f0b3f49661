"""The scopes and events that the app got when it was installed."""

from collections.abc import Mapping

from bot.workspace.state import Channel, Json

SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "canvases:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "lists:read",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "reactions:read",
        "reactions:write",
        "search:read.public",
        "team:read",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
"""The scopes of the app; a test may take some away."""

SUBSCRIPTIONS = frozenset(
    {
        "app_mention",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
        "reaction_removed",
        "app_home_opened",
        "app_context_changed",
        "agent_session_stopped",
        "agent_session_title_changed",
        "app_uninstalled",
        "tokens_revoked",
        "channel_archive",
        "channel_deleted",
        "channel_rename",
        "channel_shared",
        "channel_unarchive",
        "channel_unshared",
        "file_change",
        "file_deleted",
        "file_shared",
        "file_unshared",
        "member_joined_channel",
        "member_left_channel",
        "subteam_members_changed",
        "subteam_updated",
        "user_change",
    }
)
"""The events to which the app has subscribed."""

_EVENT_SCOPES: Mapping[str, str] = {
    "app_mention": "app_mentions:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    **dict.fromkeys(("file_change", "file_deleted", "file_shared", "file_unshared"), "files:read"),
}
_MESSAGE_EVENTS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


def subscription(event: Json, channel: Channel | None) -> str:
    """Return the name under which apps subscribe to *event*."""
    name = str(event["type"])
    return _MESSAGE_EVENTS[channel.kind] if name == "message" and channel else name


def event_scope(name: str) -> frozenset[str]:
    """Return the scope that the event *name* needs; empty if it needs none."""
    return frozenset({_EVENT_SCOPES[name]} if name in _EVENT_SCOPES else ())

"""The Slack app as data: what the bot may do and what it is told."""

from typing import Any

EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "app_home_opened",
)
"""What Slack sends. Each is handled or acknowledged; one that is not would come back again and
again until Slack turned all of them off."""

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:read",
    "usergroups:read",
    "users:read",
)


def event_type(subscription: str) -> str:
    """Return the type that the events of *subscription* carry: `message.im` comes as `message`."""
    return "message" if subscription.startswith("message.") else subscription


def manifest(command: str, url: str = "") -> dict[str, Any]:
    """Build the app manifest: for Socket Mode, or for HTTP at the public address *url*.

    There is neither `agent_view` nor `assistant_view`: they need a paid plan, and in their direct
    messages slash commands do not work.
    """
    socket_mode = not url
    endpoint = {} if socket_mode else {"request_url": f"{url.rstrip('/')}/slack/events"}
    slash = {
        "command": command,
        "description": "Ask the team's documents, or see to them",
        "usage_hint": "ask question | status | reindex | feedback | channel | help",
        "should_escape": True,
    }
    if not socket_mode:
        slash["url"] = endpoint["request_url"]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Kotae",
            "description": "Answers from your team's own documents, with sources.",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "shortcuts": [
                {
                    "name": "Ask Kotae about this",
                    "type": "message",
                    "callback_id": "ask_about_message",
                    "description": "Ask a question about this message",
                },
                {
                    "name": "Save to knowledge",
                    "type": "message",
                    "callback_id": "save_to_knowledge",
                    "description": "Save this message so that the bot can answer from it",
                },
            ],
            "bot_user": {"display_name": "kotae", "always_online": True},
            "slash_commands": [slash],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **endpoint},
            "interactivity": {"is_enabled": True, **endpoint},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }

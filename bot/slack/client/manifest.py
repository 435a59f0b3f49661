"""The manifest of the Slack app: scopes, events and commands."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from bot.slack.client.slack_changes import CHANGE_EVENTS
from bot.slack.workflow_steps.definition import STEP_EVENTS, functions

FILE_EVENTS = ("file_change", "file_deleted", "file_shared", "file_unshared")
"""What Slack says of files that may be documents; `files:read` allows them."""

EVENTS = (
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "app_home_opened",
    *FILE_EVENTS,
    *CHANGE_EVENTS,
)
"""What Slack sends. Each is handled or acknowledged; one that is not would come back again and
again until Slack turned all of them off."""

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
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
    "users:read.email",
)


AGENT_EVENTS = ("agent_session_stopped", "agent_session_title_changed", "app_context_changed")
"""What Slack sends besides to an app with the agent view: the Stop button, above all."""

INSTALL_EVENTS = ("app_uninstalled", "tokens_revoked")
"""What Slack sends when the app is removed from a workspace."""

ORG_EVENTS = ("team_access_granted", "team_access_revoked")
"""What Slack sends when an organisation gives the app a workspace, or takes one away."""

REDIRECT_PATH = "/slack/oauth_redirect"
"""Where Slack sends whoever has installed the app."""

AGENT_SCOPES = ("assistant:write",)

MCP_SCOPES = ("mcp:connect",)
"""What Slackbot needs besides to call the app's MCP server.

https://docs.slack.dev/ai/slackbot-mcp-client
"""

LONGEST_MCP_URL = 500
"""Characters of the address of an MCP server, by Slack's reference of the manifest."""

CANVAS_SCOPES = ("canvases:read",)
"""What a source of the type `slack` needs besides, to read the canvases of its channels."""

OPTIONAL_SCOPES = ("canvases:read", "lists:read")
"""What whoever installs the app may leave out: links in questions to canvases and lists are not
followed then. https://docs.slack.dev/reference/app-manifest
"""

SEARCH_SCOPES = ("search:read.public",)
"""What SLACK_SEARCH=on needs besides; Slack gives leave to search to apps with the agent view."""

_AGENT_VIEW = {
    "agent_view": {
        "agent_description": "Answers from your team's own documents, with checked sources.",
        "suggested_prompts": [
            {"title": "What can you do?", "message": "What can you do?"},
            {"title": "何ができますか？", "message": "何ができますか？"},
        ],
    }
}


_APP_HOME = {
    "home_tab_enabled": True,
    "messages_tab_enabled": True,
    "messages_tab_read_only_enabled": False,
}

_ABOUT = "Answers from your team's own documents, with sources."

LONGEST_NAME = 35
"""Characters of an app's name, by Slack's schema of the manifest."""

_LONGEST_SHORTCUT = 24


def handle(name: str) -> str:
    """Return *name* as Slack takes it for a bot's handle: a-z, 0-9, `-`, `_` and `.`."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[^a-z0-9._-]+", "-", folded).strip("-._")[:80] or "kotae"


def event_type(subscription: str) -> str:
    """Return the type that the events of *subscription* carry: `message.im` comes as `message`."""
    return "message" if subscription.startswith("message.") else subscription


def manifest(  # noqa: PLR0913 - one for each choice of whoever installs the app
    command: str,
    url: str = "",
    *,
    agent: bool = True,
    name: str = "Kotae",
    mcp_url: str = "",
    search: bool = False,
    canvases: bool = False,
    workflow_step: bool = False,
) -> dict[str, Any]:
    """Build the app manifest.

    Args:
        command: Name of the slash command.
        url: Public address for HTTP; "" is for Socket Mode.
        agent: Whether direct messages get the agent view (suggested questions, Stop button). It
            needs a paid plan or a developer sandbox, and slash commands do not work in it; the
            same words after a mention, and the Home tab, do.
        name: What people see; one that tells the function is best.
        mcp_url: Public address of `kotae mcp --http`, which Slackbot calls for who asks it; "" for
            none.
        search: Whether the bot searches Slack's public channels.
        canvases: Whether the bot reads the canvases of channels that are sources.
        workflow_step: Whether Workflow Builder gets a step that asks the bot. It needs a paid plan,
            and an app that may be deployed to an organization; it asks for no scope.
            https://docs.slack.dev/tools/bolt-python/tutorial/custom-steps
    """
    needed = scopes(agent=agent, mcp=bool(mcp_url), search=search, canvases=canvases)
    optional = [one for one in OPTIONAL_SCOPES if one not in needed]
    socket_mode = not url
    events = [*EVENTS, *(AGENT_EVENTS if agent else ()), *(STEP_EVENTS if workflow_step else ())]
    endpoint = {} if socket_mode else {"request_url": f"{url.rstrip('/')}/slack/events"}
    address = {"url": endpoint["request_url"]} if endpoint else {}
    data: dict[str, Any] = {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": name[:LONGEST_NAME], "description": _ABOUT},
        "features": {
            **(_AGENT_VIEW if agent else {}),
            "app_home": _APP_HOME,
            "shortcuts": _shortcuts(name),
            "bot_user": {"display_name": handle(name), "always_online": True},
            "slash_commands": [{**_slash(command), **address}],
        },
        "oauth_config": {"scopes": {"bot": needed, "bot_optional": optional}},
        "settings": {
            "event_subscriptions": {"bot_events": events, **endpoint},
            "interactivity": {"is_enabled": True, **endpoint},
            "org_deploy_enabled": workflow_step,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
            **({"function_runtime": "remote"} if workflow_step else {}),
        },
    }
    if workflow_step:
        data["functions"] = functions(name)
    if mcp_url:
        data["mcp_servers"] = {"kotae": {"url": mcp_url, "auth_type": "slack_identity_auth"}}
    return data


def installable(data: Mapping[str, Any], url: str, *, org: bool = False) -> dict[str, Any]:
    """Return the manifest *data* of an app that people install in several workspaces by OAuth.

    Tokens expire then, and are renewed.

    Args:
        data: As of `manifest`, for HTTP.
        url: Public address of the bot, where people install it.
        org: Whether whole organisations of Enterprise Grid may install it.
    """
    settings = data["settings"]
    heard = settings["event_subscriptions"]
    events = [*heard["bot_events"], *INSTALL_EVENTS, *(ORG_EVENTS if org else ())]
    redirect = f"{url.rstrip('/')}{REDIRECT_PATH}"
    return {
        **data,
        "oauth_config": {"redirect_urls": [redirect], **data["oauth_config"]},
        "settings": {
            **settings,
            "event_subscriptions": {**heard, "bot_events": events},
            "org_deploy_enabled": org or settings["org_deploy_enabled"],
            "token_rotation_enabled": True,
        },
    }


def _slash(command: str) -> dict[str, Any]:
    return {
        "command": command,
        "description": "Ask the team's documents, or see to them",
        "usage_hint": "ask question | status | reindex | gaps | entries | channel | review | help",
        "should_escape": True,
    }


def scopes(
    *, agent: bool = False, mcp: bool = False, search: bool = False, canvases: bool = False
) -> list[str]:
    """Return the scopes that the bot token needs for what it does; see `manifest`."""
    more = (
        (agent, AGENT_SCOPES),
        (mcp, MCP_SCOPES),
        (search, SEARCH_SCOPES),
        (canvases, CANVAS_SCOPES),
    )
    return sorted({*SCOPES, *(one for wanted, found in more if wanted for one in found)})


def _shortcuts(name: str) -> list[dict[str, str]]:
    asking = f"Ask {name} about this"
    return [
        {
            "name": asking if len(asking) <= _LONGEST_SHORTCUT else "Ask about this",
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
    ]

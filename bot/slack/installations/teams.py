"""The workspaces that an installation is good for."""

from collections.abc import Sequence

from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store import Installation

from bot.slack.client.clients import UNCERTAIN, web_client

_PAGE = 100
_MOST_PAGES = 100

_ASKED_SECONDS = 1
"""Whoever has clicked waits for it; Slack gives up after three."""


async def teams_of(installation: Installation, api_url: str) -> Sequence[str]:
    """Return the ids of the workspaces; of a whole organisation, those that it gives the app.

    https://docs.slack.dev/reference/methods/auth.teams.list

    Raises:
        SlackApiError: Slack refuses.
        aiohttp.ClientError: Slack cannot be reached.
    """
    if not installation.is_enterprise_install:
        return [str(installation.team_id)]
    client = web_client(installation.bot_token, api_url)
    found, cursor = list[str](), ""
    for _ in range(_MOST_PAGES):
        told = await client.auth_teams_list(cursor=cursor or None, limit=_PAGE)
        found += [str(team["id"]) for team in told.get("teams") or ()]
        cursor = (told.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return found


async def team_of_channel(channel: str, token: str, api_url: str) -> str:
    """Return the id of the workspace in which an organisation's *token* reads *channel*.

    "" where Slack does not tell: it refuses, cannot be reached, or takes longer than a second.
    https://docs.slack.dev/reference/objects/conversation-object (`context_team_id`)
    """
    client = web_client(token, api_url, [])
    client.timeout = _ASKED_SECONDS
    try:
        told = await client.conversations_info(channel=channel)
    except (SlackApiError, *UNCERTAIN):
        return ""
    return str((told.get("channel") or {}).get("context_team_id") or "")

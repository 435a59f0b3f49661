"""The workspaces that an installation is good for."""

from collections.abc import Sequence

from slack_sdk.oauth.installation_store import Installation

from bot.slack.client.clients import web_client

_PAGE = 100
_MOST_PAGES = 100


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

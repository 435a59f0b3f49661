"""Whether Slack still takes the token of an installation."""

from slack_sdk.errors import SlackApiError

from bot.slack.client.clients import UNCERTAIN, error_of, unavailable, web_client

ENDED = frozenset({"account_inactive", "invalid_auth", "token_revoked"})
"""Refusals of a token that never works again. https://docs.slack.dev/reference/methods/auth.test"""

REFUSED = ENDED | {"token_expired", "team_access_not_granted", "org_login_required"}
"""Refusals of a token that does not work now."""


async def refusal_of(token: str | None, api_url: str) -> str | None:
    """Return by which word of `REFUSED` Slack refuses *token*.

    "" where it takes it, and None where it cannot be known just now.
    """
    try:
        await web_client(token, api_url, []).auth_test()
    except SlackApiError as error:
        known = not unavailable(error) and error_of(error) in REFUSED
        return error_of(error) if known else None
    except UNCERTAIN:
        return None
    return ""

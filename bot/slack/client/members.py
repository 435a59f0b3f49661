"""The names of the members of the workspace, for the redaction of texts."""

from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterUnavailableError
from bot.core.types import Person
from bot.slack.client.clients import UNCERTAIN, Clients

_PAGE = 500
_NAMES = ("real_name", "display_name", "real_name_normalized", "display_name_normalized")


async def people_of(clients: Clients) -> list[Person]:
    """Return everybody, those who have left too; bots are no people.

    Raises:
        AdapterUnavailableError: Slack does not tell.
    """
    found, cursor = list[Person](), ""
    try:
        while True:
            page = await clients.repeating.users_list(limit=_PAGE, cursor=cursor or None)
            users: list[Mapping[str, Any]] = page["members"]
            found += [_person(user) for user in users if not user.get("is_bot")]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found
    except (SlackApiError, *UNCERTAIN) as error:
        raise AdapterUnavailableError(f"Slack does not name its people: {error}") from None


def _person(user: Mapping[str, Any]) -> Person:
    profile: Mapping[str, Any] = user.get("profile") or {}
    told = [user.get("name"), user.get("real_name"), *(profile.get(name) for name in _NAMES)]
    return Person(str(user["id"]), tuple(dict.fromkeys(str(name) for name in told if name)))

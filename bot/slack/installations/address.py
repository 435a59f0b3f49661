"""Which workspace a request of Slack is for: by its proven body alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slack_bolt.request.internals import (
    extract_enterprise_id,
    extract_is_enterprise_install,
    extract_team_id,
)

from bot.slack.requests import MISSHAPEN

_Removal = Literal["app_uninstalled", "tokens_revoked"]
_REMOVALS: tuple[_Removal, ...] = ("app_uninstalled", "tokens_revoked")
_ACCESS = frozenset({"team_access_granted", "team_access_revoked"})

_LONGEST = 40
"""Characters of an id; Slack's have about eleven."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes.

    Attributes:
        team: Id of the workspace; "" where only the organisation is told.
        enterprise: Id of the organisation, or "".
        org_wide: Whether the app is installed in the whole organisation.
    """

    team: str = ""
    enterprise: str = ""
    org_wide: bool = False

    @property
    def installation(self) -> str:
        """The id of the installation that the request belongs to."""
        return self.enterprise if self.org_wide else self.team


def address_of(body: Mapping[str, Any]) -> Address:
    """Return where *body* goes; an empty address where it does not say so.

    Of a channel that two workspaces share, `team_id` is where the message was written, and
    `context_team_id` the workspace through which the app may see it.
    https://docs.slack.dev/apis/events-api/#event-type-structure
    """
    told = dict(body)
    try:
        org_wide = extract_is_enterprise_install(told) is True
        enterprise = told.get("context_enterprise_id") or extract_enterprise_id(told)
        team = told.get("context_team_id") or extract_team_id(told)
    except MISSHAPEN:
        return Address()
    if isinstance(team, str) and team.startswith("E"):  # some bodies name the organisation there
        enterprise, team = enterprise or team, ""
    return Address(_id(team), _id(enterprise), org_wide)


def removal_in(body: Mapping[str, Any]) -> float | None:
    """Return when the app was removed, in seconds since the epoch; None if *body* says no such.

    `tokens_revoked` counts for tokens of bots: a person may take away a token of theirs.
    """
    event = _event(body)
    if event.get("type") not in _REMOVALS:
        return None
    tokens = event.get("tokens")
    if event["type"] == "tokens_revoked" and not (isinstance(tokens, dict) and tokens.get("bot")):
        return None
    at = body.get("event_time")
    return float(at) if isinstance(at, int | float) else 0.0


def changes_access(body: Mapping[str, Any]) -> bool:
    """Tell whether an organisation has given the app other workspaces."""
    return _event(body).get("type") in _ACCESS


def _event(body: Mapping[str, Any]) -> Mapping[str, Any]:
    event = body.get("event")
    return event if body.get("type") == "event_callback" and isinstance(event, dict) else {}


def _id(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""

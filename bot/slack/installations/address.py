"""Which workspace a request of Slack is for: by its proven body alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.slack.client.clients import team_in_view

_Removal = Literal["app_uninstalled", "tokens_revoked"]
_REMOVALS: tuple[_Removal, ...] = ("app_uninstalled", "tokens_revoked")
_ACCESS = frozenset({"team_access_granted", "team_access_revoked"})

_ID = re.compile(r"[TE][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{1,30}")
_FLAGS: Mapping[object, bool] = {True: True, "true": True, False: False, "false": False}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes.

    Attributes:
        team: Id of the workspace; "" where the body names none.
        enterprise: Id of the organisation, or "".
        org_wide: Whether it belongs to an installation of the whole organisation; None where the
            body does not say so.
        others: Further workspaces that it may be for; the first with a fitting bot gets it.
        channel: Where it happened, if only that can tell which workspace of the organisation it is.
        contradiction: Which fields name different workspaces; then it is for nobody.
    """

    team: str = ""
    enterprise: str = ""
    org_wide: bool | None = False
    others: tuple[str, ...] = ()
    channel: str = ""
    contradiction: str = ""

    @property
    def teams(self) -> tuple[str, ...]:
        """The workspaces that it may be for, the likeliest first."""
        return tuple(dict.fromkeys(filter(None, (self.team, *self.others))))

    @property
    def installation(self) -> str:
        """The id of the installation that the request belongs to; "" where it is not told."""
        return self.enterprise if self.org_wide or not self.team else self.team

    def place_among(self, installations: Mapping[str, str]) -> str:
        """Return the workspace whose bot gets the request; "" for none.

        Args:
            installations: What each bot works by, by its workspace.
        """
        fitting = (team for team in self.teams if self._allows(team, installations.get(team, "")))
        return "" if self.contradiction else next(fitting, "")

    def _allows(self, team: str, installation: str) -> bool:
        if not installation:
            return False
        if self.org_wide is None:
            return installation in {team, self.enterprise}
        return installation == (self.enterprise if self.org_wide else team)


def address_of(body: Mapping[str, Any]) -> Address:
    """Return where *body* goes; an empty address where it does not say so.

    Of an event, `authorizations` names the installation that may see it: one, even where several
    may. `team_id` is where it happened, and `context_team_id` another workspace of the channel
    where the channel is shared with another organisation; elsewhere the two are one.
    https://docs.slack.dev/apis/events-api/#authorizations
    https://github.com/slackapi/bolt-python/blob/main/tests/slack_bolt/request/test_internals.py

    Of a click or a shortcut, `team` is where it happened, and null if the whole organisation has
    installed the app: then `enterprise` is the installation, and `user.team_id` no more than the
    home of the person. https://docs.slack.dev/reference/interaction-payloads/

    Of a form, `team` is where somebody sent it, and `view.app_installed_team_id` the workspace
    whose bot opened it, or an organisation. In Home it may be another workspace of the
    organisation. https://github.com/slackapi/bolt-python/issues/1229
    So our views carry the workspace that they are of, in `external_id`.
    """
    if _text(body.get("type")) == "event_callback":
        return _of_event(body)
    return _of_interaction(body)


def is_removal(body: Mapping[str, Any]) -> bool:
    """Tell whether *body* says that the app was removed.

    `tokens_revoked` counts for tokens of bots: a person may take away a token of theirs.
    """
    event = _event(body)
    if _text(event.get("type")) not in _REMOVALS:
        return False
    tokens = event.get("tokens")
    return event["type"] == "app_uninstalled" or bool(
        isinstance(tokens, dict) and tokens.get("bot")
    )


def changes_access(body: Mapping[str, Any]) -> bool:
    """Tell whether an organisation has given the app other workspaces."""
    return _text(_event(body).get("type")) in _ACCESS


def _of_event(body: Mapping[str, Any]) -> Address:
    told = body.get("authorizations")
    granted = _object(told[0]) if isinstance(told, list) and told else {}
    org_wide = _flag(granted or body)
    team = _named("T", granted.get("team_id"))
    context = _named("T", body.get("context_team_id"))
    written = _named("T", body.get("team_id"))
    org = _named("E", granted.get("enterprise_id"), granted.get("team_id"))
    context_org = _named("E", body.get("context_enterprise_id"), body.get("context_team_id"))
    written_org = _named("E", body.get("enterprise_id"), body.get("team_id"))

    top = _object(body.get("team")).get("id") or body.get("team")
    contradiction = "team and team_id" if _differ(written, _named("T", top)) else ""
    if is_removal(body):  # nothing of it happens in a channel, so nothing may differ
        teams = () if org_wide else (team, context, written)
        if _differ(*teams) or _differ(org, context_org, written_org):
            contradiction = "authorizations, context_team_id and team_id"
    elif body.get("is_ext_shared_channel") is not True:
        beside = not org_wide and bool(org) and org == context_org  # a channel of an organisation
        seen = (team, context) if granted else (context, written)
        if not beside and (_differ(*seen) or _differ(org, context_org)):
            contradiction = "authorizations, context_team_id and team_id"

    organisation = org if granted else context_org or written_org
    where = (
        (context, written) if org_wide and not team else (team if granted else context or written,)
    )
    return _address(where, organisation, org_wide=org_wide, contradiction=contradiction)


def _of_interaction(body: Mapping[str, Any]) -> Address:
    team, enterprise = _object(body.get("team")), body.get("enterprise")
    here = _named("T", body.get("team"), team.get("id"), body.get("team_id"))
    org = _named(
        "E",
        *(enterprise, _object(enterprise).get("id"), body.get("enterprise_id")),
        *(team.get("enterprise_id"), team.get("id"), body.get("team")),
    )
    org_wide = _flag(body)
    against = "team and team_id" if _differ(here, _named("T", body.get("team_id"))) else ""
    if view := _object(body.get("view")):
        return _of_view(view, _home_of(body), Address(here, org, org_wide, (), "", against))
    if body.get("type") == "block_actions":  # on a message of ours
        here = here or _named("T", _object(body.get("message")).get("team"))
    channel = "" if here or not org_wide else _channel(body)
    person = _home_of(body) if org_wide and not channel else ""
    return _address(
        (here or person,), org, org_wide=org_wide, channel=channel, contradiction=against
    )


def _of_view(view: Mapping[str, Any], home: str, around: Address) -> Address:
    """Return where it goes that somebody whose *home* is that uses *view*."""
    own, installed = team_in_view(view), _named("T", view.get("app_installed_team_id"))
    here, against = around.team, around.contradiction
    if own:
        if not around.org_wide and own not in {here, installed}:
            against = "the view and the workspaces around it"
        teams: tuple[str, ...] = (own,)
    elif around.org_wide:
        teams = (installed, here, _named("T", view.get("team_id")), home)
    else:
        teams = (here, installed) if view.get("type") == "home" else (installed or here,)
    return _address(teams, around.enterprise, org_wide=around.org_wide, contradiction=against)


def _home_of(body: Mapping[str, Any]) -> str:
    return _named("T", _object(body.get("user")).get("team_id"))


def _address(
    teams: tuple[str, ...],
    enterprise: str,
    *,
    org_wide: bool | None,
    channel: str = "",
    contradiction: str = "",
) -> Address:
    first, *others = dict.fromkeys(filter(None, teams)) or [""]
    if not first and enterprise and org_wide is None:
        org_wide = True  # only an organisation has such an id
    return Address(first, enterprise, org_wide, tuple(others), channel, contradiction)


def _event(body: Mapping[str, Any]) -> Mapping[str, Any]:
    event = body.get("event")
    return event if _text(body.get("type")) == "event_callback" and isinstance(event, dict) else {}


def _channel(body: Mapping[str, Any]) -> str:
    channel, container = _object(body.get("channel")), _object(body.get("container"))
    told = map(_text, (channel.get("id"), container.get("channel_id")))
    return next((one for one in told if _CHANNEL.fullmatch(one)), "")


def _named(kind: Literal["T", "E"], *told: object) -> str:
    """Return the first of *told* that is an id of a workspace (T) or an organisation (E)."""
    ids = (one for one in map(_text, told) if one.startswith(kind) and _ID.fullmatch(one))
    return next(ids, "")


def _differ(*ids: str) -> bool:
    return len({*ids} - {""}) > 1


def _flag(told: Mapping[str, Any]) -> bool | None:
    value = told.get("is_enterprise_install")
    return _FLAGS.get(value) if isinstance(value, bool | str) else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

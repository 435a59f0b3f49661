"""A request goes to the workspace that its body names, and a strange body nowhere."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.client.clients import team_in_view, view_of_team
from bot.slack.client.typed import typed_payload
from bot.slack.installations.address import Address, address_of, changes_access, is_removal

MARK = "T2-0123456789abcdef"
EVENT = {"type": "event_callback", "event_time": 1_700_000_000}


def authorized(team: str | None, enterprise: str | None = None, *, org: bool = False) -> object:
    return [{"team_id": team, "enterprise_id": enterprise, "is_enterprise_install": org}]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {**EVENT, "team_id": "T1", "authorizations": authorized("T1")},
            Address("T1"),
        ),
        (
            {**EVENT, "team_id": "T1", "authorizations": authorized("T1", "E1", org=True)},
            Address("T1", "E1", org_wide=True),
        ),
        (
            # Of a shared channel: written in T9, seen through T1.
            {
                **EVENT,
                "team_id": "T9",
                "context_team_id": "T1",
                "authorizations": authorized("T1"),
            },
            Address("T1"),
        ),
        (
            {"command": "/kotae", "team_id": "T1", "is_enterprise_install": "false"},
            Address("T1"),
        ),
        (
            {
                "command": "/kotae",
                "team_id": "T1",
                "enterprise_id": "E1",
                "is_enterprise_install": "true",
            },
            Address("T1", "E1", org_wide=True),
        ),
        (
            {
                "type": "block_actions",
                "team": {"id": "T1"},
                "enterprise": None,
                "is_enterprise_install": False,
            },
            Address("T1"),
        ),
        (
            {
                "type": "view_submission",
                "team": None,
                "enterprise": {"id": "E1"},
                "is_enterprise_install": True,
                "user": {"id": "U1", "team_id": "T1"},
            },
            Address("T1", "E1", org_wide=True),
        ),
        (
            # A form that was opened from a channel shared with T9.
            {
                "type": "view_submission",
                "team": {"id": "T9"},
                "is_enterprise_install": False,
                "view": {"type": "modal", "app_installed_team_id": "T1"},
            },
            Address("T1"),
        ),
        (
            {**EVENT, "team_id": "E1", "authorizations": authorized("E1", "E1", org=True)},
            Address("", "E1", org_wide=True),
        ),
        (
            # Slack's own, of a channel that an organisation shares: bolt-python, test_internals.py.
            {
                **EVENT,
                "team_id": "T03E94MJU",
                "context_team_id": "T014GJXU940",
                "context_enterprise_id": "E013Y3SHLAY",
                "authorizations": authorized("T03E94MJU"),
                "is_ext_shared_channel": True,
            },
            Address("T03E94MJU"),
        ),
        (
            {
                **EVENT,
                "team_id": "T1",
                "context_team_id": "E1",
                "context_enterprise_id": "E1",
                "authorizations": authorized(None, "E1", org=True),
            },
            Address("T1", "E1", org_wide=True),
        ),
        (
            # Of a channel that two workspaces of an organisation share, installed in one of them.
            {
                **EVENT,
                "team_id": "T2",
                "context_team_id": "T2",
                "context_enterprise_id": "E1",
                "authorizations": authorized("T1", "E1"),
            },
            Address("T1", "E1"),
        ),
        (
            {
                "type": "view_submission",
                "team": None,
                "enterprise": {"id": "E1"},
                "is_enterprise_install": True,
                "user": {"id": "U1", "team_id": "T1"},
                "view": {"type": "modal", "app_installed_team_id": "E1"},
            },
            Address("T1", "E1", org_wide=True),
        ),
        (
            # An older Home of ours, in the second of two workspaces: bolt-python#1229.
            {
                "type": "block_actions",
                "team": {"id": "T2", "enterprise_id": "E1"},
                "enterprise": {"id": "E1"},
                "is_enterprise_install": False,
                "view": {"type": "home", "app_installed_team_id": "T1"},
            },
            Address("T2", "E1", others=("T1",)),
        ),
        (
            # A form that says itself that it is of T2.
            {
                "type": "view_submission",
                "team": {"id": "T2", "enterprise_id": "E1"},
                "is_enterprise_install": False,
                "view": {"app_installed_team_id": "T1", "external_id": MARK},
            },
            Address("T2", "E1"),
        ),
        (
            # In Home of an organisation's app, `user.team_id` is not where the person is.
            {
                "type": "block_actions",
                "team": None,
                "enterprise": {"id": "E1"},
                "is_enterprise_install": True,
                "user": {"id": "U1", "team_id": "T3"},
                "view": {"type": "home", "app_installed_team_id": "E1", "external_id": MARK},
            },
            Address("T2", "E1", org_wide=True),
        ),
        (
            # Somebody of T9 clicks on a message of the organisation's bot.
            {
                "type": "block_actions",
                "team": None,
                "enterprise": {"id": "E1"},
                "is_enterprise_install": True,
                "user": {"id": "U9", "team_id": "T9"},
                "channel": {"id": "CSHARED"},
            },
            Address("", "E1", org_wide=True, channel="CSHARED"),
        ),
        (
            {
                "type": "block_actions",
                "team": None,
                "enterprise": {"id": "E1"},
                "is_enterprise_install": True,
                "user": {"id": "U9", "team_id": "T9"},
                "channel": {"id": "CSHARED"},
                "message": {"ts": "1.1", "team": "T1"},
            },
            Address("T1", "E1", org_wide=True),
        ),
        ({"type": "shortcut", "user": {"team_id": "T9"}}, Address(org_wide=None)),
        ({"ssl_check": "1"}, Address(org_wide=None)),
        ({}, Address(org_wide=None)),
    ],
)
def test_each_kind_of_request_names_its_workspace(
    body: dict[str, object], expected: Address
) -> None:
    assert address_of(body) == expected


def test_an_installation_is_that_of_the_workspace_or_of_its_organisation() -> None:
    assert Address("T1", "E1").installation == "T1"
    assert Address("T1", "E1", org_wide=True).installation == "E1"


@pytest.mark.parametrize(
    "body",
    [
        {"team_id": "T1", "context_team_id": "T2", "authorizations": authorized("T1")},
        {"team_id": "T2", "context_team_id": "T2", "authorizations": authorized("T1")},
        {
            "team_id": "T1",
            "context_team_id": "T2",
            "authorizations": authorized("T1", "E1", org=True),
        },
        {
            "team_id": "T1",
            "context_enterprise_id": "E2",
            "authorizations": authorized("T1", "E1", org=True),
        },
        {"team_id": "T1", "context_team_id": "T2"},
        {"team_id": "T1", "team": "T2"},
        {"team_id": "T1", "team": {"id": "T2"}, "authorizations": authorized("T1")},
    ],
)
def test_an_event_whose_fields_contradict_is_for_nobody(body: dict[str, object]) -> None:
    address = address_of({**EVENT, "event": {"type": "message"}, **body})

    assert address.contradiction
    assert address.place_among(BOTS) == ""


@pytest.mark.parametrize(
    "body",
    [
        {"context_team_id": "T1", "team_id": "T2", "authorizations": authorized("T2")},
        {"context_team_id": "T1", "team_id": "T2", "is_ext_shared_channel": True},
        {"team_id": "T2", "authorizations": authorized("T1"), "is_ext_shared_channel": True},
        {"team_id": "T2", "team": "T1"},
        {"enterprise_id": "E2", "authorizations": authorized(None, "E1", org=True)},
    ],
)
def test_a_removal_whose_fields_contradict_removes_nothing(body: dict[str, object]) -> None:
    address = address_of({**EVENT, "event": {"type": "app_uninstalled"}, **body})

    assert address.contradiction


@pytest.mark.parametrize(
    ("body", "removed"),
    [
        ({"team_id": "T1"}, "T1"),
        ({"team_id": "T1", "enterprise_id": "E1"}, "T1"),
        ({"team_id": "T1", "authorizations": authorized("T1", "E1")}, "T1"),
        ({"team_id": "T2", "authorizations": authorized("T1", "E1", org=True)}, "E1"),
        ({"team_id": "T1", "enterprise_id": "E1", "is_enterprise_install": True}, "E1"),
        ({"enterprise_id": "E1"}, "E1"),
        ({"team_id": "T1", "is_enterprise_install": True}, ""),
        ({"event": {"type": "app_uninstalled", "team": "T1"}}, ""),
    ],
)
def test_a_removal_says_itself_what_it_ends(body: dict[str, object], removed: str) -> None:
    address = address_of({**EVENT, "event": {"type": "app_uninstalled"}, **body})

    assert (address.contradiction, address.installation) == ("", removed)


def test_a_click_of_an_organisation_never_reaches_the_bot_of_its_persons_company() -> None:
    """T2 has installed the app itself; its person clicks in a channel of E1, and in a form."""
    click = {
        "type": "block_actions",
        "team": None,
        "enterprise": {"id": "E1"},
        "is_enterprise_install": True,
        "user": {"id": "U9", "team_id": "T2"},
    }

    for place in ({"channel": {"id": "C1"}}, {"view": {"app_installed_team_id": "T2"}}, {}):
        assert address_of({**click, **place}).place_among({"T1": "E1", "T2": "T2"}) == ""
    found = {**click, "view": {"app_installed_team_id": "T1"}}
    assert address_of(found).place_among({"T1": "E1", "T2": "T2"}) == "T1"


def test_a_view_that_says_its_workspace_goes_to_no_other() -> None:
    body = {"type": "view_submission", "team": {"id": "T1"}, "view": {"external_id": MARK}}

    assert address_of(body).contradiction
    assert address_of({**body, "team": {"id": "T2"}}).place_among({"T1": "T1"}) == ""


@given(st.sampled_from(["T1", "T2", "T0123ABCD"]))
def test_a_view_says_its_workspace_and_none_where_there_is_one_bot(team: str) -> None:
    view = {"type": "home", "blocks": []}
    marked = view_of_team(view, team)

    assert team_in_view(marked) == team
    assert marked != view_of_team(view, team)  # Slack takes each mark for one view
    assert view_of_team(view, "") == view
    for other in ({"external_id": f"{team}-x"}, {"external_id": 7}, {"external_id": None}, {}):
        assert team_in_view(other) == ""


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=50)
    | st.sampled_from(["T1", "E1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
names = st.sampled_from(
    [
        *("type", "event", "team", "team_id", "enterprise", "enterprise_id", "authorizations"),
        *("is_enterprise_install", "user", "view", "context_team_id", "context_enterprise_id"),
        *("channel", "container", "message", "is_ext_shared_channel"),
    ]
)


@given(st.dictionaries(names, json | st.just("event_callback")))
def test_no_body_breaks_the_front(body: dict[str, object]) -> None:
    """Whatever it holds, typed or not: the ids are short texts, and there is no error."""
    for one in (body, typed_payload(body)):
        address = address_of(one)
        assert all(isinstance(part, str) for part in (*address.teams, address.enterprise))
        assert all(len(part) <= 31 for part in (*address.teams, address.enterprise))
        is_removal(one)
        changes_access(one)


teams, orgs = st.sampled_from([None, "T1", "T2", "T3"]), st.sampled_from([None, "E1", "E2"])
ids = teams | orgs | st.sampled_from(["", "../T1", "t1", "T1\n", "Т1", "T" * 99])
flags = st.sampled_from([True, False, None, "true", "false", 1])
grants = st.fixed_dictionaries(
    {"team_id": ids, "enterprise_id": orgs, "is_enterprise_install": flags}
)
events = st.fixed_dictionaries(
    {},
    optional={
        "team": ids,
        "team_id": ids,
        "enterprise_id": ids,
        "context_team_id": ids,
        "context_enterprise_id": ids,
        "is_enterprise_install": flags,
        "is_ext_shared_channel": st.booleans(),
        "authorizations": st.lists(grants, max_size=2),
    },
)
views = st.fixed_dictionaries(
    {"type": st.sampled_from(["home", "modal"])},
    optional={"app_installed_team_id": ids, "team_id": ids, "external_id": st.just(MARK)},
)
interactions = st.fixed_dictionaries(
    {"type": st.sampled_from(["block_actions", "view_submission", "shortcut", "message_action"])},
    optional={
        "team": st.none() | st.fixed_dictionaries({"id": ids, "enterprise_id": orgs}),
        "team_id": ids,
        "enterprise": st.none() | st.fixed_dictionaries({"id": orgs}),
        "is_enterprise_install": flags,
        "user": st.fixed_dictionaries({"team_id": ids}),
        "channel": st.just({"id": "C1"}),
        "message": st.fixed_dictionaries({"team": ids}),
        "view": views,
    },
)
BOTS = {"T1": "E1", "T2": "T2", "T3": "E2"}
"""Two workspaces of organisations, and one that has installed the app itself."""


def of_organisation(told: dict[str, Any]) -> bool | None:
    """What *told* says of its installation; None where it says nothing."""
    value = told.get("is_enterprise_install")
    return (
        {"true": True, "false": False}.get(value)
        if isinstance(value, str)
        else (value if isinstance(value, bool) else None)
    )


@given(events)
def test_the_bot_that_gets_an_event_is_one_that_its_fields_allow(body: dict[str, Any]) -> None:
    granted = (body.get("authorizations") or [{}])[0]

    place = address_of({**EVENT, "event": {"type": "message"}, **body}).place_among(BOTS)

    if not place:
        return
    around = (body.get("enterprise_id"), body.get("context_enterprise_id"))
    orgs_told = (
        {granted.get("enterprise_id"), granted.get("team_id")}
        if granted
        else {*around, body.get("team_id"), body.get("context_team_id")}
    )
    match of_organisation(granted or body):
        case True:
            assert BOTS[place] in orgs_told
        case False:
            assert BOTS[place] == place
        case None:
            assert BOTS[place] in {place, *orgs_told}
    if granted.get("team_id") in BOTS:
        assert place == granted["team_id"]
    assert place in {body.get("team_id"), body.get("context_team_id"), granted.get("team_id")}


@given(interactions)
def test_the_bot_that_gets_a_click_is_one_that_its_fields_allow(body: dict[str, Any]) -> None:
    place = address_of(body).place_among(BOTS)

    if not place:
        return
    view, team = body.get("view") or {}, body.get("team") or {}
    orgs_told = {(body.get("enterprise") or {}).get("id"), *team.values()}
    says = of_organisation(body)
    if says is not False:
        assert BOTS[place] in orgs_told | (set() if says else {place})
    else:
        assert BOTS[place] == place
    if not says:
        named = {team.get("id"), body.get("team_id"), view.get("app_installed_team_id")}
        assert place in named | {body.get("message", {}).get("team")}
    if view.get("external_id"):
        assert place == "T2"


@given(st.sampled_from(["T1", "T2"]), json, json)
def test_words_of_people_change_no_address(team: str, text: object, blocks: object) -> None:
    """What a message says is not where it goes."""
    event = {"type": "message", "text": text, "blocks": blocks, "team": "T2"}
    body = {**EVENT, "team_id": team, "event": event, "authorizations": authorized(team)}

    assert address_of(body).team == team


@pytest.mark.parametrize(
    ("event", "removed"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U1"]}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["UKEIKO"], "bot": []}}, False),
        ({"type": "tokens_revoked", "tokens": {"oauth": ["UKEIKO"]}}, False),
        ({"type": "tokens_revoked", "tokens": "all"}, False),
        ({"type": "message", "text": "app_uninstalled"}, False),
    ],
)
def test_only_a_token_of_the_bot_ends_an_installation(
    event: dict[str, object], *, removed: bool
) -> None:
    assert is_removal({**EVENT, "event": event}) == removed


def test_nobody_uninstalls_by_an_interaction() -> None:
    assert not is_removal({"type": "block_actions", "event": {"type": "app_uninstalled"}})


@pytest.mark.parametrize("type_", [None, {}, ["app_uninstalled"], 1])
def test_an_event_of_an_odd_type_is_no_removal(type_: object) -> None:
    body = {**EVENT, "event": {"type": type_}, "event_time": 10**400}

    assert not is_removal(body)
    assert not changes_access(body)
    assert not is_removal({**EVENT, "type": type_, "event": {"type": "app_uninstalled"}})

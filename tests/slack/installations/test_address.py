"""A request goes to the workspace that its body names, and a strange body nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.client.typed import typed_payload
from bot.slack.installations.address import Address, address_of, changes_access, removal_in

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
                "view": {"app_installed_team_id": "T1"},
            },
            Address("T1"),
        ),
        (
            {**EVENT, "team_id": "E1", "authorizations": authorized("E1", "E1", org=True)},
            Address("", "E1", org_wide=True),
        ),
        ({"ssl_check": "1"}, Address()),
        ({}, Address()),
    ],
)
def test_each_kind_of_request_names_its_workspace(
    body: dict[str, object], expected: Address
) -> None:
    assert address_of(body) == expected


def test_an_installation_is_that_of_the_workspace_or_of_its_organisation() -> None:
    assert Address("T1", "E1").installation == "T1"
    assert Address("T1", "E1", org_wide=True).installation == "E1"


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
    ]
)


@given(st.dictionaries(names, json | st.just("event_callback")))
def test_no_body_breaks_the_front(body: dict[str, object]) -> None:
    """Whatever it holds, typed or not: the ids are short texts, and there is no error."""
    for one in (body, typed_payload(body)):
        address = address_of(one)
        assert all(isinstance(part, str) for part in (address.team, address.enterprise))
        assert max(len(address.team), len(address.enterprise)) <= 40
        removal_in(one)
        changes_access(one)


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
    assert (removal_in({**EVENT, "event": event}) is not None) == removed


def test_nobody_uninstalls_by_an_interaction() -> None:
    assert removal_in({"type": "block_actions", "event": {"type": "app_uninstalled"}}) is None

"""Nobody gets to read through the bot what they could not read themselves."""

import pytest

from bot.core.types import QuestionId
from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.permissions import Principals
from bot.slack.client.view_rights import ViewRights
from bot.workspace import Workspace
from bot.workspace.oauth import Consent
from knowledge.model.readers import group, person
from knowledge.model.types import Principal
from tests.slack.client.test_view_rights import Shelf
from tests.support.names import names_used


@pytest.fixture
def principals(clients: Clients, me: BotIdentity, store: RedisConnection) -> Principals:
    """The look-ups, where documents are for `#hr`, `#partner` and `@leads`."""
    names = names_used(clients, me, store, "#hr", "#partner", "@leads")
    return Principals(clients.repeating, me, names)


async def test_a_person_stands_for_their_channels_and_groups(
    workspace: Workspace, principals: Principals
) -> None:
    """By id and by name; the name of a channel shared with outsiders is not trusted."""
    hanako = workspace.add_user("hanako")
    hr = workspace.add_channel("hr", [hanako], private=True)
    partner = workspace.add_channel("partner", [hanako], shared=True)
    workspace.add_channel("legal", [workspace.add_user("bob")])
    group = workspace.add_usergroup("leads", [hanako])
    reader = await principals.of_person(hanako.id)

    assert reader.member
    assert reader.groups == {hr.id, "#hr", partner.id, group.id, "@leads"}


async def test_what_was_looked_up_is_believed_for_a_while(
    workspace: Workspace, principals: Principals
) -> None:
    """A busy channel does not cost a call a question."""
    channel = workspace.add_channel("general", [workspace.add_user("hanako")])
    await principals.of_channel(channel.id)
    calls = len(workspace.calls())
    await principals.of_channel(channel.id)

    assert len(workspace.calls()) == calls


async def test_a_person_is_known_at_sources_by_the_address_that_slack_has_confirmed(
    workspace: Workspace, principals: Principals
) -> None:
    """Members and guests; user groups and channels of Slack are groups of theirs."""
    hanako = workspace.add_user("hanako", mail="Hanako@Example.com")
    guest = workspace.add_user("guest", guest=True, mail="guest@other.example")
    hr = workspace.add_channel("hr", [hanako], private=True)
    leads = workspace.add_usergroup("leads", [hanako])

    assert (await principals.of_person(hanako.id)).names == {
        person("hanako@example.com"),
        group("slack", hr.id),
        group("slack", leads.id),
    }
    assert (await principals.of_person(guest.id)).names == {person("guest@other.example")}


@pytest.mark.parametrize(
    "facts",
    [
        {"mail_confirmed": False},
        {"mail": "no address", "mail_confirmed": True},
        {"deleted": True},
        {"bot_id": "B1"},
        {"team_id": "T0OTHER"},
        {"display_name": "boss@example.com", "mail_confirmed": False},
    ],
)
async def test_nothing_else_gives_a_name(
    workspace: Workspace, principals: Principals, facts: dict[str, object]
) -> None:
    """An address that nobody has confirmed, a free field, somebody from outside, a program."""
    hanako = workspace.add_user("hanako")
    workspace.change_user(hanako, **facts)

    assert (await principals.of_person(hanako.id)).names == frozenset()


async def test_a_channel_has_no_name_but_its_own(
    workspace: Workspace, principals: Principals
) -> None:
    """Whoever is in it; none at all where another organisation reads."""
    hanako = workspace.add_user("hanako")
    alone = workspace.add_channel("alone", [hanako])
    shared = workspace.add_channel("shared", [hanako], shared=True)

    assert (await principals.of_channel(alone.id)).names == {group("slack", alone.id)}
    assert (await principals.of_channel(shared.id)).names == frozenset()


async def test_without_the_scope_there_is_no_address(
    workspace: Workspace, principals: Principals
) -> None:
    """Slack leaves the field out."""
    hanako = workspace.add_user("hanako")
    workspace.team.scopes.discard("users:read.email")

    assert (await principals.of_person(hanako.id)).names == frozenset()


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.list"])
async def test_a_channel_that_cannot_be_looked_up_has_no_rights_but_only_this_time(
    workspace: Workspace, principals: Principals, method: str
) -> None:
    """A failure is not remembered."""
    channel = workspace.add_channel("general", [workspace.add_user("hanako")])
    workspace.faults.add(method, "missing_scope")
    closed = await principals.of_channel(channel.id)
    opened = await principals.of_channel(channel.id)

    assert (closed.member, closed.groups) == (False, frozenset())
    assert opened.member


@pytest.mark.parametrize("method", ["users.conversations", "usergroups.list"])
async def test_groups_that_cannot_be_looked_up_are_none(
    workspace: Workspace, principals: Principals, method: str
) -> None:
    """Membership of the team is a question of its own."""
    hanako = workspace.add_user("hanako")
    workspace.add_channel("hr", [hanako])
    workspace.faults.add(method, "missing_scope")
    reader = await principals.of_person(hanako.id)

    assert (reader.member, reader.groups) == (True, frozenset())


async def test_strangers_are_no_members(workspace: Workspace, principals: Principals) -> None:
    """Guests, people of other organisations, bots, and people who do not exist."""
    guest = workspace.add_user("guest", guest=True)
    outsider = workspace.add_user("outsider", external=True)
    ids = [guest.id, outsider.id, workspace.bot_user_id, "U404"]

    assert [await principals.is_member(person) for person in ids] == [False] * 4


@pytest.mark.parametrize(
    ("locale", "language"), [("ja-JP", "ja"), ("en-GB", "en"), ("de-DE", "en")]
)
async def test_people_are_spoken_to_in_the_language_of_their_slack(
    workspace: Workspace, principals: Principals, locale: str, language: str
) -> None:
    """English for whatever we do not speak."""
    person = workspace.add_user("x", language=locale)

    assert await principals.language(person.id) == language


@pytest.fixture
def east(workspace: Workspace) -> Workspace:
    """One of two workspaces of an organisation, each with a bot."""
    return workspace.beside("T0EAST", "East", enterprise_id="E0ORG")


def principals_of(
    east: Workspace, store: RedisConnection, *, apart: bool, org_wide: bool = False
) -> tuple[Clients, Principals]:
    """Return the look-ups of the bot in *east*, on a deployment for several workspaces or one."""
    east.team.org_wide = org_wide
    east.oauth.install_by_hand(east.team)
    if org_wide:
        token = east.team.identity.bot_token
        east.oauth._tokens[token] = Consent(east.team, org=True, redirect="")
    team = "T0EAST" if apart else ""
    clients = Clients(east.team.identity.bot_token, east.api_url, team=team)
    me = BotIdentity("T0EAST", east.bot_user_id, "B0EAST", "E0ORG", org_wide=org_wide, apart=apart)
    return clients, Principals(clients.repeating, me, names_used(clients, me, store))


@pytest.mark.parametrize("org_wide", [False, True])
async def test_workspaces_of_an_organisation_are_apart_in_rights(
    east: Workspace, store: RedisConnection, *, org_wide: bool
) -> None:
    """Who is only in the other one is no member, guest or operator here."""
    here, there = east.add_user("hanako"), east.add_user("bob", admin=True)
    both = east.add_user("keiko")
    here.teams, there.teams, both.teams = ("T0EAST",), ("T0WEST",), ("T0WEST", "T0EAST")
    there.team_id = both.team_id = "T0WEST"
    guest = east.add_user("guest", guest=True)
    guest.teams, guest.team_id = ("T0WEST",), "T0WEST"
    mixed = east.add_channel("mixed", [here, there])
    clients, principals = principals_of(east, store, apart=True, org_wide=org_wide)

    clients.open()
    try:
        kinds = [await principals.kind(one.id) for one in (here, both, there, guest)]
        assert kinds == ["member", "member", "outsider", "outsider"]
        assert not (await principals.of_person(there.id)).member
        assert not await principals.is_operator(there.id)
        assert {one["id"] for one in await principals.users()} == {here.id, both.id}
        assert not (await principals.of_channel(mixed.id)).member
    finally:
        await clients.aclose()


@pytest.mark.parametrize("apart", [True, False])
async def test_a_channel_that_another_workspace_reads_has_no_rights(
    east: Workspace, store: RedisConnection, *, apart: bool
) -> None:
    """Though everybody in it now is of this one. One bot for the organisation has only members."""
    hanako = east.add_user("hanako")
    hanako.teams = ("T0EAST",)
    channel = east.add_channel("plans", [hanako])
    channel.org_shared = True
    clients, principals = principals_of(east, store, apart=apart)

    clients.open()
    try:
        assert (await principals.of_channel(channel.id)).member != apart
        assert await principals.is_open(channel.id) != apart
        views = ViewRights(principals, Shelf({}))
        own = {east.add_channel(f"own{n}", [hanako]).id for n in range(6)}
        asked = [QuestionId(f"slack:T0EAST:{one}:1.1") for one in (*own, channel.id)]
        reader = Principal(hanako.id, member=True)
        expected = own if apart else {*own, channel.id}
        assert await views.open_channels(asked, reader) == expected
    finally:
        await clients.aclose()


async def test_an_admin_of_another_workspace_operates_no_bot_here(
    east: Workspace, store: RedisConnection
) -> None:
    """With an organisation's token Slack tells of one person without saying of which workspace."""
    hanako, keiko = east.add_user("hanako"), east.add_user("keiko", admin=True)
    hanako.teams = keiko.teams = ("T0EAST", "T0WEST")
    hanako.admin_elsewhere = True
    clients, principals = principals_of(east, store, apart=True, org_wide=True)

    clients.open()
    try:
        told = await clients.repeating.users_info(user=hanako.id)
        assert told["user"]["is_admin"]
        assert not await principals.is_operator(hanako.id)
        assert await principals.is_operator(keiko.id)
    finally:
        await clients.aclose()

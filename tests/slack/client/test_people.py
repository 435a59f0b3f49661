"""Owners are written as people write names, and found as Slack knows them."""

import pytest

from bot.handoff.people import includes, is_only
from bot.redis.connection import RedisConnection
from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.slack.client.people import SlackPeople, mention
from bot.slack.client.permissions import Principals
from bot.workspace import Workspace
from tests.support.names import names_used


@pytest.fixture
def people(clients: Clients, me: BotIdentity, store: RedisConnection) -> SlackPeople:
    return SlackPeople(Principals(clients.repeating, me, names_used(clients, me, store)))


async def test_a_person_is_found_by_id_address_and_handle(
    workspace: Workspace, people: SlackPeople
) -> None:
    """Guests and strangers are nobody to ask."""
    keiko = workspace.add_user("恵子 Sato")
    workspace.add_user("guest", guest=True)
    for name in ("@恵子 Sato", "恵子 SATO", "恵子 sato@example.com", keiko.id):
        assert await people.find(name) == keiko.id
    assert await people.find("@guest") == ""
    assert await people.find("総務の田中") == ""
    assert await people.named(keiko.id) == "@恵子 Sato"
    assert mention(keiko.id) == keiko.mention


async def test_a_group_is_found_by_its_handle(workspace: Workspace, people: SlackPeople) -> None:
    keiko, ken = workspace.add_user("keiko"), workspace.add_user("ken")
    team = workspace.add_usergroup("people-team", [keiko, ken])
    alone = workspace.add_usergroup("alone", [ken])
    assert await people.find("@people-team") == team.id
    assert await people.named(team.id) == "@people-team"
    assert mention(team.id) == f"<!subteam^{team.id}>"
    assert await includes(people, team.id, keiko.id)
    assert not await is_only(people, team.id, keiko.id)
    assert await is_only(people, alone.id, ken.id)


async def test_a_name_that_two_have_finds_nobody(workspace: Workspace, people: SlackPeople) -> None:
    """Asking the wrong one would be worse."""
    workspace.add_user("tanaka")
    workspace.add_user("tanaka")
    assert await people.find("@tanaka") == ""
    assert mention("@tanaka") == ""


async def test_when_slack_does_not_say_only_ids_are_known(
    workspace: Workspace, people: SlackPeople
) -> None:
    keiko = workspace.add_user("keiko")
    for name, found in ((keiko.id, keiko.id), ("@keiko", "")):
        workspace.faults.add("users.list", "missing_scope")
        assert await people.find(name) == found
    assert await people.find("@keiko") == keiko.id


async def test_a_plan_without_user_groups_has_people(
    workspace: Workspace, people: SlackPeople
) -> None:
    keiko = workspace.add_user("keiko")
    workspace.faults.add("usergroups.list", "paid_teams_only", times=9)
    for _ in range(3):
        assert await people.find("@keiko") == keiko.id
    assert [call.method for call in workspace.calls()].count("usergroups.list") == 1


@pytest.mark.parametrize("name", ["恵子", "Keiko Sato", "＠keiko"])
async def test_a_display_name_finds_nobody(
    workspace: Workspace, people: SlackPeople, name: str
) -> None:
    """Everybody may call themselves what they like."""
    mallory = workspace.add_user("mallory")
    workspace.change_user(mallory, display_name=name)

    assert await people.find(name) == ""
    assert await people.find(f"@{name}") == ""
    assert await people.named(mallory.id) == "@mallory"


async def test_who_has_left_is_not_replaced_by_who_takes_the_handle(
    workspace: Workspace, people: SlackPeople
) -> None:
    """By handle and by id; operators are told of both."""
    keiko = workspace.add_user("keiko")
    assert await people.find("@keiko") == keiko.id
    keiko.deleted, keiko.name = True, "keiko-old"
    workspace.add_user("keiko")
    people.principals.facts._known.clear()

    assert await people.find("@keiko") == ""
    assert await people.find(keiko.id) == ""
    lines = await people.principals.names.lines("en")
    assert [line.split()[1] for line in lines] == ["@keiko", keiko.id]


async def test_a_guest_who_asks_is_no_news(workspace: Workspace, people: SlackPeople) -> None:
    """Only who has left is told of."""
    guest = workspace.add_user("guest", guest=True)

    assert await people.find(guest.id) == ""
    assert await people.principals.names.lines("en") == []

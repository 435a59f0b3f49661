"""Users, groups, reactions, files."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from bot.workspace.state import Json
from tests.support.small_team import People, refused


async def test_users_tell_who_they_are(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Guests, admins and people of another team can be told apart."""
    guest = workspace.add_user("guest", guest=True)
    outsider = workspace.add_user("outsider", external=True)
    boss = workspace.add_user("boss", admin=True)

    async def user(user_id: str) -> dict[str, object]:
        found = (await client.users_info(user=user_id, include_locale=True))["user"]
        assert isinstance(found, dict)
        return found

    assert (await user(people.hanako.id))["locale"] == "ja-JP"
    assert (await user(guest.id))["is_restricted"] is True
    assert (await user(boss.id))["is_admin"] is True
    assert (await user(outsider.id))["team_id"] != workspace.team_id
    assert (await user(workspace.bot_user_id))["is_bot"] is True
    async with refused("user_not_found"):
        await client.users_info(user="U404")


async def test_user_groups_have_members(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A group is found by its handle, its members by its id."""
    group = workspace.add_usergroup("hr", [people.hanako])
    listed = await client.usergroups_list(include_users=True)
    assert listed["usergroups"][0]["handle"] == "hr"
    members = await client.usergroups_users_list(usergroup=group.id)
    assert members["users"] == listed["usergroups"][0]["users"] == [people.hanako.id]


async def test_a_reaction_counts_once(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A second one of the same person is refused, as is taking back what is not there."""
    message = await workspace.post(people.general, people.bob, "ok")
    where: Json = {"channel": people.general.id, "timestamp": message.ts}
    await client.reactions_add(**where, name="eyes")
    async with refused("already_reacted"):
        await client.reactions_add(**where, name="eyes")
    await workspace.react(message, people.bob, "eyes")
    found = (await client.reactions_get(**where))["message"]["reactions"]
    assert found == [{"name": "eyes", "users": [workspace.bot_user_id, people.bob.id], "count": 2}]
    await client.reactions_remove(**where, name="eyes")
    async with refused("no_reaction"):
        await client.reactions_remove(**where, name="eyes")
    async with refused("invalid_name"):
        await client.reactions_add(**where, name="not an emoji")


async def test_a_file_needs_the_token_to_be_downloaded(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Without it Slack answers 200 with its sign-in page, which is not the file."""
    file = workspace.add_file("規程.md", "有給は10日".encode(), "text/markdown")
    await workspace.post(people.general, people.hanako, "これ", files=[file])
    told = (await client.files_info(file=file.id))["file"]
    token = {"Authorization": f"Bearer {workspace.bot_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.get(told["url_private_download"], headers=token) as response:
            assert await response.read() == file.content
        async with session.get(told["url_private_download"]) as response:
            assert (response.status, response.content_type) == (200, "text/html")
    async with refused("file_not_found"):
        await client.files_info(file="F404")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"blocks": [{"type": "banner"}]}, "invalid_blocks"),
        ({"view": {"type": "home", "blocks": [{"type": "markdown", "text": "x"}]}}, "invalid_view"),
        ({"message": {"blocks": [{"type": "header"}]}}, "invalid_message"),
        ({}, "invalid_arguments"),
        ({"blocks": [], "message": {}}, "invalid_arguments"),
    ],
)
async def test_the_validator_names_what_is_wrong(
    client: AsyncWebClient, arguments: dict[str, object], code: str
) -> None:
    """`blocks.validate` takes exactly one thing and applies the same rules as posting."""
    async with refused(code):
        await client.api_call("blocks.validate", json=arguments)
    assert (await client.api_call("blocks.validate", json={"blocks": []}))["ok"]


async def test_team_and_bot_introduce_themselves(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """What an app asks for at its start fits together."""
    identity = await client.auth_test()
    bot = (await client.bots_info(bot=str(identity["bot_id"])))["bot"]
    assert bot["user_id"] == identity["user_id"] == workspace.bot_user_id
    assert (await client.team_info())["team"]["id"] == workspace.team_id

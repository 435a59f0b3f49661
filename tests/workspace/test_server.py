"""The Web API as a server: tokens, encodings, limits and faults."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from bot.workspace.state import Json
from tests.support.small_team import People, refused


async def test_tokens_are_checked(workspace: Workspace, client: AsyncWebClient) -> None:
    """No token, a wrong one and one of the wrong kind are three different errors."""
    url = workspace.api_url
    async with refused("not_authed"):
        await AsyncWebClient(base_url=url).auth_test()
    async with refused("invalid_auth"):
        await AsyncWebClient("xoxb-wrong", base_url=url).auth_test()
    async with refused("not_allowed_token_type"):
        await AsyncWebClient(workspace.app_token, base_url=url).auth_test()
    async with refused("not_allowed_token_type"):
        await client.apps_connections_open(app_token=workspace.bot_token)
    async with refused("unknown_method"):
        await client.api_call("chat.shout")


async def test_a_missing_scope_is_named(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The error says what is needed and what was granted."""
    workspace.team.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=people.general.id, text="x")
    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "chat:write"
    assert "users:read" in caught.value.response["provided"]


@pytest.mark.parametrize("encoding", ["json", "data", "params"])
async def test_arguments_come_as_json_form_or_query(
    workspace: Workspace, people: People, encoding: str
) -> None:
    """All three encodings mean the same; structured arguments are told parsed."""
    blocks = '[{"type":"markdown","text":"有給"}]'
    sent: Json = {"channel": people.general.id, "text": "a", "blocks": blocks}
    headers = {"Authorization": f"Bearer {workspace.bot_token}"}
    url = f"{workspace.api_url}chat.postMessage"
    arguments: Json = {encoding: sent}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request("POST", url, **arguments) as response,
    ):
        assert (await response.json())["ok"]
    assert workspace.messages(people.general)[0].plain == "有給"
    call = workspace.calls("chat.postMessage")[0]
    assert call.arguments["blocks"] == [{"type": "markdown", "text": "有給"}]


async def test_a_token_in_the_body_works_and_is_not_recorded(workspace: Workspace) -> None:
    """The old way to authenticate is still taken."""
    url = f"{workspace.api_url}auth.test"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data={"token": workspace.bot_token}) as response,
    ):
        assert (await response.json())["user_id"] == workspace.bot_user_id
    assert dict(workspace.calls()[0].arguments) == {}


async def test_rate_limits_are_slacks_and_pass_with_time(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Tier 2 is 20 calls a minute; the refusal says how long to wait, and does not count."""
    workspace.limit_rates(on=True)
    for _ in range(20):
        await client.users_list()
    with pytest.raises(SlackApiError) as caught:
        await client.users_list()
    assert caught.value.response.status_code == 429
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 60
    workspace.clock.advance(60)
    await client.users_list()


async def test_messages_are_limited_by_channel(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A burst of five, then about one a second; other channels are not held up."""
    workspace.limit_rates(on=True)
    for _ in range(5):
        await client.chat_postMessage(channel=people.general.id, text="x")
    async with refused("ratelimited"):
        await client.chat_postMessage(channel=people.general.id, text="x")
    await client.chat_postMessage(channel=people.bob.id, text="x")
    workspace.clock.advance(5)
    await client.chat_postMessage(channel=people.general.id, text="x")


async def test_slacks_client_obeys_retry_after(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A 429 with its header is what the client's own handler waits for."""
    workspace.faults.add("chat.postMessage", "ratelimited", retry_after=0)
    patient = AsyncWebClient(
        workspace.bot_token,
        workspace.api_url,
        session=client.session,
        retry_handlers=[AsyncRateLimitErrorRetryHandler()],
    )
    await patient.chat_postMessage(channel=people.general.id, text="x")
    assert [call.status for call in workspace.calls("chat.postMessage")] == [429, 200]


@pytest.mark.parametrize(
    ("kind", "posted"),
    [
        ("internal_error", 0),
        ("unavailable", 0),
        ("half_done", 1),
        ("ekm", 0),
        ("team_not_found", 0),
    ],
)
async def test_a_fault_strikes_once_and_then_all_is_well(
    workspace: Workspace, client: AsyncWebClient, people: People, kind: str, posted: int
) -> None:
    """`half_done` is the one after which the message is there in spite of the error."""
    workspace.faults.add("chat.postMessage", kind)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=people.general.id, text="x")
    assert len(workspace.messages(people.general)) == posted
    await client.chat_postMessage(channel=people.general.id, text="x")
    assert len(workspace.messages(people.general)) == posted + 1


@pytest.mark.parametrize(("kind", "posted"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_cut_connection_does_not_say_what_happened(
    workspace: Workspace, client: AsyncWebClient, people: People, kind: str, posted: int
) -> None:
    """The caller sees the same error whether the message was posted or not."""
    workspace.faults.add("chat.postMessage", kind)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=people.general.id, text="x")
    assert len(workspace.messages(people.general)) == posted
    assert [call.status for call in workspace.calls()] == [0]


async def test_a_fault_can_choose_its_call(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Others pass, and `clear` ends it."""
    workspace.faults.add("*", "fatal_error", times=9, when=lambda sent: sent.get("text") == "bad")
    await client.chat_postMessage(channel=people.general.id, text="good")
    async with refused("fatal_error"):
        await client.chat_postMessage(channel=people.general.id, text="bad")
    workspace.faults.clear()
    await client.chat_postMessage(channel=people.general.id, text="bad")


async def test_a_slow_answer_comes_late_but_right(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """A caller that is less patient sees a timeout, and the message is posted all the same."""
    workspace.faults.add("chat.postMessage", "slow", seconds=2.0)
    hasty = AsyncWebClient(workspace.bot_token, workspace.api_url, timeout=1)
    with pytest.raises(TimeoutError):
        await hasty.chat_postMessage(channel=people.general.id, text="x")
    assert await workspace.wait_for(lambda: workspace.messages(people.general))


async def test_waiting_in_vain_shows_what_is_there(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The error of `wait_for` is enough to see what went wrong."""
    await workspace.post(people.general, people.hanako, "有給は?")
    async with refused("not_in_channel"):
        other = workspace.add_channel("other", [people.bob], with_bot=False)
        await client.chat_postMessage(channel=other.id, text="x")
    with pytest.raises(TimeoutError, match=r"(?s)hanako: 有給は\?.*not_in_channel"):
        await workspace.wait_for(lambda: None, timeout=0.01)


async def test_a_port_that_is_taken_is_an_error(workspace: Workspace) -> None:
    """A second workspace does not share it silently."""
    with pytest.raises(OSError, match="Address already in use"):
        await Workspace.start(port=int(workspace.api_url.split(":")[2].split("/")[0]))

"""Socket Mode, heard by Bolt and by a bare websocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import SlackMessage, Workspace
from tests.support.small_team import People

Frame = dict[str, Any]


@asynccontextmanager
async def socket(
    workspace: Workspace, client: AsyncWebClient
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket after its `hello`."""
    opened = await client.apps_connections_open(app_token=workspace.app_token)
    assert client.session
    async with client.session.ws_connect(str(opened["url"])) as connection:
        assert (await connection.receive_json())["type"] == "hello"
        yield connection


async def acknowledge(connection: aiohttp.ClientWebSocketResponse, **payload: object) -> Frame:
    """Receive one envelope and acknowledge it."""
    envelope: Frame = await connection.receive_json()
    answer = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
    await connection.send_json(answer)
    return envelope


def answered(workspace: Workspace, question: SlackMessage) -> bool:
    return len(workspace.messages(question.channel, question)) > 1


async def test_bolt_hears_and_answers(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The real client connects, gets both twins, answers, and reconnects when it is asked to."""
    app = AsyncApp(client=client)

    @app.event("app_mention")
    async def answer(event: Frame, say: Any) -> None:
        await say(text="10日です", thread_ts=event["ts"])

    @app.event("message")
    async def ignore() -> None:
        """Take the twin, and the app's own message."""

    handler = AsyncSocketModeHandler(app, workspace.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    for text in ("有給は?", "繰り越しは?"):
        question = f"<@{workspace.bot_user_id}> {text}"
        asked = await workspace.post(people.general, people.hanako, question)
        await workspace.wait_for(partial(answered, workspace, asked))
        await workspace.drained()
        await workspace.disconnect_sockets("refresh_requested")
        await workspace.wait_for(lambda: workspace.connections)
    assert [delivery.attempts for delivery in workspace.deliveries] == [1] * 6
    assert all(delivery.acked for delivery in workspace.deliveries)
    await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("ack_seconds", [0.2])
async def test_an_event_that_nobody_acknowledges_is_sent_again(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Three retries, each marked; the payload and its `event_id` stay the same."""
    async with socket(workspace, client) as connection:
        await workspace.post(people.general, people.bob, "hello")
        frames = [await connection.receive_json() for _ in range(4)]
        await workspace.drained()
    assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
    assert [frame["retry_reason"] for frame in frames] == ["", "timeout", "timeout", "timeout"]
    assert len({frame["payload"]["event_id"] for frame in frames}) == 1
    assert len({frame["envelope_id"] for frame in frames}) == 4
    assert workspace.deliveries[0].status == "failed"


@pytest.mark.parametrize("ack_seconds", [0.2])
async def test_an_acknowledged_retry_ends_the_matter(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """The second attempt is the last when it is acknowledged."""
    async with socket(workspace, client) as connection:
        await workspace.post(people.general, people.bob, "hello")
        await connection.receive_json()
        assert (await acknowledge(connection))["retry_attempt"] == 1
        await workspace.drained()
    delivery = workspace.deliveries[0]
    assert (delivery.attempts, delivery.acked, delivery.reasons) == (2, True, ["timeout"])
    assert delivery.seconds
    assert delivery.seconds >= 0.2


async def test_what_happens_while_nobody_listens_comes_as_a_retry(
    client: AsyncWebClient,
) -> None:
    """An app that connects later sees it, marked as a retry."""
    async with (
        await Workspace.start(retry_delays=(0, 0.2)) as workspace,
        aiohttp.ClientSession() as session,
    ):
        bob = workspace.add_user("bob")
        await workspace.post(workspace.add_channel("general", [bob]), bob, "hello")
        await workspace.wait_for(lambda: workspace.deliveries[0].attempts == 2)
        own = AsyncWebClient(workspace.bot_token, workspace.api_url, session=session)
        async with socket(workspace, own) as connection:
            assert (await acknowledge(connection))["retry_attempt"] == 2
        await workspace.drained()
        assert workspace.deliveries[0].reasons == ["connection_failed"] * 2


async def test_each_payload_goes_to_one_of_several_connections(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Two connections share ten events, and no event comes twice."""
    async with socket(workspace, client) as one, socket(workspace, client) as two:
        for number in range(10):
            await workspace.post(people.general, people.bob, str(number))
        frames = [await acknowledge(connection) for _ in range(5) for connection in (one, two)]
        await workspace.drained()
    texts = sorted(frame["payload"]["event"]["text"] for frame in frames)
    assert texts == [str(number) for number in range(10)]


async def test_an_address_opens_one_websocket(workspace: Workspace, client: AsyncWebClient) -> None:
    """A used ticket is refused."""
    opened = await client.apps_connections_open(app_token=workspace.app_token)
    assert client.session
    async with client.session.ws_connect(str(opened["url"])):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.session.ws_connect(str(opened["url"]))


async def test_an_eleventh_connection_is_sent_away(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    """An app has at most ten."""
    assert client.session
    sockets = []
    for _ in range(11):
        opened = await client.apps_connections_open(app_token=workspace.app_token)
        sockets.append(await client.session.ws_connect(str(opened["url"])))
    last = await sockets[-1].receive_json()
    assert (last["type"], last["reason"]) == ("disconnect", "too_many_websockets")
    assert workspace.connections == 10
    for connection in sockets:
        await connection.close()


async def test_a_broken_connection_counts_as_a_failed_attempt(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """What was on its way is sent again over the next connection."""
    async with socket(workspace, client) as one, socket(workspace, client) as two:
        await workspace.post(people.general, people.bob, "hello")
        await one.receive_json()
        workspace.cut_sockets()
        assert (await two.receive()).type in {
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSING,
            aiohttp.WSMsgType.ERROR,
        }
    await workspace.wait_for(lambda: not workspace.connections)
    assert "connection_failed" in workspace.deliveries[0].reasons


@pytest.mark.parametrize("ack_seconds", [0.2])
async def test_commands_are_sent_once_and_carry_their_answer(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Interactivity is not repeated: an app that is late has lost it, and the person is told."""
    async with socket(workspace, client) as connection:
        running = asyncio.create_task(workspace.command(people.bob, people.general, "status"))
        envelope = await acknowledge(connection, text="索引: 3 件")
        answered = await running
        late = await workspace.command(people.bob, people.general, "status")
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert answered.response == {"text": "索引: 3 件"}
    assert [m.plain for m in workspace.ephemerals(people.bob)] == ["索引: 3 件"]
    assert (late.acked, late.delivery.attempts, late.error) == (False, 1, "dispatch_failed")

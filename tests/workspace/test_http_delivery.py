"""Delivery by HTTP: signatures, encodings, deadlines and retries."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.support.small_team import People


@dataclass
class Endpoint:
    """An app's request URL: keeps what it gets, answers as it is told, verifies signatures.

    Attributes:
        answers: What to answer, one a request, then 200 with nothing.
        seen: Headers and body of each request.
    """

    url: str
    verifier: SignatureVerifier
    answers: list[web.Response] = field(default_factory=list)
    seen: list[tuple[dict[str, str], str]] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        if not self.verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        self.seen.append((dict(request.headers), body))
        await self.hold.wait()
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def endpoint(workspace: Workspace) -> AsyncIterator[Endpoint]:
    """An app that listens by HTTP."""
    endpoint = Endpoint("", SignatureVerifier(workspace.signing_secret))
    endpoint.hold.set()
    app = web.Application()
    app.router.add_post("/slack/events", endpoint.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    workspace.use_http(endpoint.url)
    yield endpoint
    await runner.cleanup()


async def test_events_are_signed_json(
    workspace: Workspace, people: People, endpoint: Endpoint
) -> None:
    """Slack's own verifier accepts the signature over the raw body."""
    await workspace.post(people.general, people.hanako, "有給は?")
    await workspace.drained()
    headers, body = endpoint.seen[0]
    assert headers["Content-Type"] == "application/json"
    assert "X-Slack-Retry-Num" not in headers
    assert json.loads(body)["event"]["text"] == "有給は?"
    assert workspace.deliveries[0].acked


async def test_failures_are_retried_with_number_and_reason(
    workspace: Workspace, people: People, endpoint: Endpoint
) -> None:
    """The same event comes again until it is answered with 200."""
    endpoint.answers = [web.Response(status=500), web.Response(status=404)]
    await workspace.post(people.general, people.bob, "hello")
    await workspace.drained()
    marks = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for headers, _body in endpoint.seen
    ]
    assert marks == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({json.loads(body)["event_id"] for _headers, body in endpoint.seen}) == 1
    assert workspace.deliveries[0].acked


async def test_no_retry_is_respected(
    workspace: Workspace, people: People, endpoint: Endpoint
) -> None:
    """An app may say that it does not want the event again."""
    endpoint.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await workspace.post(people.general, people.bob, "hello")
    await workspace.drained()
    assert (len(endpoint.seen), workspace.deliveries[0].status) == (1, "failed")


@pytest.mark.parametrize("ack_seconds", [0.2])
async def test_a_late_answer_is_no_answer(
    workspace: Workspace, people: People, endpoint: Endpoint
) -> None:
    """The deadline holds for HTTP, too; the retry says so."""
    endpoint.hold.clear()
    await workspace.post(people.general, people.bob, "hello")
    await workspace.wait_for(lambda: workspace.deliveries[0].reasons)
    endpoint.hold.set()
    await workspace.drained()
    assert workspace.deliveries[0].reasons == ["http_timeout"]
    assert endpoint.seen[1][0]["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_app_that_is_down_is_tried_to_the_end(
    workspace: Workspace, people: People
) -> None:
    """Four attempts, then the event is lost."""
    workspace.use_http("http://127.0.0.1:9/slack/events")
    await workspace.post(people.general, people.bob, "hello")
    await workspace.drained()
    delivery = workspace.deliveries[0]
    assert (delivery.status, delivery.reasons) == ("failed", ["connection_failed"] * 4)


async def test_a_redelivery_is_the_same_event_again(
    workspace: Workspace, people: People, endpoint: Endpoint
) -> None:
    """What an app that loses acknowledgements sees."""
    await workspace.post(people.general, people.bob, "hello")
    await workspace.drained()
    assert await workspace.redeliver(workspace.deliveries[0])
    (first, body), (second, again) = endpoint.seen
    assert body == again
    assert "X-Slack-Retry-Num" not in first
    assert second["X-Slack-Retry-Num"] == "1"


@pytest.mark.parametrize("order", ["mention_first", "message_first", "together"])
async def test_twins_come_in_the_order_that_is_asked_for(
    workspace: Workspace, people: People, endpoint: Endpoint, order: str
) -> None:
    """One message, two events with ids of their own and the same `ts`."""
    message = await workspace.post(
        people.general,
        people.bob,
        f"<@{workspace.bot_user_id}> hi",
        order=order,  # type: ignore[arg-type]
    )
    await workspace.drained()
    seen = [json.loads(body) for _headers, body in endpoint.seen]
    types = [payload["event"]["type"] for payload in seen]
    assert sorted(types) == ["app_mention", "message"]
    if order != "together":
        assert types[0] == {"mention_first": "app_mention", "message_first": "message"}[order]
    assert {payload["event"]["ts"] for payload in seen} == {message.ts}
    assert len({payload["event_id"] for payload in seen}) == 2


async def test_commands_and_interactions_are_forms_that_bolt_reads(
    workspace: Workspace, client: AsyncWebClient, people: People
) -> None:
    """Bolt over HTTP verifies, parses and answers commands, clicks and the handshake."""
    app = AsyncApp(client=client, signing_secret=workspace.signing_secret)
    clicked = []

    @app.command("/kotae")
    async def command(ack, command) -> None:  # type: ignore[no-untyped-def]
        await ack(f"got {command['text']}")

    @app.action("save")
    async def action(ack, action, body) -> None:  # type: ignore[no-untyped-def]
        clicked.append((action["value"], body["message"]["ts"]))
        await ack()

    async def handle(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", handle)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    assert await workspace.verify_url(url)
    workspace.team.subscriptions.clear()
    workspace.use_http(url)
    said = await workspace.command(people.bob, people.general, "状態 & 索引")
    button = {
        "type": "button",
        "action_id": "save",
        "value": "1",
        "text": {"type": "plain_text", "text": "保存"},
    }
    await client.chat_postMessage(
        channel=people.general.id, text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    message = workspace.messages(people.general)[0]
    click = await workspace.click(message, people.bob, "save")
    await runner.cleanup()
    assert said.response == "got 状態 & 索引"
    assert click.acked
    assert clicked == [("1", message.ts)]

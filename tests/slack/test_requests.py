"""Hostile HTTP requests are refused at once, and what Slack signs is answered."""

import asyncio
import codecs
import gzip
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app.server import listen, server_of
from bot.redis.connection import RedisConnection
from bot.slack.client.identity import SlackCredentials
from bot.slack.requests import MOST_BYTES
from bot.slack.transport import http_app
from bot.workspace import Workspace
from tests.slack.test_app import open_adapter
from tests.support.waiting import wait_until

CHARSETS = ("punycode", "utf-7", "idna", "utf-16", "hex", "rot13", "no-such-charset", "utf-8-sig")
FORM = "application/x-www-form-urlencoded"
IDLE_SECONDS = READ_SECONDS = 1.5
"""A machine with much to do may pause for a second between a connection and its request."""
MOST_CONNECTIONS = 100
SECRET = "a signing secret"

MALFORMED: Mapping[str, tuple[str, bytes]] = {
    "nested": ("application/json", b"[" * 400_000),
    "nested objects": ("application/json", b'{"a":' * 150_000),
    "nested form": (FORM, b"payload=" + b"[" * 400_000),
    "not UTF-8": ("application/json", b'{"type": "\xff\xfe"}'),
    "Shift JIS": ("application/json", '{"text": "有給は？"}'.encode("shift_jis")),
    "UTF-16": ("application/json", '{"text": "leave?"}'.encode("utf-16")),
    "no JSON": ("application/json", b"{"),
    "no object": ("application/json", b"[1, 2]"),
    "a text": ("application/json", b'"x"'),
    "a long number": ("application/json", b'{"a": ' + b"9" * 100_000 + b"}"),
    "many fields": (FORM, b"a=b&" * 249_000),
    "no payload": (FORM, b"payload=%7B"),
}


class Server:
    """The bot's own server, and a raw way to ask it."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self.port = port
        self.session = session
        self.address = f"http://127.0.0.1:{port}/slack/events"

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Send a request and return its status and text."""
        async with self.session.post(self.address, data=body, headers=headers) as response:
            return response.status, await response.text()

    async def signed(self, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
        """Send a request as Slack does."""
        return await self.post(body, {"Content-Type": content_type, **proof(body)})

    async def is_healthy(self) -> bool:
        """Ask for `/healthz`."""
        async with self.session.get(f"http://127.0.0.1:{self.port}/healthz") as response:
            return response.status == 200


def proof(body: bytes, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    """Return the headers with which Slack proves that it has sent *body*."""
    now = str(int(time.time()) - age)
    signature = hmac.new(secret.encode(), f"v0:{now}:".encode() + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={signature.hexdigest()}",
    }


@pytest.fixture
async def server(
    workspace: Workspace, store: RedisConnection, tmp_path: Path
) -> AsyncIterator[Server]:
    """The real application behind the real server, which is impatient."""
    credentials = SlackCredentials(
        bot_token=workspace.bot_token, signing_secret=SECRET, api_url=workspace.api_url
    )
    async with open_adapter(credentials, store, tmp_path) as adapter:
        application = http_app(adapter, read_seconds=READ_SECONDS)

        async def healthz(_: web.Request) -> web.Response:
            return web.Response()

        application.router.add_get("/healthz", healthz)
        runner = server_of(application, IDLE_SECONDS)
        await runner.setup()
        listening = await listen(runner, 0, MOST_CONNECTIONS, "127.0.0.1")
        # A connection that waits for its next request is closed at any moment by this server.
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield Server(listening.sockets[0].getsockname()[1], session)
        listening.close()
        await runner.cleanup()


@pytest.mark.parametrize("charset", CHARSETS)
async def test_the_senders_charset_decodes_nothing(server: Server, charset: str) -> None:
    """Some decoders need minutes for a megabyte; the processor's time tells, not the clock."""
    body = b"a" * (MOST_BYTES - 1)
    kind = f"application/json; charset={charset}"
    spent = time.process_time()

    unsigned = await server.post(body, {"Content-Type": kind})
    signed = await server.signed(body, kind)

    assert (unsigned[0], signed[0]) == (401, 400)
    assert await server.is_healthy()
    assert time.process_time() - spent < 1


@pytest.mark.parametrize("signed", [True, False])
async def test_no_decoder_of_the_sender_is_even_looked_up(server: Server, *, signed: bool) -> None:
    """The request names a decoder that would tell us."""
    asked = list[str]()
    codecs.register(search := asked.append)
    body = '{"text": "有給は？ leave?"}'.encode()
    headers = {"Content-Type": "application/json; charset=telltale"}

    await server.post(body, headers | (proof(body) if signed else {}))

    codecs.unregister(search)
    assert "telltale" not in asked


@pytest.mark.parametrize("case", MALFORMED)
async def test_malformed_requests_leave_no_traceback(
    server: Server, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    """Neither from strangers nor from whoever knows the secret."""
    kind, body = MALFORMED[case]

    unsigned = await server.post(body, {"Content-Type": kind})
    signed = await server.signed(body, kind)

    assert (unsigned[0], signed[0]) == (401, 400)
    assert not [record for record in caplog.records if record.exc_info]
    assert await server.is_healthy()


@pytest.mark.parametrize(
    "changed",
    [
        {"X-Slack-Request-Timestamp": "nan"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "１７００００００００"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Signature": ""},
        proof(b"another"),
        proof(b"{}", "another secret"),
        proof(b"{}", age=301),
        proof(b"{}", age=-7_200),
    ],
)
async def test_a_proof_that_is_not_slacks_is_refused(
    server: Server, caplog: pytest.LogCaptureFixture, changed: dict[str, str]
) -> None:
    """Whatever its headers hold."""
    status, _ = await server.post(b"{}", {**proof(b"{}"), **changed})

    assert status == 401
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_proof_holds_for_its_bytes_only(server: Server) -> None:
    """The signature is over what was sent, not over what a decoder makes of it."""
    body = '{"type": "url_verification", "challenge": "有給"}'.encode()

    status, _ = await server.post(body + b" ", {"Content-Type": "application/json", **proof(body)})

    assert status == 401


async def test_compressed_and_overlong_requests_are_refused_unread(server: Server) -> None:
    """A small body may hold gigabytes."""
    bomb = gzip.compress(b"a" * 10_000_000)
    zipped = await server.post(bomb, {"Content-Encoding": "gzip", **proof(bomb)})
    body = b" " * (MOST_BYTES + 1)
    long = await server.post(body, proof(body))

    assert (zipped[0], long[0]) == (415, 413)


@pytest.mark.parametrize("text", ["有給は何日？", "How much leave?"])
async def test_slack_can_verify_the_address_in_every_language(server: Server, text: str) -> None:
    """It signs that too; nobody else is told anything."""
    body = json.dumps({"type": "url_verification", "challenge": text}, ensure_ascii=False).encode()

    status, told = await server.signed(body)
    stranger, _ = await server.post(body, {"Content-Type": "application/json"})

    assert (status, json.loads(told)) == (200, {"challenge": text})
    assert stranger == 401


async def test_slack_can_check_the_certificate(server: Server) -> None:
    """This alone it may send without a signature."""
    body = b"ssl_check=1&token=x"

    assert await server.post(body, {"Content-Type": FORM}) == (200, "")
    assert (await server.signed(body, FORM))[0] == 200
    assert (await server.post(body + b"&a=b" * 1000, {"Content-Type": FORM}))[0] == 401


@pytest.mark.parametrize("text", ["%ED%A0%80 有給", "%FF%00 leave", quote("有給は？")])
async def test_a_command_with_odd_bytes_is_answered(server: Server, text: str) -> None:
    """In a form the bytes of a lone surrogate are no UTF-8."""
    body = f"command=/kotae&text={text}&user_id=U1&channel_id=C1&team_id=T1&trigger_id=1".encode()

    status, _ = await server.signed(body, FORM)

    assert status == 200


async def test_half_sent_requests_are_dropped(server: Server) -> None:
    """Else a few hundred of them use up all open files."""
    half = b"POST /slack/events HTTP/1.1\r\nHost: a\r\nX-Half: "
    many = 2 * MOST_CONNECTIONS
    opened = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(many)]
    for _, writer in opened:
        writer.write(half)

    async def dropped(reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):
            await reader.read()

    async with asyncio.timeout(60):
        await asyncio.gather(*(dropped(reader) for reader, _ in opened))
    for _, writer in opened:
        writer.close()
    assert await server.is_healthy()


async def test_half_sent_bodies_are_dropped(server: Server) -> None:
    """A body that never ends ends with the server's patience."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")

    async with asyncio.timeout(60):
        told = await reader.read()

    assert told.startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_a_client_that_goes_away_harms_nobody(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """In the middle of its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await reader.read()

    await wait_until(server.is_healthy)
    assert not [record for record in caplog.records if record.exc_info]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
ODD = st.text(st.characters(categories=["Cs", "Cc", "Lo", "L"]), max_size=9)
JSON = st.recursive(
    LEAVES | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=9,
)
FIELDS = [
    *("event", "team", "user", "channel", "authorizations", "enterprise", "view", "message"),
    *("actions", "container", "callback_id", "command", "text", "state", "item", "files"),
    *("blocks", "event_time", "trigger_id", "api_app_id"),
]
KINDS = [
    *("event_callback", "block_actions", "view_submission", "view_closed", "message_action"),
    *("shortcut", "block_suggestion", "app_rate_limited"),
]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(KINDS) | JSON,
    fields=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
    event=st.dictionaries(st.sampled_from(["type", "channel", "ts", *FIELDS]), JSON, max_size=5),
    event_kind=st.sampled_from(["message", "app_mention", "reaction_added", "app_home_opened"]),
)
async def test_signed_requests_of_any_shape_never_fail_the_server(
    server: Server, kind: object, fields: object, event: object, event_kind: str
) -> None:
    """Answered or refused: an error of the server would be sent again and again."""
    assert isinstance(fields, dict)
    assert isinstance(event, dict)
    for body in ({"type": kind} | fields, {"type": kind, "event": {"type": event_kind} | event}):
        status, _ = await server.signed(json.dumps(body).encode())

        assert status < 500


def _event(**members: object) -> dict[str, object]:
    asked = {"type": "app_mention", "channel": "C1", "ts": "1.2", "user": "U1", "text": "leave?"}
    return {"type": "event_callback", "event": asked | members}


def _changed(value: object) -> dict[str, object]:
    return _event(type="message", subtype="message_changed", message=value, previous_message=value)


WRONG: tuple[object, ...] = (None, True, 7, 1e400, "文", [], [None], [["x"]], {}, {"text": None})
EVENT_MEMBERS = (
    *("text", "user", "channel", "ts", "thread_ts", "event_ts", "blocks", "files", "edited"),
    *("subtype", "bot_id", "attachments", "item", "reaction", "message", "deleted_ts", "type"),
)
DEEP: tuple[object, ...] = (
    _event(files=[None, {"name": None, "url_private": 7}, {"title": ["x"]}]),
    _event(blocks=[None, {"type": "table", "rows": None}]),
    _event(blocks=[{"type": "table", "rows": [None, 7, [None, "x", {"elements": [None]}]]}]),
    _event(blocks=[{"type": ["table"]}, {"elements": {"text": 3}}]),
    _event(edited={"ts": None}, ts="文"),
    _event(type="reaction_added", item={"type": "message"}, reaction="+1"),
    _event(type="reaction_added", item={"type": "message", "channel": 1, "ts": 2}, reaction="+1"),
    *map(_changed, (None, [], {"ts": 7}, {"ts": "1.2", "text": {}, "user": []})),
    {"type": "event_callback", "event": None},
    {"type": "event_callback", "event": [{}]},
    {"type": "event_callback"},
    {**_event(), "authorizations": [None]},
    {**_event(), "event_time": 10**400},
    {**_event(), "event_time": -(10**4000)},
    {**_event(), "authorizations": {}, "team_id": 7, "event_time": "x", "enterprise": [1]},
    {"type": "block_actions", "actions": [None], "user": None, "view": 7},
    {"type": "block_actions", "actions": None, "user": {"id": "U1"}, "message": []},
    {"type": "message_action", "callback_id": None, "message": None, "channel": "C1"},
    {"type": "view_closed", "view": None, "user": {"id": "U1"}},
    {"type": "shortcut", "callback_id": 7, "user": []},
)


async def test_an_event_with_members_of_the_wrong_type_is_taken_as_far_as_it_goes(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack would send a refused one again, and would stop sending after too many."""
    cases = [*DEEP, *(_event(**{name: value}) for name in EVENT_MEMBERS for value in WRONG)]
    for body in cases:
        told = json.dumps(body)
        assert (await server.signed(told.encode()))[0] == 200, told
    assert not [record for record in caplog.records if record.exc_info]


async def test_refusals_do_not_fill_the_log(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody can send any number of them."""
    for _ in range(30):
        assert (await server.post(b"{}", {}))[0] == 401

    assert capsys.readouterr().out.count("slack_request_refused") == 1


NO_HTTP: Mapping[str, bytes] = {
    "long head": b"GET /healthz HTTP/1.1\r\nA: " + b"secret" * 20_000 + b"\r\n\r\n",
    "long address": b"GET /" + b"secret" * 20_000 + b" HTTP/1.1\r\n\r\n",
    "odd address": b"GET http://secret:999999999/ HTTP/1.1\r\nHost: [\r\n\r\n",
    "two lengths": b"POST /slack/events HTTP/1.1\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "odd length": b"POST /slack/events HTTP/1.1\r\nContent-Length: -5secret\r\n\r\nx",
    "odd piece": b"POST /slack/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsecret",
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a piece": b"POST /slack/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
}


async def test_what_is_no_http_costs_a_line_of_the_log(
    server: Server, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Anybody can send any number of it, and would write what they like into the log."""
    for sent in NO_HTTP.values():
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(sent)
            async with asyncio.timeout(60):
                with suppress(ConnectionError):
                    assert (await reader.read()).startswith((b"HTTP/1.0 4", b"HTTP/1.1 4"))
            writer.close()
    logged = capsys.readouterr().out + caplog.text

    assert not [record for record in caplog.records if record.exc_info]
    assert logged.count("refused") <= 2
    assert "secret" not in logged
    assert await server.is_healthy()


@pytest.mark.parametrize("route", ["POST /slack/events", "POST /nothing", "GET /healthz"])
async def test_a_body_in_pieces_is_refused_unread(server: Server, route: str) -> None:
    """A million pieces of a byte take the processor a quarter of a second."""
    spent = time.process_time()
    for _ in range(8):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(f"{route} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        writer.write(b"1\r\nx\r\n" * 900_000)
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                assert (await reader.read()).startswith(b"HTTP/1.1 411 ")
        writer.close()

    assert time.process_time() - spent < 1


@pytest.mark.parametrize("route", ["GET /healthz", "HEAD /nothing", "POST /slack/events"])
async def test_of_many_requests_in_one_packet_a_stranger_gets_one_answer(
    server: Server, route: str
) -> None:
    """The others would be answered without a pause for anybody else."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{route} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 1_500)
    async with asyncio.timeout(60):
        told = b""
        with suppress(ConnectionError):
            while part := await reader.read(65_536):
                told += part
    writer.close()

    assert told.count(b"HTTP/1.1 ") == 1
    assert await server.is_healthy()


async def test_slack_may_use_its_connection_again(server: Server) -> None:
    """A new one for each event would cost a handshake each."""
    body = b'{"type": "url_verification", "challenge": "x"}'
    headers = "".join(f"{name}: {value}\r\n" for name, value in proof(body).items())
    head = f"POST /slack/events HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(2):
        writer.write(head.encode() + body)
        async with asyncio.timeout(60):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            await reader.readuntil(b"}")
    writer.close()

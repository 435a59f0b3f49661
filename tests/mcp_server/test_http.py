"""By HTTP: who is admitted, by which proof, and what else is refused before it is parsed."""

import asyncio
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bot.mcp_server.http import MOST_BYTES, PATH, HttpIdentity
from bot.mcp_server.tokens import TokenStore
from bot.redis.connection import RedisConnection
from bot.slack import mcp
from bot.slack.requests import signed_by_slack
from bot.telemetry.metrics import Metrics
from bot.workspace.slackbot import Slackbot, SlackbotError
from tests.contracts.test_mcp_server import SECRET, written
from tests.support.mcp_team import McpTeam, mcp_team, served
from tests.support.metrics import samples, value
from tests.support.ports import free_port, is_open
from tests.support.waiting import wait_until

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


@pytest.fixture
async def team(tmp_path: Path, redis_url: str, store: RedisConnection) -> AsyncIterator[McpTeam]:
    written(tmp_path)
    async with mcp_team(tmp_path, redis_url) as team:
        yield team


def message(tool: str = "ask", meta: object = None, **arguments: object) -> bytes:
    """Return a call of *tool* as JSON-RPC, of the revision before 2026."""
    params: dict[str, Any] = {"name": tool, "arguments": arguments}
    if meta is not None:
        params["_meta"] = meta
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return json.dumps(call).encode()


async def sent(
    url: str, body: bytes, headers: Mapping[str, str] = {}, method: str = "POST"
) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        return await client.request(method, url, content=body, headers={**JSON, **headers})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


SEARCH = message("search", query="salary plan code")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer kotae_000000000000_" + "a" * 43},
        {"Authorization": "Basic aGFuYWtvOng="},
        {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "1"},
    ],
)
async def test_who_has_no_token_is_refused(team: McpTeam, said: Mapping[str, str]) -> None:
    """With the same words, whatever was wrong."""
    answer = await sent(team.url, SEARCH, said)

    assert answer.status_code == 401
    assert answer.text == "unknown token"
    assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_of_a_token_may_be_written_in_any_case(team: McpTeam, scheme: str) -> None:
    """Programs differ in it (RFC 9110, 11.1); two tokens at once are none."""
    token = await team.token(team.bob)
    twice = f"{scheme} {token}, {scheme} {await team.token(team.hanako)}"

    assert (await sent(team.url, SEARCH, {"Authorization": f"{scheme} {token}"})).status_code == 200
    assert (await sent(team.url, SEARCH, {"Authorization": twice})).status_code == 401


async def test_a_token_ends_when_it_is_revoked_or_expires(team: McpTeam) -> None:
    """With the next request."""
    token, record = await team.opened.tokens.create(team.hanako.id, 60.0)
    short = await team.token(team.hanako, 0.05)
    changed = f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}"
    before = await sent(team.url, SEARCH, bearer(token))
    await team.opened.tokens.revoke(record.id)
    await asyncio.sleep(0.06)
    after = [(await sent(team.url, SEARCH, bearer(one))).status_code for one in (token, short)]

    assert before.status_code == 200
    assert SECRET in before.text
    assert after == [401, 401]
    assert (await sent(team.url, SEARCH, bearer(changed))).status_code == 401


async def test_whoever_has_left_is_nobody(team: McpTeam) -> None:
    """With the event that says so."""
    token = await team.token(team.bob)
    ok = await sent(team.url, SEARCH, bearer(token))
    team.workspace.change_user(team.bob, deleted=True)
    await team.workspace.drained()
    gone = await sent(team.url, SEARCH, bearer(token))

    assert (ok.status_code, gone.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("error", "status"),
    [("invalid_auth", 401), ("account_inactive", 401), ("internal_error", 200)],
)
async def test_where_the_app_was_removed_everybody_is_nobody(
    team: McpTeam, monkeypatch: pytest.MonkeyPatch, error: str, status: int
) -> None:
    """What is known of people outlives the installation; trouble at Slack is no removal."""
    token = await team.token(team.bob)
    assert (await sent(team.url, SEARCH, bearer(token))).status_code == 200
    monkeypatch.setattr(mcp, "TOKEN_SECONDS", 0.0)
    team.workspace.faults.add("auth.test", error, times=50)

    assert (await sent(team.url, SEARCH, bearer(token))).status_code == status


@pytest.mark.parametrize("trouble", ["ratelimited", "internal_error", "service_unavailable"])
async def test_a_slack_in_trouble_takes_back_no_removal(
    team: McpTeam, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """Who installs the app again is heard at once."""
    monkeypatch.setattr(mcp, "TOKEN_SECONDS", 0.0)
    token = await team.token(team.bob)
    faults, statuses = team.workspace.faults, list[int]()
    for error in ("token_revoked", trouble, ""):
        if error:
            faults.add("auth.test", error, times=1)
        statuses.append((await sent(team.url, SEARCH, bearer(token))).status_code)

    assert statuses == [401, 401, 200]


async def test_while_slack_cannot_be_asked_nobody_is_judged(team: McpTeam) -> None:
    """It is no 401, which would make a program forget its token."""
    token = await team.token(team.bob)
    team.workspace.faults.add("users.info", "internal_error", times=50)
    team.workspace.faults.add("users.list", "internal_error", times=50)
    answer = await sent(team.url, SEARCH, bearer(token))

    assert answer.status_code == 503


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Origin": "http://127.0.0.1:3000"}, 200),
    ],
)
async def test_a_page_in_a_browser_cannot_call_this_machine(
    team: McpTeam, headers: Mapping[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor fill the log with its names."""
    token = await team.token(team.hanako)
    answer = await sent(team.url, SEARCH, {**bearer(token), **headers})

    assert answer.status_code == status
    assert (SECRET in answer.text) == (status == 200)
    assert "evil.example" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
async def test_there_are_no_streams_and_no_sessions(team: McpTeam, method: str) -> None:
    token = await team.token(team.bob)

    assert (await sent(team.url, b"", bearer(token), method)).status_code == 405


async def test_a_request_is_short(team: McpTeam) -> None:
    token = await team.token(team.bob)
    long = message(question="x" * MOST_BYTES)

    assert (await sent(team.url, long, bearer(token))).status_code == 413


async def test_a_slow_request_is_given_up(team: McpTeam) -> None:
    """Others are answered meanwhile."""
    identity = HttpIdentity(team.opened.tokens, team.opened.callers)
    token = await team.token(team.bob)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: 1000\r\nAuthorization: Bearer {token}\r\n\r\n{{"
    )
    async with served(team.opened, identity, seconds=0.2) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        await writer.drain()
        quick = await sent(f"http://127.0.0.1:{port}{PATH}", SEARCH, bearer(token))
        slow = await reader.readline()
        writer.close()

    assert quick.status_code == 200
    assert b" 408 " in slow


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"jsonrpc":"2.0"}', b"\xff\xfe", b"[" * 100_000, b"1" * 100_000],
)
async def test_nonsense_is_refused(team: McpTeam, body: bytes) -> None:
    """In one answer, and the server goes on."""
    token = await team.token(team.bob)
    answer = await sent(team.url, body, bearer(token))

    assert 400 <= answer.status_code < 500
    assert (await sent(team.url, SEARCH, bearer(token))).status_code == 200


# Slack names the person.


@asynccontextmanager
async def slackbot(team: McpTeam) -> AsyncIterator[str]:
    """Serve with Slack's word on who calls; yield the address."""
    signed = partial(signed_by_slack, signing_secret=team.workspace.signing_secret)
    identity = HttpIdentity(team.opened.tokens, team.opened.callers, signed, team.workspace.team_id)
    async with served(team.opened, identity, ["kotae.example.com"]) as port:
        yield f"http://127.0.0.1:{port}{PATH}"


def signature(secret: str, body: bytes, at: float | None = None) -> dict[str, str]:
    stamp = str(int(at if at is not None else time.time()))
    signed = b"v0:" + stamp.encode() + b":" + body
    code = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={code}"}


async def test_slackbot_calls_for_the_person_whom_slack_names(team: McpTeam) -> None:
    """Each sees what they may read; listing needs nobody's name."""
    async with slackbot(team) as url:
        calling = team.workspace.slackbot(url, "kotae.example.com")
        tools = await calling.tools()
        seen = {
            person.name: str(await calling.call(person, "search", query="salary plan code"))
            for person in (team.hanako, team.bob)
        }
        asked = await calling.call(team.bob, "ask", question="年次有給休暇は何日ですか？")
        changed = Slackbot(url, "another secret", team.workspace.team_id)
        with pytest.raises(SlackbotError, match="401 unknown token"):
            await changed.call(team.hanako, "search", query="salary plan code")

    assert tools == ["ask", "search", "read", "gaps", "hand_over"]
    assert SECRET in seen["hanako"]
    assert SECRET not in seen["bob"]
    assert "team/long.md" in seen["bob"]
    assert "年25日" in asked["structuredContent"]["answer"]


@pytest.mark.parametrize(
    "named",
    [
        None,
        {},
        {"user_id": "{hanako}"},
        {"user_id": "{hanako}", "team_id": None},
        {"user_id": "{hanako}", "team_id": "T0ELSEWHERE"},
        {"user_id": "", "team_id": "{team}"},
        {"user_id": "U0NOBODY00", "team_id": "{team}"},
        {"user_id": ["{hanako}"], "team_id": "{team}"},
        "{hanako}",
    ],
)
async def test_whoever_slack_does_not_name_is_nobody(team: McpTeam, named: Any) -> None:
    """Of the bot's own workspace alone."""
    filled = json.dumps({"slack": named})
    filled = filled.replace("{hanako}", team.hanako.id).replace("{team}", team.workspace.team_id)
    body = message("search", json.loads(filled), query="salary plan code")
    async with slackbot(team) as url:
        answer = await sent(url, body, signature(team.workspace.signing_secret, body))

    assert SECRET not in answer.text
    assert answer.json()["result"]["isError"]


async def test_what_slack_has_not_signed_just_now_is_refused(team: McpTeam) -> None:
    """Another secret, another body, an old signature; and where Slack is not trusted."""
    secret = team.workspace.signing_secret
    meta = {"slack": {"user_id": team.hanako.id, "team_id": team.workspace.team_id}}
    body = message("search", meta, query="salary plan code")
    other = body.replace(b"code", b"Code")
    async with slackbot(team) as url:
        answers = [
            await sent(url, body, signature("another", body)),
            await sent(url, other, signature(secret, body)),
            await sent(url, body, signature(secret, body, time.time() - 330)),
            await sent(url, body, signature(secret, body, time.time() + 330)),
        ]
    answers.append(await sent(team.url, body, signature(secret, body)))

    assert [answer.status_code for answer in answers] == [401] * 5


async def test_a_token_says_who_calls_whatever_the_call_says(team: McpTeam) -> None:
    """A program cannot borrow a person by naming them."""
    meta = {"slack": {"user_id": team.hanako.id, "team_id": team.workspace.team_id}}
    body = message("search", meta, query="salary plan code")
    answer = await sent(team.url, body, bearer(await team.token(team.bob)))

    assert answer.status_code == 200
    assert SECRET not in answer.text


async def test_only_the_hash_of_a_token_is_kept(store: RedisConnection) -> None:
    """Whoever reads Redis cannot call; lists hold nothing secret."""
    tokens = TokenStore(store.commands)
    token, _ = await tokens.create("U1234567", 60.0)
    keys = await store.commands.keys("*")
    kept = [await store.commands.hgetall(key) for key in keys if "mcp" in key]

    assert kept
    assert token not in str(kept)
    assert token.split("_", 2)[2] not in str(kept)
    assert [one.digest for one in await tokens.listed()] == [""]
    assert await tokens.person(token) == "U1234567"


async def test_each_call_is_counted_by_tool_and_outcome(team: McpTeam) -> None:
    """A name that a caller makes up is none of ours, and stands in no label."""
    metrics = Metrics()
    said = bearer(await team.token(team.bob))
    identity = HttpIdentity(team.opened.tokens, team.opened.callers)
    async with served(team.opened, identity, report=metrics.mcp_called) as port:
        url = f"http://127.0.0.1:{port}{PATH}"
        await sent(url, SEARCH, said)
        await sent(url, message("search", limit=10_000, query="canteen"), said)
        await sent(url, message("gaps"), said)
        await sent(url, message("x" * 1_000), said)

    counted = {
        (one.labels["tool"], one.labels["outcome"]): one.value
        for one in samples(metrics)
        if one.name == "kotae_mcp_calls_total"
    }
    assert counted == {
        ("search", "ok"): 1,
        ("search", "refused"): 1,
        ("gaps", "refused"): 1,
        ("unknown", "refused"): 1,
    }
    assert value(metrics, "kotae_mcp_call_seconds_count", tool="search") == 2


async def test_operators_have_pages_on_a_port_of_their_own(team: McpTeam) -> None:
    """The port of the tools has none of them."""
    port, private = free_port(), free_port()
    environment = {**os.environ, **team.environment, "METRICS_PORT": str(private)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "mcp", "--http", "--port", str(port)), env=environment
    )
    try:
        await wait_until(partial(is_open, private))
        public, pages = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{private}"
        called = await sent(f"{public}{PATH}", SEARCH, bearer(await team.token(team.hanako)))
        ready = (await sent(f"{pages}/readyz", b"", method="GET")).json()
        metrics = (await sent(f"{pages}/metrics", b"", method="GET")).text
        hidden = await sent(f"{public}/metrics", b"", method="GET")
    finally:
        process.terminate()
        ended = await process.wait()

    assert SECRET in called.text
    assert {name for name, one in ready.items() if name != "ok" and one["ok"]} == {
        *("redis", "slack", "knowledge")
    }
    assert 'kotae_mcp_calls_total{outcome="ok",tool="search"} 1.0' in metrics
    assert "kotae_index_chunks" in metrics
    assert hidden.status_code == 404
    assert ended == 0

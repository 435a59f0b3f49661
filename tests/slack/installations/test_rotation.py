"""Tokens that expire are renewed by one process for all, and a refusal is said."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.core.errors import BotError
from bot.redis.connection import RedisConnection
from bot.slack.client.clients import web_client
from bot.slack.installations.rotation import TokenRenewal, ended, expires_soon
from bot.slack.installations.store import SPENT, STOPPED, InstallationStore
from bot.workspace import Workspace
from tests.slack.installations.conftest import installation

TEAM = "T0WORKSPACE"
LOCK = "{kotae}:v1:installations:renewing"


def soon_ending(**facts: Any) -> Installation:
    """Return an installation whose token ends in a minute."""
    told: dict[str, Any] = {
        "bot_token": "xoxb-before",
        "bot_refresh_token": "xoxe-before",
        "bot_token_expires_at": int(time.time()) + 60,
    }
    return installation(TEAM, **told | facts)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace whose tokens expire."""
    async with await Workspace.start() as workspace:
        workspace.oauth.rotation = True
        yield workspace


@pytest.fixture
async def installed(workspace: Workspace, installations: InstallationStore) -> Installation:
    """An installation whose token ends in a minute."""
    oauth, redirect = workspace.oauth, "http://127.0.0.1/"
    told = await web_client(None, workspace.api_url).oauth_v2_access(
        client_id=oauth.client_id,
        client_secret=oauth.client_secret,
        code=oauth.allow(TEAM, redirect),
    )
    one = installation(
        TEAM,
        bot_token=told["access_token"],
        bot_refresh_token=told["refresh_token"],
        bot_token_expires_at=int(time.time()) + 60,
        installed_at=1_700_000_000.0,
    )
    await installations.async_save(one)
    return one


def renewal(
    workspace: Workspace, store: RedisConnection, installations: InstallationStore
) -> TokenRenewal:
    """Return what one process renews with."""
    oauth = workspace.oauth
    client = web_client(None, workspace.api_url, [])
    rotator = AsyncTokenRotator(
        client_id=oauth.client_id, client_secret=oauth.client_secret, client=client
    )
    return TokenRenewal(store.commands, installations, rotator)


def asked(workspace: Workspace) -> int:
    """Return how often Slack was asked for a token, or for a new one."""
    return len(workspace.calls("oauth.v2.access"))


async def test_several_processes_renew_a_token_once(
    workspace: Workspace,
    store: RedisConnection,
    installations: InstallationStore,
    installed: Installation,
) -> None:
    """The refresh token would be refused the second time; the first install keeps its date."""
    before = asked(workspace)
    processes = [renewal(workspace, store, installations) for _ in range(5)]

    await asyncio.gather(*(process.renew(TEAM) for process in processes))

    found = await installations.find(TEAM)
    assert found is not None
    assert asked(workspace) == before + 1
    assert found.bot_token != installed.bot_token
    assert str(found.bot_token).startswith("xoxe.xoxb-")
    assert not expires_soon(found)
    assert found.installed_at == installed.installed_at
    told = await web_client(found.bot_token, workspace.api_url).auth_test()
    assert told["team_id"] == TEAM


async def test_a_refused_renewal_is_noted_and_not_tried_again(
    workspace: Workspace,
    store: RedisConnection,
    installations: InstallationStore,
    installed: Installation,
) -> None:
    """The token is good until its end, and is used until then."""
    workspace.oauth._refresh.clear()
    process = renewal(workspace, store, installations)

    assert not await process.renew(TEAM)
    before = asked(workspace)
    assert not await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    told = str(found.get_custom_value(STOPPED))
    assert "invalid_refresh_token" in told
    assert "/slack/install" in told
    assert str(installed.bot_refresh_token) not in told
    assert asked(workspace) == before
    assert found.bot_token == installed.bot_token
    assert not ended(found)
    found.bot_token_expires_at = int(time.time()) - 1
    assert ended(found)


async def test_slack_in_trouble_is_asked_again_after_a_pause(
    workspace: Workspace,
    store: RedisConnection,
    installations: InstallationStore,
    installed: Installation,
) -> None:
    """Of all processes; the refresh token was not used, and is good for the next time."""
    process, lock = renewal(workspace, store, installations), f"{LOCK}:{TEAM}"
    pauses = list[int]()
    for kind in ("unavailable", "internal_error", "reset_before", "bad_client_secret"):
        workspace.faults.add("oauth.v2.access", kind)
        before = asked(workspace)
        assert await process.renew(TEAM)
        for one in (process, renewal(workspace, store, installations)):
            assert await one.renew(TEAM)
        assert asked(workspace) == before + 1
        found = await installations.find(TEAM)
        assert found is not None
        assert found.bot_token == installed.bot_token
        assert "not renewed yet" in str(found.get_custom_value(STOPPED))
        pauses.append(await store.commands.pttl(lock))
        await store.commands.delete(lock)  # the pause is over

    assert not await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert found.bot_token != installed.bot_token
    assert found.custom_values == {}
    assert sorted(pauses) == pauses
    assert pauses[-1] > 4 * pauses[0]


async def test_a_lost_reply_ends_no_token_that_works(
    workspace: Workspace,
    store: RedisConnection,
    installations: InstallationStore,
    installed: Installation,
) -> None:
    """Slack has used up the refresh token, and nobody has the new one."""
    process = renewal(workspace, store, installations)
    workspace.faults.add("oauth.v2.access", "reset_after")

    assert await process.renew(TEAM)
    await store.commands.delete(f"{LOCK}:{TEAM}")
    assert not await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert not ended(found)
    told = await web_client(found.bot_token, workspace.api_url).auth_test()
    assert told["team_id"] == TEAM


GOOD = {
    "ok": True,
    "token_type": "bot",
    "access_token": "xoxe.xoxb-n",
    "refresh_token": "xoxe-n",
    "expires_in": 43_200,
}


@asynccontextmanager
async def strange_slack(answer: Callable[[], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """Serve *answer* to each call."""

    async def handle(_: web.Request) -> web.Response:
        return await answer()

    application = web.Application()
    application.router.add_post("/api/{method}", handle)
    async with TestServer(application) as server:
        yield str(server.make_url("/api/"))


def renewal_at(url: str, store: RedisConnection, installations: InstallationStore) -> TokenRenewal:
    """Return what renews by asking *url*."""
    rotator = AsyncTokenRotator(client_id="c", client_secret="s", client=web_client(None, url, []))
    return TokenRenewal(store.commands, installations, rotator)


@pytest.mark.parametrize(
    "changes",
    [
        *({"token_type": None}, {"access_token": None}, {"access_token": ""}),
        *({"access_token": ["x"]}, {"refresh_token": None}, {"refresh_token": {"a": 1}}),
        *({"expires_in": None}, {"expires_in": "soon"}, {"expires_in": 10**30}),
        *({"expires_in": -5}, {"expires_in": 0}),
        "<html>maintenance</html>",
    ],
)
async def test_an_answer_without_a_token_replaces_none(
    store: RedisConnection, installations: InstallationStore, changes: dict[str, Any] | str
) -> None:
    """Whatever comes in its place, and with the status of success."""
    await installations.async_save(soon_ending())

    async def answer() -> web.Response:
        if isinstance(changes, str):
            return web.Response(text=changes, content_type="text/html")
        return web.json_response(GOOD | changes)

    async with strange_slack(answer) as url:
        assert await renewal_at(url, store, installations).renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert (found.bot_token, found.bot_refresh_token) == ("xoxb-before", "xoxe-before")
    assert "not renewed yet" in str(found.get_custom_value(STOPPED))


async def test_a_token_that_cannot_be_stored_at_once_is_stored_later(
    store: RedisConnection, installations: InstallationStore
) -> None:
    """Slack gives it once. Meanwhile another process was refused, and has noted that."""
    await installations.async_save(soon_ending())
    calls, do, key = list[str](), store.commands, LOCK.removesuffix(":renewing")

    async def answer() -> web.Response:
        calls.append("asked")
        await do.rename(key, "aside")
        await do.set(key, "damaged")
        return web.json_response(GOOD)

    async with strange_slack(answer) as url:
        process = renewal_at(url, store, installations)
        with pytest.raises(BotError):
            await process.renew(TEAM)
        await do.rename("aside", key)
        found = await installations.find(TEAM)
        assert found is not None
        await installations.note(found, "refused", spent=True)
        await do.delete(f"{LOCK}:{TEAM}")

        assert not await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert (found.bot_token, found.custom_values) == ("xoxe.xoxb-n", {})
    assert len(calls) == 1


@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("meanwhile", ["removed", "installed again", "noted"])
async def test_what_happens_during_a_renewal_counts(
    store: RedisConnection, installations: InstallationStore, meanwhile: str, *, given: bool
) -> None:
    await installations.async_save(soon_ending())

    async def answer() -> web.Response:
        if meanwhile == "removed":
            await installations.remove(TEAM)
        elif meanwhile == "noted":
            found = await installations.find(TEAM)
            assert found is not None
            await installations.note(found, "something")
        else:
            again = soon_ending(bot_token="xoxb-again", bot_refresh_token="xoxe-again")
            await installations.async_save(again)
        refused = {"ok": False, "error": "invalid_refresh_token"}
        return web.json_response(GOOD if given else refused)

    async with strange_slack(answer) as url:
        await renewal_at(url, store, installations).renew(TEAM)

    found = await installations.find(TEAM)
    if meanwhile == "removed":
        assert found is None
        return
    assert found is not None
    if meanwhile == "installed again":
        assert (found.bot_token, found.custom_values) == ("xoxb-again", {})
    else:
        assert found.bot_token == ("xoxe.xoxb-n" if given else "xoxb-before")
        assert bool(found.get_custom_value(SPENT)) != given


def test_a_token_without_an_end_is_never_renewed() -> None:
    assert not expires_soon(installation())
    assert expires_soon(installation(bot_token_expires_at=int(time.time()) - 1))

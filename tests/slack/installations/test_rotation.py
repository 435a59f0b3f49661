"""Tokens that expire are renewed by one process for all, and a refusal is said."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from bot.redis.connection import RedisConnection
from bot.slack.client.clients import web_client
from bot.slack.installations.rotation import TokenRenewal, expires_soon
from bot.slack.installations.store import STOPPED, InstallationStore
from bot.workspace import Workspace
from tests.slack.installations.conftest import installation

TEAM = "T0WORKSPACE"


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
    workspace.oauth._refresh.clear()
    process = renewal(workspace, store, installations)

    await process.renew(TEAM)
    before = asked(workspace)
    await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert "invalid_refresh_token" in str(found.get_custom_value(STOPPED))
    assert str(installed.bot_refresh_token) not in str(found.get_custom_value(STOPPED))
    assert asked(workspace) == before


async def test_slack_in_trouble_is_asked_again(
    workspace: Workspace,
    store: RedisConnection,
    installations: InstallationStore,
    installed: Installation,
) -> None:
    """The refresh token was not used: it is good for the next time."""
    process = renewal(workspace, store, installations)
    for kind in ("unavailable", "internal_error", "reset_before"):
        workspace.faults.add("oauth.v2.access", kind)
        await process.renew(TEAM)
        found = await installations.find(TEAM)
        assert found is not None
        assert found.bot_token == installed.bot_token
        assert found.get_custom_value(STOPPED) is None

    await process.renew(TEAM)

    found = await installations.find(TEAM)
    assert found is not None
    assert found.bot_token != installed.bot_token


def test_a_token_without_an_end_is_never_renewed() -> None:
    assert not expires_soon(installation())
    assert expires_soon(installation(bot_token_expires_at=int(time.time()) - 1))

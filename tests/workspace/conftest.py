"""A small team: Hanako and Bob in #general, an app, and Slack's own client."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspace import Workspace
from tests.support.small_team import People


@pytest.fixture
def ack_seconds() -> float:
    """How long the app may take; tests about being late set less."""
    return 3.0


@pytest.fixture
async def workspace(ack_seconds: float) -> AsyncIterator[Workspace]:
    """A workspace that retries at once."""
    async with await Workspace.start(retry_delays=(0, 0, 0), ack_seconds=ack_seconds) as workspace:
        yield workspace


@pytest.fixture
def people(workspace: Workspace) -> People:
    """Two members of #general."""
    hanako, bob = workspace.add_user("hanako", language="ja-JP"), workspace.add_user("bob")
    return People(hanako, bob, workspace.add_channel("general", [hanako, bob]))


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[AsyncWebClient]:
    """Slack's client, talking to the workspace; it never repeats a call."""
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            workspace.bot_token, workspace.api_url, session=session, retry_handlers=[]
        )

"""A workspace with one person and one channel in it."""

from collections.abc import AsyncIterator

import pytest

from bot.slack.client.clients import Clients
from bot.slack.client.identity import BotIdentity
from bot.workspace import Workspace


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """A workspace that nobody listens to."""
    async with await Workspace.start(retry_delays=()) as workspace:
        yield workspace


@pytest.fixture
async def clients(workspace: Workspace) -> AsyncIterator[Clients]:
    """Clients of its Web API."""
    clients = Clients(workspace.bot_token, workspace.api_url)
    clients.open()
    yield clients
    await clients.aclose()


@pytest.fixture
def me(workspace: Workspace) -> BotIdentity:
    """Who the bot is in it."""
    return BotIdentity(workspace.team_id, workspace.bot_user_id, workspace.bot_id)

"""The bot gets into Slack, or says in one line why not."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from slack_sdk.signature import SignatureVerifier

from bot.channels.redis import RedisChannels
from bot.consents.redis import RedisConsents
from bot.errors import BotError, SettingsError
from bot.handovers.redis import RedisHandOvers
from bot.inbox.redis import RedisInbox
from bot.labels.redis import RedisLabels
from bot.learning.saved import SavedKnowledge
from bot.ledger.redis import RedisLedger
from bot.likeness import Likeness
from bot.memory.redis import RedisMemory
from bot.overview import Overview
from bot.redis.connection import RedisConnection
from bot.redis.entry_notes import RedisEntryNotes
from bot.redis.name_pins import RedisNamePins
from bot.slack.identity import SlackCredentials
from bot.slack.serve import http_app, serve_socket_mode
from bot.slack.surface import SlackSurface, Stores
from bot.types import Language
from bot.workspace import Workspace
from knowledge.types import Principal
from tests.support.library import Library


class NoOperations:
    """A program with nothing to operate."""

    sources = ()

    async def status(self, language: Language) -> str:
        return language

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return False

    async def answers(self, place: str, policy: str, language: Language) -> str:
        return place + policy + language

    async def reindex(self, source: str, language: Language) -> str:
        return source + language


def surface_with(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> SlackSurface:
    """Build a surface."""
    ledger, labels = RedisLedger(store.commands), RedisLabels(store.commands)
    handovers = RedisHandOvers(store.commands)
    stores = Stores(
        RedisInbox(store),
        ledger,
        RedisMemory(store.commands),
        RedisChannels(store.commands),
        labels,
        RedisConsents(store.commands),
        handovers,
        Overview(ledger, handovers, labels, Likeness().pairs),
        SavedKnowledge(tmp_path / "saved", Library(tmp_path).open()),
        RedisEntryNotes(store.commands),
        RedisNamePins(store.commands),
        Library(tmp_path).open().groups,
    )
    return SlackSurface(credentials, stores, NoOperations())


@pytest.fixture
def credentials(workspace: Workspace) -> SlackCredentials:
    """What the workspace has given us."""
    return SlackCredentials(
        bot_token=workspace.bot_token,
        app_token=workspace.app_token,
        signing_secret=workspace.signing_secret,
        api_url=workspace.api_url,
    )


@pytest.fixture
async def surface(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> AsyncIterator[SlackSurface]:
    """A connected surface."""
    surface = surface_with(credentials, store, tmp_path)
    await surface.connect()
    yield surface
    await surface.aclose()


async def test_a_refused_bot_token_is_named(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """With Slack's reason, and without the token."""
    surface = surface_with(replace(credentials, bot_token="xoxb-wrong"), store, tmp_path)

    with pytest.raises(SettingsError, match=r"SLACK_BOT_TOKEN was refused.*invalid_auth") as error:
        await surface.connect()
    assert "xoxb-wrong" not in str(error.value)
    await surface.aclose()


async def test_a_refused_app_token_is_named(surface: SlackSurface) -> None:
    """The library alone would try it for ever."""
    surface.credentials = replace(surface.credentials, app_token="xapp-wrong")

    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN was refused"):
        async with serve_socket_mode(surface):
            pass


async def test_a_slack_that_is_not_there_is_named(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """By its address, because SLACK_API_URL may be wrong."""
    surface = surface_with(replace(credentials, api_url="http://127.0.0.1:9/api/"), store, tmp_path)

    with pytest.raises(BotError, match=r"cannot be reached at http://127\.0\.0\.1:9/api/"):
        await surface.connect()
    await surface.aclose()


async def test_a_slack_in_trouble_is_no_refusal(
    workspace: Workspace,
    credentials: SlackCredentials,
    store: RedisConnection,
    surface: SlackSurface,
    tmp_path: Path,
) -> None:
    """The tokens are right: nobody should be sent to look at them."""
    workspace.faults.add("auth.test", "internal_error")
    late = surface_with(credentials, store, tmp_path)
    with pytest.raises(BotError, match="trouble just now: internal_error"):
        await late.connect()
    await late.aclose()

    workspace.faults.add("apps.connections.open", "internal_error", times=9)
    with pytest.raises(BotError, match="trouble just now: internal_error"):
        async with serve_socket_mode(surface):
            pass


async def test_credentials_do_not_show_their_secrets(credentials: SlackCredentials) -> None:
    """They may end up in a log."""
    for secret in (credentials.bot_token, credentials.app_token, credentials.signing_secret):
        assert secret not in repr(credentials)


async def test_http_needs_a_signing_secret(surface: SlackSurface) -> None:
    """Without one, anybody could speak in Slack's name."""
    surface.credentials = replace(surface.credentials, signing_secret="")

    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        http_app(surface)


async def test_stray_variables_do_not_switch_to_another_mode(
    credentials: SlackCredentials,
    store: RedisConnection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Bolt would turn to OAuth, forget the bot token, and answer nobody."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "x")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-another")
    surface = surface_with(credentials, store, tmp_path)
    await surface.connect()
    async with TestClient(TestServer(http_app(surface))) as client:
        body = json.dumps({"type": "event_callback", "event": {"type": "app_mention"}})
        response = await client.post("/slack/events", data=body, headers=signed(credentials, body))

    assert response.status == 200
    assert "will be unused" not in caplog.text
    await surface.aclose()


async def test_requests_of_others_are_refused_and_their_text_is_not_logged(
    surface: SlackSurface, caplog: pytest.LogCaptureFixture
) -> None:
    """The signature decides."""
    forged = replace(surface.credentials, signing_secret="another")
    body = json.dumps({"type": "event_callback", "event": {"text": "very private"}})
    async with TestClient(TestServer(http_app(surface))) as client:
        response = await client.post("/slack/events", data=body, headers=signed(forged, body))

    assert response.status == 401
    assert "very private" not in caplog.text


async def test_slack_can_verify_the_address(surface: SlackSurface, workspace: Workspace) -> None:
    """It does so when the address is entered."""
    async with TestServer(http_app(surface)) as server:
        assert await workspace.verify_url(str(server.make_url("/slack/events")))


async def test_the_socket_tells_whether_it_is_connected(
    surface: SlackSurface, workspace: Workspace
) -> None:
    """And is closed when the context is left."""
    async with serve_socket_mode(surface) as connected:
        assert await connected()
        assert workspace.connections == 1
    await workspace.wait_for(lambda: workspace.connections == 0)

    assert not await connected()


def signed(credentials: SlackCredentials, body: str) -> dict[str, str]:
    """Return the headers with which Slack proves itself."""
    now = str(int(time.time()))
    signature = SignatureVerifier(credentials.signing_secret).generate_signature(
        timestamp=now, body=body
    )
    assert signature
    return {
        "content-type": "application/json",
        "x-slack-request-timestamp": now,
        "x-slack-signature": signature,
    }

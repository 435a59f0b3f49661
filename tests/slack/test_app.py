"""The bot gets into Slack, or says in one line why not."""

import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from slack_sdk.signature import SignatureVerifier

from bot.analytics.overview import Overview
from bot.answering.memory import ThreadMemory
from bot.audit.audit_log import AuditLog
from bot.auto_answers.store import AutoAnswerStore
from bot.channels.store import ChannelSettingsStore
from bot.core.errors import BotError, SettingsError
from bot.core.language import Language
from bot.core.types import Citation
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.evaluation.certificate import CertificateStore
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection
from bot.slack.app import SlackAdapter
from bot.slack.client.connection import open_connection
from bot.slack.client.identity import SlackCredentials
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.client.slack_changes import SlackChanges
from bot.slack.history.log import HistoryLog
from bot.slack.stores import SlackStores
from bot.slack.transport import http_app, serve_socket_mode
from bot.text.question_similarity import QuestionSimilarity
from bot.workspace import Workspace
from knowledge.model.types import Principal
from tests.support.library import Library


class NoOperations:
    """A program with nothing to operate."""

    sources = ()

    def addresses(self, reader: Principal) -> frozenset[str]:
        return frozenset()

    def failing(self, reader: Principal) -> Sequence[str]:
        return ()

    def sources_for(self, reader: Principal) -> Sequence[str]:
        return self.sources if reader.member else ()

    async def status(
        self, language: Language, reader: Principal, *, in_detail: bool = False
    ) -> str:
        return f"{language} {reader.id} {in_detail}"

    async def questions(self, reader: Principal, language: Language) -> Sequence[str]:
        return [f"{language}?"] if reader.member else ()

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return False

    async def passage(self, citation: Citation, reader: Principal) -> str:
        return citation.quote

    def stale_sources(self, reader: Principal, today: dt.date) -> Sequence[tuple[str, dt.date]]:
        return ()

    async def certified(self) -> bool:
        return False

    async def answers(self, place: str, policy: str, language: Language) -> str:
        return place + policy + language

    async def reindex(self, source: str, language: Language, reader: Principal) -> str:
        return source + language + reader.id

    async def reindex_by_clock(self, source: str, language: Language) -> str:
        return source + language


@asynccontextmanager
async def open_adapter(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> AsyncIterator[SlackAdapter]:
    """Connect to Slack, and build the adapter."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    handoffs = HandoffStore(store.commands)
    stores = SlackStores(
        RedisQueue(store),
        ledger,
        ThreadMemory(store.commands),
        ChannelSettingsStore(store.commands),
        labels,
        OptOuts(store.commands),
        handoffs,
        Overview(ledger, handoffs, labels, QuestionSimilarity().pairs),
        EntryStore(EntryVersions(store.commands), Library(tmp_path).open()),
        EntryNotes(store.commands),
        RedisNamePins(store.commands),
        PersonLimits(store.commands),
        SlackChanges(store.commands),
        HistoryLog(store.commands),
        AuditLog(store.commands),
        CertificateStore(store.commands),
        AutoAnswerStore(store.commands),
        Library(tmp_path).open().groups,
    )
    async with open_connection(
        credentials, stores.pins, stores.groups, changes=stores.changes
    ) as slack:
        yield SlackAdapter(slack, stores, NoOperations())


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
async def adapter(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> AsyncIterator[SlackAdapter]:
    """A connected adapter."""
    async with open_adapter(credentials, store, tmp_path) as adapter:
        yield adapter


async def test_a_refused_bot_token_is_named(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """With Slack's reason, and without the token."""
    wrong = replace(credentials, bot_token="xoxb-wrong")

    with pytest.raises(SettingsError, match=r"SLACK_BOT_TOKEN was refused.*invalid_auth") as error:
        async with open_adapter(wrong, store, tmp_path):
            pass
    assert "xoxb-wrong" not in str(error.value)


async def test_a_refused_app_token_is_named(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """The library alone would try it for ever."""
    wrong = replace(credentials, app_token="xapp-wrong")

    async with open_adapter(wrong, store, tmp_path) as adapter:
        with pytest.raises(SettingsError, match="SLACK_APP_TOKEN was refused"):
            async with serve_socket_mode(adapter):
                pass


async def test_a_slack_that_is_not_there_is_named(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """By its address, because SLACK_API_URL may be wrong."""
    nowhere = replace(credentials, api_url="http://127.0.0.1:9/api/")

    with pytest.raises(BotError, match=r"cannot be reached at http://127\.0\.0\.1:9/api/"):
        async with open_adapter(nowhere, store, tmp_path):
            pass


async def test_a_slack_in_trouble_is_no_refusal(
    workspace: Workspace,
    credentials: SlackCredentials,
    store: RedisConnection,
    adapter: SlackAdapter,
    tmp_path: Path,
) -> None:
    """The tokens are right: nobody should be sent to look at them."""
    workspace.faults.add("auth.test", "internal_error")
    with pytest.raises(BotError, match="trouble just now: internal_error"):
        async with open_adapter(credentials, store, tmp_path):
            pass

    workspace.faults.add("apps.connections.open", "internal_error", times=9)
    with pytest.raises(BotError, match="trouble just now: internal_error"):
        async with serve_socket_mode(adapter):
            pass


async def test_credentials_do_not_show_their_secrets(credentials: SlackCredentials) -> None:
    """They may end up in a log."""
    for secret in (credentials.bot_token, credentials.app_token, credentials.signing_secret):
        assert secret not in repr(credentials)


async def test_http_needs_a_signing_secret(
    credentials: SlackCredentials, store: RedisConnection, tmp_path: Path
) -> None:
    """Without one, anybody could speak in Slack's name."""
    async with open_adapter(replace(credentials, signing_secret=""), store, tmp_path) as adapter:
        with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
            http_app(adapter)


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
    async with (
        open_adapter(credentials, store, tmp_path) as adapter,
        TestClient(TestServer(http_app(adapter))) as client,
    ):
        body = json.dumps({"type": "event_callback", "event": {"type": "app_mention"}})
        response = await client.post("/slack/events", data=body, headers=signed(credentials, body))

    assert response.status == 200
    assert "will be unused" not in caplog.text


async def test_requests_of_others_are_refused_and_their_text_is_not_logged(
    adapter: SlackAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    """The signature decides."""
    forged = replace(adapter.slack.credentials, signing_secret="another")
    body = json.dumps({"type": "event_callback", "event": {"text": "very private"}})
    async with TestClient(TestServer(http_app(adapter))) as client:
        response = await client.post("/slack/events", data=body, headers=signed(forged, body))

    assert response.status == 401
    assert "very private" not in caplog.text


async def test_slack_can_verify_the_address(adapter: SlackAdapter, workspace: Workspace) -> None:
    """It does so when the address is entered."""
    async with TestServer(http_app(adapter)) as server:
        assert await workspace.verify_url(str(server.make_url("/slack/events")))


async def test_the_socket_tells_whether_it_is_connected(
    adapter: SlackAdapter, workspace: Workspace
) -> None:
    """And is closed when the context is left."""
    async with serve_socket_mode(adapter) as connected:
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

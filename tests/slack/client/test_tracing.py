"""Every call of Slack's Web API is told with its outcome, repetitions too."""

from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.client.clients import Clients
from bot.workspace import Workspace


@pytest.fixture
async def told() -> Counter[tuple[str, str]]:
    """What was told."""
    return Counter()


@pytest.fixture
async def clients(workspace: Workspace, told: Counter[tuple[str, str]]) -> AsyncIterator[Clients]:
    """Clients that tell."""
    clients = Clients(
        workspace.bot_token,
        workspace.api_url,
        report=lambda method, outcome, _: told.update([(method, outcome)]),
    )
    clients.open()
    yield clients
    await clients.aclose()


async def test_answers_and_refusals(clients: Clients, told: Counter[tuple[str, str]]) -> None:
    """Slack refuses with HTTP 200."""
    await clients.posting.auth_test()
    with pytest.raises(SlackApiError):
        await clients.posting.chat_postMessage(channel="C404", text="x")

    assert told == {("auth.test", "ok"): 1, ("chat.postMessage", "refused"): 1}


async def test_each_repetition_counts(
    workspace: Workspace, clients: Clients, told: Counter[tuple[str, str]]
) -> None:
    """The SDK's retries are calls too: Slack counts them."""
    workspace.faults.add("auth.test", "ratelimited", times=2, retry_after=0)
    await clients.posting.auth_test()

    assert told == {("auth.test", "rate_limited"): 2, ("auth.test", "ok"): 1}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("internal_error", "server_error"),
        ("unavailable", "server_error"),
        ("reset_before", "no_response"),
        ("reset_after", "no_response"),
    ],
)
async def test_failures_below_slack(
    workspace: Workspace,
    clients: Clients,
    told: Counter[tuple[str, str]],
    fault: str,
    outcome: str,
) -> None:
    """A server in trouble is told from a connection that was cut."""
    workspace.faults.add("auth.test", fault)
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await clients.hasty.auth_test()

    assert told == {("auth.test", outcome): 1}


async def test_a_file_is_no_call(
    workspace: Workspace, clients: Clients, told: Counter[tuple[str, str]]
) -> None:
    """Its name, which a person has chosen, must not become a label."""
    session = clients.repeating.session
    assert session is not None
    async with session.get(f"{workspace.api_url}files/T1-F1/解雇予定者.pdf") as response:
        await response.read()

    assert not told

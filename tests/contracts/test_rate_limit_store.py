"""The budget of a method is one for all workers: none is refused by Slack, and posts come first."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from slack_sdk.errors import SlackApiError

from bot.redis.connection import RedisConnection, open_redis
from bot.slack.client.clients import Clients, error_of
from bot.slack.client.rate_limit_store import CallRate, RateLimitStore
from bot.slack.client.rate_limits import RATES, SlackRateLimiter
from bot.workspace import SlackMessage, Workspace


@pytest.fixture
async def budgets(store: RedisConnection, redis_url: str) -> AsyncIterator[list[RateLimitStore]]:
    """The same budgets in three workers."""
    async with AsyncExitStack() as closing:
        stores = [await closing.enter_async_context(open_redis(redis_url)) for _ in range(3)]
        yield [RateLimitStore(store.commands) for store in stores]


async def test_all_workers_together_keep_the_rate(budgets: list[RateLimitStore]) -> None:
    """The burst at once, the rest at its pace, however many ask."""
    rate = CallRate(per_minute=60, burst=5)
    before = time.monotonic()
    asked = [budget.reserve("method", rate, longest=60) for budget in budgets * 10]
    outcomes = await asyncio.gather(*asked)
    asking = time.monotonic() - before

    waits = sorted(wait for _, wait in outcomes)
    assert all(taken for taken, _ in outcomes)
    assert waits[:5] == [0.0] * 5
    # 25 more at a second each, less what was paid back while they asked.
    assert 25 - asking - 0.05 <= waits[-1] <= 25
    assert all(later - earlier <= 1.05 + asking for earlier, later in itertools.pairwise(waits))


async def test_who_would_wait_too_long_takes_nothing(budgets: list[RateLimitStore]) -> None:
    """And hears when to ask again; decoration leaves its share to others."""
    rate = CallRate(per_minute=60, burst=4)
    decoration = [await budgets[0].reserve("m", rate, longest=0, reserve=0.5) for _ in range(4)]
    assert [taken for taken, _ in decoration] == [True, True, False, False]
    posts = [await budgets[1].reserve("m", rate, longest=0) for _ in range(3)]
    assert [taken for taken, _ in posts] == [True, True, False]
    assert 0.5 < posts[-1][1] <= 1.0


async def test_a_closed_budget_is_closed_to_all(budgets: list[RateLimitStore]) -> None:
    """Others need not hear the refusal themselves."""
    rate = CallRate(per_minute=60, burst=4)
    await budgets[0].close("m", rate, 2.0)
    taken, wait = await budgets[1].reserve("m", rate, longest=0)
    assert not taken
    assert 2.0 < wait <= 3.0
    assert (await budgets[2].reserve("other", rate, longest=0))[0]


@dataclass
class Workers:
    """Three workers with clients of one workspace."""

    clients: list[Clients]
    workspace: Workspace
    message: SlackMessage

    async def update(self, number: int, *, decoration: bool = False) -> str:
        """Change the message; return "" or Slack's error."""
        clients = self.clients[number % 3]
        client = clients.hasty if decoration else clients.repeating
        channel, ts = self.message.channel, self.message.ts
        try:
            await client.chat_update(channel=channel, ts=ts, text=f"{number}")
        except SlackApiError as error:
            return error_of(error)
        return ""


@pytest.fixture
async def workers(
    budgets: list[RateLimitStore], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Workers]:
    """Three workers in a workspace that limits rates, and a message of the bot."""
    async with await Workspace.start(rate_limits=True) as workspace, AsyncExitStack() as closing:
        clients = [
            Clients(workspace.bot_token, workspace.api_url, SlackRateLimiter(budget))
            for budget in budgets
        ]
        for one in clients:
            one.open()
            closing.push_async_callback(one.aclose)
        channel = workspace.add_channel("general", [workspace.add_user("bob")])
        await clients[0].posting.chat_postMessage(channel=channel.id, text="…")
        (message,) = workspace.messages(channel)
        yield Workers(clients, workspace, message)


def refusals(workspace: Workspace) -> int:
    """Count the calls that the workspace has refused for their number."""
    return sum(call.status == 429 for call in workspace.calls())


async def test_slack_has_nothing_to_refuse(workers: Workers) -> None:
    """Decoration beyond the burst is dropped before Slack sees it; posts have room left."""
    shown = [await workers.update(number, decoration=True) for number in range(30)]
    assert shown.count("") <= 7
    assert await asyncio.gather(*map(workers.update, range(5))) == [""] * 5
    assert refusals(workers.workspace) == 0


async def test_a_refusal_holds_for_all_workers_and_the_post_comes_after_it(
    workers: Workers,
) -> None:
    """Retry-After is kept by those who did not hear it, too."""
    workers.workspace.faults.add("chat.update", "ratelimited", retry_after=1)
    loop = asyncio.get_running_loop()
    before = loop.time()
    first = asyncio.create_task(workers.update(0))
    await workers.workspace.wait_for(lambda: refusals(workers.workspace) == 1)
    assert await workers.update(1, decoration=True) == "ratelimited"
    assert await first == ""
    assert loop.time() - before > 1.0
    assert len(workers.workspace.calls("chat.update")) == 2


async def test_a_refusal_for_too_long_comes_back_to_the_job(workers: Workers) -> None:
    """It is not the call that waits for an hour."""
    workers.workspace.faults.add("chat.update", "ratelimited", retry_after=3_600)
    assert await workers.update(0) == "ratelimited"
    assert await workers.update(1) == "ratelimited"
    assert len(workers.workspace.calls("chat.update")) == 1


def test_no_rate_is_above_slacks_tiers() -> None:
    """A minute never has more calls than Slack promises to take."""
    for method, rate in RATES.items():
        most = {"chat.postMessage": 65, "assistant.threads.setStatus": 600}.get(method, 100)
        assert rate.per_minute + rate.burst <= most
    assert RATES["chat.update"].per_minute + RATES["chat.update"].burst <= 50

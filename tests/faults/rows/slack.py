"""Slack refuses, breaks, is slow, loses connections before and after it has done its part."""

import asyncio
from collections.abc import Mapping, Sequence

from tests.faults.deployment import Deployment
from tests.faults.rows.row import Row, Run
from tests.faults.rows.workers import SLOW


def _trouble(method: str, kind: str, *, times: int = 1, seconds: float = 1.0) -> Run:
    async def run(deployment: Deployment) -> None:
        if method == "chat.update":
            deployment.model.pause = SLOW
        deployment.workspace.faults.add(method, kind, times=times, seconds=seconds)
        question = await deployment.ask()
        await deployment.ask(thread=question)

    return run


async def rate_limited(deployment: Deployment) -> Sequence[str]:
    """Slack asks for two seconds, and must get them."""
    deployment.model.pause = SLOW
    faults = deployment.workspace.faults
    faults.add("chat.postMessage", "ratelimited", retry_after=2)
    faults.add("chat.update", "ratelimited", retry_after=2, when=_is_final)
    question = await deployment.ask()
    await deployment.ask(thread=question)
    await deployment.settled()
    return _impatient(deployment, 2.0)


def _is_final(arguments: Mapping[str, object]) -> bool:
    return "context_actions" in str(arguments.get("blocks"))


def _impatient(deployment: Deployment, seconds: float) -> list[str]:
    """Return the refused calls that were repeated too early."""
    calls = deployment.calls()
    return [
        f"{refused.method} repeated {later.at - refused.at:.1f} s after a 429"
        for index, refused in enumerate(calls)
        if refused.status == 429
        for later in calls[index + 1 :]
        if later.method == refused.method
        and later.arguments == refused.arguments
        and later.at - refused.at < seconds
    ]


async def deleted_by_a_person(deployment: Deployment) -> None:
    """Somebody deletes the placeholder while the bot works: that means stop."""
    deployment.model.pause = SLOW
    question = await deployment.ask(expected=("nothing",))
    await deployment.until(lambda: bool(deployment.replies(question)))
    await deployment.workspace.delete(deployment.replies(question)[0])
    await deployment.ask(thread=question)


async def crowded(deployment: Deployment) -> None:
    """No message may be changed for a minute: each answer is a new one, and the old one goes."""
    deployment.model.pause = SLOW
    deployment.workspace.faults.add("chat.update", "ratelimited", times=10**6, retry_after=60)
    for _ in range(4):
        await deployment.ask()
    await deployment.settled(30)


async def trouble_everywhere(deployment: Deployment) -> None:
    """A third of all calls fails in one way or another."""
    faults, chance = deployment.workspace.faults, deployment.random
    for kind in ("ratelimited", "internal_error", "reset_before", "reset_after", "half_done"):
        for method in ("chat.postMessage", "chat.update", "conversations.replies"):
            faults.add(method, kind, times=10**6, when=lambda _: chance.random() < 0.07)
    roots = [await deployment.ask() for _ in range(6)]
    for root in roots:
        await deployment.ask(thread=root)
    await asyncio.sleep(6)
    faults.clear()


ROWS = (
    Row("Slack limits the rate", "429 with Retry-After 2 on post and update", rate_limited),
    Row("Slack lets nothing be changed", "429 with Retry-After 60 on update", crowded),
    Row("Slack fails to post", "500", _trouble("chat.postMessage", "internal_error")),
    Row(
        "Slack fails to post, three times",
        "500",
        _trouble("chat.postMessage", "unavailable", times=3),
    ),
    Row(
        "Slack posts and says it failed",
        "500 after the change",
        _trouble("chat.postMessage", "half_done"),
    ),
    Row(
        "connection lost before a post is accepted",
        "reset",
        _trouble("chat.postMessage", "reset_before"),
    ),
    Row(
        "connection lost after a post is accepted",
        "reset",
        _trouble("chat.postMessage", "reset_after"),
        quick=True,
    ),
    Row("Slack is slow to post", "10 s", _trouble("chat.postMessage", "slow", seconds=10.0)),
    Row(
        "Slack is slower than the client waits",
        "20 s",
        _trouble("chat.postMessage", "slow", seconds=20.0),
    ),
    Row(
        "Slack fails to update",
        "500, four times",
        _trouble("chat.update", "internal_error", times=4),
    ),
    Row(
        "connection lost after an update",
        "reset, three times",
        _trouble("chat.update", "reset_after", times=3),
    ),
    Row(
        "Slack cannot be asked who reads",
        "500 on conversations.info",
        _trouble("conversations.info", "internal_error", times=6),
    ),
    Row(
        "the placeholder is deleted while the bot works", "a person deletes it", deleted_by_a_person
    ),
    Row("a third of all calls fails", "429, 500, resets, for 6 s", trouble_everywhere, seconds=120),
)

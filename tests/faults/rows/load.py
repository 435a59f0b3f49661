"""Too much at once, one bad job, one hot thread, workers that are replaced."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from tests.faults.deployment import Deployment
from tests.faults.report import waiting_times
from tests.faults.rows.row import Row
from tests.support.llm_brains import Conversation, Turn

HOT = 200
PAUSE = 0.05
"""Seconds between two mentions of a crowd: twice as fast as Slack's limit of 30,000 an hour."""


async def poison(deployment: Deployment) -> None:
    """One question kills each worker that takes it: a failure message, and its thread goes on."""
    question = await deployment.ask(expected=("failure_message",))
    asked = deployment.history.asked[-1]
    deployment.history.injected_deaths.add(asked.job)
    brain = deployment.model.brain

    def deadly(conversation: Conversation) -> Turn:
        if asked.tag in conversation.question:
            deployment.kill(deployment.holder(asked.job))
        return brain(conversation)

    deployment.model.brain = deadly
    await deployment.ask(thread=question)
    other = await deployment.ask()
    while not deployment.is_done(asked.job):
        await deployment.staff()
        await asyncio.sleep(0.05)
    await deployment.until(lambda: deployment.is_done(deployment.job_of(other)))


async def hot_thread(deployment: Deployment) -> Sequence[str]:
    """Two hundred mentions in one thread; people in other threads do not feel it."""
    root = await deployment.ask()
    for _ in range(HOT - 1):
        await deployment.ask(thread=root, expected=("answer", "explanation"))
        await asyncio.sleep(PAUSE)
    waits = list[float]()
    for _ in range(10):
        start = time.monotonic()
        message = await deployment.ask()
        await deployment.until(partial(deployment.is_done, deployment.job_of(message)))
        waits.append(time.monotonic() - start)
    still_hot = sum(not deployment.is_done(asked.job) for asked in deployment.history.asked)
    deployment.note(
        f"others waited {max(waits):.1f} s at most while {still_hot} waited in the hot thread"
    )
    if not still_hot:
        return ["the hot thread was empty too early to show anything"]
    await deployment.settled(300)
    longest = max(waiting_times(deployment.history))
    slow = max(waits) > longest / 2
    return [f"others waited {max(waits):.1f} s, the hot thread {longest:.1f} s"] if slow else []


async def burst(deployment: Deployment) -> None:
    """A quiet day, then ten times as many questions at once as there are slots."""
    await deployment.ask()
    await deployment.settled()
    deployment.model.pause = 0.2
    for _ in range(160):
        await deployment.ask()
        await asyncio.sleep(PAUSE)


async def rolling(deployment: Deployment) -> Sequence[str]:
    """Every worker is replaced, one after the other, while people ask."""
    deployment.model.pause = 0.3
    asking = asyncio.create_task(_ask_for_a_while(deployment))
    codes = list[int]()
    for process in deployment.alive("work"):
        codes.append(await deployment.stop(process))
        await deployment.staff(workers=3)
    asking.cancel()
    await asyncio.wait({asking})
    return [f"a worker ended with {code}" for code in codes if code]


async def _ask_for_a_while(deployment: Deployment) -> None:
    roots = [await deployment.ask() for _ in range(10)]
    for _ in range(80):
        await deployment.ask(thread=deployment.random.choice(roots))
        await asyncio.sleep(0.4)


async def stopped_under_load(deployment: Deployment) -> Sequence[str]:
    """All workers are asked to stop while every slot is taken; later two others come."""
    deployment.model.pause = 1.0
    roots = [await deployment.ask() for _ in range(30)]
    for root in roots[:10]:
        await deployment.ask(thread=root)
    await deployment.until(lambda: len(list(deployment.history.acts("take"))) > 20)
    codes = await asyncio.gather(*map(deployment.stop, deployment.alive("work")))
    await deployment.staff()
    return [f"a worker ended with {code}" for code in codes if code]


async def everything_killed(deployment: Deployment) -> None:
    """Power fails for the processes: receiver, workers and Redis die together."""
    deployment.model.pause = 0.5
    roots = [await deployment.ask() for _ in range(6)]
    await deployment.ask(thread=roots[0])
    await deployment.until(lambda: len(list(deployment.history.acts("take"))) >= 3)
    with deployment.outage("everything killed"):
        for process in deployment.alive("receive", "work"):
            deployment.kill(process)
        await deployment.kill_redis()
        await deployment.staff()


ROWS = (
    Row(
        "a question that kills every worker",
        "kill -9 whenever its model call comes",
        poison,
        seconds=90,
    ),
    Row("a hot thread", f"{HOT} mentions in one thread", hot_thread, seconds=300),
    Row("ten times the load at once", "160 questions at 20 a second", burst, seconds=120),
    Row("rolling restart of all workers", "SIGTERM one after the other, people asking", rolling, 3),
    Row("all workers stopped under load", "SIGTERM to all", stopped_under_load, seconds=90),
    Row("everything killed at once", "kill -9 of receiver, workers and Redis", everything_killed),
)

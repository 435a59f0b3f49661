"""Too much at once, one bad job, one hot thread, workers that are replaced."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

from tests.faults.house import House
from tests.faults.report import waiting_times
from tests.faults.rows.row import Row
from tests.support.llm_brains import Conversation, Turn

HOT = 200
PAUSE = 0.05
"""Seconds between two mentions of a crowd: twice as fast as Slack's limit of 30,000 an hour."""


async def poison(house: House) -> None:
    """One question kills every worker that takes it up: an apology, and its thread goes on."""
    question = await house.ask(expected=("failure_message",))
    asked = house.history.asked[-1]
    house.history.injected_deaths.add(asked.job)
    brain = house.model.brain

    def deadly(conversation: Conversation) -> Turn:
        if asked.tag in conversation.question:
            house.kill(house.holder(asked.job))
        return brain(conversation)

    house.model.brain = deadly
    await house.ask(thread=question)
    other = await house.ask()
    while not house.is_done(asked.job):
        await house.staff()
        await asyncio.sleep(0.05)
    await house.until(lambda: house.is_done(house.job_of(other)))


async def hot_thread(house: House) -> Sequence[str]:
    """Two hundred mentions in one thread; people in other threads do not feel it."""
    root = await house.ask()
    for _ in range(HOT - 1):
        await house.ask(thread=root, expected=("answer", "explanation"))
        await asyncio.sleep(PAUSE)
    waits = list[float]()
    for _ in range(10):
        start = time.monotonic()
        message = await house.ask()
        await house.until(partial(house.is_done, house.job_of(message)))
        waits.append(time.monotonic() - start)
    still_hot = sum(not house.is_done(asked.job) for asked in house.history.asked)
    house.note(
        f"others waited {max(waits):.1f} s at most while {still_hot} waited in the hot thread"
    )
    if not still_hot:
        return ["the hot thread was empty too early to show anything"]
    await house.settled(300)
    longest = max(waiting_times(house.history))
    slow = max(waits) > longest / 2
    return [f"others waited {max(waits):.1f} s, the hot thread {longest:.1f} s"] if slow else []


async def burst(house: House) -> None:
    """A quiet day, then ten times as many questions at once as there are hands."""
    await house.ask()
    await house.settled()
    house.model.pause = 0.2
    for _ in range(160):
        await house.ask()
        await asyncio.sleep(PAUSE)


async def rolling(house: House) -> Sequence[str]:
    """Every worker is replaced, one after the other, while people ask."""
    house.model.pause = 0.3
    asking = asyncio.create_task(_ask_for_a_while(house))
    codes = list[int]()
    for process in house.alive("work"):
        codes.append(await house.stop(process))
        await house.staff(workers=3)
    asking.cancel()
    await asyncio.wait({asking})
    return [f"a worker ended with {code}" for code in codes if code]


async def _ask_for_a_while(house: House) -> None:
    roots = [await house.ask() for _ in range(10)]
    for _ in range(80):
        await house.ask(thread=house.random.choice(roots))
        await asyncio.sleep(0.4)


async def stopped_under_load(house: House) -> Sequence[str]:
    """All workers are asked to stop while each has its hands full; later two others come."""
    house.model.pause = 1.0
    roots = [await house.ask() for _ in range(30)]
    for root in roots[:10]:
        await house.ask(thread=root)
    await house.until(lambda: len(list(house.history.acts("take"))) > 20)
    codes = await asyncio.gather(*map(house.stop, house.alive("work")))
    await house.staff()
    return [f"a worker ended with {code}" for code in codes if code]


async def everything_killed(house: House) -> None:
    """Power fails for the processes: receiver, workers and Redis die together."""
    house.model.pause = 0.5
    roots = [await house.ask() for _ in range(6)]
    await house.ask(thread=roots[0])
    await house.until(lambda: len(list(house.history.acts("take"))) >= 3)
    with house.outage("everything killed"):
        for process in house.alive("receive", "work"):
            house.kill(process)
        await house.kill_redis()
        await house.staff()


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

"""Events of people take turns."""

import asyncio

import pytest

from bot.slack.intake.turns import Turns


async def test_one_person_with_many_events_holds_nobody_up() -> None:
    """Whoever comes next waits for one of theirs at most."""
    turns, order = Turns(1), list[str]()

    async def take(person: str) -> None:
        async with turns.of(person):
            order.append(person)
            await asyncio.sleep(0)

    flood = [asyncio.create_task(take("mallory")) for _ in range(150)]
    await asyncio.sleep(0)
    others = [asyncio.create_task(take(person)) for person in ("hanako", "花子")]
    await asyncio.gather(*flood, *others)
    assert {order.index("hanako"), order.index("花子")} <= {1, 2, 3, 4}


async def test_who_stops_waiting_takes_no_turn_with_them() -> None:
    """Neither before their turn nor in the moment in which they get it."""
    turns = Turns(1)
    for pauses in range(4):
        async with turns.of("a"):
            waiting = asyncio.create_task(_hold(turns))
            await asyncio.sleep(0)
        for _ in range(pauses):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(30), turns.of("c"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), turns.of("d"):
                pass


async def _hold(turns: Turns) -> None:
    async with turns.of("b"):
        await asyncio.sleep(3600)

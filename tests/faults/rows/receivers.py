"""The process that hears Slack dies or is stopped."""

import asyncio

from tests.faults.house import House, Process
from tests.faults.redis_proxy import Phase
from tests.faults.rows.row import Row, Run


def _killed(phase: Phase) -> Run:
    async def run(house: House) -> None:
        def kill(process: Process) -> None:
            house.kill(process)

        house.when_script(phase, lambda call: call.name == "put", kill)
        await house.ask()
        await house.until(lambda: not house.alive("receive"))
        await house.staff()

    return run


async def stopped(house: House) -> None:
    """The receiver is replaced while people ask."""
    [old] = house.alive("receive")
    asking = asyncio.create_task(_keep_asking(house, 12, 0.25))
    code = await house.stop(old)
    await house.staff()
    await asking
    assert code == 0, f"the receiver ended with {code}"


async def _keep_asking(house: House, questions: int, pause: float) -> None:
    for _ in range(questions):
        await house.ask()
        await asyncio.sleep(pause)


async def cut_off(house: House) -> None:
    """The network to Slack breaks: sockets are cut, then Slack asks the app to reconnect."""
    for _ in range(3):
        await house.ask()
        house.workspace.cut_sockets()
        await house.ask()
        await asyncio.sleep(0.5)
    await house.workspace.disconnect_sockets()
    await house.ask()


ROWS = (
    Row("receiver killed before it stores", "kill -9 before `put`", _killed("before")),
    Row(
        "receiver killed between storing and acknowledging",
        "kill -9 behind `put`",
        _killed("after"),
        quick=True,
    ),
    Row("receiver stopped and replaced while people ask", "SIGTERM", stopped),
    Row("the socket to Slack is cut", "TCP reset of the websocket, 3 times", cut_off),
)

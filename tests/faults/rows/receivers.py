"""The process that hears Slack dies or is stopped."""

import asyncio

from tests.faults.deployment import Deployment, Process
from tests.faults.redis_proxy import Phase
from tests.faults.rows.row import Row, Run


def _killed(phase: Phase) -> Run:
    async def run(deployment: Deployment) -> None:
        def kill(process: Process) -> None:
            deployment.kill(process)

        deployment.when_script(phase, "put", kill)
        await deployment.ask()
        await deployment.until(lambda: not deployment.alive("receive"))
        await deployment.staff()

    return run


async def stopped(deployment: Deployment) -> None:
    """The receiver is replaced while people ask."""
    [old] = deployment.alive("receive")
    asking = asyncio.create_task(_keep_asking(deployment, 12, 0.25))
    code = await deployment.stop(old)
    await deployment.staff()
    await asking
    assert code == 0, f"the receiver ended with {code}"


async def _keep_asking(deployment: Deployment, questions: int, pause: float) -> None:
    for _ in range(questions):
        await deployment.ask()
        await asyncio.sleep(pause)


async def cut_off(deployment: Deployment) -> None:
    """The network to Slack breaks: sockets are cut, then Slack asks the app to reconnect."""
    for _ in range(3):
        await deployment.ask()
        deployment.workspace.cut_sockets()
        await deployment.ask()
        await asyncio.sleep(0.5)
    await deployment.workspace.disconnect_sockets()
    await deployment.ask()


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

"""Events that come twice, in the wrong order, after the fact; messages that change under way."""

import asyncio
from typing import Literal

from bot.workspace import Delivery, SlackMessage
from tests.faults.deployment import Deployment
from tests.faults.rows.row import Row

Order = Literal["mention_first", "message_first", "together"]


def _deliveries(deployment: Deployment, message: SlackMessage) -> list[Delivery]:
    return [d for d in deployment.workspace.deliveries if d.event.get("ts") == message.ts]


async def in_every_order(deployment: Deployment) -> None:
    """Both events of a mention in each order, and each three times over at once."""
    orders: tuple[Order, ...] = ("mention_first", "message_first", "together")
    deployment.model.pause = 0.3
    for order in orders:
        message = await deployment.ask(order=order)
        twins = _deliveries(deployment, message) * 3
        await asyncio.gather(*map(deployment.workspace.redeliver, twins))


async def long_after(deployment: Deployment) -> None:
    """Slack delivers once more what was answered long ago."""
    message = await deployment.ask()
    await deployment.settled()
    for delivery in _deliveries(deployment, message):
        await deployment.workspace.redeliver(delivery)


async def edited(deployment: Deployment) -> None:
    """The question is edited while the bot works on it, and again when it is answered."""
    deployment.model.pause = 0.5
    message = await deployment.ask()
    await deployment.until(lambda: bool(deployment.replies(message)))
    await deployment.workspace.edit(message, f"{message.text} Please!")
    await deployment.settled()
    await deployment.workspace.edit(message, f"{message.text} Thanks!")


async def question_deleted(deployment: Deployment) -> None:
    """The question is deleted while the bot works; what stands in its thread stays one message."""
    deployment.model.pause = 0.5
    message = await deployment.ask(expected=("answer", "nothing", "explanation"))
    await deployment.until(lambda: bool(deployment.replies(message)))
    await deployment.workspace.delete(message)


async def question_deleted_at_once(deployment: Deployment) -> None:
    """The question is gone before the bot could say anything in its thread."""
    for process in deployment.alive("work"):
        deployment.freeze(process)
    deployment.history.struck.clear()
    message = await deployment.ask(expected=("nothing",))
    await deployment.until(lambda: bool(list(deployment.history.acts("put"))))
    await deployment.workspace.delete(message)
    for process in deployment.processes:
        if process.frozen:
            deployment.thaw(process)


ROWS = (
    Row(
        "duplicates in every order",
        "both events, each three times more, at once",
        in_every_order,
        quick=True,
    ),
    Row("duplicates after the answer", "both events again", long_after),
    Row("the question is edited", "while in work, and when answered", edited),
    Row("the question is deleted while the bot works", "a person deletes it", question_deleted),
    Row(
        "the question is deleted before the bot speaks",
        "a person deletes it",
        question_deleted_at_once,
    ),
)

"""Events that come twice, in the wrong order, after the fact; messages that change under way."""

import asyncio
from typing import Literal

from bot.workspace import Delivery, SlackMessage
from tests.faults.house import House
from tests.faults.rows.row import Row

Order = Literal["mention_first", "message_first", "together"]


def _deliveries(house: House, message: SlackMessage) -> list[Delivery]:
    return [d for d in house.workspace.deliveries if d.event.get("ts") == message.ts]


async def in_every_order(house: House) -> None:
    """Both events of a mention in each order, and each three times over at once."""
    orders: tuple[Order, ...] = ("mention_first", "message_first", "together")
    house.model.pause = 0.3
    for order in orders:
        message = await house.ask(order=order)
        twins = _deliveries(house, message) * 3
        await asyncio.gather(*map(house.workspace.redeliver, twins))


async def long_after(house: House) -> None:
    """Slack delivers once more what was answered long ago."""
    message = await house.ask()
    await house.settled()
    for delivery in _deliveries(house, message):
        await house.workspace.redeliver(delivery)


async def edited(house: House) -> None:
    """The question is edited while the bot works on it, and again when it is answered."""
    house.model.pause = 0.5
    message = await house.ask()
    await house.until(lambda: bool(house.replies(message)))
    await house.workspace.edit(message, f"{message.text} Please!")
    await house.settled()
    await house.workspace.edit(message, f"{message.text} Thanks!")


async def question_deleted(house: House) -> None:
    """The question is deleted while the bot works; what stands in its thread stays one message."""
    house.model.pause = 0.5
    message = await house.ask(expected=("answer", "nothing", "explanation"))
    await house.until(lambda: bool(house.replies(message)))
    await house.workspace.delete(message)


async def question_deleted_at_once(house: House) -> None:
    """The question is gone before the bot could say anything in its thread."""
    for process in house.alive("work"):
        house.freeze(process)
    house.history.struck.clear()
    message = await house.ask(expected=("nothing",))
    await house.until(lambda: bool(list(house.history.acts("put"))))
    await house.workspace.delete(message)
    for process in house.processes:
        if process.frozen:
            house.thaw(process)


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

"""The periodic task that reminds experts, and ends what nobody answers."""

from collections.abc import Sequence

from bot.core.types import Handoff
from bot.handoff.messages import HandoffMessenger
from bot.handoff.reminder_times import due
from bot.handoff.service import HandoffService, in_terminal, was_asked

_DAY = 86_400.0


class GatheredQuestions:
    """Tells experts, in one message, of the questions that came when they had heard of enough.

    Args:
        handoffs: The rules.
        messenger: Tells people.
    """

    name = "gathered questions"

    def __init__(self, handoffs: HandoffService, messenger: HandoffMessenger) -> None:
        self._handoffs = handoffs
        self._messenger = messenger

    async def __call__(self, now: float) -> None:
        """Tell everybody who may be notified again."""
        for owner, waiting in (await self._handoffs.gathered()).items():
            if not await self._handoffs.ping(owner, f"gathered:{now}"):
                # Claimed before it is sent, as reminders are: those come anyway.
                await self._handoffs.note_gathered(waiting)
                await self._messenger.gather(owner, waiting)


class HandoffReminders:
    """Sends each reminder at most once, and tells those who wait when nobody answers.

    It also has experts asked about questions from a terminal, where nobody could be reached.

    Args:
        handoffs: The rules.
        messenger: Reminds people.
        times: When to remind, in seconds after the question was asked.
    """

    name = "handoff reminders"

    def __init__(
        self, handoffs: HandoffService, messenger: HandoffMessenger, times: Sequence[float]
    ) -> None:
        self._handoffs = handoffs
        self._messenger = messenger
        self._times = times

    async def __call__(self, now: float) -> None:
        """Do what is due at *now*, in seconds since the epoch."""
        for handoff in await self._handoffs.pending():
            if now - handoff.at >= self._handoffs.days * _DAY:
                await self._handoffs.expire(handoff)
            elif in_terminal(handoff.thread):
                await self._handoffs.ask_alone(handoff)
            else:
                await self._remind(handoff, due(self._times, now - handoff.at))

    async def _remind(self, handoff: Handoff, number: int) -> None:
        known = self._handoffs.people.kind(handoff.owner) != "name"
        if number <= handoff.reminders or not known or not was_asked(handoff):
            return
        if not await self._handoffs.people.find(handoff.owner):
            return  # who was asked has left
        # Claimed before it is sent: after a crash one reminder is missing, and nobody misses it.
        # The other way round somebody would be reminded twice.
        if await self._handoffs.ping(handoff.owner, f"{handoff.id}:reminder:{number}"):
            return  # the expert has heard of enough: later
        if await self._handoffs.claim_reminder(handoff, number):
            await self._messenger.remind(handoff)

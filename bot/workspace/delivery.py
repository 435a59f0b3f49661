"""Delivers payloads to the app at least once, with Slack's deadline and retry schedule."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.workspace.changes import Changes
from bot.workspace.clock import Clock
from bot.workspace.state import Json

DeliveryKind = Literal["events_api", "slash_commands", "interactive"]

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each retry of an event, counted from the failure before it."""


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of one attempt.

    Attributes:
        reason: Why it failed (`http_timeout`, `http_error`, `connection_failed`, `timeout`), or "".
        response: The app's response in the acknowledgement: parsed JSON, text, or None.
        final: True when the app asked for no retries.
    """

    reason: str = ""
    response: object = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """The mark of a repeated attempt."""

    number: int
    reason: str


@dataclass(slots=True, eq=False)
class Delivery:
    """A payload on its way to the app.

    Attributes:
        attempts: How often it was sent, or could not be sent.
        reasons: Why attempts failed, oldest first.
        seconds: Time from the action to the acknowledgement, None while there is none.
        response: The app's response in the acknowledgement.
    """

    kind: DeliveryKind
    payload: Json
    started_at: float
    attempts: int = 0
    status: Literal["pending", "acknowledged", "failed"] = "pending"
    seconds: float | None = None
    reasons: list[str] = field(default_factory=list)
    response: object = None
    attempted: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acked(self) -> bool:
        """Whether the app has acknowledged it."""
        return self.status == "acknowledged"

    @property
    def event(self) -> Json:
        """The inner event; empty for commands and interactions."""
        return dict(self.payload.get("event") or {})


class Transport(Protocol):
    """Carries payloads to the app."""

    async def send(self, delivery: Delivery, retry: Retry | None) -> DeliveryOutcome:
        """Send once and wait for the acknowledgement or the deadline; never raises."""
        ...


class Dispatcher:
    """Sends deliveries in tasks of its own, over `transport`, which must be set first."""

    transport: Transport

    def __init__(self, clock: Clock, changes: Changes, retry_delays: Sequence[float]) -> None:
        self.deliveries: list[Delivery] = []
        self._clock = clock
        self._changes = changes
        self._retry_delays = tuple(retry_delays)
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(
        self, kind: DeliveryKind, payload: Json, *, after: Delivery | None = None
    ) -> Delivery:
        """Start sending *payload*; only events without acknowledgement are sent again.

        Args:
            kind: The kind of payload.
            payload: The JSON object.
            after: Wait until this delivery was attempted once.
        """
        delivery = Delivery(kind, payload, self._clock.now())
        self.deliveries.append(delivery)
        task = asyncio.create_task(self._run(delivery, after))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    async def redeliver(self, delivery: Delivery, reason: str = "timeout") -> bool:
        """Send an event once more, as Slack does when an acknowledgement is lost.

        Returns:
            Whether it was acknowledged this time.
        """
        return await self._attempt(delivery, Retry(delivery.attempts, reason))

    async def aclose(self) -> None:
        """Stop sending."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, delivery: Delivery, after: Delivery | None) -> None:
        if after:
            await after.attempted.wait()
        acked = await self._attempt(delivery, None)
        delays = self._retry_delays if delivery.kind == "events_api" else ()
        for number, delay in enumerate(delays, start=1):
            if acked or delivery.status == "failed":
                break
            await asyncio.sleep(delay)
            acked = await self._attempt(delivery, Retry(number, delivery.reasons[-1]))
        if not acked:
            delivery.status = "failed"
        delivery.ended.set()
        self._changes.ring()

    async def _attempt(self, delivery: Delivery, retry: Retry | None) -> bool:
        delivery.attempts += 1
        outcome = await self.transport.send(delivery, retry)
        if outcome.reason:
            delivery.reasons.append(outcome.reason)
            if outcome.final:
                delivery.status = "failed"
        elif not delivery.acked:
            delivery.status = "acknowledged"
            delivery.response = outcome.response
            delivery.seconds = self._clock.now() - delivery.started_at
        delivery.attempted.set()
        self._changes.ring()
        return not outcome.reason

"""Automatic answers without a chat platform."""

from dataclasses import dataclass, field

from bot.core.message_ref import MessageRef
from bot.queue.queue import Lease


@dataclass
class KeptNews:
    """Keeps the news about automatic answers, by channel."""

    told: list[tuple[str, int, int]] = field(default_factory=list)

    async def switched_off(
        self, lease: Lease, channel: MessageRef, unwanted: int, given: int
    ) -> None:
        await lease.check()
        self.told.append((channel.channel, unwanted, given))

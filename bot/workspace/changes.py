"""Notifies waiters of changes."""

import asyncio
from contextlib import suppress


class Changes:
    """A bell that wakes all waiters at its next `ring`."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone who waits now."""
        self._bell.set()
        self._bell = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or after *seconds*."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), seconds)

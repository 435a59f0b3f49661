"""The time until which the bot has received every message."""

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root


class PresenceStore:
    """A mark that whoever listens moves on, shared by all processes of one Redis."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._mark = f"{key_root(client)}:heard"
        self._claim = f"{key_root(client)}:catching-up"

    async def heard_until(self) -> float | None:
        """Return the mark, in seconds since the epoch; None before the first one."""
        mark = await self._client.get(self._mark)
        return None if mark is None else float(mark)

    async def mark(self, now: float) -> None:
        """Note that everything until *now* was heard."""
        await self._client.set(self._mark, f"{now:.3f}")

    async def begin(self, at: float) -> None:
        """Note that everything until *at* was heard, where nothing is noted yet."""
        await self._client.set(self._mark, f"{at:.3f}", nx=True)

    async def look_back(self, to: float) -> None:
        """Note that nothing after *to* was heard for certain."""
        heard = await self.heard_until()
        if heard is None or heard > to:
            await self.mark(to)

    async def claim(self, seconds: float) -> bool:
        """Be the one process that catches up, for *seconds*; False if another does."""
        return bool(await self._client.set(self._claim, 1, nx=True, ex=int(seconds)))

    async def release(self) -> None:
        """Let others catch up."""
        await self._client.delete(self._claim)

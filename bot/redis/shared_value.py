"""A text that all processes on all machines share, and change one after the other."""

from collections.abc import Callable

from bot.redis.connection import RedisClient
from bot.redis.lua_scripts import load_script


class SharedValue:
    """One text, "" for none.

    Args:
        key: Where it is.
    """

    def __init__(self, client: RedisClient, key: str) -> None:
        self._client = client
        self._key = key
        self._swap = load_script(client, "bot.redis", "swap")

    async def read(self) -> str:
        """Return the text as it is now."""
        return str(await self._client.execute_command("GET", self._key) or "")

    async def change(self, edit: Callable[[str], str]) -> str:
        """Replace the text by what *edit* makes of it, and return that.

        *edit* is called again if somebody else was faster; what it raises changes nothing.
        """
        while True:
            before = await self.read()
            after = edit(before)
            if after == before or await self._swap(keys=[self._key], args=[before, after]):
                return after

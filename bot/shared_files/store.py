"""The shared files on Redis."""

import hashlib

from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script


class SharedFiles:
    """Texts by their paths, with a digest of each."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._put = load_script(client, "bot.shared_files", "put")
        self._root = key_root(client)

    async def digests(self) -> dict[str, str]:
        """Return the digest of each text, by path."""
        found = await self._client.execute_command("HGETALL", f"{self._root}:files:digests")
        return dict(found)

    async def read(self, path: str) -> str | None:
        """Return the text at *path*, None if there is none."""
        found = await self._client.execute_command("HGET", f"{self._root}:files:texts", path)
        return None if found is None else str(found)

    async def put(self, path: str, before: str, text: str | None) -> bool:
        """Replace the text at *path*, or remove it (None); False if somebody else was faster.

        Args:
            path: Within the data folder, with `/`.
            before: The digest of the text that is replaced, "" for none.
            text: What comes in its place.
        """
        after = "" if text is None else digest_of(text)
        arguments = (path, before, text or "", after)
        return bool(await self._put(keys=[self._root], args=arguments))

    async def revision(self) -> int:
        """Return the number of changes that were ever made."""
        found = await self._client.execute_command("GET", f"{self._root}:files:revision")
        return int(found or 0)


def digest_of(text: str) -> str:
    """Return what is equal for equal texts."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]

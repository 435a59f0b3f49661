"""What one process has asked Slack about people and channels, for all the others.

Slack counts calls by workspace: what each worker asks for itself, all of them wait for.
"""

import json
from dataclasses import dataclass

from redis.exceptions import RedisError

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

LARGEST = 2_000_000
"""Characters of one fact; a longer one, of a very large workspace, each process asks for itself."""


@dataclass(frozen=True, slots=True)
class SharedFact:
    """A fact as JSON, and the seconds for which it is still believed.

    Attributes:
        changed: When its subjects had changed last before it was asked for.
    """

    text: str
    changed: tuple[float, ...]
    seconds: float


class SharedFacts:
    """The facts that the processes of one Redis and namespace share.

    They go away by themselves. A Redis that is away or full shares nothing, and nobody minds.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._root = f"{key_root(client)}:slack:fact:"

    async def get(self, key: str) -> SharedFact | None:
        """Return what is known under *key*."""
        asking = self._client.pipeline(transaction=True)
        asking.execute_command("GET", self._root + key)
        asking.execute_command("PTTL", self._root + key)
        try:
            stored, left = await asking.execute()
        except (RedisUnavailableError, RedisError):
            return None
        if stored is None or left <= 0:
            return None
        changed, _, text = stored.partition("\n")
        return SharedFact(text, tuple(json.loads(changed)), left / 1000)

    async def put(self, key: str, fact: SharedFact) -> None:
        """Share *fact*."""
        milliseconds = int(fact.seconds * 1000)
        if milliseconds <= 0 or len(fact.text) > LARGEST:
            return
        stored = f"{json.dumps(fact.changed)}\n{fact.text}"
        try:
            await self._client.execute_command("SET", self._root + key, stored, "PX", milliseconds)
        except (RedisUnavailableError, RedisError):
            return

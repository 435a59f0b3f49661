"""Labels of the answers that people got, on Redis."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict

from bot.core.types import Label
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root


class RedisLabels:
    """Verdicts on answers by people who know the subject: the ground truth of certificates.

    Kept in a hash with a field for each person's label on each answer.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._key = f"{key_root(client)}:labels"

    async def put(self, label: Label) -> None:
        """Store *label* in place of the same person's earlier label on the same answer."""
        field = json.dumps([label.answer_id, label.person], ensure_ascii=False)
        text = json.dumps(asdict(label), ensure_ascii=False)
        await self._client.execute_command("HSET", self._key, field, text)

    async def forget(self, answer_ids: Collection[str]) -> int:
        """Delete every label on *answer_ids*; return how many there were."""
        fields: list[str] = await self._client.execute_command("HKEYS", self._key)
        gone = [one for one in fields if json.loads(one)[0] in answer_ids]
        return int(await self._client.execute_command("HDEL", self._key, *gone)) if gone else 0

    async def all(self) -> Sequence[Label]:
        """Return the last label of each person on each answer, in the order they were given."""
        texts: list[str] = await self._client.execute_command("HVALS", self._key)
        return sorted((Label(**json.loads(text)) for text in texts), key=lambda label: label.at)

"""Labels of answers that people got: beside the ledger, on Redis."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from bot.core.types import Label
from bot.redis.connection import RedisClient


class Labels(Protocol):
    """Judgements on single answers, by people who know the subject: the truth of certificates."""

    async def put(self, label: Label) -> None:
        """Keep *label* in place of what the same person said of the same answer before."""
        ...

    async def all(self) -> Sequence[Label]:
        """Return the last label of each person on each answer, in the order of their making."""
        ...


class RedisLabels:
    """A hash with a field for each person's label on each answer."""

    def __init__(self, client: RedisClient, namespace: str = "kotae") -> None:
        self._client = client
        self._key = f"{{{namespace}}}:v1:labels"

    async def put(self, label: Label) -> None:
        field = json.dumps([label.answer_id, label.person], ensure_ascii=False)
        text = json.dumps(asdict(label), ensure_ascii=False)
        await self._client.execute_command("HSET", self._key, field, text)

    async def all(self) -> Sequence[Label]:
        texts: list[str] = await self._client.execute_command("HVALS", self._key)
        return sorted((Label(**json.loads(text)) for text in texts), key=lambda label: label.at)

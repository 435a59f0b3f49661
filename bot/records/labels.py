"""Labels of the answers that people got, on Redis."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.core.types import Label
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

_label: TypeAdapter[Label] = TypeAdapter(Label)

_log = structlog.get_logger(__name__)


class RedisLabels:
    """Verdicts on answers by people who know the subject: the ground truth of certificates.

    Kept in a hash with a field for each person's label on each answer. One that cannot be read is
    left out, and its field is logged.
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
        gone = [one for one in fields if _answer_of(one) in answer_ids]
        return int(await self._client.execute_command("HDEL", self._key, *gone)) if gone else 0

    async def all(self) -> Sequence[Label]:
        """Return the last label of each person on each answer, in the order they were given."""
        found: dict[str, str] = await self._client.execute_command("HGETALL", self._key)
        labels = list[Label]()
        for field, text in found.items():
            try:
                labels.append(_label.validate_json(text))
            except ValidationError:
                _log.warning("label_unreadable", field=field)
        return sorted(labels, key=lambda label: label.at)

    async def unreadable(self) -> Sequence[str]:
        """Return where something is that is no label."""
        found: dict[str, str] = await self._client.execute_command("HGETALL", self._key)
        return [
            f"labels {field}"
            for field, text in found.items()
            if not (_answer_of(field) and _is_label(text))
        ]


def _answer_of(field: str) -> str:
    """Return the id of the answer that a label is on, "" where the field is damaged."""
    try:
        answer_id, _ = json.loads(field)
    except (ValueError, TypeError):
        return ""
    return answer_id if isinstance(answer_id, str) else ""


def _is_label(text: str) -> bool:
    try:
        _label.validate_json(text)
    except ValidationError:
        return False
    return True

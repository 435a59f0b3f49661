"""What is kept of channels with automatic answers, on Redis: who spoke when, and how it went.

No words are kept of what people say to each other: only when a message came, from whom, and whether
it was a question to everybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.core.message_ref import MessageRef, channel_key
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

HOUR, DAY = 3_600.0, 86_400.0

JUDGED_SECONDS = 30 * DAY
"""How long an answer and what was said against it count."""

_KEPT_SECONDS = int(2 * HOUR)
_MOST_KEPT = 500
"""Messages of a channel that are looked at; more of them within the quiet time is talk anyway."""

Said = Literal["talk", "question", "greeting", "reply"]
"""`reply`: somebody has taken up the thread that begins at that time."""


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """One message of a channel; `at` is its time stamp in Slack, in seconds since the epoch."""

    at: float
    said: Said
    person: str


class AutoAnswerStore:
    """The talk of the last hours, and the automatic answers of the last month, of each channel.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._root = f"{key_root(client)}:auto"

    async def heard(self, place: MessageRef, said: Said, person: str) -> None:
        """Note that *person* wrote at *place*; of a `reply`, the place is that of its thread."""
        key, at = f"{self._root}:talk:{channel_key(place)}", float(place.ts)
        name = f"{said}|{'' if said == 'reply' else person}|{place.ts}"
        await self._client.execute_command("ZADD", key, at, name)
        await self._client.execute_command("ZREMRANGEBYRANK", key, 0, -_MOST_KEPT - 1)
        await self._client.execute_command("EXPIRE", key, _KEPT_SECONDS)

    async def talk(self, place: MessageRef, before: float, after: float) -> list[SaidBefore]:
        """Return what was said from *before* seconds before *place* to *after* seconds after it."""
        at = float(place.ts)
        found: Iterable[str] = await self._client.execute_command(
            "ZRANGEBYSCORE",
            f"{self._root}:talk:{channel_key(place)}",
            f"{at - before:.6f}",
            f"{at + after:.6f}",
        )
        return [one for one in map(_read, found) if one is not None]

    async def take(self, place: MessageRef, now: float, most: int) -> bool:
        """Count an answer to the question at *place*; False if *most* were given within an hour.

        Counting the same question again changes nothing.
        """
        key = f"{self._root}:given:{channel_key(place)}"
        if await self._client.execute_command("ZSCORE", key, place.ts) is not None:
            return True
        if await self._since(key, now - HOUR) >= most:
            return False
        await self._add(key, place.ts, now)
        return True

    async def was_given(self, place: MessageRef) -> bool:
        """Tell whether the question at *place* was answered."""
        key = f"{self._root}:given:{channel_key(place)}"
        return await self._client.execute_command("ZSCORE", key, place.ts) is not None

    async def complain(self, place: MessageRef, now: float) -> tuple[int, int]:
        """Note that somebody did not want the answer to the question at *place*.

        Returns:
            How many answers were not wanted, and how many there were, of the last month.
        """
        key = f"{self._root}:unwanted:{channel_key(place)}"
        await self._add(key, place.ts, now)
        given = f"{self._root}:given:{channel_key(place)}"
        month = now - JUDGED_SECONDS
        return await self._since(key, month), await self._since(given, month)

    async def forgive(self, channel: str) -> None:
        """Begin to count anew in *channel*, given as `channel_key`."""
        await self._client.execute_command("DEL", f"{self._root}:unwanted:{channel}")

    async def _add(self, key: str, name: str, now: float) -> None:
        await self._client.execute_command("ZADD", key, now, name)
        oldest = f"({now - JUDGED_SECONDS:.3f}"
        await self._client.execute_command("ZREMRANGEBYSCORE", key, "-inf", oldest)
        await self._client.execute_command("EXPIRE", key, int(JUDGED_SECONDS))

    async def _since(self, key: str, moment: float) -> int:
        return int(await self._client.execute_command("ZCOUNT", key, f"{moment:.3f}", "+inf"))


def _read(text: str) -> SaidBefore | None:
    said, _, rest = text.partition("|")
    person, _, at = rest.rpartition("|")
    match said:
        case "talk" | "question" | "greeting" | "reply" as known:
            return SaidBefore(float(at), known, person)
        case _:
            return None

"""Tokens: each stands for one person until it expires or is revoked. Only their hashes are kept."""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from bot.core.serialization import known_fields
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

DAY = 86_400
LONGEST_DAYS = 3_650

_TOKEN = re.compile(r"kotae_([0-9a-f]{12})_([\w-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """What is kept of a token; times in seconds since the epoch.

    Attributes:
        id: Names it in lists; no secret.
        person: Whom it stands for, an id of the surface.
        digest: SHA-256 of the whole token.
    """

    id: str
    person: str
    created: float
    expires: float
    digest: str


class TokenStore:
    """The tokens of all processes that share a Redis and a namespace."""

    def __init__(
        self,
        client: RedisClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._clock = clock
        self._key = f"{key_root(client)}:mcp:tokens"

    async def create(self, person: str, seconds: float) -> tuple[str, TokenRecord]:
        """Make a token of *person* for *seconds*; return it, this once, and what is kept of it."""
        now, id_ = self._clock(), secrets.token_hex(6)
        token = f"kotae_{id_}_{secrets.token_urlsafe(32)}"
        record = TokenRecord(id_, person, now, now + seconds, _digest(token))
        await self._client.execute_command("HSET", self._key, id_, json.dumps(asdict(record)))
        return token, record

    async def person(self, token: str) -> str:
        """Return whom *token* stands for; "" if it is unknown, expired or revoked."""
        parts = _TOKEN.fullmatch(token)
        if not parts:
            return ""
        found = await self._client.execute_command("HGET", self._key, parts[1])
        if not found:
            return ""
        record = _read(found)
        if record is None:
            return ""
        same = hmac.compare_digest(_digest(token), record.digest)
        return record.person if same and record.expires > self._clock() else ""

    async def listed(self) -> Sequence[TokenRecord]:
        """Return the tokens that are not expired, the oldest first, without their digests."""
        found: list[str] = await self._client.execute_command("HVALS", self._key)
        records = [record for text in found if (record := _read(text))]
        if old := [one.id for one in records if one.expires <= self._clock()]:
            await self._client.execute_command("HDEL", self._key, *old)
        kept = (replace(one, digest="") for one in records if one.id not in old)
        return sorted(kept, key=lambda one: one.created)

    async def unreadable(self) -> Sequence[str]:
        """Return where something is that is no token."""
        found: dict[str, str] = await self._client.execute_command("HGETALL", self._key)
        return [f"mcp:tokens {id_}" for id_, text in found.items() if _read(text) is None]

    async def revoke(self, id_: str) -> bool:
        """Forget the token with *id_*; False if there was none. The next request is refused."""
        return bool(await self._client.execute_command("HDEL", self._key, id_))


def _read(text: str) -> TokenRecord | None:
    """Read a record; None for a damaged one, which opens nothing."""
    try:
        return TokenRecord(**known_fields(TokenRecord, json.loads(text)))
    except (ValueError, TypeError, AttributeError):
        return None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

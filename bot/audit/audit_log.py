"""The audit log on Redis: one entry for each act of an operator, the oldest dropped at a limit."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from bot.core.serialization import known_fields
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

Act = Literal[
    "channel",
    "answers",
    "reindex",
    "review",
    "entry",
    "name",
    "rollback",
    "forced_sync",
    "promote",
    "revert",
    "prompt",
    "certificate",
    "retry",
    "drop",
    "data",
    "export",
    "backup",
    "restore",
    "install",
    "uninstall",
    "token",
]
"""What was done: `channel` and `answers` changed settings of a channel; `name` let a name mean
another channel; `entry` changed a saved answer; `retry` and `drop` concern dead letters; `install`
and `uninstall` concern the app in a workspace; `token` a token of `kotae mcp`, by its id."""

MOST_ACTS = 100_000
"""Number of acts that are kept, about: some 20 MB, and decades of most teams."""

_LONGEST = 2_000
_PAGE = 500


@dataclass(frozen=True, slots=True)
class OperatorAct:
    """One act.

    Attributes:
        at: Seconds since the epoch.
        person: Slack id, or `terminal:NAME` for an account of the machine.
        about: What it concerns: a channel, a source, an entry, a setting.
        before: What held before, "" for nothing; `after`: what holds now. No message and no secret
            is in it.
    """

    at: float
    person: str
    act: str
    about: str
    before: str = ""
    after: str = ""

    def line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


class AuditLog:
    """The audit log of all processes that share a Redis and a namespace.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient) -> None:
        self._client = client
        self._key = f"{key_root(client)}:audit"

    async def record(
        self, person: str, act: Act, about: str, before: object = "", after: object = ""
    ) -> None:
        """Write down that *person* did *act*; arguments as of `OperatorAct`, mappings as JSON."""
        done = OperatorAct(time.time(), person, act, about[:_LONGEST], _text(before), _text(after))
        await self._client.execute_command(
            "XADD", self._key, "MAXLEN", "~", MOST_ACTS, "*", "act", done.line()
        )

    async def trim(self, before: float) -> int:
        """Remove the acts before a time, in seconds since the epoch; return how many there were."""
        first = f"{max(0, int(before * 1_000))}-0"
        return int(await self._client.execute_command("XTRIM", self._key, "MINID", first))

    async def since(self, at: float = 0.0) -> AsyncIterator[OperatorAct]:
        """Yield the acts of *at* (seconds since the epoch) or later, the oldest first."""
        start = str(int(at * 1_000))
        while True:
            page = await self._client.execute_command(
                "XRANGE", self._key, start, "+", "COUNT", _PAGE
            )
            for _, fields in page:
                yield OperatorAct(**known_fields(OperatorAct, json.loads(_value(fields))))
            if len(page) < _PAGE:
                return
            start = f"({page[-1][0]}"


def _value(fields: object) -> str:
    """Return the text of an entry, which clients give as a mapping or as a list."""
    if isinstance(fields, Mapping):
        return str(fields["act"])
    assert isinstance(fields, list | tuple)
    return str(fields[1])


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_LONGEST]

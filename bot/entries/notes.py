"""Notes about entries: their messages, proposals, and who was told."""

from bot.audit.audit_log import AuditLog
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root

_HOUR = 3_600


class EntryNotes:
    """The notes of all processes that share a Redis and a namespace.

    Attributes:
        audit: Says who changed which entry.
    """

    def __init__(self, client: RedisClient) -> None:
        self.audit = AuditLog(client)
        self._client = client
        root = f"{key_root(client)}:entries"
        self._places, self._told = f"{root}:places", f"{root}:told"
        self._proposals, self._compared = f"{root}:proposals", f"{root}:compared"
        self._held, self._checked = f"{root}:held", f"{root}:checked"
        self._changes, self._before = f"{root}:changes", f"{root}:before"

    async def entry_from(self, place: str) -> str:
        """Return the id of the entry that came from the message at *place*, or ""."""
        found = await self._client.execute_command("HGET", self._places, place)
        return str(found or "")

    async def note_change(self, entry_id: str, event: str) -> None:
        """Note the last change of an entry's message; a later one has a greater *event*."""
        await self._client.execute_command("HSET", self._changes, entry_id, event)

    async def is_overtaken(self, entry_id: str, event: str) -> bool:
        """Tell whether the message was changed again after *event*."""
        last = str(await self._client.execute_command("HGET", self._changes, entry_id) or "")
        return (len(last), last) > (len(event), event)

    async def keep_before(self, entry_id: str, text: str) -> None:
        """Keep what a message said before the first change that was passed over."""
        await self._client.execute_command("HSETNX", self._before, entry_id, text)

    async def kept_before(self, entry_id: str) -> str:
        """Return what was kept by `keep_before`, or ""."""
        return str(await self._client.execute_command("HGET", self._before, entry_id) or "")

    async def forget_before(self, entry_id: str) -> None:
        """Forget it."""
        await self._client.execute_command("HDEL", self._before, entry_id)

    async def was_told(self, what: str) -> bool:
        """Tell whether *what* was noted as told."""
        return bool(await self._client.execute_command("SISMEMBER", self._told, what))

    async def note_told(self, what: str) -> None:
        """Note for ever that *what* was told."""
        await self._client.execute_command("SADD", self._told, what)

    async def propose(self, entry_id: str, answer: str) -> None:
        """Keep a new answer for an entry until somebody decides."""
        await self._client.execute_command("HSET", self._proposals, entry_id, answer)

    async def proposal(self, entry_id: str) -> str:
        """Return the last proposed answer of an entry, or ""."""
        found = await self._client.execute_command("HGET", self._proposals, entry_id)
        return str(found or "")

    async def hold(self, entry_id: str, work: str) -> None:
        """Keep an entry that somebody has sent, as text, until they decide."""
        await self._client.execute_command("HSET", self._held, entry_id, work)

    async def held(self, entry_id: str) -> str:
        """Return the text that is held back under *entry_id*, or ""."""
        found = await self._client.execute_command("HGET", self._held, entry_id)
        return str(found or "")

    async def release(self, entry_id: str) -> None:
        """Forget what is held back under *entry_id*."""
        await self._client.execute_command("HDEL", self._held, entry_id)

    async def claim_check(self, entry_id: str, job_id: str) -> bool:
        """Tell whether the job *job_id* is the one that may check an entry within an hour."""
        key = f"{self._checked}:{entry_id}"
        options = ("NX", "EX", _HOUR)
        if await self._client.execute_command("SET", key, job_id, *options):
            return True
        return bool(await self._client.execute_command("GET", key) == job_id)

    async def compared(self) -> str:
        """Return the name of the last comparison, or ""."""
        return str(await self._client.execute_command("GET", self._compared) or "")

    async def note_compared(self, what: str) -> None:
        """Note a comparison by name: the version of the index, and which entries there were."""
        await self._client.execute_command("SET", self._compared, what)

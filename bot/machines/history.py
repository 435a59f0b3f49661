"""Which of Slack's messages the shared index has, so that each machine may show them again.

Every machine keeps the messages, and hides at once the documents from which something was deleted.
The indexer alone syncs them, and tells up to where in the log the published index goes. What was
hidden here by then, the index has no more.
"""

from bot.machines.member import IndexMember

_MOST = 1_000


class IndexedHistory:
    """Follows how much of the log of messages the index in use has.

    Args:
        member: This process.
    """

    def __init__(self, member: IndexMember) -> None:
        self._member = member
        self._seen = list[tuple[str, int]]()
        self._told: tuple[str, int] | None = None

    @property
    def syncs(self) -> bool:
        """Whether this process syncs the messages itself."""
        return self._member.is_indexer

    async def tell(self, position: str) -> None:
        """Tell the others that the index in use has the log up to *position*."""
        if self._member.shares:
            version = self._member.base.index_version
            await self._member.store.note_history(position, version)

    async def indexed(self, position: str, version: int) -> int | None:
        """Return the latest version of the messages here that the index in use has, if it is news.

        Args:
            position: Up to where this machine has taken in the log.
            version: Of the messages here by then. Of one position the first version counts: later
                ones may hold what was read elsewhere.

        Raises:
            RedisUnavailableError: Redis does not answer.
        """
        if not self._seen or self._seen[-1][0] != position:
            self._seen.append((position, version))
            del self._seen[:-_MOST]
        told, index_version = await self._member.store.history()
        if not told or self._member.base.index_version < index_version:
            return None
        reached = [one for one in self._seen if _number(one[0]) <= _number(told)]
        if not reached or reached[-1] == self._told:
            return None
        self._told = reached[-1]
        return self._told[1]


def _number(position: str) -> tuple[int, int]:
    """Return a position of a stream as numbers; "" comes first."""
    time, _, count = position.partition("-")
    return int(time or 0), int(count or 0)

"""Syncs a source again once the time has passed that it asked us to wait."""

from bot.queue.queue import Queue
from bot.slack.commands.reindex import scheduled_reindex
from knowledge.base import KnowledgeBase
from knowledge.model.threads import in_thread


class ThrottledSources:
    """A periodic task: its job's id names the time, so that each time has one job.

    Args:
        base: Knows which sources asked us to wait, and until when.
        queue: Where the jobs go.
    """

    name = "throttled_sources"

    def __init__(self, base: KnowledgeBase, queue: Queue) -> None:
        self._base = base
        self._queue = queue

    async def __call__(self, now: float) -> None:
        """Put a job into the queue for each source that may be asked again.

        Raises:
            BotError: Redis does not answer, or the queue is full.
            KnowledgeError: `knowledge.toml` cannot be read.
        """
        for name, health in (await in_thread(self._base.health)).items():
            if health.kind == "throttled" and 0 < health.retry_at <= now:
                await self._queue.put(scheduled_reindex(int(health.retry_at), name))

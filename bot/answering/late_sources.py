"""Which sources may be out of date, so that an answer that rests on one can say so."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.answering import texts
from bot.core.language import Language
from bot.core.types import Answer
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.schedule import Schedule
from knowledge.model.source_health import SourceHealth
from knowledge.model.threads import in_thread

_STEP = timedelta(seconds=1)
_DAY = timedelta(days=1)


class LateSources:
    """Knows since when each source may be out of date.

    A source is late when two times of its schedule have passed without it being brought up to
    date; without a schedule, after a day, unless it is on this machine. A source whose last try
    failed may be out of date as well.

    Args:
        base: The knowledge base.
        schedule: When sources without a schedule of their own are synced; "" is never.
        zone: Time zone of schedules.
    """

    def __init__(self, base: KnowledgeBase, schedule: str, zone: ZoneInfo) -> None:
        self._base = base
        self._schedule = schedule
        self._zone = zone

    async def noted(self, answer: Answer) -> Answer:
        """Return *answer* with the moment since when what it rests on may be out of date."""
        names = {citation.document_id.partition("/")[0] for citation in answer.citations}
        try:
            late = await in_thread(lambda: self.since(names, datetime.now(self._zone)))
        except KnowledgeError:  # the settings cannot be read now; the doctor says so
            return answer
        return replace(answer, late_since=min(late.values(), default=0.0))

    def since(self, names: Collection[str], now: datetime) -> Mapping[str, float]:
        """Return since when each of *names* that is late may be out of date. Blocks.

        The values are in seconds since the epoch.

        Raises:
            KnowledgeConfigError: `knowledge.toml` cannot be read.
        """
        health, schedules = self._base.health(), self._base.schedules
        here = self._base.sources_here
        late: dict[str, float] = {}
        for name in set(names) & health.keys():
            schedule = schedules[name] or self._schedule
            if since := self._late_since(health[name], schedule, now, is_here=name in here):
                late[name] = since
        return late

    def next_run(self, schedule: str, now: datetime) -> datetime | None:
        """Return when a source with *schedule* is synced next, None if never by itself."""
        text = schedule or self._schedule
        return Schedule(text, self._zone).next(now) if text else None

    def _late_since(
        self, health: SourceHealth, schedule: str, now: datetime, *, is_here: bool
    ) -> float:
        if health.reason:
            return health.synced_at or health.failed_since
        if schedule:
            slots = Schedule(schedule, self._zone)
            limit = slots.latest(slots.latest(now) - _STEP)
        elif is_here:
            return 0.0
        else:
            limit = now - _DAY
        return health.synced_at if 0 < health.synced_at < limit.timestamp() else 0.0


def late_line(answer: Answer, language: Language) -> str:
    """Return in a line since when what *answer* rests on may be out of date, "" if it is not."""
    if not answer.late_since or not answer.citations:
        return ""
    when = f"{datetime.fromtimestamp(answer.late_since).astimezone():%Y-%m-%d %H:%M}"
    return texts.LATE.to(language, when=when)

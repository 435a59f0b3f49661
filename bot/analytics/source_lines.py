"""How the sources are doing, in a line each, for operators."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.analytics import texts
from bot.answering.late_sources import LateSources
from bot.core.language import Language
from knowledge.model.types import Principal, SourceStatus

_REASON = 300
"""Characters of a reason, of which several lines must fit into one view."""


def source_lines(
    sources: Sequence[SourceStatus],
    late: LateSources | None,
    language: Language,
    reader: Principal,
) -> list[str]:
    """Return a line for each source that *reader* may know of."""
    shown = [one for one in sources if one.access.permits(reader)]
    now = datetime.now().astimezone()
    since = late.since([one.name for one in shown], now) if late else {}
    return [f"• {', '.join(_parts(one, late, since, now, language))}" for one in shown]


def _parts(
    source: SourceStatus,
    late: LateSources | None,
    since: Mapping[str, float],
    now: datetime,
    language: Language,
) -> Iterator[str]:
    health = source.health
    yield texts.SOURCE.to(language, name=source.name, kind=source.kind, documents=source.documents)
    if health.synced_at:
        yield texts.SOURCE_AS_OF.to(language, when=_when(health.synced_at))
    else:
        yield texts.SOURCE_NEVER.to(language)
    if health.listed_at:
        yield texts.SOURCE_LISTED.to(language, when=_when(health.listed_at))
    if coming := late.next_run(source.schedule, now) if late else None:
        yield texts.SOURCE_NEXT.to(language, when=_when(coming.timestamp()))
    if health.total:
        yield texts.SOURCE_PROGRESS.to(language, done=health.done, total=health.total)
    if skipped := sum(health.skipped.values()):
        yield texts.SOURCE_SKIPPED.to(language, count=skipped)
    if health.unresolved:
        yield texts.SOURCE_UNRESOLVED.to(language, count=health.unresolved)
    if source.is_for_all:
        yield texts.SOURCE_FOR_ALL.to(language)
    if health.reason:
        when = _when(health.failed_since)
        yield texts.SOURCE_FAILS.to(language, when=when, reason=health.reason[:_REASON])
    elif source.name in since:
        yield texts.SOURCE_LATE.to(language)


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"

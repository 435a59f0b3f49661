"""Prints how the sources are doing, for `kotae knowledge sources`."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rich.markup import escape
from rich.table import Table

from bot.answering.late_sources import LateSources
from bot.app.container import late_sources_of
from bot.cli.console import Console
from bot.cli.context import command_settings, with_knowledge
from bot.cli.output import print_json
from bot.core.i18n import counted
from knowledge.base import KnowledgeBase
from knowledge.model.types import Access, KnowledgeStatus, SourceStatus


def print_sources(*, as_json: bool) -> None:
    """Print a table, or a list as JSON."""
    settings = command_settings()

    async def known(base: KnowledgeBase) -> tuple[KnowledgeStatus, LateSources, dict[str, float]]:
        late, now = late_sources_of(settings, base), datetime.now().astimezone()
        return base.status(), late, dict(late.since(base.source_names, now))

    status, late, since = with_knowledge(known)
    if as_json:
        print_json([_row(source, late, since, status.created_at) for source in status.sources])
        return
    table = Table(
        "source", "documents", "up to date as of", "complete listing", "next run", "state"
    )
    for source in status.sources:
        health = source.health
        coming = late.next_run(source.schedule, datetime.now().astimezone())
        table.add_row(
            f"{source.name}\n[dim]{escape(_about(source))}[/dim]",
            str(source.documents),
            _when(health.synced_at),
            _when(health.listed_at),
            _when(coming.timestamp()) if coming else "by hand",
            escape(_state(source, since)),
        )
    console = Console()
    console.print(table)
    for source in status.sources:
        for line in _remarks(source):
            console.print(f"[bold]{source.name}[/bold]: {escape(line)}", soft_wrap=True)


def audience_of(access: Access) -> str:
    """Return an audience as `knowledge.toml` writes it."""
    return ", ".join(sorted(access.groups)) if access.level == "groups" else access.level


def _about(source: SourceStatus) -> str:
    return ", ".join(filter(None, [source.kind, audience_of(source.access), source.owner]))


def _state(source: SourceStatus, late: Mapping[str, float]) -> str:
    health = source.health
    if health.reason:
        return health.kind or "fails"
    if not health.synced_at:
        return "never synced"
    return "late" if source.name in late else "ok"


def _remarks(source: SourceStatus) -> Iterator[str]:
    """Yield what there is to say of a source, a line each."""
    health = source.health
    if health.total:
        yield f"{health.done} of {counted(health.total, 'file')} fetched"
    if health.reason:
        again = f"; asked again from {_when(health.retry_at)}" if health.retry_at else ""
        yield f"failing since {_when(health.failed_since)}: {health.reason}{again}"
    if health.skipped:
        skipped = ", ".join(f"{count} {reason}" for reason, count in health.skipped.items())
        yield f"not read: {skipped}"
    if health.unresolved:
        yield f"{health.unresolved} whose readers are not known: nobody may read them"
    if source.is_for_all:
        yield (
            f"its whole audience ({audience_of(source.access)}) may read all of it, except files "
            "that state an audience: the source does not say who may read what"
        )


def _row(
    source: SourceStatus, late: LateSources, since: Mapping[str, float], published_at: float
) -> dict[str, object]:
    health = source.health
    coming = late.next_run(source.schedule, datetime.now().astimezone())
    return {
        "name": source.name,
        "type": source.kind,
        "documents": source.documents,
        "last_sync": health.synced_at or published_at or None,
        "last_listing": health.listed_at or None,
        "last_try": health.tried_at or None,
        "next_run": coming.timestamp() if coming else None,
        "late_since": since.get(source.name),
        "failure": health.reason,
        "failure_kind": health.kind,
        "failed_since": health.failed_since or None,
        "retry_at": health.retry_at or None,
        "fetched": health.done,
        "to_fetch": health.total,
        "skipped": dict(health.skipped),
        "unresolved": health.unresolved,
        "restricted": health.restricted,
        "audience": audience_of(source.access),
        "owner": source.owner,
    }


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}" if at else "never"

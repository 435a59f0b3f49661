"""`kotae knowledge …` as a person sees it."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.app.container import open_knowledge
from bot.cli.progress import progress_bar
from bot.cli.readers import reader_named
from bot.settings.settings import load_settings
from knowledge.base import KnowledgeBase
from knowledge.model.errors import KnowledgeError
from knowledge.model.types import Access, Passage, Problem, SyncReport

T = TypeVar("T")


def sync_sources(sources: Sequence[str], *, force: bool) -> None:
    """Bring the index up to date and say what changed.

    Raises:
        KnowledgeError: nothing is indexed now, so that no question can be answered.
    """
    console = Console()
    report = with_knowledge(lambda base: sync_with_progress(base, sources, console, force=force))
    if not report.documents_total:
        raise KnowledgeError(
            "nothing can be answered from: none of the files could be read"
            if report.problems
            else "nothing can be answered from: there are no files where knowledge.toml points"
        )


def search_passages(
    query: str, limit: int, reader: str, sources: Collection[str], *, as_json: bool
) -> None:
    """Print the best passages."""
    principal = reader_named(reader)
    found = with_knowledge(
        lambda base: base.search(query, principal, limit, sources=sources),
    )
    if as_json:
        rows = [_row(rank, passage) for rank, passage in enumerate(found, 1)]
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201 - the contract
        return
    console = Console()
    for rank, passage in enumerate(found, 1):
        path = " > ".join(dict.fromkeys((passage.title, *passage.headings)))
        console.print(f"[bold]{rank}.[/bold] {escape(path)} [dim]{passage.score:.3f}[/dim]")
        console.print(Text(f"   {passage.document_id}", style="dim"))
        console.print(Text(f"   {' '.join(passage.highlight.split())}"), soft_wrap=True)
    if not found:
        console.print("Nothing found.")


def show_status(*, as_json: bool) -> None:
    """Print what is indexed."""

    async def read(base: KnowledgeBase) -> None:
        status = base.status()
        if as_json:
            print(json.dumps(asdict(status), ensure_ascii=False, default=str))  # noqa: T201
            return
        console = Console()
        if not status.index_version:
            console.print("Nothing is indexed yet: run `kotae knowledge sync`.")
        else:
            when = datetime.fromtimestamp(status.created_at).astimezone()
            console.print(
                f"Generation [bold]{status.index_version}[/bold] of {when:%Y-%m-%d %H:%M}, "
                f"{status.documents} documents, {status.chunks} chunks, embedder {status.embedder}"
            )
        table = Table("source", "documents", "chunks", "audience", "owner", "newest")
        for source in status.sources:
            table.add_row(
                source.name,
                str(source.documents),
                str(source.chunks),
                _audience(source.access),
                source.owner,
                str(source.newest or ""),
            )
        console.print(table)
        _print_problems(console, status.problems)

    with_knowledge(read)


def roll_back() -> None:
    """Publish the generation before."""
    index_version = with_knowledge(lambda base: base.rollback())
    Console().print(f"The index is generation {index_version} again.")


async def sync_with_progress(
    base: KnowledgeBase, sources: Collection[str], console: Console, *, force: bool
) -> SyncReport:
    """Sync with a progress bar on a terminal, quietly elsewhere, and print the outcome."""
    started = time.monotonic()
    with progress_bar(console) as advance:
        report = await base.sync(sources, force=force, progress=advance)
    console.print(
        f"{report.documents_total} documents, {report.chunks_total} chunks: "
        f"{report.added} added, {report.changed + report.moved} changed or moved, "
        f"{report.removed} removed, "
        f"{report.unchanged} unchanged ({time.monotonic() - started:.1f} s)"
    )
    _print_problems(console, report.problems)
    return report


def _audience(access: Access) -> str:
    return ", ".join(sorted(access.groups)) if access.level == "groups" else access.level


def _print_problems(console: Console, problems: Sequence[Problem]) -> None:
    for problem in problems:
        console.print(
            f"[yellow]skipped[/yellow] {escape(problem.document_id)}: {escape(problem.reason)}"
        )


def _row(rank: int, passage: Passage) -> dict[str, object]:
    return {
        "rank": rank,
        "score": round(passage.score, 6),
        "document_id": passage.document_id,
        "title": passage.title,
        "url": passage.url,
        "text": passage.text,
        "source": passage.source,
    }


def with_knowledge(work: Callable[[KnowledgeBase], Awaitable[T]]) -> T:
    """Open the knowledge base of the settings, do *work* with it, and close it."""

    async def run() -> T:
        base = open_knowledge(load_settings())
        try:
            return await work(base)
        finally:
            await base.aclose()

    return asyncio.run(run())

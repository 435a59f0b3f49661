"""`kotae knowledge …`: index the documents, search them, and check them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.audit import note_act
from bot.cli.context import reader_named, with_knowledge, with_store
from bot.cli.options import JSON, LANGUAGE, READER
from bot.cli.output import print_json, progress_bar, say
from bot.cli.unread import print_unread
from bot.core.errors import SettingsError
from bot.core.i18n import counted
from knowledge.model.errors import KnowledgeError
from knowledge.text.plain_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rich.console import Console

    from bot.machines.store import MachineState
    from bot.redis.connection import RedisConnection
    from bot.settings.settings import Settings
    from bot.slack.client.name_pins import NamePin
    from knowledge.base import KnowledgeBase
    from knowledge.model.types import KnowledgeStatus, Passage, SyncReport


@click.group()
def knowledge() -> None:
    """Index, search and check the documents of knowledge.toml."""


@knowledge.command()
@click.argument("sources", nargs=-1)
@click.option("--force", is_flag=True, help="Publish even if many chunks would be lost.")
@JSON
def sync(*, sources: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Bring the index up to date with the documents.

    Without SOURCES, all of them are read. Unchanged files cost nothing. A file that is not or
    cannot be read is named, with the reason and what to do. A source that fails is named, too; the
    others are published, and the exit code is 1.

    Example: kotae sync handbook
    """
    from dataclasses import asdict

    from bot.cli.console import Console

    console = Console(stderr=as_json)
    report = with_knowledge(
        lambda base: sync_with_progress(base, sources, console, force=force), changes=True
    )
    if force:
        note_act("forced_sync", ", ".join(sources) or "all sources", after=report.index_version)
    if as_json:
        print_json(_without_readers(asdict(report)))
    if report.failures:
        sys.exit(1)
    if not report.documents_total:
        raise KnowledgeError(
            "the index is empty: none of the files could be read"
            if report.problems
            else "the index is empty: there are no files where knowledge.toml points"
        )


@knowledge.command()
@click.argument("query")
@click.option(
    "-k",
    "--limit",
    default=10,
    show_default=True,
    type=click.IntRange(1, 100),
    help="How many passages to show.",
)
@JSON
@READER
@click.option("--source", "sources", multiple=True, help="Search this source; may be repeated.")
def search(*, query: str, limit: int, as_json: bool, reader: str, sources: tuple[str, ...]) -> None:
    """Show the passages that answer QUERY best.

    Example: kotae search "spray cans" -k 3
    """
    principal = reader_named(reader)
    words = plain_text(query).strip()
    if not words:
        raise SettingsError('search: write what to look for, as in: kotae search "travel expenses"')

    async def find(base: KnowledgeBase) -> Sequence[Passage]:
        base.check_sources(sources)
        return await base.search(words, principal, limit, sources=sources)

    found = with_knowledge(find)
    if as_json:
        print_json([_row(rank, passage) for rank, passage in enumerate(found, 1)])
        return
    for rank, passage in enumerate(found, 1):
        path = " > ".join(dict.fromkeys((passage.title, *passage.headings)))
        say((f"{rank}.", "bold"), f" {path} ", (f"{passage.score:.3f}", "dim"))
        say((f"   {passage.document_id}", "dim"))
        click.echo(f"   {' '.join(passage.highlight.split())}")
    if not found:
        click.echo("Nothing found.")


@knowledge.command()
@JSON
def status(*, as_json: bool) -> None:
    """Show what is indexed, by source, and the files that are not."""
    from dataclasses import asdict

    from rich.table import Table

    from bot.cli.console import Console
    from bot.cli.knowledge_sources import audience_of
    from bot.machines.lines import machine_lines

    known = with_knowledge(_status)
    machines = _machines()
    if as_json:
        data = _without_readers(asdict(known))
        print_json(data | {"machines": [one.model_dump() for one in machines]})
        return
    console = Console()
    if known.index_version:
        console.print(
            f"Index version [bold]{known.index_version}[/bold] of {_when(known.created_at)}, "
            f"{counted(known.documents, 'document')}, {counted(known.chunks, 'chunk')}, "
            f"embedder {known.embedder}"
        )
        if known.embedded_chunks < known.chunks:
            console.print(
                f"{known.embedded_chunks} of {counted(known.chunks, 'chunk')} are embedded; the "
                "others are found by their words. The running bot embeds the rest, and so does "
                "`kotae sync`."
            )
    else:
        console.print("Nothing is indexed yet: run `kotae sync`.")
    table = Table("source", "documents", "chunks", "audience", "owner", "newest")
    for source in known.sources:
        table.add_row(
            source.name,
            str(source.documents),
            str(source.chunks),
            audience_of(source.access),
            source.owner,
            str(source.newest or ""),
        )
    console.print(table)
    for line in machine_lines(machines, "en"):
        console.print(line, markup=False, soft_wrap=True)
    print_unread(console, known.problems, known.passed_over)


@knowledge.command()
@JSON
def sources(*, as_json: bool) -> None:
    """Show how each source is doing, and when it is synced next.

    The last complete listing, failures, and what is not read. A source that fails keeps its
    documents as they were.
    """
    from bot.cli.knowledge_sources import print_sources

    print_sources(as_json=as_json)


@knowledge.command()
@JSON
@click.option(
    "--all", "everything", is_flag=True, help="Show every finding, not only the first five."
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="error",
    show_default=True,
    help="Lowest level that ends with exit code 3.",
)
@LANGUAGE
def check(*, as_json: bool, everything: bool, fail_on: str, language: str | None) -> None:
    """List what to improve in the documents, and how.

    It finds hidden and unreadable files, contradictions, duplicates, old or misleading dates, empty
    and oversized documents, missing titles and owners. It reads the index of the last sync.
    """
    from bot.cli.knowledge_check import check_documents

    sys.exit(check_documents(language, fail_on, as_json=as_json, everything=everything))


@knowledge.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the better weight into knowledge.toml.")
@JSON
@LANGUAGE
def tune(*, file: Path, write: bool, as_json: bool, language: str | None) -> None:
    """Find the best weight of vector search on your questions.

    FILE holds evaluation cases (one JSON object a line, with `question` and `gold_documents`),
    which are searched in the index, or is in the format of SQuAD, whose own passages are searched.
    One half of the questions chooses the weight; the other half measures the gain.
    """
    from bot.cli.knowledge_tune import tune_weight

    tune_weight(file, language, write=write, as_json=as_json)


@knowledge.command()
@click.option(
    "--accept", metavar="NAME=ID", help="Let a name mean the channel that has it now: '#hr=C0123'."
)
@JSON
def pins(*, accept: str | None, as_json: bool) -> None:
    """Show which channel or group each name in an audience means.

    A name keeps its meaning when the channel is renamed. A channel that takes the name later gets
    no rights by it until you accept it.
    """
    if accept is not None:
        _accept_name(accept, as_json=as_json)
        return
    from dataclasses import asdict

    from rich.table import Table

    from bot.cli.console import Console

    found = with_store(_pins)
    if as_json:
        print_json([asdict(pin) for pin in found])
    elif found:
        table = Table("name", "means", "taken by", "workspace")
        for pin in found:
            table.add_row(pin.name, pin.id or "nothing", pin.claimant, pin.team)
        Console().print(table)
    else:
        click.echo("No name has been looked up yet: the running bot does that.")


@knowledge.command()
@JSON
def rollback(*, as_json: bool) -> None:
    """Go back to the index version before the last sync."""
    before, index_version = with_knowledge(_roll_back, changes=True)
    note_act("rollback", "index", before, index_version)
    if as_json:
        print_json({"index_version": index_version})
    else:
        click.echo(f"Searches use index version {index_version} again.")


async def sync_with_progress(
    base: KnowledgeBase,
    sources: Collection[str],
    console: Console,
    *,
    force: bool,
    vectors: bool = True,
) -> SyncReport:
    """Sync with a progress bar on a terminal, silently elsewhere, and print the outcome."""
    from rich.markup import escape

    started = time.monotonic()
    with progress_bar(console) as advance:
        report = await base.sync(sources, force=force, vectors=vectors, progress=advance)
    console.print(
        f"{counted(report.documents_total, 'document')}, "
        f"{counted(report.chunks_total, 'chunk')}: "
        f"{report.added} added, {report.changed + report.moved} changed or moved, "
        f"{report.removed} removed, "
        f"{report.unchanged} unchanged ({time.monotonic() - started:.1f} s)"
    )
    if report.lacking_chunks:
        console.print(
            f"{report.lacking_chunks} of {counted(report.chunks_total, 'chunk')} have no vectors "
            "yet: the running bot or another sync embeds them, and `kotae status` shows how far it "
            "has got"
        )
    print_unread(console, report.problems, report.passed_over)
    for failure in report.failures:
        console.print(f"[red]Not synced:[/red] {escape(failure.reason)}", soft_wrap=True)
    if report.failures:
        console.print("What is indexed of these sources stays as it was.")
    return report


async def index_samples(settings: Settings, console: Console, *, vectors: bool = True) -> None:
    """Bring the index that *settings* name up to date, even if much of it would be lost."""
    from contextlib import aclosing

    from bot.app.container import open_knowledge

    async with aclosing(open_knowledge(settings)) as base:
        await sync_with_progress(base, (), console, force=True, vectors=vectors)


async def _roll_back(base: KnowledgeBase) -> tuple[str, str]:
    """Return the index version before and after."""
    return base.index_version, await base.rollback()


async def _status(base: KnowledgeBase) -> KnowledgeStatus:
    return base.status()


def _machines() -> Sequence[MachineState]:
    """Return the processes that share the index; none where each machine has its own."""
    from bot.cli.context import command_settings
    from bot.machines.store import MachineStore
    from knowledge.text import analysis

    if not command_settings().index_store:
        return ()
    return with_store(lambda store: MachineStore(store, analysis.VERSION).machines())


def _when(at: float) -> str:
    from datetime import datetime

    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"


def _without_readers(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out who may read files that were not read: their names at sources help nobody."""
    for problem in data["problems"]:
        del problem["readers"]
    for source in data.get("sources", ()):
        del source["access"]["readers"]
    return data


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


async def _pins(store: RedisConnection) -> Sequence[NamePin]:
    from bot.slack.client.name_pins import RedisNamePins

    return await RedisNamePins(store.commands).all()


def _accept_name(written: str, *, as_json: bool) -> None:
    """Let a name mean the channel or user group that has taken it, written `#hr=C0123`.

    Raises:
        SettingsError: the text is malformed, or that id has not taken that name.
    """
    name, _, id_ = written.rpartition("=")

    async def accept(store: RedisConnection) -> bool:
        from bot.slack.client.name_pins import RedisNamePins

        taken = [pin for pin in await _pins(store) if (pin.name, pin.claimant) == (name, id_)]
        return bool(id_ and taken) and await RedisNamePins(store.commands).settle(taken[0], id_)

    if not with_store(accept):
        raise SettingsError(
            f"--accept {written}: nobody has taken that name; `kotae knowledge pins` lists the "
            "names that wait"
        )
    note_act("name", name, after=id_)
    if as_json:
        print_json({"name": name, "id": id_})
    else:
        click.echo(f"{name} means {id_} from now on.")

"""`kotae knowledge …`: what the bot knows."""

import sys
from pathlib import Path

import click


@click.group()
def knowledge() -> None:
    """Index the documents of knowledge.toml, search them, see what is there."""


@knowledge.command()
@click.argument("sources", nargs=-1)
@click.option("--force", is_flag=True, help="Publish even if many chunks would be lost.")
def sync(*, sources: tuple[str, ...], force: bool) -> None:
    """Bring the index up to date with all sources, or with the named SOURCES only.

    Unchanged files cost nothing. A file that cannot be read is named and skipped.
    """
    from bot.cli.knowledge import sync_sources

    sync_sources(sources, force=force)


@knowledge.command()
@click.argument("query")
@click.option("-k", "limit", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--as", "reader", default="members", show_default=True, help="As for `kotae ask`.")
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
def search(*, query: str, limit: int, as_json: bool, reader: str, sources: tuple[str, ...]) -> None:
    """Show the passages that answer QUERY best."""
    from bot.cli.knowledge import search_passages

    search_passages(query, limit, reader, sources, as_json=as_json)


@knowledge.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def status(*, as_json: bool) -> None:
    """Show what is indexed, by source, and which files could not be read."""
    from bot.cli.knowledge import show_status

    show_status(as_json=as_json)


@knowledge.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--all", "everything", is_flag=True, help="Name every document, not only the worst.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="error",
    show_default=True,
    help="From which level on to end with exit code 3.",
)
@click.option("--language", type=click.Choice(["en", "ja"]), help="Default: your terminal's.")
def check(*, as_json: bool, everything: bool, fail_on: str, language: str | None) -> None:
    """List what to mend in the documents: the worst first, each with what to do.

    Hidden and unreadable files, contradictions, duplicates, old or misleading dates, empty and
    oversized documents, missing titles and owners. It reads what the last sync has indexed.
    """
    from bot.cli.check import check_documents

    sys.exit(check_documents(language, fail_on, as_json=as_json, everything=everything))


@knowledge.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the better weight into knowledge.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--language", type=click.Choice(["en", "ja"]), help="Default: your terminal's.")
def tune(*, file: Path, write: bool, as_json: bool, language: str | None) -> None:
    """Find how much the vectors should count, on the questions of FILE.

    FILE holds evaluation cases (a JSON object a line, with `question` and `gold_documents`), which
    are searched in what is indexed, or the format of SQuAD, whose own passages are searched. Half
    of the questions choose the weight, the other half tells what it gains.
    """
    from bot.cli.tune import tune_weight

    tune_weight(file, language, write=write, as_json=as_json)


@knowledge.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--all", "everything", is_flag=True, help="Also what is withdrawn or expired.")
def entries(*, as_json: bool, everything: bool) -> None:
    """List what people have saved: question, version, author, date, expiry, audience."""
    from bot.cli.entries import list_entries

    list_entries(as_json=as_json, everything=everything)


@knowledge.command()
@click.argument("entry_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of all versions.")
def entry(*, entry_id: str, as_json: bool) -> None:
    """Show a saved entry, and what each of its versions changed.

    The first characters of its ID are enough.
    """
    from bot.cli.entries import show_entry

    show_entry(entry_id, as_json=as_json)


@knowledge.command()
@click.argument("entry_id", metavar="ID")
@click.option("--reason", default="", help="Why, for whoever looks at it later.")
def withdraw(*, entry_id: str, reason: str) -> None:
    """Take a saved entry back: nothing is answered from it any more. Its versions are kept."""
    from bot.cli.entries import withdraw_entry

    withdraw_entry(entry_id, reason)


@knowledge.command()
@click.argument("entry_id", metavar="ID")
@click.option("--version", default=0, help="Which one; the last that was active, if not given.")
def restore(*, entry_id: str, version: int) -> None:
    """Answer from a saved entry again, as it was in an earlier version."""
    from bot.cli.entries import restore_entry

    restore_entry(entry_id, version)


@knowledge.command()
@click.option("--accept", metavar="NAME=ID", help="Let a name mean what has it now: '#hr=C0123'.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def pins(*, accept: str | None, as_json: bool) -> None:
    """Show which channel or user group each name in an audience means.

    A name keeps its meaning when the channel is renamed. Who takes the name later gets no rights by
    it until you accept them.
    """
    from bot.cli.pins import accept_name, list_pins

    if accept is None:
        list_pins(as_json=as_json)
    else:
        accept_name(accept)


@knowledge.command()
def rollback() -> None:
    """Go back to the generation of the index before the last sync."""
    from bot.cli.knowledge import roll_back

    roll_back()

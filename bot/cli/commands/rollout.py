"""`kotae change …`: a change goes live only if it is proven not to make answers worse."""

import sys
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, path_type=Path)
_SAMPLES = click.option("--samples", is_flag=True, help="Of the sample documents.")
_LANGUAGE = click.option(
    "--language", type=click.Choice(["en", "ja"]), help="Default: your terminal's."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_HTML = click.option("--html", type=_OUTPUT, help="Write a report for the browser.")


@click.group()
def change() -> None:
    """Try a change of settings on your own questions; adopt it if it is proven, or go back.

    It may go live only if the share of right answers among those shown does not fall: either nobody
    gets a wrong answer who did not get one before, or the share did not fall in the cases and falls
    by no more than the margin with 95 % confidence.
    """


@change.command(name="try")
@click.argument("changes", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--name", default="", help="Name of the change; the time, if none is given.")
@click.option("--cases", multiple=True, type=_FILE, help="File of cases; may be repeated.")
@click.option(
    "--history",
    default=200,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="Most questions that people asked and judged.",
)
@click.option("--no-history", is_flag=True, help="Only the cases of files.")
@click.option("--entries", is_flag=True, help="Also what people have saved.")
@click.option("--samples", is_flag=True, help="Over the sample documents, with their cases.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Least confidence that is shown.")
@click.option("--judge", default="", metavar="MODEL", help="Let a model judge what differs.")
@click.option("--parallel", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--margin",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, 10),
    help="Points by which the share of right answers may fall unseen.",
)
@_HTML
@_JSON
@_LANGUAGE
def try_change(  # noqa: PLR0913 - one a parameter of the command
    *,
    changes: tuple[str, ...],
    history: int,
    no_history: bool,
    threshold: float | None,
    margin: float,
    html: Path | None,
    as_json: bool,
    language: str | None,
    **options: Any,
) -> None:
    """Prove a change on your own questions.

    The present system and the changed one are asked the same, and their answers are compared. Cases
    come from the files of DATA_DIR/evaluation/cases (or --cases), and from the history: what
    people asked and others judged, asked again with the rights of its readers. An answer that says
    the same as a judged one keeps its verdict; others have to be judged (`kotae review --run NAME`,
    then `kotae change decide NAME`), and count against the change until then.

    What may change: OPENAI_MODEL, OPENAI_BASE_URL, OPENAI_WIRE, PROMPT_STRATEGY, VERIFIER,
    OPENAI_EMBEDDING_MODEL, search.dense_weight and chunking.tokens of knowledge.toml, web search,
    and the --threshold from which on answers are shown. Another embedding or chunking gets an index
    of its own; the live one is not touched. A threshold alone asks nothing: it is held against the
    answers of the newest run and those that people got.

    Exit code 3 when it may not go live.
    """
    from bot.cli.rollout import OutputOptions, TryOptions
    from bot.cli.rollout import try_change as run

    if threshold is not None:
        changes = (*changes, f"ANSWER_THRESHOLD={threshold}")
    sought = 0 if no_history else history
    wanted = TryOptions(changes, history=sought, margin=margin / 100, **options)
    sys.exit(run(wanted, OutputOptions(as_json, html, language)))


@change.command()
@click.argument("name")
@_SAMPLES
@_HTML
@_JSON
@_LANGUAGE
def decide(
    *, name: str, samples: bool, html: Path | None, as_json: bool, language: str | None
) -> None:
    """Decide on NAME again, once more is judged.

    Exit code 3 when it may not go live.
    """
    from bot.cli.rollout import OutputOptions, decide_change

    sys.exit(decide_change(name, OutputOptions(as_json, html, language), samples=samples))


@change.command()
@click.argument("name")
@_SAMPLES
@_HTML
@_JSON
@_LANGUAGE
def show(
    *, name: str, samples: bool, html: Path | None, as_json: bool, language: str | None
) -> None:
    """Show the proof of NAME."""
    from bot.cli.rollout import OutputOptions, decide_change

    decide_change(name, OutputOptions(as_json, html, language), samples=samples)


@change.command(name="list")
@_SAMPLES
@_JSON
@_LANGUAGE
def list_(*, samples: bool, as_json: bool, language: str | None) -> None:
    """List what was tried, and what is live."""
    from bot.cli.rollout import OutputOptions, list_changes

    list_changes(OutputOptions(as_json, None, language), samples=samples)


@change.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--anyway", default="", metavar="REASON", help="Without proof; the reason is kept.")
@_SAMPLES
@_LANGUAGE
def adopt(*, name: str, yes: bool, anyway: str, samples: bool, language: str | None) -> None:
    """Let NAME go live, if it is proven.

    Its settings hold from the next start on, in place of the values that they were proven against.
    If somebody sets another value later, that one holds and the change is superseded.
    """
    from bot.cli.rollout import OutputOptions, adopt_change

    adopt_change(name, anyway, OutputOptions(language=language), yes=yes, samples=samples)


@change.command()
@_SAMPLES
@_LANGUAGE
def back(*, samples: bool, language: str | None) -> None:
    """Take the last adopted change back.

    What was before it holds again; repeated, the one before goes, too.
    """
    from bot.cli.rollout import OutputOptions, take_back

    take_back(OutputOptions(language=language), samples=samples)

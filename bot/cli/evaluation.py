"""`kotae eval …` and `kotae review`: how good the answers are, and proof of it."""

from pathlib import Path

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.group(name="eval")
def evaluation() -> None:
    """Measure the answers on your own questions, compare ways to answer, prove a threshold."""


@evaluation.command()
@click.argument("cases", required=False, type=_FILE)
@click.option("--samples", is_flag=True, help="Over the sample documents, with their cases.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting for this run, such as OPENAI_MODEL=gpt-6-luna; may be repeated.",
)
@click.option("--tag", "tags", multiple=True, help="Only cases with this tag; may be repeated.")
@click.option("--name", default="", help="Name of the run; the time, if none is given.")
@click.option("--parallel", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@click.option("--html", type=_OUTPUT, help="Write a report for the browser.")
def run(
    *,
    cases: Path | None,
    samples: bool,
    changes: tuple[str, ...],
    tags: tuple[str, ...],
    name: str,
    parallel: int,
    as_json: bool,
    html: Path | None,
) -> None:
    """Answer CASES (one JSON object a line) and sum up how good the answers are.

    What was answered before under the same conditions is not asked again: a run that was broken
    off goes on where it was.
    """
    from bot.terminal.evaluating import run_evaluation

    if cases is None and not samples:
        raise click.UsageError("Name a file of cases, or use --samples.")
    run_evaluation(
        cases,
        changes,
        samples=samples,
        name=name,
        parallel=parallel,
        tags=tags,
        as_json=as_json,
        html=html,
    )

"""`kotae eval …` and `kotae review`: how good the answers are, and proof of it."""

from pathlib import Path
from typing import Any

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.group(name="eval")
def evaluation() -> None:
    """Measure the answers on your own questions, compare ways to answer, prove a threshold."""


@evaluation.command()
@click.argument("cases", required=False, type=_FILE)
@click.option("--samples", is_flag=True, help="Over the sample documents, with their cases.")
@click.option("--entries", is_flag=True, help="Also what people have saved, each entry a case.")
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
@click.option("--judge", default="", metavar="MODEL", help="Let a model judge; see --help.")
@click.option("--html", type=_OUTPUT, help="Write a report for the browser.")
def run(*, as_json: bool, html: Path | None, **plan: Any) -> None:
    """Answer CASES (one JSON object a line) and sum up how good the answers are.

    What was answered before under the same conditions is not asked again: a run that was broken
    off goes on where it was. Answers count as right by the words of their case, by people's
    verdicts (`kotae review --run NAME`), or with --judge by a model at the same endpoint, whose
    agreement with people is shown.
    """
    from bot.cli.evaluate import EvaluationOptions, run_evaluation

    if plan["cases"] is None and not (plan["samples"] or plan["entries"]):
        raise click.UsageError("Name a file of cases, or use --samples or --entries.")
    run_evaluation(EvaluationOptions(**plan), as_json=as_json, html=html)


@evaluation.command()
@click.argument("runs", nargs=-1, required=True)
@click.option("--samples", is_flag=True, help="Of the sample documents.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--html", type=_OUTPUT, help="Write a report for the browser.")
def compare(*, runs: tuple[str, ...], samples: bool, as_json: bool, html: Path | None) -> None:
    """Compare RUNS (names, or result files) with the first of them, on the cases they share.

    Says which differences are proven, and about how many cases would prove the others.
    """
    from bot.cli.calibrate import compare_runs

    if len(runs) < 2:  # noqa: PLR2004 - a pair
        raise click.UsageError("Name two runs or more.")
    compare_runs(runs, samples=samples, as_json=as_json, html=html)


@evaluation.command()
@click.argument("run", required=False)
@click.option("--accuracy", default=0.99, show_default=True, type=click.FloatRange(0.5, 0.9999))
@click.option("--confidence", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.9999))
@click.option("--ledger", is_flag=True, help="Take answers given to people and judged by people.")
@click.option("--samples", is_flag=True, help="Of the sample documents.")
@click.option("--html", type=_OUTPUT, help="Write a report for the browser.")
def calibrate(*, html: Path | None, **goal: Any) -> None:
    """Prove a threshold on the labelled answers of RUN (the newest, if none is named).

    Labels are people's verdicts (`kotae review`) or the words of checked cases; never a model's.
    Exit code 3 when it cannot be certified yet.
    """
    import sys

    from bot.cli.calibrate import CalibrationOptions, certify

    sys.exit(certify(CalibrationOptions(**goal), html))


@evaluation.command()
@click.argument("output", type=_OUTPUT)
@click.option("--limit", default=60, show_default=True, type=click.IntRange(3, 10_000))
@click.option("--no-model", is_flag=True, help="Only from headings and tables.")
@click.option("--as", "reader", default="members", show_default=True, help="As for `kotae ask`.")
@click.option("--samples", is_flag=True, help="From the sample documents.")
def generate(*, output: Path, limit: int, no_model: bool, reader: str, samples: bool) -> None:
    """Write questions from your documents to OUTPUT, with and without an answer, to be checked.

    They count for certificates only when somebody has looked at them: remove `"checked":false`.
    """
    from bot.cli.generate import write_questions

    write_questions(output, limit, reader, use_model=not no_model, samples=samples)


@evaluation.command()
@click.option("--samples", is_flag=True, help="Of the sample documents.")
def certificate(*, samples: bool) -> None:
    """Show the certificate, and whether it still holds."""
    from bot.cli.calibrate import show_certificate

    show_certificate(samples=samples)


@click.command()
@click.option("--run", "run_name", default="", help="Judge the answers of this run.")
@click.option("--as", "person", default="", help="Who judges; the name of the login, if not given.")
@click.option("--limit", default=0, help="Stop after so many; 0 for all.")
@click.option("--second", is_flag=True, help="Only what others have judged: a second opinion.")
@click.option("--agreement", is_flag=True, help="Show how far people agree, and stop.")
@click.option("--export", type=_OUTPUT, help="Write judged questions as cases, and stop.")
@click.option("--gaps", is_flag=True, help="Show what nothing answers, and stop.")
@click.option("--try", "try_again", is_flag=True, help="With --gaps: ask again, leave out answers.")
@click.option("--trend", is_flag=True, help="Show the figures of the last weeks, and stop.")
@click.option("--weeks", default=13, show_default=True, type=click.IntRange(1, 57))
@click.option("--html", type=_OUTPUT, help="With --trend: write a page with plots.")
@click.option("--json", "as_json", is_flag=True, help="With --gaps or --trend: print JSON.")
@click.option("--samples", is_flag=True, help="Of the sample documents.")
def review(*, gaps: bool, trend: bool, **how: Any) -> None:
    """Judge answers with one key each: right, partly, wrong, correct (in $EDITOR), skip.

    These labels are what certificates rest on. Answers come in random order, so that those judged
    stand for all.
    """
    from bot.cli.review import ReviewSession, review_answers

    if (how["html"] and not trend) or (how["try_again"] and not gaps):
        raise click.UsageError("--html goes with --trend, and --try with --gaps.")
    if how["as_json"] and not (gaps or trend):
        raise click.UsageError("--json goes with --gaps or --trend.")
    looking = {name: how.pop(name) for name in ("as_json", "weeks", "html", "try_again")}
    if gaps or trend:
        from bot.cli.report import ReportOptions, show_gaps, show_trend

        (show_gaps if gaps else show_trend)(ReportOptions(samples=how["samples"], **looking))
        return
    review_answers(ReviewSession(**how))

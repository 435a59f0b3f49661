"""`kotae tune …`: improves what the model is told."""

from pathlib import Path
from typing import Any

import click

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def tune() -> None:
    """Improve what the model is told, on your own questions."""


@tune.command()
@click.argument("cases", required=False, type=_FILE)
@click.option("--samples", is_flag=True, help="Over the sample documents, with their cases.")
@click.option(
    "--algorithm",
    type=click.Choice(["genetic", "gepa"]),
    default="genetic",
    show_default=True,
    help="gepa needs the extra of that name.",
)
@click.option(
    "--budget",
    type=click.FloatRange(0.0, min_open=True),
    help="Most US dollars to spend; 2.00 where the price is known and --calls is not given.",
)
@click.option(
    "--calls", type=click.IntRange(1), help="Most runs of cases; needed if no price is known."
)
@click.option(
    "--accuracy",
    default=0.9,
    show_default=True,
    type=click.FloatRange(0.5, 0.999),
    help="Wanted share of right answers; a wrong one costs accuracy/(1-accuracy).",
)
@click.option("--model", default="", metavar="MODEL", help="Writes; the one that answers, if none.")
@click.option("--seed", default=0, show_default=True, help="Of every choice that chance makes.")
@click.option("--generations", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--population", default=6, show_default=True, type=click.IntRange(2, 100))
@click.option("--parallel", default=4, show_default=True, type=click.IntRange(1, 64))
@click.option("--live", is_flag=True, help="Test the best prompt with the real tools.")
@click.option("--name", default="", help="Of the new prompt; made up, if none is given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--html", type=_OUTPUT, help="Write the report for the browser there, too.")
@click.option("--adopt", metavar="NAME", help="Show what prompt NAME changes, and approve it.")
@click.option("--yes", is_flag=True, help="With --adopt: approve without being asked.")
def prompt(*, adopt: str | None, yes: bool, as_json: bool, html: Path | None, **plan: Any) -> None:
    """Try other prompts on CASES (as for `kotae eval run`) and say what the best one gains.

    Every case is answered once with the prompt of now; what its searches find is kept, and other
    prompts are tried on that. A model is told what went wrong and writes new ones. 40 % of the
    cases are for improving, 20 % for choosing, and on the last 40 %, which nothing has seen, the
    best is tested once. Text of the cases is kept out of prompts.

    A run that was broken off goes on when the same command is given. A new prompt is in force only
    when it was approved (--adopt NAME) and PROMPT_STRATEGY names it.
    """
    from bot.cli.tune_prompt import PromptTuningOptions, adopt_prompt, tune_prompt_with

    if adopt:
        adopt_prompt(adopt, yes=yes, samples=plan["samples"])
        return
    if plan["cases"] is None and not plan["samples"]:
        raise click.UsageError("Name a file of cases, or use --samples.")
    tune_prompt_with(PromptTuningOptions(**plan), as_json=as_json, html=html)

"""`kotae prompt …`: better instructions for the model, tuned on your own questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bot.cli.audit import note_act
from bot.cli.context import SAMPLE_CASES, command_settings
from bot.cli.options import FILE, HTML, JSON, PARALLEL, SAMPLES, YES
from bot.cli.output import confirm, output_language, print_json, say
from bot.core.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from bot.cli.prompt_tune import PromptTuningSummary
    from bot.prompt_tuning.prompts import PromptStore
    from bot.settings.settings import Settings


@click.group()
def prompt() -> None:
    """Tune the instructions of the model on your own questions."""


@prompt.command()
@click.argument("cases", required=False, type=FILE)
@SAMPLES
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
    help="Limit in US dollars; 2.00 where the price is known and --calls is not given.",
)
@click.option(
    "--calls", type=click.IntRange(1), help="Limit of case runs; needed for an unknown price."
)
@click.option(
    "--accuracy",
    default=0.9,
    show_default=True,
    type=click.FloatRange(0.5, 0.999),
    help="Wanted share of right answers; a wrong one costs accuracy/(1-accuracy).",
)
@click.option(
    "--model", default="", metavar="MODEL", help="Model that writes; by default the one in use."
)
@click.option("--seed", default=0, show_default=True, help="Seed of all random choices.")
@click.option("--generations", default=10, show_default=True, type=click.IntRange(1, 1000))
@click.option("--population", default=6, show_default=True, type=click.IntRange(2, 100))
@PARALLEL
@click.option("--live", is_flag=True, help="Test the best prompt with the real tools.")
@click.option("--name", default="", help="Name of the new prompt; made up by default.")
@JSON
@HTML
def tune(*, as_json: bool, html: Path | None, **plan: Any) -> None:
    """Try other prompts on CASES, and measure the best gain.

    CASES is a file as for `kotae eval run`. Every case is answered once with the present prompt.
    The results of its searches are kept, and other prompts are tried on them. A model sees what
    went wrong and writes new prompts. 40 % of the cases serve to improve, 20 % to choose; the last
    40 % are unseen and test the best prompt once. Prompts never contain text of the cases.

    The same command continues an interrupted run. A new prompt is in force once it is approved
    (`kotae prompt adopt NAME`) and PROMPT_STRATEGY names it.
    """
    import asyncio

    from bot.cli.console import Console
    from bot.cli.prompt_tune import PromptTuningOptions, tuned
    from bot.evaluation.cases import read_cases
    from bot.prompt_tuning.report import outcome_data

    options = PromptTuningOptions(**plan)
    if options.cases is None and not options.samples:
        raise click.UsageError("Name a file of cases, or use --samples.")
    settings = _settings_with_model(samples=options.samples)
    console = Console(stderr=as_json)
    cases = read_cases(options.cases or SAMPLE_CASES)
    done = asyncio.run(tuned(settings, options, cases, console, html))
    if as_json:
        written = done.prompt if done.outcome.changed else None
        row = outcome_data(done.outcome, name=done.name, prompt=written)
        del row["seed"]
        print_json(row)
        return
    _print_outcome(settings, done, console, samples=options.samples)


@prompt.command()
@click.argument("name")
@SAMPLES
@JSON
def show(*, name: str, samples: bool, as_json: bool) -> None:
    """Show what prompt NAME changes, and what its test found."""
    from bot.prompt_tuning.prompts import PromptStore

    prompts = PromptStore(command_settings(samples=samples).data_dir)
    if as_json:
        print_json(_data(prompts, name))
    else:
        _print_changes(prompts, name)


@prompt.command()
@click.argument("name")
@YES
@SAMPLES
@JSON
def adopt(*, name: str, yes: bool, samples: bool, as_json: bool) -> None:
    """Show what prompt NAME changes, and approve it.

    It is used once PROMPT_STRATEGY=NAME is set as well.
    """
    import getpass

    from bot.prompt_tuning.prompts import PromptStore

    prompts = PromptStore(command_settings(samples=samples).data_dir)
    data = _data(prompts, name)
    if not as_json:
        _print_changes(prompts, name)
    if not yes:
        confirm(f"Approve {name}?", "Approving a prompt needs a person at a terminal, or --yes.")
    prompts.approve(name, getpass.getuser())
    if not samples:
        note_act("prompt", name, after="approved")
    if as_json:
        print_json(data | {"approved": True})
    else:
        click.echo(f"Approved. It is used once PROMPT_STRATEGY={name} is set.")


def _settings_with_model(*, samples: bool) -> Settings:
    from bot.agent.prompt import FEW_SHOT

    settings = command_settings(samples=samples)
    if not settings.has_model:
        raise SettingsError("Prompts need a model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
    if settings.prompt_strategy == FEW_SHOT:
        raise SettingsError(
            "PROMPT_STRATEGY=few-shot shows examples of its own: tune another strategy."
        )
    return settings


def _verdict(prompts: PromptStore, name: str) -> tuple[bool, str]:
    """Return whether the gain of *name* is proven, and what its test found."""
    report = prompts.report(name)
    unknown = "No proven gain: it was never measured."
    return bool(report.get("proven")), str(report.get("verdict", unknown))


def _data(prompts: PromptStore, name: str) -> dict[str, object]:
    from bot.agent.prompt import LANGUAGES
    from bot.prompt_tuning.report import changed_lines

    texts, (base, before) = prompts.texts(name), prompts.base(name)
    proven, verdict = _verdict(prompts, name)
    changes = {key: list(changed_lines(before[key], texts[key])) for key in LANGUAGES}
    return {"name": name, "base": base, "changes": changes, "proven": proven, "verdict": verdict}


def _print_changes(prompts: PromptStore, name: str) -> None:
    from bot.agent.prompt import LANGUAGES
    from bot.prompt_tuning.contract import PromptContract
    from bot.prompt_tuning.report import changed_lines

    texts, (base, before) = prompts.texts(name), prompts.base(name)
    for language in LANGUAGES:
        say((f"{base} → {name}, {language}.md", "bold"))
        for line in list(changed_lines(before[language], texts[language])) or ["no change"]:
            colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            say((line, colour))
        if problem := PromptContract.of(language, before[language]).problem(texts[language]):
            say((f"Careful: {problem}.", "red"))
    proven, verdict = _verdict(prompts, name)
    say((verdict, "green" if proven else "yellow"))


def _print_outcome(
    settings: Settings, done: PromptTuningSummary, console: Console, *, samples: bool
) -> None:
    """Print the result, and what to do with it."""
    from rich.text import Text

    from bot.cli.prompt_tune import FOLDER
    from bot.prompt_tuning.report import verdict

    outcome, split = done.outcome, done.outcome.split
    console.print(
        f"{len(split.all)} cases: {len(split.tune)} to improve on, {len(split.select)} to choose "
        f"by, {len(split.test)} unseen"
        + (f"; {outcome.left_out} have no reference to judge by" if outcome.left_out else ""),
        highlight=False,
        soft_wrap=True,
    )
    first, last = outcome.generations[0], outcome.generations[-1]
    console.print(
        f"{outcome.algorithm}: {first.score:+.3f} → {last.score:+.3f} on the cases to choose by, "
        f"in {last.number} generations ({outcome.stopped}); {outcome.runs} runs, "
        f"{outcome.writings} texts written, {sum(outcome.rejected.values())} rejected, "
        + ("price unknown" if outcome.spent_usd is None else f"${outcome.spent_usd:.3f}"),
        highlight=False,
        soft_wrap=True,
    )
    style = "green" if outcome.proven else "yellow"
    console.print(Text(verdict(outcome, output_language(None)), style=style), soft_wrap=True)
    more = " --samples" if samples else ""
    if outcome.changed:
        console.print(
            f"See what it changes, and approve it: `kotae prompt adopt {done.prompt}{more}`",
            soft_wrap=True,
        )
    report = settings.data_dir / FOLDER / done.name / "report.html"
    console.print(f"[dim]The report is {report}[/dim]", soft_wrap=True)

"""`kotae tune prompt` as a person sees it."""

import asyncio
import getpass
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from bot.agent.chat_model import ChatModel
from bot.agent.prompt import FEW_SHOT, LANGUAGES
from bot.app.container import make_model
from bot.cli.check import terminal_language
from bot.cli.evaluate import (
    SAMPLE_CASES,
    MeasuredSystem,
    changed_settings,
    index_samples,
    open_measured,
)
from bot.cli.readers import reader_named
from bot.core.atomic_write import write_whole
from bot.core.errors import BotError, SettingsError
from bot.core.types import Usage
from bot.evaluation.cases import Case, read_cases
from bot.llm.prices import Price, cost_usd
from bot.prompt_tuning.bench import TuningBench
from bot.prompt_tuning.contract import PromptContract
from bot.prompt_tuning.optimiser import Optimiser
from bot.prompt_tuning.prompts import PromptStore
from bot.prompt_tuning.report import changed_lines, outcome_data, verdict, write_page
from bot.prompt_tuning.run import PromptTuning, TuningGoal, TuningResult, tuning_key
from bot.settings.settings import Settings

DEFAULT_BUDGET_USD = 2.0

FOLDER = "evolution"
"""Where, in the data folder, evolutions keep what they have asked."""

_SOME = Usage(1_000, 1_000, 0, 1)


@dataclass(frozen=True, slots=True)
class PromptTuningOptions:
    """What to try, and how much of it; see `kotae tune prompt --help`."""

    cases: Path | None
    samples: bool
    algorithm: Literal["genetic", "gepa"] = "genetic"
    budget: float | None = None
    calls: int | None = None
    accuracy: float = 0.9
    model: str = ""
    seed: int = 0
    generations: int = 10
    population: int = 6
    parallel: int = 4
    live: bool = False
    name: str = ""


class PromptTuningSummary(NamedTuple):
    """An evolution's name, that of the prompt which it has written, and what came of it."""

    name: str
    prompt: str
    outcome: TuningResult


def tune_prompt_with(plan: PromptTuningOptions, *, as_json: bool, html: Path | None) -> None:
    """Improve the prompt of now, write what was found, and say what it gains."""
    settings = changed_settings((), samples=plan.samples)
    if not settings.has_model:
        raise SettingsError("Prompts are for a model: set OPENAI_API_KEY or OPENAI_BASE_URL.")
    if settings.prompt_strategy == FEW_SHOT:
        raise SettingsError(
            "PROMPT_STRATEGY=few-shot shows examples of its own: improve another strategy."
        )
    console = Console(stderr=as_json)
    cases = read_cases(plan.cases or SAMPLE_CASES)
    done = asyncio.run(_evolved(settings, plan, cases, console, html))
    if as_json:
        prompt = done.prompt if done.outcome.changed else None
        row = outcome_data(done.outcome, name=done.name, prompt=prompt)
        del row["seed"]
        print(json.dumps(row, ensure_ascii=False))  # noqa: T201 - the contract
        return
    _show(settings, done, console, samples=plan.samples)


def adopt_prompt(name: str, *, yes: bool, samples: bool) -> None:
    """Show how *name* differs from what it was made of, and put it in force if a person agrees.

    Raises:
        BotError: there is no such prompt, or nobody is there to agree.
    """
    prompts = PromptStore(changed_settings((), samples=samples).data_dir)
    texts, (base, before) = prompts.texts(name), prompts.base(name)
    console = Console()
    for language in LANGUAGES:
        lines = list(changed_lines(before[language], texts[language]))
        console.print(Text(f"{base} → {name}, {language}.md", style="bold"))
        for line in lines or ["no change"]:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")
            console.print(Text(line, style=style), soft_wrap=True)
        if problem := PromptContract.of(language, before[language]).problem(texts[language]):
            console.print(Text(f"Careful: {problem}.", style="red"), soft_wrap=True)
    report = prompts.report(name)
    proven = bool(report.get("proven"))
    said = str(report.get("verdict", "No proven gain: it was never measured."))
    console.print(Text(said, style="green" if proven else "yellow"), soft_wrap=True)
    if not yes and not sys.stdin.isatty():
        raise BotError("Approving a prompt takes a person at a terminal, or --yes.")
    if not yes and not click.confirm(f"Approve {name}?"):
        console.print("Nothing was changed.")
        return
    prompts.approve(name, getpass.getuser())
    console.print(f"Approved. It answers once PROMPT_STRATEGY={name} is set.", soft_wrap=True)


async def _evolved(
    settings: Settings,
    plan: PromptTuningOptions,
    cases: list[Case],
    console: Console,
    html: Path | None,
) -> PromptTuningSummary:
    if plan.samples:
        await index_samples(settings, console)
    async with open_measured(settings) as measured, _writer(settings, plan) as (model, price):
        name = plan.name or _name(plan, settings, measured, cases)
        folder = _folder(settings, name, plan, measured, cases)
        aim = _aim(plan, settings, measured, price)

        def keep(outcome: TuningResult) -> str:
            return _write(settings, name, outcome, html)

        with _progress(console, aim, lambda bench: _note(folder, bench)) as told:
            evolution = PromptTuning(
                measured.agent,
                cases,
                folder,
                _system(settings, measured),
                lambda case: reader_named(case.reader),
                model,
                price,
                aim,
                told=told,
                ended=keep,
            )
            try:
                outcome = await evolution.run(_optimiser(plan))
            except asyncio.CancelledError:
                console.print(
                    f"Stopped. What was found so far is kept as {name}; the same command goes on.",
                    soft_wrap=True,
                )
                raise
        return PromptTuningSummary(name, keep(outcome), outcome)


def _optimiser(plan: PromptTuningOptions) -> Optimiser:
    from bot.prompt_tuning.optimisers.genetic import Genetic
    from bot.prompt_tuning.optimisers.gepa import Gepa

    if plan.algorithm == "gepa":
        return Gepa(plan.seed, plan.generations, plan.population)
    return Genetic(plan.seed, plan.generations, plan.population)


@asynccontextmanager
async def _writer(
    settings: Settings, plan: PromptTuningOptions
) -> AsyncIterator[tuple[ChatModel, Callable[[Usage], float | None]]]:
    """Open the writing model, with what its tokens cost."""
    name = plan.model or settings.openai_model
    chosen = settings.model_copy(update={"openai_model": name})

    def price(usage: Usage) -> float | None:
        if settings.openai_price and name == settings.openai_model:
            return Price.parse(settings.openai_price).cost_usd(usage)
        return cost_usd(name, usage, settings.openai_base_url)

    async with AsyncExitStack() as closing:
        model = make_model(chosen)
        closing.push_async_callback(model.aclose)
        yield model, price


def _aim(
    plan: PromptTuningOptions,
    settings: Settings,
    measured: MeasuredSystem,
    price: Callable[[Usage], float | None],
) -> TuningGoal:
    """Decide what may be spent. Raises `SettingsError` when nobody could say what it costs."""
    known = measured.agent.price(_SOME) is not None and price(_SOME) is not None
    if not known and (plan.budget is not None or plan.calls is None):
        name = plan.model or settings.openai_model
        if measured.agent.price(_SOME) is None:
            name = settings.openai_model
        raise SettingsError(
            f"The price of {name} is not known, so that a budget in US dollars cannot be kept: "
            "set OPENAI_PRICE, or limit the runs with --calls (and leave out --budget)."
        )
    budget = plan.budget or (DEFAULT_BUDGET_USD if plan.calls is None else None)
    return TuningGoal(plan.accuracy, budget, plan.calls, plan.live, plan.parallel)


def _system(settings: Settings, measured: MeasuredSystem) -> str:
    info, agent = measured.info, measured.agent
    tools = sorted(tool.spec.name for tool in agent.tools)
    return json.dumps([info.fingerprint, info.index_version, settings.verifier, tools])


def _key(
    plan: PromptTuningOptions, settings: Settings, measured: MeasuredSystem, cases: list[Case]
) -> str:
    """Name everything that another run would have to have the same to go on with this one."""
    return tuning_key(
        _system(settings, measured),
        plan.algorithm,
        plan.accuracy,
        plan.model,
        plan.seed,
        plan.population,
        *(case.model_dump_json() for case in cases),
    )


def _name(
    plan: PromptTuningOptions, settings: Settings, measured: MeasuredSystem, cases: list[Case]
) -> str:
    return f"{plan.algorithm}-{_key(plan, settings, measured, cases)}"


def _folder(
    settings: Settings,
    name: str,
    plan: PromptTuningOptions,
    measured: MeasuredSystem,
    cases: list[Case],
) -> Path:
    """Return where the evolution *name* keeps things. Raises `BotError` if another one does."""
    PromptStore(settings.data_dir).place(name)
    folder = settings.data_dir / FOLDER / name
    key = _key(plan, settings, measured, cases)
    state = folder / "state.json"
    if state.exists() and json.loads(state.read_text("utf-8")).get("key") != key:
        raise BotError(
            f"{name} was begun with other cases, settings or documents: choose another --name."
        )
    if not state.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(state, json.dumps({"key": key}) + "\n")
    return folder


def _note(folder: Path, bench: TuningBench) -> None:
    """Keep how far it is and the best so far, for whoever looks while it goes on."""
    state = folder / "state.json"
    known = json.loads(state.read_text("utf-8"))
    known |= {
        "generation": len(bench.generations) - 1,
        "score": bench.generations[-1].score,
        "spent_usd": bench.budget.cost_usd,
        "runs": bench.budget.runs,
        "best": dict(bench.best),
    }
    write_whole(state, json.dumps(known, ensure_ascii=False) + "\n")


def _write(settings: Settings, name: str, outcome: TuningResult, html: Path | None) -> str:
    """Write the report, and the new prompt where there is one; return the prompt's name."""
    folder = settings.data_dir / FOLDER / name
    report = outcome_data(outcome, name=name, strategy=settings.prompt_strategy)
    prompt = name
    if outcome.changed:
        prompt = PromptStore(settings.data_dir).propose(name, outcome.best, report)
    write_whole(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    write_page(folder / "report.html", name, outcome)
    if html:
        write_page(html, name, outcome)
    return prompt


@contextmanager
def _progress(
    console: Console, aim: TuningGoal, note: Callable[[TuningBench], None]
) -> Iterator[Callable[[TuningBench], None]]:
    """Give a function to be told of the bench: a bar on a terminal, else a line a generation."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[spent]}"),
        TimeElapsedColumn(),
    )
    quiet, seen = not console.is_terminal, 0
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("answering the cases", total=1.0, spent="")

        def told(bench: TuningBench) -> None:
            nonlocal seen
            spent = _spent(bench, aim)
            bar.update(task, completed=bench.budget.share, spent=spent)
            if not bench.generations:
                return
            number, score = len(bench.generations) - 1, bench.generations[-1].score
            bar.update(task, description=f"generation {number + 1}, best {score:+.3f}")
            if len(bench.generations) > seen:
                seen = len(bench.generations)
                console.print(f"generation {number}: best {score:+.3f}, {spent}", highlight=False)
                note(bench)

        yield told


def _spent(bench: TuningBench, aim: TuningGoal) -> str:
    runs = f"{bench.budget.runs} runs" + (f" of {aim.runs}" if aim.runs else "")
    if aim.budget_usd is None:
        return runs
    return f"${bench.budget.spent_usd:.3f} of ${aim.budget_usd:.2f}, {runs}"


def _show(
    settings: Settings, done: PromptTuningSummary, console: Console, *, samples: bool
) -> None:
    """Print what came out, and what can be done with it."""
    outcome, parts = done.outcome, done.outcome.parts
    console.print(
        f"{len(parts.all)} cases: {len(parts.tune)} to improve on, {len(parts.select)} to choose "
        f"by, {len(parts.test)} untouched"
        + (f"; {outcome.left_out} have no reference to judge by" if outcome.left_out else ""),
        highlight=False,
        soft_wrap=True,
    )
    first, last = outcome.generations[0], outcome.generations[-1]
    console.print(
        f"{outcome.algorithm}: {first.score:+.3f} → {last.score:+.3f} on the cases to choose by, "
        f"in {last.number} generations ({outcome.stopped}); {outcome.runs} runs, "
        f"{outcome.writings} texts written, {sum(outcome.rejected.values())} refused, "
        + ("price unknown" if outcome.spent_usd is None else f"${outcome.spent_usd:.3f}"),
        highlight=False,
        soft_wrap=True,
    )
    style = "green" if outcome.proven else "yellow"
    said = verdict(outcome, "ja" if terminal_language() == "ja" else "en")
    console.print(Text(said, style=style), soft_wrap=True)
    more = " --samples" if samples else ""
    if outcome.changed:
        console.print(
            f"See what it changes, and approve it: `kotae tune prompt --adopt {done.prompt}{more}`",
            soft_wrap=True,
        )
    report = settings.data_dir / FOLDER / done.name / "report.html"
    console.print(f"[dim]The report is {report}[/dim]", soft_wrap=True)

"""Runs `kotae prompt tune`: opens what it needs, shows the progress, keeps what it finds."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bot.agent.chat_model import ChatModel
from bot.app.container import make_model
from bot.cli.context import reader_named
from bot.cli.knowledge import index_samples
from bot.cli.measured import MeasuredSystem, open_measured
from bot.core.atomic_write import write_whole
from bot.core.errors import BotError, SettingsError
from bot.core.types import Usage
from bot.evaluation.cases import Case
from bot.llm.prices import Price, cost_usd
from bot.prompt_tuning.bench import TuningBench
from bot.prompt_tuning.optimiser import Optimiser
from bot.prompt_tuning.prompts import PromptStore
from bot.prompt_tuning.report import outcome_data, write_tuning_report
from bot.prompt_tuning.run import PromptTuning, TuningGoal, TuningResult, tuning_key
from bot.settings.settings import Settings

DEFAULT_BUDGET_USD = 2.0

FOLDER = "prompt-tuning"
"""Folder in the data folder where runs keep their answers."""

_SOME = Usage(1_000, 1_000, 0, 1)


@dataclass(frozen=True, slots=True)
class PromptTuningOptions:
    """What to try, and how much of it; see `kotae prompt tune --help`."""

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
    """The names of a tuning run and of the prompt that it wrote, and its result."""

    name: str
    prompt: str
    outcome: TuningResult


async def tuned(
    settings: Settings,
    plan: PromptTuningOptions,
    cases: list[Case],
    console: Console,
    html: Path | None,
) -> PromptTuningSummary:
    """Tune the present prompt as *plan* says, and write the report and the new prompt."""
    if plan.samples:
        await index_samples(settings, console)
    async with open_measured(settings) as measured, _writer(settings, plan) as (model, price):
        name = plan.name or _name(plan, settings, measured, cases)
        folder = _folder(settings, name, plan, measured, cases)
        goal = _goal(plan, settings, measured, price)

        def keep(outcome: TuningResult) -> str:
            return _write(settings, name, outcome, html)

        with _progress(console, goal, lambda bench: _note(folder, bench)) as show:
            tuning = PromptTuning(
                measured.agent,
                cases,
                folder,
                _system(settings, measured),
                lambda case: reader_named(case.reader),
                model,
                price,
                goal,
                on_progress=show,
                on_interrupt=keep,
            )
            try:
                outcome = await tuning.run(_optimiser(plan))
            except asyncio.CancelledError:
                console.print(
                    f"Stopped. The best prompt so far is kept as {name}; the same command "
                    "continues.",
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
    """Open the model that writes, with a function for the cost of its tokens."""
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


def _goal(
    plan: PromptTuningOptions,
    settings: Settings,
    measured: MeasuredSystem,
    price: Callable[[Usage], float | None],
) -> TuningGoal:
    """Decide what may be spent. Raises `SettingsError` when the cost would be unknown."""
    known = measured.agent.price(_SOME) is not None and price(_SOME) is not None
    if not known and (plan.budget is not None or plan.calls is None):
        name = plan.model or settings.openai_model
        if measured.agent.price(_SOME) is None:
            name = settings.openai_model
        raise SettingsError(
            f"The price of {name} is not known, so a budget in US dollars cannot be kept: set "
            "OPENAI_PRICE, or limit the runs with --calls instead of --budget."
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
    """Return a digest of everything that a run must share with another one to continue it."""
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
    """Return the folder of the run *name*. Raises `BotError` when it belongs to another run."""
    PromptStore(settings.data_dir).place(name)
    folder = settings.data_dir / FOLDER / name
    key = _key(plan, settings, measured, cases)
    state = folder / "state.json"
    if state.exists() and json.loads(state.read_text("utf-8")).get("key") != key:
        raise BotError(
            f"{name} was started with other cases, settings or documents: choose another --name."
        )
    if not state.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(state, json.dumps({"key": key}) + "\n")
    return folder


def _note(folder: Path, bench: TuningBench) -> None:
    """Write the progress and the best prompt so far, for people who look while it runs."""
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
    """Write the report, and the new prompt if there is one; return the prompt's name."""
    folder = settings.data_dir / FOLDER / name
    report = outcome_data(outcome, name=name, strategy=settings.prompt_strategy)
    prompt = name
    if outcome.changed:
        prompt = PromptStore(settings.data_dir).propose(name, outcome.best, report)
    write_whole(folder / "report.json", json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    write_tuning_report(folder / "report.html", name, outcome)
    if html:
        write_tuning_report(html, name, outcome)
    return prompt


@contextmanager
def _progress(
    console: Console, goal: TuningGoal, note: Callable[[TuningBench], None]
) -> Iterator[Callable[[TuningBench], None]]:
    """Yield a function that shows the bench: a bar on a terminal, else a line per generation."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[spent]}"),
        TimeElapsedColumn(),
    )
    quiet, seen = not console.is_terminal, 0
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("answering the cases", total=1.0, spent="")

        def show(bench: TuningBench) -> None:
            nonlocal seen
            spent = _spent(bench, goal)
            bar.update(task, completed=bench.budget.share, spent=spent)
            if not bench.generations:
                return
            number, score = len(bench.generations) - 1, bench.generations[-1].score
            bar.update(task, description=f"generation {number + 1}, best {score:+.3f}")
            if len(bench.generations) > seen:
                seen = len(bench.generations)
                console.print(f"generation {number}: best {score:+.3f}, {spent}", highlight=False)
                note(bench)

        yield show


def _spent(bench: TuningBench, goal: TuningGoal) -> str:
    runs = f"{bench.budget.runs} runs" + (f" of {goal.runs}" if goal.runs else "")
    if goal.budget_usd is None:
        return runs
    return f"${bench.budget.spent_usd:.3f} of ${goal.budget_usd:.2f}, {runs}"

"""The system under measurement, its stored runs, and a model as judge."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from bot.agent.agent import Agent
from bot.agent.chat_model import ChatModel
from bot.app.container import fingerprint_of, open_agent, open_knowledge, open_store
from bot.cli.context import reader_named
from bot.cli.output import counting_bar
from bot.core.errors import BotError, SettingsError
from bot.core.types import Answer, Label
from bot.evaluation.cases import Case
from bot.evaluation.labelled import with_labels
from bot.evaluation.results import EvaluationRun, Result, RunInfo, read_run
from bot.evaluation.runner import answer_case
from bot.records.label_file import FileLabels
from bot.records.ledger import Ledger, LedgerRecord
from bot.settings.settings import Settings

MOST_RECORDS = 100_000
"""How many answers of the ledger are read."""


@dataclass(frozen=True, slots=True)
class MeasuredSystem:
    """The system under measurement; *info* names everything that its answers depend on."""

    agent: Agent
    info: RunInfo

    @property
    def limits(self) -> str:
        """A digest of the agent's limits and tools."""
        tools = sorted(tool.spec.name for tool in self.agent.tools)
        return hashlib.sha256(f"{self.agent.limits}{tools}".encode()).hexdigest()[:12]

    async def answer(self, case: Case) -> Answer:
        """Answer one case."""
        return await answer_case(self.agent, case, reader_named(case.reader))


@asynccontextmanager
async def open_measured(
    settings: Settings, changes: Sequence[str] = (), name: str = ""
) -> AsyncIterator[MeasuredSystem]:
    """Open the same agent as `kotae ask`, and name it."""
    async with AsyncExitStack() as closing:
        base = await closing.enter_async_context(aclosing(open_knowledge(settings)))
        agent = await closing.enter_async_context(open_agent(settings, base))
        yield MeasuredSystem(
            agent,
            RunInfo(
                name=name or dated_name("run"),
                created_at=time.time(),
                model=agent.model.name,
                prompts=agent.prompt.version,
                fingerprint=fingerprint_of(settings, agent, base),
                index_version=base.index_version,
                settings=dict(change.partition("=")[::2] for change in changes),
            ),
        )


async def present_fingerprint(settings: Settings) -> str:
    """Return the fingerprint of the system as *settings* describe it."""
    async with open_measured(settings) as measured:
        return measured.info.fingerprint


async def with_bar(
    working: AsyncIterator[tuple[int, Result]], total: int, what: str, console: Console
) -> tuple[Result, ...]:
    """Return the results of *working* in their order, and show the progress."""
    results: dict[int, Result] = {}
    with counting_bar(console) as bar:
        task = bar.add_task(what, total=total)
        async for place, result in working:
            results[place] = result
            bar.advance(task)
    return tuple(results[place] for place in sorted(results))


@asynccontextmanager
async def open_judge(settings: Settings, name: str) -> AsyncIterator[ChatModel]:
    """Open the model called *name* at the endpoint of *settings*, to judge answers.

    Raises:
        SettingsError: no endpoint is set.
    """
    from bot.llm.factory import make_model

    if not settings.has_model:
        raise SettingsError("--judge needs OPENAI_API_KEY or OPENAI_BASE_URL")
    key = settings.openai_api_key
    secret = key.get_secret_value() if key else ""
    model = make_model(name, secret, settings.openai_base_url, settings.openai_wire)
    try:
        yield model
    finally:
        await model.aclose()


async def ledger_rows(
    settings: Settings,
) -> tuple[Sequence[LedgerRecord], Sequence[Label]]:
    """Return the newest answers that people got, and people's labels of them."""
    from bot.records.labels import RedisLabels

    async with open_store(settings) as store:
        records = await Ledger(store.commands).recent(MOST_RECORDS)
        return records, await RedisLabels(store.commands).all()


def runs_folder(settings: Settings) -> Path:
    """Return the folder of the result files."""
    return settings.data_dir / "evaluation" / "runs"


def run_labels(settings: Settings) -> FileLabels:
    """Return the labels of the answers in runs."""
    return FileLabels(settings.data_dir / "evaluation" / "labels.jsonl")


def find_run(settings: Settings, name: str | None) -> EvaluationRun:
    """Read a run, with people's labels.

    Args:
        settings: Whose data folder to look in.
        name: Of the run, of a result file, or of a rollout trial, whose answers that wait for a
            verdict are meant; None for the newest run.

    Raises:
        BotError: there is no such run.
    """
    folder = runs_folder(settings)
    if name:
        path = Path(name) if name.endswith(".json") else folder / f"{name}.json"
        waiting = settings.data_dir / "rollouts" / name / "open.json"
        path = waiting if waiting.exists() and not path.exists() else path
        if not path.exists():
            raise BotError(_no_run(name, folder))
    else:
        found = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        if not found:
            raise BotError("There is no run yet: start one with `kotae eval run`.")
        path = found[-1]
    labels = asyncio.run(run_labels(settings).all())
    return with_labels(read_run(path), labels)


def _no_run(name: str, folder: Path) -> str:
    known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
    return f"There is no run {name}: " + (f"there are {known}" if known else "none is stored yet")


def answers_key(measured: MeasuredSystem, *more: object) -> str:
    """Return the conditions under which a stored answer can be used again."""
    info = measured.info
    return json.dumps([info.fingerprint, info.index_version, measured.limits, *more])


def dated_name(kind: str) -> str:
    """Return a name such as `run-20261130-094500-123`, which ends with milliseconds."""
    now = datetime.now()  # noqa: DTZ005 - as the clock on the wall
    return f"{kind}-{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03d}"

"""Runs `kotae rollout try`: the present set-up and the changed one answer the same questions."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from bot.agent.chat_model import ChatModel
from bot.agent.prompt import FEW_SHOT
from bot.answering.examples import ApprovedExamples
from bot.app.container import certificate_of, open_knowledge, open_saved, open_store
from bot.cli.context import SAMPLE_CASES, command_settings
from bot.cli.knowledge import index_samples, sync_with_progress
from bot.cli.measured import (
    answers_key,
    dated_name,
    find_run,
    ledger_rows,
    open_judge,
    open_measured,
    present_fingerprint,
    runs_folder,
    with_bar,
)
from bot.core.addresses import shown_value
from bot.core.errors import BotError, CasesError, SettingsError
from bot.core.language import Language
from bot.core.types import Label
from bot.entries.cases import cases_of
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.certificate import validity
from bot.evaluation.labelled import with_labels
from bot.evaluation.ledger import ledger_results
from bot.evaluation.results import EvaluationRun, Result, RunInfo
from bot.evaluation.runner import AnswerCache, run_cases
from bot.records.ledger import LedgerRecord
from bot.rollout import texts
from bot.rollout.decision import MARGIN
from bot.rollout.history import PastQuestion, judged_history, with_carried
from bot.rollout.replay import replaying
from bot.rollout.trials import RolloutTrial, Trials, replacements, wanted_values
from bot.settings.promotions import SettingReplacement, read_promotions
from bot.settings.settings import ANSWERING, Settings, load_settings


@dataclass(frozen=True, slots=True)
class TrialOptions:
    """What to try; see `kotae rollout try --help`."""

    changes: Sequence[str]
    name: str = ""
    cases: Sequence[Path] = ()
    history: int = 200
    entries: bool = False
    samples: bool = False
    judge: str = ""
    parallel: int = 4
    margin: float = MARGIN


@dataclass(frozen=True, slots=True)
class _Questions:
    """What both systems are asked.

    Attributes:
        history: What is known of the questions that people asked, and of entries, by case.
        left_out: Cases that nobody has checked.
        newest: When the newest record was made: what examples may be shown depends on it.
    """

    cases: Sequence[Case]
    history: Mapping[str, PastQuestion]
    left_out: int = 0
    newest: float = 0.0


@dataclass(frozen=True, slots=True)
class _Sides:
    """The settings before and after, and how to get from one to the other."""

    before: Settings
    after: Settings
    changed: Mapping[str, SettingReplacement]

    @property
    def only_threshold(self) -> bool:
        """Whether the same answers come out, of which others are shown."""
        return set(self.changed) == {"ANSWER_THRESHOLD"}


def _sides(options: TrialOptions) -> _Sides:
    wanted = wanted_values(options.changes)
    if not wanted:
        raise SettingsError("Name the change: NAME=VALUE, or --threshold.")
    before = command_settings(samples=options.samples)
    after = command_settings(samples=options.samples, overrides=wanted)
    return _Sides(before, after, replacements(before, after, wanted))


def changed_settings(settings: Settings, trial: RolloutTrial) -> Settings:
    """Return *settings* with what *trial* changes, and its index."""
    values = {name.lower(): item.after for name, item in trial.settings.items()}
    places = {
        "data_dir": settings.data_dir,
        "knowledge_config": settings.knowledge_config,
        "redis_url": settings.redis_url,
    }
    changed = load_settings(**wanted_values([f"{k}={v}" for k, v in values.items()]), **places)
    return changed.with_index(trial.index) if trial.index else changed


def _free_name(options: TrialOptions, trials: Trials, sides: _Sides) -> str:
    name = options.name or dated_name("rollout")
    known = trials.find(name)
    if known is not None and known.settings != sides.changed:
        raise BotError(f"There is another trial called {name}: choose another --name")
    if any(item.name == name for item in read_promotions(sides.before.data_dir).standing):
        raise BotError(f"{name} is promoted: choose another --name")
    trials.forget(name)
    return name


async def tried(
    options: TrialOptions, console: Console
) -> tuple[RolloutTrial, EvaluationRun, EvaluationRun]:
    """Ask the present and the changed set-up the same; return the trial and both runs."""
    sides = _sides(options)
    name = _free_name(options, Trials(sides.before.data_dir), sides)
    if options.samples:
        await index_samples(sides.before, console)
    index = f"rollouts/{name}/index" if _needs_index(sides) else ""
    after = sides.after.with_index(index) if index else sides.after
    sides = replace(sides, after=after)
    if index:
        await build_index(after, console)
    if sides.only_threshold and not options.cases:
        runs, questions = await _stored(options, sides)
    else:
        questions = await _questions(options, sides.before)
        if not questions.cases:
            raise BotError(
                "There are no cases: name a file with --cases, put some into "
                f"{_case_folder(sides.before)}, or judge answers with `kotae review`."
            )
        console.print(
            f"{len(questions.cases)} cases, of which people asked "
            f"{sum('history' in case.tags for case in questions.cases)}",
            highlight=False,
        )
        runs = await _both_runs(options, sides, questions, console)
        if options.judge:
            settings, history = sides.before, questions.history
            judged = [await _judged(settings, options.judge, run, history) for run in runs]
            runs = judged[0], judged[1]
    floors = await _floors(sides, runs)
    trial = RolloutTrial(
        name=name,
        created_at=time.time(),
        settings=sides.changed,
        index=index,
        fingerprint_before=runs[0].info.fingerprint,
        fingerprint=runs[1].info.fingerprint,
        floor_before=floors[0],
        floor=floors[1],
        margin=options.margin,
        left_out=questions.left_out,
        votes={id_: asked.votes for id_, asked in questions.history.items() if asked.right is None},
        private=tuple(id_ for id_, asked in questions.history.items() if asked.private),
    )
    return trial, *runs


def _needs_index(sides: _Sides) -> bool:
    embedded = sides.before.embedding_model != sides.after.embedding_model
    return embedded or "KNOWLEDGE_CHUNK_TOKENS" in sides.changed


async def build_index(settings: Settings, console: Console) -> None:
    """Bring the index of a trial up to date, beside the one in use."""
    async with aclosing(open_knowledge(settings)) as base:
        await sync_with_progress(base, (), console, force=False)


async def _both_runs(
    options: TrialOptions, sides: _Sides, questions: _Questions, console: Console
) -> tuple[EvaluationRun, EvaluationRun]:
    async with AsyncExitStack() as closing:
        examples: ApprovedExamples | None = None
        if FEW_SHOT in {sides.before.prompt_strategy, sides.after.prompt_strategy}:
            from bot.records.labels import RedisLabels
            from bot.records.ledger import Ledger

            store = await closing.enter_async_context(open_store(sides.before))
            examples = ApprovedExamples(Ledger(store.commands), RedisLabels(store.commands))
        before = await _run(sides.before, "before", options, questions, examples, console)
        if sides.only_threshold:
            return before, before
        return before, await _run(sides.after, "after", options, questions, examples, console)


async def _run(
    settings: Settings,
    what: str,
    options: TrialOptions,
    questions: _Questions,
    examples: ApprovedExamples | None,
    console: Console,
) -> EvaluationRun:
    """Ask all *questions*; what was answered before under the same conditions is not asked."""
    few = settings.prompt_strategy == FEW_SHOT
    async with open_measured(settings, name=what) as measured:
        key = answers_key(
            measured,
            {name: settings.written(name) for name in ANSWERING if name != "ANSWER_THRESHOLD"},
            questions.newest if few else 0.0,
        )
        answers = AnswerCache(settings.data_dir / "evaluation" / "answers", key)
        answer = replaying(
            measured.agent, questions.history, measured.answer, examples if few else None
        )
        working = run_cases(questions.cases, answer, answers, parallel=options.parallel)
        results = await with_bar(working, len(questions.cases), what, console)
    known = tuple(
        with_carried(questions.history[item.case.id], item)
        if item.case.id in questions.history
        else item
        for item in results
    )
    return EvaluationRun(info=measured.info, results=known)


async def _questions(options: TrialOptions, settings: Settings) -> _Questions:
    cases = _own_cases(options, settings)
    checked = [case for case in cases if case.checked]
    unchecked = len(cases) - len(checked)
    history = list[PastQuestion]()
    newest = 0.0
    if options.history and not options.samples:
        records, labels = await ledger_rows(settings)
        history += judged_history(records, labels, options.history)
        newest = max((record.at for record in records), default=0.0)
    if options.entries:
        async with open_store(settings) as store:
            checked += cases_of(await open_saved(settings, None, store).entries())
    known = {asked.case.id: asked for asked in history}
    asked_too = [asked.case for asked in known.values()]
    return _Questions([*checked, *asked_too], known, unchecked, newest)


def _case_folder(settings: Settings) -> Path:
    return settings.data_dir / "evaluation" / "cases"


def _own_cases(options: TrialOptions, settings: Settings) -> list[Case]:
    """Return the cases of all files; an id that two of them have gets its file's name in front."""
    files = list(options.cases) or sorted(_case_folder(settings).glob("*.jsonl"))
    if options.samples and not files:
        files = [SAMPLE_CASES]
    found: dict[str, Case] = {}
    for file in files:
        for case in read_cases(file):
            id_ = case.id if case.id not in found else f"{file.stem}/{case.id}"
            if id_ in found:
                raise CasesError(f"{file}: the id {case.id} is in several files")
            found[id_] = case.model_copy(update={"id": id_})
    return list(found.values())


async def _stored(
    options: TrialOptions, sides: _Sides
) -> tuple[tuple[EvaluationRun, EvaluationRun], _Questions]:
    """Return answers that the present system has given: the newest run's, and people's."""
    async with open_measured(sides.before, name="stored") as measured:
        info = measured.info
    results = list[Result]()
    if any(runs_folder(sides.before).glob("*.json")):
        run = await asyncio.to_thread(find_run, sides.before, None)
        if run.info.fingerprint == info.fingerprint:
            results += [item for item in run.results if item.case.checked]
    if options.history and not options.samples:
        records, labels = await ledger_rows(sides.before)
        results += _given(records, labels, info, options.history)
    if not results:
        raise BotError(
            "There are no answers of the system as it is now: make some with `kotae eval run`."
        )
    run = EvaluationRun(info=info, results=tuple({item.case.id: item for item in results}.values()))
    return (run, run), _Questions([], {})


def _given(
    records: Iterable[LedgerRecord], labels: Sequence[Label], info: RunInfo, most: int
) -> Sequence[Result]:
    """Return the answers of the present model and prompts that people got, or would have got.

    A draft that was kept back for its confidence is one that a lower threshold shows.
    """
    given = list[LedgerRecord]()
    for record in records:
        answer = record.answer
        if (answer.model, answer.prompt_version) != (info.model, info.prompts):
            continue
        if answer.withheld == "below_threshold":
            answer = replace(answer, status="answered", text=answer.draft)
        given.append(replace(record, answer=answer))
    run = EvaluationRun(info=info, results=tuple(ledger_results(given[:most])))
    return with_labels(run, labels, given=True).results


async def _floors(
    sides: _Sides, runs: tuple[EvaluationRun, EvaluationRun]
) -> tuple[float | None, float | None]:
    """Return from which confidence on each side shows answers: certified, or as it is set.

    Raises:
        SettingsError: when a lower threshold would break the promise of a certificate.
    """
    certificate = await certificate_of(sides.before)

    def floor(settings: Settings, run: EvaluationRun) -> float | None:
        certified = None
        if certificate and not validity(certificate, run.info.fingerprint):
            certified = certificate.floor
        least = settings.answer_threshold
        asked_for = settings is sides.after and "ANSWER_THRESHOLD" in sides.changed
        if asked_for and (least or 0.0) < (certified or 0.0):
            raise SettingsError(
                f"A certificate holds from {certified:.3f} on: a lower threshold would break "
                "its promise; `kotae eval calibrate` finds the lowest that is proven"
            )
        known = [value for value in (certified, least) if value is not None]
        return max(known, default=None)

    return floor(sides.before, runs[0]), floor(sides.after, runs[1])


async def _judged(
    settings: Settings, name: str, run: EvaluationRun, history: Mapping[str, PastQuestion]
) -> EvaluationRun:
    """Let a model say what is right of what nobody has judged, where there is something to go by.

    What it goes by is the answer that people found right, or the correction that they wrote.
    """
    from bot.evaluation.llm_judge import judged

    async def verdict(item: Result, model: ChatModel) -> Result:
        asked = history.get(item.case.id)
        if not item.shown or item.correct is not None or asked is None or asked.right is None:
            return item
        known = asked.answer.text if asked.right else asked.correction
        reference = item.case.model_copy(update={"answers": (known,) if known else ()})
        found = await judged(model, item.model_copy(update={"case": reference}))
        return found.model_copy(update={"case": item.case})

    async with open_judge(settings, name) as model:
        results = [await verdict(item, model) for item in run.results]
    return run.model_copy(update={"results": tuple(results)})


def check_unchanged(settings: Settings, trial: RolloutTrial, language: Language) -> None:
    """Raise a `BotError` when the present set-up is not the one that *trial* started from."""
    for name, item in trial.settings.items():
        now = settings.written(name)
        if now != item.before:
            raise BotError(
                texts.SET_SINCE.to(
                    language,
                    name=name,
                    now=shown_value(now) or "–",
                    before=shown_value(item.before) or "–",
                )
            )

    if asyncio.run(present_fingerprint(settings)) != trial.fingerprint_before:
        raise BotError(texts.CHANGED_SINCE.to(language, name=trial.name))

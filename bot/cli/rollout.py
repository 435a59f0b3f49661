"""`kotae change …` as a person sees it: tried, proven, adopted, taken back."""

import asyncio
import getpass
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console

from bot.agent.prompt import FEW_SHOT
from bot.answering.examples import ApprovedExamples
from bot.app.container import open_knowledge, open_saved, open_store
from bot.cli.calibrate import MOST_RECORDS, find_run
from bot.cli.check import terminal_language
from bot.cli.evaluate import (
    SAMPLE_CASES,
    index_samples,
    limits_of,
    open_measured,
    run_labels,
    runs_folder,
    with_bar,
)
from bot.cli.knowledge import sync_with_progress
from bot.cli.rollout_texts import PHRASES, proof_data, show_proof
from bot.cli.try_terminal import SAMPLES
from bot.core.errors import BotError, CasesError, SettingsError
from bot.core.serialization import answer_data, answer_from_data
from bot.core.types import Label, Language
from bot.entries.cases import cases_of
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.certificate import CertificateStore, validity
from bot.evaluation.labelled import with_labels
from bot.evaluation.ledger import ledger_results
from bot.evaluation.results import EvaluationRun, Result, RunInfo
from bot.evaluation.runner import AnswerCache, run_cases
from bot.rollout.decision import MARGIN
from bot.rollout.history import PastQuestion, judged_history, with_carried
from bot.rollout.replay import replaying
from bot.rollout.trials import RolloutTrial, TrialResult, Trials, prove, replacements, wanted_values
from bot.settings.adopted_changes import (
    AdoptedChange,
    AdoptedChanges,
    RevertedChange,
    SettingReplacement,
    change_live,
    read_live,
)
from bot.settings.settings import ANSWERING, Settings, environment_settings, load_settings

NOT_ADOPTABLE = 3
"""Exit code of a trial that may not go live."""


@dataclass(frozen=True, slots=True)
class TryOptions:
    """What to try; see `kotae change try --help`."""

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
class OutputOptions:
    """How the outcome is shown."""

    as_json: bool = False
    html: Path | None = None
    language: str | None = None

    @property
    def spoken(self) -> Language:
        """The language of what is printed."""
        return "ja" if (self.language or terminal_language()) == "ja" else "en"


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


def try_change(options: TryOptions, shape: OutputOptions) -> int:
    """Ask the present system and the changed one the same, show the proof; return the exit code."""
    console = Console(stderr=shape.as_json)
    sides = _sides(options)
    trials = Trials(sides.before.data_dir)
    name = _free_name(options, trials, sides)
    trial, before, after = asyncio.run(_tried(name, options, sides, console))
    trials.keep(trial, before, after)
    return _show(sides.before, trial, shape, samples=options.samples)


def decide_change(name: str, shape: OutputOptions, *, samples: bool) -> int:
    """Show what *name* comes to with the verdicts that there are now; return the exit code."""
    settings = _settings(samples=samples)
    return _show(settings, Trials(settings.data_dir).get(name), shape, samples=samples)


def list_changes(shape: OutputOptions, *, samples: bool) -> None:
    """Print what was tried, what came out, and what is live."""
    settings = _settings(samples=samples)
    trials, live = Trials(settings.data_dir), read_live(settings.data_dir)
    rows = [_proof(settings, trials.get(name)) for name in trials.names()]
    if shape.as_json:
        told = {
            "tried": [proof_data(proof) for proof in rows],
            "live": [item.model_dump() for item in live.changes],
            "taken_back": [item.model_dump() for item in live.taken_back],
        }
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201 - the contract
        return
    from bot.cli.rollout_texts import show_list

    show_list(rows, settings.adopted, live, shape.spoken)


def adopt_change(name: str, reason: str, shape: OutputOptions, *, yes: bool, samples: bool) -> None:
    """Let *name* go live, if its proof allows it or there is a *reason* to do so anyway.

    Raises:
        BotError: when it may not, or when it was proven against other settings.
    """
    settings, words = _settings(samples=samples), PHRASES[shape.spoken]
    console = Console()
    trial = Trials(settings.data_dir).get(name)
    proof = _proof(settings, trial)
    if any(item.name == name for item in read_live(settings.data_dir).changes):
        raise BotError(words["live already"].format(name=name))
    _check_unchanged(settings, trial, words)
    if not proof.decision.adoptable and not reason:
        raise BotError(
            words["may not"].format(name=name, outcome=words[proof.decision.outcome])
            + f" {words[proof.decision.reason]}."
        )
    console.print(_difference(trial.settings), markup=False, soft_wrap=True)
    if not yes:
        _ask(words["go live?"].format(name=name), words)
    if trial.index:
        asyncio.run(_build_index(_changed(settings, trial), console))
    adopted = AdoptedChange(
        name=name,
        settings=trial.settings,
        by=getpass.getuser(),
        at=time.time(),
        outcome=proof.decision.outcome,
        evidence=_evidence(proof),
        reason=reason,
        fingerprint=trial.fingerprint,
        index=trial.index,
    )
    change_live(settings.data_dir, lambda live: _with(live, adopted))
    console.print(words["adopted"].format(name=name), soft_wrap=True)
    for line in _after_adoption(settings, trial, words):
        console.print(line, soft_wrap=True)


def take_back(shape: OutputOptions, *, samples: bool) -> None:
    """Go back to what was before the last adopted change. Raises `BotError` when there is none."""
    settings, words = _settings(samples=samples), PHRASES[shape.spoken]
    gone = list[AdoptedChange]()

    def without_last(live: AdoptedChanges) -> AdoptedChanges:
        if not live.changes:
            raise BotError(words["nothing adopted"])
        gone.append(live.changes[-1])
        event = RevertedChange(change=live.changes[-1], by=getpass.getuser(), at=time.time())
        return AdoptedChanges(changes=live.changes[:-1], taken_back=(*live.taken_back, event))

    change_live(settings.data_dir, without_last)
    change = gone[0]
    console = Console()
    turned = {
        name: SettingReplacement(before=item.after, after=item.before)
        for name, item in change.settings.items()
    }
    console.print(_difference(turned), markup=False, soft_wrap=True)
    console.print(words["taken back"].format(name=change.name), soft_wrap=True)
    if change.index:
        console.print(words["old index"], soft_wrap=True)
    console.print(words["restart"], soft_wrap=True)


def _settings(*, samples: bool, **overrides: object) -> Settings:
    if samples:
        folder = environment_settings().data_dir / "try"
        overrides |= {"knowledge_config": SAMPLES, "data_dir": folder}
    return load_settings(**overrides)


def _sides(options: TryOptions) -> _Sides:
    wanted = wanted_values(options.changes)
    if not wanted:
        raise SettingsError("Name what to change: NAME=VALUE, or --threshold")
    before = _settings(samples=options.samples)
    after = _settings(samples=options.samples, **wanted)
    return _Sides(before, after, replacements(before, after, wanted))


def _changed(settings: Settings, trial: RolloutTrial) -> Settings:
    """Return *settings* with what *trial* changes, and its index."""
    values = {name.lower(): item.after for name, item in trial.settings.items()}
    places = {"data_dir": settings.data_dir, "knowledge_config": settings.knowledge_config}
    changed = load_settings(**wanted_values([f"{k}={v}" for k, v in values.items()]), **places)
    return changed.with_index(trial.index) if trial.index else changed


def _free_name(options: TryOptions, trials: Trials, sides: _Sides) -> str:
    name = options.name or time.strftime("change-%Y%m%d-%H%M%S")
    known = trials.find(name)
    if known is not None and known.settings != sides.changed:
        raise BotError(f"There is another change called {name}: choose another --name")
    if any(item.name == name for item in read_live(sides.before.data_dir).changes):
        raise BotError(f"{name} is live: choose another --name")
    trials.forget(name)
    return name


async def _tried(
    name: str, options: TryOptions, sides: _Sides, console: Console
) -> tuple[RolloutTrial, EvaluationRun, EvaluationRun]:
    if options.samples:
        await index_samples(sides.before, console)
    index = f"changes/{name}/index" if _needs_index(sides) else ""
    after = sides.after.with_index(index) if index else sides.after
    sides = replace(sides, after=after)
    if index:
        await _build_index(after, console)
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
    floors = _floors(sides, runs)
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


async def _build_index(settings: Settings, console: Console) -> None:
    """Bring the index of a change up to date, beside the live one."""
    base = open_knowledge(settings)
    try:
        await sync_with_progress(base, (), console, force=False)
    finally:
        await base.aclose()


async def _both_runs(
    options: TryOptions, sides: _Sides, questions: _Questions, console: Console
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
    options: TryOptions,
    questions: _Questions,
    examples: ApprovedExamples | None,
    console: Console,
) -> EvaluationRun:
    """Ask all *questions*; what was answered before under the same conditions is not asked."""
    few = settings.prompt_strategy == FEW_SHOT
    async with open_measured(settings, name=what) as measured:
        info = measured.info
        conditions = [
            info.fingerprint,
            info.index_version,
            limits_of(measured.agent),
            {name: settings.written(name) for name in ANSWERING if name != "ANSWER_THRESHOLD"},
            questions.newest if few else 0.0,
        ]
        answers = AnswerCache(settings.data_dir / "evaluation" / "answers", json.dumps(conditions))
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
    return EvaluationRun(info=info, results=known)


async def _questions(options: TryOptions, settings: Settings) -> _Questions:
    cases = _own_cases(options, settings)
    checked = [case for case in cases if case.checked]
    unchecked = len(cases) - len(checked)
    history = list[PastQuestion]()
    newest = 0.0
    if options.history and not options.samples:
        records, labels = await _ledger(settings)
        history += judged_history(records, labels, options.history)
        newest = max((float(str(row["recorded_at"])) for row in records), default=0.0)
    if options.entries:
        base = open_knowledge(settings)
        checked += cases_of(await open_saved(settings, base).entries())
        await base.aclose()
    known = {asked.case.id: asked for asked in history}
    asked_too = [asked.case for asked in known.values()]
    return _Questions([*checked, *asked_too], known, unchecked, newest)


def _case_folder(settings: Settings) -> Path:
    return settings.data_dir / "evaluation" / "cases"


def _own_cases(options: TryOptions, settings: Settings) -> list[Case]:
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


async def _ledger(settings: Settings) -> tuple[list[Mapping[str, object]], Sequence[Label]]:
    from bot.records.labels import RedisLabels
    from bot.records.ledger import Ledger

    async with open_store(settings) as store:
        records = await Ledger(store.commands).recent(MOST_RECORDS)
        return records, await RedisLabels(store.commands).all()


async def _stored(
    options: TryOptions, sides: _Sides
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
        records, labels = await _ledger(sides.before)
        results += _given(records, labels, info, options.history)
    if not results:
        raise BotError(
            "There are no answers of the system as it is now: make some with `kotae eval run`."
        )
    run = EvaluationRun(info=info, results=tuple({item.case.id: item for item in results}.values()))
    return (run, run), _Questions([], {})


def _given(
    records: Iterable[Mapping[str, object]], labels: Sequence[Label], info: RunInfo, most: int
) -> Sequence[Result]:
    """Return the answers of the present model and prompts that people got, or would have got.

    A draft that was kept back for its confidence is one that a lower threshold shows.
    """
    rows = list[Mapping[str, object]]()
    for row in records:
        assert isinstance(row["answer"], dict)
        answer = answer_from_data(row["answer"])
        if (answer.model, answer.prompt_version) != (info.model, info.prompts):
            continue
        if answer.withheld == "below_threshold":
            answer = replace(answer, status="answered", text=answer.draft)
        rows.append({**row, "answer": answer_data(answer)})
    run = EvaluationRun(info=info, results=tuple(ledger_results(rows[:most])))
    return with_labels(run, labels, given=True).results


def _floors(
    sides: _Sides, runs: tuple[EvaluationRun, EvaluationRun]
) -> tuple[float | None, float | None]:
    """Return from which confidence on each side shows answers: certified, or as it is set.

    Raises:
        SettingsError: when a lower threshold would break the promise of a certificate.
    """
    certificate = CertificateStore(sides.before.data_dir).load()

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
    from bot.llm.factory import make_model

    if not settings.has_model:
        raise SettingsError("--judge needs OPENAI_API_KEY or OPENAI_BASE_URL")
    key = settings.openai_api_key
    secret = key.get_secret_value() if key else ""
    model = make_model(name, secret, settings.openai_base_url, settings.openai_wire)

    async def verdict(item: Result) -> Result:
        asked = history.get(item.case.id)
        if not item.shown or item.correct is not None or asked is None or asked.right is None:
            return item
        known = asked.answer.text if asked.right else asked.correction
        reference = item.case.model_copy(update={"answers": (known,) if known else ()})
        found = await judged(model, item.model_copy(update={"case": reference}))
        return found.model_copy(update={"case": item.case})

    try:
        results = [await verdict(item) for item in run.results]
    finally:
        await model.aclose()
    return run.model_copy(update={"results": tuple(results)})


def _proof(settings: Settings, trial: RolloutTrial) -> TrialResult:
    before, after = Trials(settings.data_dir).runs(trial)
    return prove(trial, before, after, asyncio.run(run_labels(settings).all()))


def _show(settings: Settings, trial: RolloutTrial, shape: OutputOptions, *, samples: bool) -> int:
    proof = _proof(settings, trial)
    Trials(settings.data_dir).keep_open(proof)
    if shape.html:
        from bot.cli.rollout_report import write_change_report

        write_change_report(shape.html, proof)
    if shape.as_json:
        print(json.dumps(proof_data(proof), ensure_ascii=False))  # noqa: T201 - the contract
    else:
        show_proof(proof, shape.spoken, samples=samples)
        if shape.html:
            Console().print(f"[dim]{shape.html}[/dim]", soft_wrap=True)
    return 0 if proof.decision.adoptable else NOT_ADOPTABLE


def _check_unchanged(settings: Settings, trial: RolloutTrial, words: Mapping[str, str]) -> None:
    """Raise a `BotError` when what *trial* was proven against is not what answers now."""
    for name, item in trial.settings.items():
        now = settings.written(name)
        if now != item.before:
            raise BotError(
                words["set since"].format(name=name, now=now or "–", before=item.before or "–")
            )

    async def fingerprint() -> str:
        async with open_measured(settings) as measured:
            return measured.info.fingerprint

    if asyncio.run(fingerprint()) != trial.fingerprint_before:
        raise BotError(words["changed since"].format(name=trial.name))


def _ask(question: str, words: Mapping[str, str]) -> None:
    import sys

    if not sys.stdin.isatty():
        raise BotError(words["say yes"])
    click.confirm(question, abort=True)


def _with(live: AdoptedChanges, adopted: AdoptedChange) -> AdoptedChanges:
    return live.model_copy(update={"changes": (*live.changes, adopted)})


def _difference(settings: Mapping[str, SettingReplacement]) -> str:
    return "\n".join(
        f"- {name}={item.before}\n+ {name}={item.after}" for name, item in settings.items()
    )


def _evidence(proof: TrialResult) -> str:
    found = proof.decision
    before, after = found.before, found.after
    return (
        f"{after.cases} cases: {before.right} of {before.shown} shown were right before, "
        f"{after.right} of {after.shown} after; newly wrong {found.newly_wrong}, "
        f"mended {found.mended}, p = {found.p_value:.3f}"
    )


def _after_adoption(settings: Settings, trial: RolloutTrial, words: Mapping[str, str]) -> list[str]:
    """Say what has to be done now, and what becomes of the certificate."""
    lines = [words["restart"]]
    certificate = CertificateStore(settings.data_dir).load()
    if certificate and not validity(certificate, trial.fingerprint_before):
        reason = validity(certificate, trial.fingerprint)
        if reason:
            file = Trials(settings.data_dir).folder / trial.name / "after.json"
            lines.append(words["certificate ends"].format(reason=reason, file=file))
    return [*lines, words["one command back"]]

"""Trials of a change of settings: the change, both runs, and the proof.

Each trial has a folder in the data folder, `rollouts/NAME`, with the change, both runs, the answers
that wait for a verdict, and an index if it needs one of its own.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.atomic_write import write_whole
from bot.core.errors import BotError, SettingsError
from bot.core.types import Label
from bot.evaluation.labelled import with_labels
from bot.evaluation.results import EvaluationRun, Result, read_run, write_run
from bot.rollout.decision import MARGIN, Decision, Pair, ShownAnswer, decide
from bot.settings.promotions import SettingReplacement
from bot.settings.settings import ANSWERING, Settings, default_of, names

ALIASES = {
    "SEARCH.DENSE_WEIGHT": "KNOWLEDGE_DENSE_WEIGHT",
    "CHUNKING.TOKENS": "KNOWLEDGE_CHUNK_TOKENS",
}
"""Names in `knowledge.toml`, and the settings that replace them."""

_NAME = re.compile(r"\w[\w.-]{0,63}")
_SECRET = ("KEY", "TOKEN", "SECRET")


class RolloutTrial(BaseModel):
    """A change of settings on trial.

    Attributes:
        name: Also the name of its folder.
        created_at: Seconds since the epoch.
        settings: The replacements, by the settings' names.
        index: Folder of its index in the data folder, "" if it needs none of its own.
        fingerprint_before: Fingerprint of the present system; `fingerprint` is the changed one's.
        floor_before: Lowest confidence that was shown, None for no limit; `floor` with the change.
        margin: The non-inferiority margin; see `bot.rollout.decision`.
        left_out: How many cases were left out because nobody has checked them.
        votes: Balance of 👍 and 👎 on the questions that nobody judged, by case.
        private: Ids of the cases that were asked in private.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    created_at: float
    settings: Mapping[str, SettingReplacement]
    index: str = ""
    fingerprint_before: str = ""
    fingerprint: str = ""
    floor_before: float | None = None
    floor: float | None = None
    margin: float = MARGIN
    left_out: int = 0
    votes: Mapping[str, int] = {}
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairedAnswers:
    """A case with the answers of both systems."""

    before: Result
    after: Result

    @property
    def same(self) -> bool:
        """Whether the asker sees the same."""
        if not (self.before.shown or self.after.shown):
            return True
        return self.before.id == self.after.id and self.before.shown == self.after.shown

    @property
    def pair(self) -> Pair:
        """The case as the decision needs it."""
        case = self.before.case
        return Pair(_shown(self.before), _shown(self.after), self.before.group, case.answerable)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A trial, decided by the verdicts that there are now.

    Attributes:
        both: The cases that count.
        same_unjudged: How many cases are left out because both answers are the same and unjudged.
        by_votes: Cases with votes but no verdict: reported separately, never counted.
        before: The present system's answers that count; `after` are the changed system's.
    """

    trial: RolloutTrial
    decision: Decision
    both: tuple[PairedAnswers, ...]
    same_unjudged: int
    by_votes: tuple[PairedAnswers, ...]
    before: EvaluationRun
    after: EvaluationRun

    @property
    def newly_wrong(self) -> list[PairedAnswers]:
        """Wrong answers that were not shown before."""
        return [item for item in self.both if _is_wrong(item.after) and not _is_wrong(item.before)]

    @property
    def newly_right(self) -> list[PairedAnswers]:
        """Right answers to questions that had none before."""
        return [item for item in self.both if item.after.correct and not item.before.correct]

    @property
    def only_lost(self) -> list[PairedAnswers]:
        """Questions that had a right answer before and are handed over now."""
        return [item for item in self.both if item.before.correct and not item.after.shown]

    @property
    def open(self) -> list[Result]:
        """Answers that wait for a verdict, each once."""
        waiting = [
            side
            for item in self.both
            for side in (item.before, item.after)
            if side.shown and side.correct is None
        ]
        return list({side.id: side for side in waiting}.values())


def prove(
    trial: RolloutTrial, before: EvaluationRun, after: EvaluationRun, labels: Iterable[Label]
) -> TrialResult:
    """Decide *trial* by both runs and people's *labels* of their answers."""
    made = list(labels)
    old = _gated(with_labels(before, made), trial.floor_before)
    new = _gated(with_labels(after, made), trial.floor)
    found = {item.case.id: item for item in new.results}
    pairs = [
        PairedAnswers(item, found[item.case.id]) for item in old.results if item.case.id in found
    ]
    voted = [item for item in pairs if item.before.case.id in trial.votes]
    judged = [item for item in pairs if item.before.case.id not in trial.votes]
    counted = [item for item in judged if not (item.same and _is_open(item.before))]
    return TrialResult(
        trial,
        decide([item.pair for item in counted], trial.margin),
        tuple(counted),
        len(judged) - len(counted),
        tuple(voted),
        old.model_copy(update={"results": tuple(item.before for item in counted)}),
        new.model_copy(update={"results": tuple(item.after for item in counted)}),
    )


def _shown(result: Result) -> ShownAnswer:
    return ShownAnswer(result.shown, result.correct, result.status == "failed")


def _is_open(result: Result) -> bool:
    return result.shown and result.correct is None


def _is_wrong(result: Result) -> bool:
    return result.shown and result.correct is False


def _gated(run: EvaluationRun, floor: float | None) -> EvaluationRun:
    """Return *run* with the answers below *floor* handed over."""

    def shown(result: Result) -> Result:
        if floor is None or not result.shown or (result.confidence or 0.0) >= floor:
            return result
        return result.model_copy(update={"status": "handed_over", "correct": None, "labeler": ""})

    return run.model_copy(update={"results": tuple(map(shown, run.results))})


def wanted_values(changes: Sequence[str]) -> dict[str, object]:
    """Read `NAME=VALUE` texts as arguments for `load_settings`.

    Raises:
        SettingsError: one of them names no setting, or one that does not change answers.
    """
    found: dict[str, object] = {}
    for change in changes:
        written, equals, value = change.partition("=")
        name = ALIASES.get(written.upper(), written.upper())
        if not equals:
            raise SettingsError(f"{change}: write NAME=VALUE")
        if name not in names():
            close = difflib.get_close_matches(name, [*ANSWERING, *ALIASES], 1)
            hint = f": did you mean {close[0]}?" if close else ""
            raise SettingsError(f"There is no setting {written}{hint}")
        if any(word in name for word in _SECRET) and name not in ANSWERING:
            raise SettingsError(f"{name} is a secret: set it in the environment")
        if name not in ANSWERING:
            raise SettingsError(
                f"{name} does not change answers, so there is nothing to prove: set it in the "
                "environment"
            )
        found[name.lower()] = value or default_of(name)
    return found


def replacements(
    before: Settings, after: Settings, wanted: Iterable[str]
) -> dict[str, SettingReplacement]:
    """Return the replacements that the *wanted* settings make.

    Raises:
        SettingsError: nothing differs.
    """
    named = [name.upper() for name in wanted]
    found = {
        name: SettingReplacement(before=before.written(name), after=after.written(name))
        for name in named
        if before.written(name) != after.written(name)
    }
    if not found:
        values = ", ".join(f"{name} is {before.written(name) or 'empty'}" for name in named)
        raise SettingsError(f"Nothing changes: {values} already")
    return found


class Trials:
    """The folders of the trials.

    Args:
        data_dir: The data folder.
    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "rollouts"

    def check_name(self, name: str) -> None:
        """Raise a `BotError` if *name* cannot be the name of a folder."""
        if not _NAME.fullmatch(name):
            raise BotError(f"{name!r} is not a valid name: use letters, digits, `-`, `_` and `.`")

    def keep(self, trial: RolloutTrial, before: EvaluationRun, after: EvaluationRun) -> None:
        """Write a trial and its runs.

        The trial's file is written last: after a crash before that, there is no trial.
        """
        folder = self.folder / trial.name
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds private text
        write_run(folder / "before.json", before)
        write_run(folder / "after.json", after)
        write_whole(folder / "trial.json", trial.model_dump_json(indent=1) + "\n")

    def keep_open(self, proof: TrialResult) -> None:
        """Write the answers that wait for a verdict, for `kotae review --run NAME`."""
        waiting = proof.after.model_copy(update={"results": tuple(proof.open)})
        write_run(self.folder / proof.trial.name / "open.json", waiting)

    def forget(self, name: str) -> None:
        """Remove the trial called *name* before it is tried again; its runs stay."""
        (self.folder / name / "trial.json").unlink(missing_ok=True)

    def find(self, name: str) -> RolloutTrial | None:
        """Return the trial called *name*, or None.

        Raises:
            BotError: when its file is damaged.
        """
        self.check_name(name)
        path = self.folder / name / "trial.json"
        try:
            return RolloutTrial.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError):
            raise BotError(
                f"{path} is damaged: run `kotae rollout try` again under the same name"
            ) from None

    def get(self, name: str) -> RolloutTrial:
        """Return the trial called *name*. Raises `BotError` when there is none."""
        trial = self.find(name)
        if trial is None:
            close = difflib.get_close_matches(name, self.names(), 1)
            hint = f": did you mean {close[0]}?" if close else ", see `kotae rollout list`"
            raise BotError(f"There is no trial called {name}{hint}")
        return trial

    def names(self) -> list[str]:
        """Return the names of all trials, oldest first."""
        found = self.folder.glob("*/trial.json")
        return [path.parent.name for path in sorted(found, key=lambda path: path.stat().st_mtime)]

    def runs(self, trial: RolloutTrial) -> tuple[EvaluationRun, EvaluationRun]:
        """Return both runs of *trial*, the present system's first."""
        folder = self.folder / trial.name
        return read_run(folder / "before.json"), read_run(folder / "after.json")

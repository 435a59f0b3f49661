"""Removes what is older than its days, where nothing else does: verdicts, acts, files of proof.

Answers, handoffs and memories go with the next ones of their kind; see `RECORD_DAYS`.
"""

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from bot.audit.audit_log import AuditLog
from bot.records.label_file import FileLabels
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.shared_files.mirror import FileMirror
from knowledge.model.threads import in_thread

DAY = 86_400.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class KeptDays:
    """How many days things are kept; 0: for ever.

    Attributes:
        records: Answers, and so verdicts on them.
        evaluation: Runs, their answers and verdicts, rollouts, and searches for a prompt.
        audit: What operators did.
    """

    records: int
    evaluation: int
    audit: int


@dataclass(frozen=True, slots=True)
class RetentionStores:
    """Where it is.

    Attributes:
        mirror: Removes shared files for all machines; None where there is one.
    """

    ledger: Ledger
    labels: RedisLabels
    audit: AuditLog
    mirror: FileMirror | None


class Retention:
    """A periodic task that removes what is too old, once a day.

    Args:
        stores: What is in Redis.
        data_dir: The data folder.
        days: How long things are kept.
        standing: Folders in the data folder that a promotion in force uses.
    """

    name = "retention"

    def __init__(
        self,
        stores: RetentionStores,
        data_dir: Path,
        days: KeptDays,
        standing: Collection[str] = (),
    ) -> None:
        self._stores = stores
        self._data_dir = data_dir
        self._days = days
        self._standing = standing
        self._done = 0

    async def __call__(self, now: float) -> None:
        """Remove what is too old at *now*, in seconds since the epoch."""
        if (today := int(now // DAY)) == self._done:
            return
        removed = {
            "verdicts": await self._labels(now - self._days.records * DAY),
            "acts": await self._acts(now),
            "files": await self._files(now),
        }
        self._done = today
        if any(removed.values()):
            _log.info("old_things_removed", **removed)

    async def _labels(self, before: float) -> int:
        """Remove verdicts that are older than *before*, on answers that are gone."""
        old = {label.answer_id for label in await self._stores.labels.all() if label.at < before}
        gone = old - set(await self._stores.ledger.known(sorted(old)))
        return await self._stores.labels.forget(gone) if gone else 0

    async def _acts(self, now: float) -> int:
        return (
            await self._stores.audit.trim(now - self._days.audit * DAY) if self._days.audit else 0
        )

    async def _files(self, now: float) -> int:
        if not self._days.evaluation:
            return 0
        before = now - self._days.evaluation * DAY
        old = await in_thread(partial(old_files, self._data_dir, before, self._standing))
        if self._stores.mirror and old.shared:
            await self._stores.mirror.remove(old.shared)
        await in_thread(partial(_remove, self._data_dir, old))
        labels = FileLabels(self._data_dir / "evaluation" / "labels.jsonl")
        return len(old.shared) + len(old.own) + await labels.forget(before)


@dataclass(frozen=True, slots=True)
class OldFiles:
    """Paths within the data folder.

    Attributes:
        shared: Files that every machine has.
        own: Files and folders of this machine.
    """

    shared: Sequence[str]
    own: Sequence[str]


def old_files(data_dir: Path, before: float, standing: Collection[str] = ()) -> OldFiles:
    """Find files of proof that were made before a time, in seconds since the epoch. Blocks.

    A rollout goes as a whole, but not while its promotion is in force. Age is what a file says of
    itself, as copies on other machines are younger; where it says nothing, when it was written.
    """
    runs = [path for path in data_dir.glob("evaluation/runs/*.json") if _made_at(path) < before]
    trials = [
        path.parent
        for path in data_dir.glob("rollouts/*/trial.json")
        if _made_at(path) < before and not _stands(path.parent.relative_to(data_dir), standing)
    ]
    searches = [path for path in data_dir.glob("prompt-tuning/*") if _newest(path) < before]
    answers = [
        path for path in data_dir.glob("evaluation/answers/**/*.json") if _newest(path) < before
    ]
    shared = [*runs, *(file for trial in trials for file in trial.glob("*.json"))]
    own = [*trials, *searches, *answers]
    return OldFiles(*([str(one.relative_to(data_dir)) for one in found] for found in (shared, own)))


class _Dated(BaseModel):
    """What a run and a trial say of their age."""

    created_at: float = 0.0
    info: Mapping[str, object] = {}


def _made_at(path: Path) -> float:
    """Return when a run or a trial was made; of a damaged one, when it was written."""
    try:
        told = _Dated.model_validate_json(path.read_bytes())
        return float(str(told.info.get("created_at") or told.created_at or path.stat().st_mtime))
    except (OSError, ValidationError, ValueError):
        return _newest(path)


def _newest(path: Path) -> float:
    """Return when something at *path* was last written."""
    return max((one.lstat().st_mtime for one in _all(path)), default=0.0)


def _all(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        yield from path.rglob("*")


def _stands(folder: Path, standing: Collection[str]) -> bool:
    return any(Path(one).is_relative_to(folder) for one in standing if one)


def _remove(data_dir: Path, old: OldFiles) -> None:
    for name in (*old.shared, *old.own):
        path = data_dir / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)

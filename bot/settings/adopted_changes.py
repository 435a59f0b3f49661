"""Changes that are live: settings that were proven and adopted, in one file of the data folder.

The environment says what is set; each adopted change then puts one value in place of another. It
holds only as long as it finds what it replaced: whoever sets a third value by hand has decided
otherwise, and the change is superseded as a whole, since its parts alone were never proven.
"""

import fcntl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.atomic_write import write_whole
from bot.core.errors import SettingsError
from bot.core.types import Language

FILE = "live.json"
"""In the data folder."""


_TOLD: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "holds": "Adopted change {name}: {settings} ({by}, {when})",
        "superseded": "Adopted change {name} is superseded: {values} was set since "
        "(`kotae change back` drops it)",
        "restart": "Adopted changes are other ones since this process started: start it again",
    },
    "ja": {
        "holds": "反映済みの変更 {name}: {settings}（{by}、{when}）",
        "superseded": "反映済みの変更 {name} は無効です: その後 {values} が設定されました"
        "（`kotae change back` で取り消し）",
        "restart": "起動後に、反映済みの変更が変わりました。再起動してください",
    },
}


class SettingReplacement(BaseModel):
    """One setting's value before a change and after it, as written in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: str
    after: str


class AdoptedChange(BaseModel):
    """A change that went live.

    Attributes:
        settings: By their names.
        by: Login of whoever adopted it.
        at: When, in seconds since the epoch.
        outcome: What its proof came to.
        evidence: The figures of its proof, in a line.
        reason: Why it was adopted although it was not proven, "" if it was.
        fingerprint: What answers with it; see `bot.evaluation.certificate`.
        index: Folder of its index in the data folder, "" where it searches the one there was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    settings: Mapping[str, SettingReplacement]
    by: str
    at: float
    outcome: str
    evidence: str = ""
    reason: str = ""
    fingerprint: str = ""
    index: str = ""


class RevertedChange(BaseModel):
    """A change that is no longer live: which, by whom and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    change: AdoptedChange
    by: str
    at: float


class AdoptedChanges(BaseModel):
    """The whole file: what is live, oldest first, and what was taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    changes: tuple[AdoptedChange, ...] = ()
    taken_back: tuple[RevertedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    """What became of an adopted change.

    Attributes:
        superseded_by: The settings that were set otherwise since, `NAME=VALUE`; empty while it
            holds.
    """

    change: AdoptedChange
    superseded_by: tuple[str, ...] = ()


def read_live(data_dir: Path) -> AdoptedChanges:
    """Read what is live in *data_dir*.

    Raises:
        SettingsError: when the file is damaged; the text says what to do.
    """
    path = data_dir / FILE
    try:
        return AdoptedChanges.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return AdoptedChanges()
    except (OSError, ValidationError):
        raise SettingsError(
            f"{path} is damaged: it holds the adopted changes; put a copy back, or remove it to "
            "go back to what the environment says"
        ) from None


def change_live(
    data_dir: Path, change: Callable[[AdoptedChanges], AdoptedChanges]
) -> AdoptedChanges:
    """Put what *change* makes of what is live in its place, whole or not at all; return that.

    One process does so at a time.

    Raises:
        SettingsError: as `read_live`.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f".{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        live = change(read_live(data_dir))
        write_whole(data_dir / FILE, live.model_dump_json(indent=1) + "\n")
    return live


def standing(
    live: AdoptedChanges, set_values: Mapping[str, str]
) -> tuple[tuple[ChangeStatus, ...], dict[str, str]]:
    """Return what became of each change, and the values that hold, by name of the setting.

    Args:
        live: What was adopted.
        set_values: What environment and files say of every setting that *live* names.
    """
    values = dict(set_values)
    found = list[ChangeStatus]()
    for change in live.changes:
        others = tuple(
            f"{name}={values[name]}"
            for name, replacement in change.settings.items()
            if values[name] != replacement.before
        )
        found.append(ChangeStatus(change, others))
        if not others:
            values |= {name: item.after for name, item in change.settings.items()}
    return tuple(found), values


def told(found: Sequence[ChangeStatus], now: AdoptedChanges, language: Language) -> list[str]:
    """Say which settings come from adopted changes, and whether a process has to start again.

    Args:
        found: What the process has taken up when it started.
        now: What the file says now.
        language: To say it in.
    """
    words = _TOLD[language]
    lines = list[str]()
    for item in found:
        change = item.change
        lines.append(
            words["superseded" if item.superseded_by else "holds"].format(
                name=change.name,
                settings=", ".join(
                    f"{name}={new.after or '–'} ← {new.before or '–'}"
                    for name, new in change.settings.items()
                ),
                by=change.by,
                when=f"{datetime.fromtimestamp(change.at).astimezone():%Y-%m-%d}",
                values=", ".join(item.superseded_by),
            )
        )
    if tuple(item.change for item in found) != now.changes:
        lines.append(words["restart"])
    return lines

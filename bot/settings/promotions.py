"""Promotions: settings that were proven and put in force, kept in one file of the data folder.

The environment says what is set; each promotion then replaces one value by another. It holds only
while it finds the value that it replaces: whoever sets a third value by hand has decided otherwise,
and the whole promotion is superseded, because its parts alone were never proven.
"""

import fcntl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.addresses import shown_value
from bot.core.atomic_write import write_whole
from bot.core.errors import SettingsError
from bot.core.language import Language
from bot.settings import texts

FILE = "promotions.json"
"""Name of the file in the data folder."""


class SettingReplacement(BaseModel):
    """A setting's value before a change and after it, as written in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: str
    after: str


class Promotion(BaseModel):
    """A change of settings in force.

    Attributes:
        settings: The replacements, by the settings' names.
        by: Login of the person who promoted it.
        at: When, in seconds since the epoch.
        outcome: Outcome of its proof.
        evidence: The numbers of its proof, in one line.
        reason: Why it was promoted without proof, "" if it was proven.
        fingerprint: Fingerprint of the system with it; see `bot.evaluation.certificate`.
        index: Folder of its index in the data folder, "" if it uses the common one.
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


class RevertedPromotion(BaseModel):
    """A promotion that was reverted: which one, by whom and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promotion: Promotion
    by: str
    at: float


class Promotions(BaseModel):
    """The whole file: the promotions, oldest first, and those that were reverted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    standing: tuple[Promotion, ...] = ()
    reverted: tuple[RevertedPromotion, ...] = ()

    def with_promotion(self, promotion: Promotion) -> "Promotions":
        """Return these promotions with another one at the end."""
        return Promotions(standing=(*self.standing, promotion), reverted=self.reverted)

    def without_last(self, by: str, at: float) -> "Promotions":
        """Return these promotions with the last one reverted; there must be one."""
        gone = RevertedPromotion(promotion=self.standing[-1], by=by, at=at)
        return Promotions(standing=self.standing[:-1], reverted=(*self.reverted, gone))


@dataclass(frozen=True, slots=True)
class PromotionStatus:
    """Whether a promotion holds.

    Attributes:
        superseded_by: Settings that were set otherwise since then, as `NAME=VALUE`; empty while
            the promotion holds.
    """

    promotion: Promotion
    superseded_by: tuple[str, ...] = ()


def read_promotions(data_dir: Path) -> Promotions:
    """Read the promotions of *data_dir*.

    Raises:
        SettingsError: the file is damaged; the text says what to do.
    """
    path = data_dir / FILE
    try:
        return Promotions.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Promotions()
    except (OSError, ValidationError):
        raise SettingsError(
            f"{path} is damaged, or of a newer version of Kotae: it holds the promotions; restore "
            "a copy, or remove the file to go back to the settings of the environment"
        ) from None


def change_promotions(data_dir: Path, change: Callable[[Promotions], Promotions]) -> Promotions:
    """Replace the promotions by what *change* returns, atomically; return the new ones.

    A file lock keeps out other processes.

    Raises:
        SettingsError: as `read_promotions`.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / f".{FILE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        promotions = change(read_promotions(data_dir))
        write_whole(data_dir / FILE, promotions.model_dump_json(indent=1) + "\n")
    return promotions


def resolved(
    promotions: Promotions, set_values: Mapping[str, str]
) -> tuple[tuple[PromotionStatus, ...], dict[str, str]]:
    """Return the status of each promotion, and the values in force by the settings' names.

    Args:
        promotions: What was promoted.
        set_values: What environment and files say of each setting that *promotions* name.
    """
    values = dict(set_values)
    found = list[PromotionStatus]()
    for promotion in promotions.standing:
        others = tuple(
            f"{name}={values[name]}"
            for name, replacement in promotion.settings.items()
            if values[name] != replacement.before
        )
        found.append(PromotionStatus(promotion, others))
        if not others:
            values |= {name: item.after for name, item in promotion.settings.items()}
    return tuple(found), values


def promotion_lines(
    found: Sequence[PromotionStatus], now: Promotions, language: Language
) -> list[str]:
    """Return a line for each promotion, and one if this process is about to switch.

    Args:
        found: The promotions that the process read when it started.
        now: The promotions that the file holds now.
        language: Of the lines.
    """
    lines = list[str]()
    for item in found:
        promotion = item.promotion
        lines.append(
            (texts.SUPERSEDED if item.superseded_by else texts.HOLDS).to(
                language,
                name=promotion.name,
                settings=", ".join(
                    f"{name}={shown_value(new.after) or '–'} ← {shown_value(new.before) or '–'}"
                    for name, new in promotion.settings.items()
                ),
                by=promotion.by,
                when=f"{datetime.fromtimestamp(promotion.at).astimezone():%Y-%m-%d}",
                values=", ".join(item.superseded_by),
            )
        )
    if tuple(item.promotion for item in found) != now.standing:
        lines.append(texts.SWITCHING.to(language))
    return lines

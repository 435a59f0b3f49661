"""Decides whether a model's output may train another, by the table `licences.toml`."""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

Purpose = Literal["internal", "distributed"]
LicenceOutcome = Literal["allow", "warn", "block"]
Basis = Literal["read", "excerpt", "memory"]

UNKNOWN = "unknown"
"""Name of a generator that is missing from the record."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Data):
    """The rule for the outputs of some models; see the top of the table."""

    name: str
    models: tuple[str, ...]
    internal: LicenceOutcome
    distributed: LicenceOutcome
    own_family: tuple[str, ...] = ()
    name_prefix: str = ""
    duties: tuple[str, ...] = ()
    link: str
    why: str
    basis: Basis


class Date(_Data):
    """A day on which something ends."""

    on: dt.date
    what: str


class TuningSunset(_Data):
    """A fine-tuning offer that ends."""

    name: str
    models: tuple[str, ...]
    link: str
    dates: tuple[Date, ...]
    basis: Basis

    def text(self, today: dt.date) -> str:
        """Return the past and coming dates in one line."""
        parts = [
            f"{date.on}: {date.what}{'' if date.on > today else ' (in effect)'}"
            for date in self.dates
        ]
        return f"{self.name}{': ' if parts else ''}{'; '.join(parts)} ({self.link})"


class Licences(_Data):
    """The whole table."""

    checked_on: dt.date
    notice: str
    rules: tuple[Rule, ...]
    closings: tuple[TuningSunset, ...]

    def rule_of(self, generator: str) -> Rule | None:
        """Return the first rule that matches *generator*, None for an unknown model."""
        name = plain_name(generator)
        return next((rule for rule in self.rules if _fits(name, rule.models)), None)

    def closings_of(self, target: str) -> list[TuningSunset]:
        """Return the offers that end for *target*."""
        name = plain_name(target)
        return [closing for closing in self.closings if _fits(name, closing.models)]


@cache
def licences() -> Licences:
    """Return the table that comes with the program."""
    text = (files("bot.training_export") / "licences.toml").read_text("utf-8")
    return Licences.model_validate(tomllib.loads(text))


@dataclass(frozen=True, slots=True)
class LicenceRuling:
    """The ruling on one generator; `rule` is None for an unknown one."""

    generator: str
    outcome: LicenceOutcome
    reason: str
    rule: Rule | None = None

    def text(self) -> str:
        """Return the ruling in one line, with a link."""
        if self.rule is None:
            return f"{self.generator}: {self.reason}"
        doubt = "" if self.rule.basis == "read" else f"; known from {_BASIS[self.rule.basis]}"
        return f"{self.generator}: {self.rule.name}: {self.reason} ({self.rule.link}{doubt})"


_BASIS = {"excerpt": "excerpts", "memory": "memory, so check it first"}


@dataclass(frozen=True, slots=True)
class LicenceGuard:
    """Decides by the generators of a row's texts; people's texts have none.

    Attributes:
        target: Name of the base model to train.
        model_name: Name of the trained model, "" if undecided.
        accepted: Why models outside the table are accepted, "" if they are not.
    """

    target: str
    purpose: Purpose
    model_name: str = ""
    accepted: str = ""
    table: Licences | None = None

    def ruling(self, generator: str) -> LicenceRuling:
        """Return the ruling on one model's outputs."""
        rule = (self.table or licences()).rule_of(generator)
        if rule is None:
            return self._unknown(generator)
        if _fits(plain_name(self.target), rule.own_family):
            return LicenceRuling(generator, "allow", f"{self.target} is of the same family", rule)
        if self.purpose == "internal":
            return LicenceRuling(generator, rule.internal, rule.why, rule)
        prefix = rule.name_prefix
        if prefix and not self.model_name.casefold().startswith(prefix.casefold()):
            reason = f"the model's name must begin with {prefix}: set it with --model-name"
            return LicenceRuling(generator, "block", reason, rule)
        return LicenceRuling(generator, rule.distributed, rule.why, rule)

    def rulings(self, generators: Iterable[str]) -> list[LicenceRuling]:
        """Return the rulings on the models that wrote a row's texts, the strictest first."""
        severity: Sequence[LicenceOutcome] = ("block", "warn", "allow")
        found = map(self.ruling, sorted(set(generators)))
        return sorted(found, key=lambda ruling: severity.index(ruling.outcome))

    def _unknown(self, generator: str) -> LicenceRuling:
        if self.accepted:
            return LicenceRuling(generator, "warn", f"not in the table, accepted: {self.accepted}")
        reason = (
            "its licence is not in the table, so it is blocked; once you have read it, accept it "
            "with --accept-unknown REASON"
        )
        return LicenceRuling(generator, "block", reason)


def plain_name(model: str) -> str:
    """Return *model* in lower case without a prefix such as `Qwen/` or `hf.co/…`."""
    name = re.sub(r"[?#].*", "", model.strip().casefold())
    return name.rsplit("/", 1)[-1]


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

"""Checks of the documents, one file each."""

from collections.abc import Callable, Iterable
from typing import Protocol

from knowledge.model.findings import LEVELS, Finding
from knowledge.model.types import Progress
from knowledge.quality.checks.audiences import AudienceCheck
from knowledge.quality.checks.conflicts import ConflictCheck
from knowledge.quality.checks.dates import DateCheck
from knowledge.quality.checks.duplicates import DuplicateCheck
from knowledge.quality.checks.owners import OwnerCheck
from knowledge.quality.checks.readability import ReadabilityCheck
from knowledge.quality.checks.sizes import SizeCheck
from knowledge.quality.checks.titles import TitleCheck
from knowledge.quality.corpus import Corpus


class Check(Protocol):
    """Looks for one kind of problem in the documents, and leaves decisions to people."""

    @property
    def name(self) -> str:
        """Subject of the check, for progress displays."""
        ...

    def run(self, corpus: Corpus) -> Iterable[Finding]:
        """Return the findings, in any order."""
        ...


_CHECKS: tuple[Check, ...] = (
    ReadabilityCheck(),
    AudienceCheck(),
    SizeCheck(),
    DateCheck(),
    TitleCheck(),
    OwnerCheck(),
    DuplicateCheck(),
    ConflictCheck(),
)

_ORDER = {kind: place for place, kind in enumerate(LEVELS)}


def check(corpus: Corpus, report: Callable[[Progress], None]) -> tuple[Finding, ...]:
    """Run every check over *corpus*; return the findings, the most severe first."""
    found: list[Finding] = []
    for number, each in enumerate(_CHECKS):
        report(Progress("check", number, len(_CHECKS), each.name))
        found += each.run(corpus)
    return tuple(
        sorted(found, key=lambda finding: (_ORDER[finding.kind], -finding.rank, finding.documents))
    )

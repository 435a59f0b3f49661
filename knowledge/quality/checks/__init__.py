"""What can be wrong with documents, one subject a file."""

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
    """Looks for one kind of trouble in what was indexed; reads only, takes no decision."""

    @property
    def name(self) -> str:
        """What it looks at, for people who wait for it."""
        ...

    def look(self, corpus: Corpus) -> Iterable[Finding]:
        """Return what is wrong, in any order."""
        ...


_ALL: tuple[Check, ...] = (
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
    """Run every check over *corpus*; the findings come ranked, the gravest first."""
    found: list[Finding] = []
    for number, one in enumerate(_ALL):
        report(Progress("check", number, len(_ALL), one.name))
        found += one.look(corpus)
    return tuple(sorted(found, key=lambda one: (_ORDER[one.kind], -one.rank, one.documents)))

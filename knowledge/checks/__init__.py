"""What can be wrong with documents, one subject a file."""

from collections.abc import Callable

from knowledge.checks.audiences import AudienceCheck
from knowledge.checks.conflicts import ConflictCheck
from knowledge.checks.dates import DateCheck
from knowledge.checks.duplicates import DuplicateCheck
from knowledge.checks.owners import OwnerCheck
from knowledge.checks.reading import ReadingCheck
from knowledge.checks.sizes import SizeCheck
from knowledge.checks.titles import TitleCheck
from knowledge.corpus import Corpus
from knowledge.findings import LEVELS, Finding
from knowledge.protocols import Check
from knowledge.types import Progress

_ALL: tuple[Check, ...] = (
    ReadingCheck(),
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

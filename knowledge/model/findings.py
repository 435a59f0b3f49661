"""What `knowledge check` finds: facts only; the words for people are the caller's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FindingLevel = Literal["error", "warning", "note"]

FindingKind = Literal[
    "hidden",
    "unreadable",
    "empty-source",
    "conflict",
    "duplicate",
    "undated",
    "future",
    "empty",
    "named",
    "editions",
    "stale",
    "repeated",
    "oversized",
    "untitled",
    "unstructured",
    "ownerless",
]

LEVELS: Mapping[FindingKind, FindingLevel] = {
    "hidden": "error",
    "unreadable": "error",
    "empty-source": "error",
    "conflict": "warning",
    "duplicate": "warning",
    "undated": "warning",
    "future": "warning",
    "empty": "warning",
    "named": "warning",
    "editions": "note",
    "stale": "note",
    "repeated": "note",
    "oversized": "note",
    "untitled": "note",
    "unstructured": "note",
    "ownerless": "note",
}
"""How grave each kind is, the gravest first: an error keeps a document from being found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    Attributes:
        documents: Ids of the documents it is about; for a source its name.
        details: What the words about it need, such as `reason`, `date` or `quotes`.
        rank: Orders the findings of a kind; the largest matters most.
    """

    kind: FindingKind
    documents: tuple[str, ...]
    details: Mapping[str, object] = field(default_factory=dict)
    rank: float = 0.0

    @property
    def level(self) -> FindingLevel:
        """How grave it is."""
        return LEVELS[self.kind]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check looked at, and what it found: the gravest kinds first."""

    index_version: str
    created_at: float
    documents: int
    chunks: int
    findings: tuple[Finding, ...]
    seconds: float

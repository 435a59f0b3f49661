"""The findings of `kotae knowledge check`, as facts; the caller puts them into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FindingLevel = Literal["error", "warning", "note"]

FindingKind = Literal[
    "hidden",
    "unreadable",
    "empty-source",
    "unread-source",
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
    "unknown-owner",
    "doubtful",
    "partly-read",
    "passed-over",
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
    "partly-read": "warning",
    "doubtful": "warning",
    "named": "warning",
    "unknown-owner": "warning",
    "editions": "note",
    "stale": "note",
    "repeated": "note",
    "oversized": "note",
    "untitled": "note",
    "unstructured": "note",
    "ownerless": "note",
    "unread-source": "note",
    "passed-over": "note",
}
"""The severity of each kind, the most severe first. An error hides a document from search."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that a person should fix.

    Attributes:
        documents: Ids of the documents concerned, or the name of a source.
        details: Facts for the message, such as `reason`, `date` or `quotes`.
        rank: Order within a kind, the largest first.
    """

    kind: FindingKind
    documents: tuple[str, ...]
    details: Mapping[str, object] = field(default_factory=dict)
    rank: float = 0.0

    @property
    def level(self) -> FindingLevel:
        """Its severity."""
        return LEVELS[self.kind]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The result of a check.

    Attributes:
        index_version: Name of the index version that was checked.
        created_at: When that was published, in seconds since the epoch.
        documents: Number of documents in it.
        chunks: Number of chunks in it.
        findings: The most severe kinds first.
        seconds: How long the check took.
        names: What people call documents whose id is only numbers, with their source in front, by
            id.
    """

    index_version: str
    created_at: float
    documents: int
    chunks: int
    findings: tuple[Finding, ...]
    seconds: float
    names: Mapping[str, str] = field(default_factory=dict)

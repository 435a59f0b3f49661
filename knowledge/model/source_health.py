"""How the sources are doing: what failed, since when, and how far a first sync is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SourceFailureKind = Literal[
    "settings", "refused", "throttled", "unreachable", "loss", "running", "broken", "incomplete"
]
"""Why a source was not synced: its settings, its token, its limits, the network, too few documents
to be true, another process that syncs it, a fault of ours, or that it is not filled yet."""


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A source that a sync could not bring up to date; its documents stay as they were.

    Attributes:
        reason: What happened and what to do, in one line.
        retry_after: Seconds to wait, when the source says so.
    """

    source: str
    reason: str
    kind: SourceFailureKind
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class SourceTotals:
    """What the syncs of a source on this machine came to, since its index was first built.

    Attributes:
        syncs: How many brought it up to date.
        seconds: How long these took together.
        fetched_bytes: How much of its documents was fetched from elsewhere.
        failures: How many failed, by what failed.
    """

    syncs: int = 0
    seconds: float = 0.0
    fetched_bytes: int = 0
    failures: Mapping[SourceFailureKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What is known of a source's syncs. Times are in seconds since the epoch; 0 means never.

    Attributes:
        tried_at: The last try.
        synced_at: When it was last brought up to date.
        listed_at: When it was last listed completely.
        failed_since: The first of the failures since then.
        reason: The last failure, "" if the last try succeeded.
        kind: What failed, "" likewise.
        retry_at: When the source may be asked again.
        done: Files that a sync in progress, or one that failed, has fetched.
        total: Files that it has to fetch; 0 if nothing is left to fetch.
        skipped: Numbers of files that are not in the index, by the reason.
        unresolved: Documents whose readers the source does not tell: nobody may read them.
        restricted: Documents whose readers the source tells, those of `unresolved` included.
        totals: Of all its syncs.
    """

    tried_at: float = 0.0
    synced_at: float = 0.0
    listed_at: float = 0.0
    failed_since: float = 0.0
    reason: str = ""
    kind: SourceFailureKind | Literal[""] = ""
    retry_at: float = 0.0
    done: int = 0
    total: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    unresolved: int = 0
    restricted: int = 0
    totals: SourceTotals = SourceTotals()

"""What a backup has and what not: every prefix of a key in Redis, every name in the data folder.

A name that is not listed here is in the backup all the same, and the report says so. A test fails
until it is listed.
"""

from enum import IntEnum
from pathlib import PurePath


class Phase(IntEnum):
    """The order of reading while the bot works, so that nothing refers to what is missing.

    What names others is read before what it names: what comes in between is complete then, and at
    worst nobody names it.
    """

    SKIPPED = 0
    SEEN = 1
    QUEUE = 2
    NAMING = 3
    NAMED = 4


SEEN = frozenset({"seen:"})
"""Ids of jobs that were put. They come first: an id that is known without its job would lose it."""

QUEUE = frozenset(
    {
        *("active", "ready", "turns", "turn_of:", "turn", "turns_had", "open_of:", "delayed"),
        *("open", "partition:", "dead", "schedules", "heard"),
    }
)
"""Read with the open jobs by one script, as they only fit together.

`heard` is with them: what was heard is stored here, or read from Slack again.
"""

NAMING = frozenset(
    {
        *("answers", "place:", "votes:", "totals", "labels", "entries:"),
        *("handoffs", "handoffs_open", "handoffs_put_off", "handoffs_opened"),
        *("handoffs_open_of:", "handoffs_open_sorted", "handoff_of:", "handoff_in:"),
        *("names:", "files:", "certificate"),
    }
)

NAMED = frozenset(
    {
        *("answer:", "handoff:", "waiters:", "job:", "turns:", "joined:"),
        *("audit", "auto:", "budget:", "channel:", "export:", "installations", "limit:"),
        *("mcp:", "policies"),
    }
)
"""Of `job:`, only what has ended: the queue has the others."""

SKIPPED = frozenset(
    {"positions_checked", "catching-up", "confirmed", "slack:", "index:", "installations:"}
)
"""Marks of running processes, what Slack can be asked again, and which index version is published:
an indexer publishes its own again."""

_PHASES = (
    (Phase.SKIPPED, SKIPPED),
    (Phase.SEEN, SEEN),
    (Phase.QUEUE, QUEUE),
    (Phase.NAMING, NAMING),
    (Phase.NAMED, NAMED),
)

KEPT_FILES = frozenset(
    {
        *("promotions.json", "confidence.json", "settings.env", "knowledge.toml"),
        *("prompts", "evaluation", "rollouts", "prompt-tuning"),
    }
)
"""Names in the data folder."""

REBUILT = "index"
"""The folder of an index, in the data folder and in those of rollouts: only with `--index`."""

SKIPPED_FILES = frozenset({"redis", "slack", "try", "page.json", "workspaces", "docs"})
"""Redis is read through its server; `try` and `page.json` belong to `kotae try`. Each workspace of
several has a backup of its own. Documents are never in one. Messages of channels are read from
Slack again: a backup would bring back what was deleted."""


def phase_of(name: str) -> Phase:
    """Return when the key *name*, without the root of all keys, is read."""
    return next((phase for phase, names in _PHASES if _prefix(name) in names), Phase.NAMED)


def is_listed(name: str) -> bool:
    """Tell whether this version of the program knows keys such as *name*."""
    return any(_prefix(name) in names for _, names in _PHASES)


def _prefix(name: str) -> str:
    head, colon, _ = name.partition(":")
    return head + colon


def index_in(path: PurePath) -> PurePath | None:
    """Return the folder of the index that *path* is in: that of the bot, or of a rollout."""
    match path.parts:
        case (first, _, *_) if first == REBUILT:
            return PurePath(first)
        case ("rollouts", name, third, _, *_) if third == REBUILT:
            return PurePath("rollouts", name, third)
        case _:
            return None


def is_temporary(path: PurePath) -> bool:
    """Tell whether a file of the data folder is a lock or a draft of another file."""
    draft = len(path.parts) == 1 and path.suffix == ".tmp"
    return draft or any(part.startswith(".") for part in path.parts)

"""What a run has shown, for people and for programs."""

import json
import logging
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import structlog

from tests.faults.checker import INVARIANTS, Violation, outcomes
from tests.faults.history import History, recoveries


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a fault.

    Attributes:
        seen: What people in Slack saw.
        problems: Violations of invariants, and what else was wrong.
        skipped: Why it could not be injected here, or "".
    """

    name: str
    how: str
    seen: str = ""
    problems: Sequence[str] = ()
    skipped: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def verdict(self) -> str:
        """One word, and the first problem."""
        if self.skipped:
            return f"skipped: {self.skipped}"
        if not self.problems:
            return "I1-I7 hold"
        more = f" (+{len(self.problems) - 1})" if len(self.problems) > 1 else ""
        return f"BROKEN: {self.problems[0]}{more}"


def quieten() -> None:
    """Keep what servers say of clients that die off the terminal: here they die on purpose."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def seen_by_people(history: History) -> str:
    """Say in one line what people in Slack saw."""
    ended = Counter(outcomes(history).values())
    parts = [f"{len(history.asked)} asked", *(f"{n} × {what}" for what, n in ended.items())]
    waits = waiting_times(history)
    if waits:
        parts.append(f"answered after {statistics.median(waits):.1f} s (max {max(waits):.1f})")
    if times := recovery_times(history):
        parts.append(f"taken up again after {max(times):.1f} s")
    return ", ".join(parts)


def waiting_times(history: History) -> list[float]:
    """Return the seconds from asking to the final outcome, for each question that has one."""
    shown = {message.ts: message for message in history.visible}
    first: dict[str, float] = {}
    for change in history.shown:
        message = shown.get(change.ts)
        if message and message.words == change.words:
            first.setdefault(change.job, change.at)
    return [first[asked.job] - asked.sent for asked in history.asked if asked.job in first]


def recovery_times(history: History) -> list[float]:
    """Return how long jobs lay that a struck worker had, in seconds."""
    return sorted(r.seconds for r in recoveries(history) if r.seconds is not None)


def counted(violations: Iterable[Violation]) -> dict[str, int]:
    """Return the number of violations of each invariant."""
    counts = Counter(violation.invariant for violation in violations)
    return {invariant: counts[invariant] for invariant in INVARIANTS}


def write_table(findings: Sequence[Finding], folder: Path) -> Path:
    """Write the fault table as Markdown and JSON into *folder*; return the Markdown file."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        "| fault | how injected | what people saw | invariants |",
        "|---|---|---|---|",
        *(f"| {f.name} | {f.how} | {f.seen or '-'} | {f.verdict} |" for f in findings),
    ]
    data = [asdict(finding) for finding in findings]
    (folder / "table.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    path = folder / "table.md"
    path.write_text("\n".join(["# Fault table", "", *rows, ""]), "utf-8")
    return path

"""What a soak has shown, for people and for programs."""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.faults.checker import Violation
from tests.machines.harm import Happened
from tests.machines.people import People
from tests.machines.verdict import PROMISES, WITHHELD, Record, counted


@dataclass(frozen=True, slots=True)
class SoakReport:
    """All of it; times in seconds.

    Attributes:
        figures: What was counted and measured, by name.
        happened: What was done to the machines.
        versions: How many index versions each host had, and how long it was the last to have one.
        broken: How often each promise was broken.
        details: Each broken promise, and whatever else failed.
    """

    seed: int
    figures: Mapping[str, float]
    happened: Sequence[Happened]
    versions: Mapping[str, Mapping[str, float]]
    broken: Mapping[str, int]
    details: Sequence[str]

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        asked, answered = (int(self.figures[name]) for name in ("questions", "answered once"))
        if not self.details:
            return f"{answered} of {asked} questions answered once, in order; every promise kept."
        return f"{answered} of {asked} questions answered once; {len(self.details)} failures."

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return asdict(self) | {"sentence": self.sentence}

    def markdown(self) -> str:
        """Return it for people."""
        lines = [
            f"# Soak on three hosts: {self.sentence}",
            "",
            f"Seed {self.seed}.",
            "",
            "| figure | |",
            "|---|---|",
            *(f"| {name} | {value:g} |" for name, value in self.figures.items()),
            "",
            "| at | what happened | until all was well | |",
            "|---|---|---|---|",
            *map(_row, self.happened),
            "",
            "| host | index versions | latest one | longest time without the newest version |",
            "|---|---|---|---|",
            *(
                f"| {host} | {of['count']:g} | {_clock(of['last'])} | {of['behind']:.1f} s |"
                for host, of in self.versions.items()
            ),
            "",
            "| promise | broken |",
            "|---|---|",
            *(f"| {one}: {PROMISES[one]} | {count} |" for one, count in self.broken.items()),
        ]
        if self.details:
            lines += ["", *(f"- {detail}" for detail in self.details)]
        return "\n".join([*lines, ""])


def report_of(
    people: People,
    happened: Sequence[Happened],
    versions: Sequence[tuple[float, str, str]],
    broken: Sequence[Violation],
    failed: Sequence[str],
    *,
    seed: int,
    seconds: float,
) -> SoakReport:
    """Sum a soak up.

    Args:
        versions: When each host was first seen with an index version: time, host, version.
        failed: What did not come to its end.
        seconds: How long people asked.
    """
    return SoakReport(
        seed,
        _figures(people.record, people.repeated, seconds),
        happened,
        _versions(versions),
        counted(broken),
        [*map(str, broken), *failed],
    )


def _figures(record: Record, repeated: int, seconds: float) -> dict[str, float]:
    outcomes = Counter(reply.job for reply in record.replies if reply.done)
    answered = record.answered_at()
    waits = sorted(
        answered[asked.job] - asked.sent for asked in record.asked if asked.job in answered
    )
    saves = [e.told - e.accepted for e in record.entries if e.told and e.accepted]
    lost = [a for a in record.asked if a.accepted is not None and a.job not in outcomes]
    return {
        "questions": len(record.asked),
        "answered once": sum(count == 1 for count in outcomes.values()),
        "acknowledged to Slack": sum(a.accepted is not None for a in record.asked),
        "of these lost": len(lost),
        "withheld, as a source was withdrawn meanwhile": sum(
            reply.words in WITHHELD for reply in record.replies
        ),
        "threads": len({asked.thread for asked in record.asked}),
        "entries told to be saved": sum(e.told is not None for e in record.entries),
        "of these withdrawn": sum(e.withdrawn is not None for e in record.entries),
        "forms and buttons that people had to send again": repeated,
        "minutes": round(seconds / 60, 1),
        "answers a minute": round(60 * len(answered) / seconds, 1),
        "median wait (s)": round(statistics.median(waits), 1) if waits else 0.0,
        "longest wait (s)": round(waits[-1], 1) if waits else 0.0,
        "longest time to save an entry (s)": round(max(saves, default=0.0), 1),
    }


def behind_times(seen: Sequence[tuple[float, str, str]]) -> list[tuple[float, float]]:
    """Return the times in which a host had an older index version than another one."""
    first = dict[str, float]()
    mine = defaultdict[str, list[tuple[float, str]]](list)
    for at, host, version in seen:
        if version:
            first.setdefault(version, at)
            mine[host].append((at, version))
    return [
        (since, _caught_up(versions, version))
        for versions in mine.values()
        for version, since in first.items()
    ]


def _versions(seen: Sequence[tuple[float, str, str]]) -> dict[str, dict[str, float]]:
    """Return, by host, how many versions it had, when the last came, and the longest lag."""
    first = dict[str, float]()
    mine = defaultdict[str, list[tuple[float, str]]](list)
    for at, host, version in seen:
        if version:
            first.setdefault(version, at)
            mine[host].append((at, version))
    found = dict[str, dict[str, float]]()
    for host, versions in sorted(mine.items()):
        lags = [_caught_up(versions, version) - since for version, since in first.items()]
        found[host] = {
            "count": len(versions),
            "last": versions[-1][0],
            "behind": max((lag for lag in lags if lag < float("inf")), default=0.0),
        }
    return found


def _caught_up(versions: Sequence[tuple[float, str]], wanted: str) -> float:
    """Return when a host had *wanted*, or a later version."""
    return min((at for at, version in versions if version >= wanted), default=float("inf"))


def _row(one: Happened) -> str:
    figures = ", ".join(f"{name}: {seconds:.1f} s" for name, seconds in one.figures.items())
    return f"| {_clock(one.at)} | {one.what} | {one.seconds:.1f} s | {figures} |"


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(at))

"""What operators and members see of the bot's work: answers, votes, gaps, cost."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.protocols import Ledger

WEEK = 7 * 86_400.0
"""Seconds."""

_LOOKED_AT = 500
"""The newest records; a team of a hundred makes about that many a week."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what became of it.

    Attributes:
        id: The question's id, which tells where it was asked.
        at: Seconds since the epoch.
        sources: Titles of what was cited.
        up: How many judged it good, `down`: bad.
    """

    id: str
    text: str
    status: str
    at: float
    sources: tuple[str, ...]
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A verdict `down` with what its person said; `reason` and `comment` may be empty."""

    question: Asked
    reason: str
    comment: str
    at: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that nothing answered, and how often it was asked; `id` is of the last time."""

    id: str
    text: str
    times: int
    owner: str
    at: float


@dataclass(frozen=True, slots=True)
class Week:
    """Figures of the last seven days.

    Attributes:
        cost_usd: Of the answers whose price is known.
        unpriced: Answers whose price is not known.
    """

    answered: int
    handed_over: int
    failed: int
    up: int
    down: int
    cost_usd: float
    unpriced: int


class Overview:
    """Reads the ledger for people."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def asked_by(self, person: str, limit: int) -> list[Asked]:
        """Return the last questions of *person*, newest first."""
        records = await self._records()
        return [_asked(r) for r in records if r["question"]["person"] == person][:limit]

    async def complaints(self, limit: int) -> list[Complaint]:
        """Return the last verdicts `down`, newest first."""
        found = [
            Complaint(
                _asked(record),
                str(vote.get("reason") or ""),
                str(vote.get("comment") or ""),
                float(vote["at"]),
            )
            for record in await self._records()
            for vote in record["feedback"]
            if vote["verdict"] == "down"
        ]
        return sorted(found, key=lambda complaint: -complaint.at)[:limit]

    async def gaps(self, limit: int) -> list[Gap]:
        """Return what was handed over, what was asked most often first."""
        open_questions = [r for r in await self._records() if _status(r) == "handed_over"]
        times = Counter(_same(r) for r in open_questions)
        newest: dict[str, Mapping[str, Any]] = {}
        for record in open_questions:
            newest.setdefault(_same(record), record)
        gaps = [
            Gap(
                str(record["question"]["id"]),
                str(record["question"]["text"]),
                times[same],
                str(record["answer"]["owner"]),
                float(record["recorded_at"]),
            )
            for same, record in newest.items()
        ]
        return sorted(gaps, key=lambda gap: (-gap.times, -gap.at))[:limit]

    async def week(self) -> Week:
        """Return the figures of the last seven days."""
        since = time.time() - WEEK
        records = [r for r in await self._records() if float(r["recorded_at"]) >= since]
        statuses = Counter(map(_status, records))
        votes = Counter(v["verdict"] for r in records for v in r["feedback"])
        costs = [r["answer"]["cost_usd"] for r in records]
        known = [float(cost) for cost in costs if cost is not None]
        return Week(
            statuses["answered"],
            statuses["handed_over"],
            statuses["failed"],
            votes["up"],
            votes["down"],
            sum(known),
            len(costs) - len(known),
        )

    async def _records(self) -> Sequence[Mapping[str, Any]]:
        return await self._ledger.recent(_LOOKED_AT)


def _asked(record: Mapping[str, Any]) -> Asked:
    votes = Counter(vote["verdict"] for vote in record["feedback"])
    return Asked(
        id=str(record["question"]["id"]),
        text=str(record["question"]["text"]),
        status=_status(record),
        at=float(record["recorded_at"]),
        sources=tuple(_titles(record["answer"]["citations"])),
        up=votes["up"],
        down=votes["down"],
    )


def _titles(citations: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return dict.fromkeys(str(citation["title"]) for citation in citations)


def _status(record: Mapping[str, Any]) -> str:
    return str(record["answer"]["status"])


def _same(record: Mapping[str, Any]) -> str:
    return " ".join(str(record["question"]["text"]).lower().split()).rstrip("?？。. ")

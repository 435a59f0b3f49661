"""Answers, votes and labels of the ledger, for the tests of exports."""

from collections.abc import Sequence
from typing import Any, Literal

from bot.core.types import (
    Answer,
    Citation,
    Feedback,
    Label,
    LabelVerdict,
    Question,
    QuestionId,
    ThreadId,
)
from bot.records.ledger import LedgerRecord
from bot.training_export.examples import (
    ExampleKind,
    chat_examples,
    judged_records,
    preference_examples,
)
from bot.training_export.licences import LicenceGuard
from bot.training_export.selection import Selection, SelectionTerms, select
from knowledge.model.types import Principal

Vote = Literal["up", "down"]

CHANNEL = "slack:T1:C1"
QWEN = "Qwen/Qwen3-8B"

LEAVE = Citation(
    1, "Leave", "https://docs.example/leave", "Staff get 10 days of leave.", "docs/leave.md"
)
REGULATION = Citation(
    1, "就業規則", "https://docs.example/kisoku", "年次有給休暇は10日です。", "docs/kisoku.md"
)


def answered(text: str, *citations: Citation, model: str = QWEN, **more: Any) -> Answer:
    return Answer("answered", text, citations or (LEAVE,), model=model, **more)


def record(
    number: int,
    text: str,
    answer: Answer,
    *votes: Vote,
    place: str = CHANNEL,
    thread: int = 0,
    person: str = "U1",
    asked_in: str = "",
) -> LedgerRecord:
    """Return a record: question *number*, asked at that second."""
    question = Question(
        QuestionId(f"{place}:{number}.0"),
        ThreadId(f"{place}:{thread or number}.0"),
        text,
        Principal(place.rpartition(":")[2], member=True),
        person=person,
        received_at=float(number),
        asked_in=asked_in,
    )
    feedback = tuple(
        Feedback(question.id, f"U{n}", verdict, "button") for n, verdict in enumerate(votes, 10)
    )
    return LedgerRecord(question, answer, question.received_at, feedback=feedback)


def label(
    number: int,
    verdict: LabelVerdict,
    correction: str = "",
    person: str = "U9",
    place: str = CHANNEL,
) -> Label:
    return Label(f"{place}:{number}.0", verdict, person, float(number), correction)


def selected(
    records: Sequence[LedgerRecord],
    labels: Sequence[Label] = (),
    kind: ExampleKind = "chat",
    **changes: Any,
) -> Selection:
    """Select rows; everything is open and readable, and all rows are for training."""
    made = chat_examples if kind == "chat" else preference_examples
    examples, left_out = made(judged_records(records, labels))
    terms: dict[str, Any] = {
        "guard": LicenceGuard("Qwen/Qwen3-8B", "internal"),
        "opened": {CHANNEL: 0.0},
        "readable": frozenset({"docs/leave.md", "docs/kisoku.md"}),
        "validation": 0.0,
    }
    done = select(examples, SelectionTerms(**(terms | changes)))
    done.left_out += left_out
    return done

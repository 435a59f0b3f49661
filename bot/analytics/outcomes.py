"""Outcomes of questions, as far as metrics and gaps need them: a year fits in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.types import QuestionId
from knowledge.model.types import Principal


@dataclass(frozen=True, slots=True)
class AnsweredDocument:
    """A document that was cited or came close."""

    id: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class HandoffOutcome:
    """A question with its outcome.

    Attributes:
        asker: The readers of the answer.
        at: When it was asked, in seconds since the epoch.
        owner: The expert for its subject, "" if unknown.
        documents: The cited documents; for a hand-over, the closest ones.
        cost_usd: Cost in US dollars, None if unknown.
        priced: Whether it has a cost, known or not: whether the agent worked on it.
        up: Number of 👍.
        down: Number of 👎.
        unsourced: Whether somebody reported a missing source.
    """

    id: QuestionId
    text: str
    asker: Principal
    person: str
    at: float
    status: str
    owner: str = ""
    documents: tuple[AnsweredDocument, ...] = ()
    cost_usd: float | None = None
    priced: bool = True
    up: int = 0
    down: int = 0
    unsourced: bool = False


def outcome_of(record: Mapping[str, Any]) -> HandoffOutcome:
    """Read a record of the ledger."""
    question, answer, feedback = record["question"], record["answer"], record["feedback"]
    votes = Counter(vote["verdict"] for vote in feedback)
    return HandoffOutcome(
        id=QuestionId(str(question["id"])),
        text=str(question["text"]),
        asker=_principal(question["asker"]),
        person=str(question["person"]),
        at=float(question["received_at"] or record["recorded_at"]),
        status=str(answer["status"]),
        owner=str(answer["owner"]),
        documents=documents_of(answer["citations"]),
        cost_usd=None if answer["cost_usd"] is None else float(answer["cost_usd"]),
        priced=answer["termination_reason"] != "budget",
        up=votes["up"],
        down=votes["down"],
        unsourced=any(vote.get("reason") == "missing_source" for vote in feedback),
    )


def wording(text: str) -> str:
    """Return the normal form of a text: without case, spaces and the last punctuation mark."""
    return " ".join(text.lower().split()).rstrip("?？。.！! ")


def _principal(data: Mapping[str, Any]) -> Principal:
    return Principal(str(data["id"]), member=bool(data["member"]), groups=frozenset(data["groups"]))


def documents_of(citations: Iterable[Mapping[str, Any]]) -> tuple[AnsweredDocument, ...]:
    """Return each document once, in the order of the citations."""
    known = dict[str, AnsweredDocument]()
    for item in citations:
        document_id = str(item["document_id"])
        known.setdefault(
            document_id, AnsweredDocument(document_id, str(item["title"]), str(item["url"]))
        )
    return tuple(known.values())

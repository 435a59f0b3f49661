"""Outcomes of questions, as far as metrics and gaps need them: a year fits in memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.agent.chat_model import QUOTES_ONLY
from bot.core.types import Citation, QuestionId
from bot.records.ledger import LedgerRecord
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
        documents: The cited documents; for a handoff, the closest ones.
        cost_usd: Cost in US dollars, None if unknown; 0 without a model.
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


def outcome_of(record: LedgerRecord) -> HandoffOutcome:
    """Return what became of the question of *record*."""
    question, answer = record.question, record.answer
    votes = Counter(vote.verdict for vote in record.feedback)
    return HandoffOutcome(
        id=question.id,
        text=question.text,
        asker=question.asker,
        person=question.person,
        at=question.received_at or record.at,
        status=answer.status,
        owner=answer.owner,
        documents=documents_of(answer.citations),
        cost_usd=0.0 if answer.model == QUOTES_ONLY else answer.cost_usd,
        priced=answer.termination_reason != "budget",
        up=votes["up"],
        down=votes["down"],
        unsourced=any(vote.reason == "missing_source" for vote in record.feedback),
    )


def wording(text: str) -> str:
    """Return the normal form of a text: without case, spaces and the last punctuation mark."""
    return " ".join(text.lower().split()).rstrip("?？。.！! ")


def documents_of(citations: Iterable[Citation]) -> tuple[AnsweredDocument, ...]:
    """Return each document once, in the order of the citations."""
    known = dict[str, AnsweredDocument]()
    for one in citations:
        document = AnsweredDocument(one.document_id, one.title, one.url)
        known.setdefault(document.id, document)
    return tuple(known.values())

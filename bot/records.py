"""Questions and answers as plain JSON data, for the inbox, the ledger and `--json`."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from bot.agent.confidence import explained
from bot.types import Answer, Question

_question: TypeAdapter[Question] = TypeAdapter(Question)
_answer: TypeAdapter[Answer] = TypeAdapter(Answer)


def question_data(question: Question) -> dict[str, Any]:
    """Return *question* as JSON data."""
    data: dict[str, Any] = _question.dump_python(question, mode="json", exclude={"files"})
    return data


def question_from(data: Mapping[str, object]) -> Question:
    """Rebuild a question from `question_data`."""
    return _question.validate_python(dict(data))


def answer_json(answer: Answer) -> str:
    """Return *answer* as a JSON text."""
    return _answer.dump_json(answer).decode()


def answer_from(text: str | bytes) -> Answer:
    """Rebuild an answer from `answer_json`."""
    return _answer.validate_json(text)


def answer_of(data: object) -> Answer:
    """Rebuild an answer from `answer_data`."""
    return _answer.validate_python(data)


def answer_data(answer: Answer) -> dict[str, Any]:
    """Return *answer* as JSON data."""
    data: dict[str, Any] = _answer.dump_python(answer, mode="json")
    return data


def answer_from_data(data: Mapping[str, object]) -> Answer:
    """Rebuild an answer from `answer_data`."""
    return _answer.validate_python(dict(data))


def public_answer(answer: Answer) -> dict[str, Any]:
    """Return what `kotae ask --json` prints: the outside contract, in its own words."""
    return {
        "status": answer.status,
        "answer": answer.text,
        "citations": [
            {
                "n": citation.number,
                "title": citation.title,
                "url": citation.url,
                "quote": citation.quote,
                "document_id": citation.document_id,
            }
            for citation in answer.citations
        ],
        "confidence": answer.confidence,
        "steps": [
            {
                "tool": step.tool,
                "arguments": dict(step.arguments),
                "passages": list(step.passages),
                "error": step.error,
            }
            for step in answer.steps
        ],
        "termination_reason": answer.termination_reason,
        "usage": {
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "cached_tokens": answer.usage.cached_tokens,
            "calls": answer.usage.calls,
        },
        "cost_usd": answer.cost_usd,
        "latency_ms": answer.latency_ms,
        "model": answer.model,
        # More than the contract asks for: why the confidence is what it is, and what was kept back.
        "confidence_reason": explained(answer.features, "en"),
        "features": {name: round(value, 4) for name, value in answer.features.items()},
        "draft": answer.draft,
        "withheld": answer.withheld,
    }

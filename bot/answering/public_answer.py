"""An answer as JSON for programs."""

from typing import Any

from bot.agent.confidence import explained
from bot.core.types import Answer


def public_answer(answer: Answer) -> dict[str, Any]:
    """Return the output of `kotae ask --json`, which is a contract with other programs."""
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
        "confidence": answer.confidence if answer.calibrated else None,
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
        "late_since": answer.late_since or None,
    }

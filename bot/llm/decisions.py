"""OpenAI's Decisions endpoint as a judge: one probability a sentence, no text, little money.

https://developers.openai.com/api/docs: `decisions.create`, questions of the type `predicate`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from bot.agent.evidence import visible
from bot.agent.verifier import Claim, ClaimVerdict, Verification
from bot.core.types import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.decision import Answer, Decision

MODEL = "gpt-6-luna"
"""The only model that the endpoint supports."""

SUPPORTED, UNSUPPORTED = 0.8, 0.2
"""Probabilities from which on a sentence is carried, and up to which it is not."""

_log = structlog.get_logger(__name__)


class DecisionsVerifier:
    """Asks for the probability that each sentence is carried by its passages."""

    def __init__(self, client: "AsyncOpenAI") -> None:
        self._client = client

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        from openai import OpenAIError

        passages = list(dict.fromkeys(passage for claim in claims for passage in claim.evidence))
        told = "\n\n".join(
            f"Passage {number} ({visible(passage.title)}"
            f"{f', {passage.date.isoformat()}' if passage.date else ''}):\n{visible(passage.text)}"
            for number, passage in enumerate(passages, 1)
        )
        try:
            decision: Decision = await self._client.decisions.create(
                model=MODEL,
                input=told,
                questions=[
                    {"type": "predicate", "instructions": _predicate(claim)} for claim in claims
                ],
            )
        except OpenAIError as error:
            _log.warning("the decisions endpoint cannot be asked", error=type(error).__name__)
            return Verification(tuple(ClaimVerdict("unsure") for _ in claims))
        usage = Usage(decision.usage.input_tokens, decision.usage.output_tokens, 0, 1)
        return Verification(tuple(map(_verdict, decision.answers)), usage)


def _predicate(claim: Claim) -> str:
    return f"The passages say this, in these or other words, and nothing against it: {claim.text}"


def _verdict(answer: "Answer") -> ClaimVerdict:
    if answer.type != "predicate":
        return ClaimVerdict("unsure")
    if answer.probability >= SUPPORTED:
        return ClaimVerdict("supported")
    if answer.probability <= UNSUPPORTED:
        return ClaimVerdict("unsupported", "the passages do not say this")
    return ClaimVerdict("unsure")

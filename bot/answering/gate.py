"""The gate: the only place that decides whether a draft is shown.

With a valid certificate an answer is shown at or above its threshold, in every channel that shows
answers at all. Without one the channel's policy decides: `certified` shows nothing that is not
proven, `best-effort` shows what stands on its evidence, `draft` shows nothing to anybody but the
expert. What was not put to the bot is answered as `certified`, whatever the channel's policy.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.agent import texts as agent_texts
from bot.answering import texts
from bot.core.language import Language
from bot.core.types import Answer, Policy, Question, Withheld
from bot.evaluation.certificate import Certificate, CertificateError, validity


class AnswerPolicies(Protocol):
    """The answer policy of each channel."""

    async def of(self, place: str) -> Policy:
        """Return the policy of *place*, an id of who reads there (`Principal.id`)."""
        ...


HeldCertificate = Callable[[], Awaitable[Certificate | None]]
"""Reads the certificate as it is now; None for none."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Gate:
    """Shows a draft, or keeps it for the expert.

    Attributes:
        policies: What each channel wants.
        certificate: Reads the certificate as it is now, None for none.
        fingerprint: Says what is running now, as certificates name it.
        least: Confidence below which nothing is shown, whatever else holds; None for none.
    """

    policies: AnswerPolicies
    certificate: HeldCertificate
    fingerprint: Callable[[], str]
    least: float | None = None

    async def passed(self, question: Question, answer: Answer) -> Answer:
        """Return *answer*, or the handoff that replaces it."""
        if answer.status != "answered":
            return answer
        policy = await self.policies.of(question.asker.id)
        if question.unaddressed and policy == "best-effort":
            policy = "certified"
        floor = await self._floor()
        reason: Withheld = ""
        if policy == "draft":
            reason = "draft_only"
        elif (answer.confidence or 0.0) < max(floor or 0.0, self.least or 0.0):
            reason = "below_threshold"
        elif floor is None and policy == "certified":
            reason = "not_certified"
        answer = replace(answer, calibrated=floor is not None)
        return _withheld(question, answer, reason) if reason else answer

    async def certified(self) -> bool:
        """Tell whether a certificate holds at this moment."""
        return await self._floor() is not None

    async def standing(self, language: Language) -> str:
        """Return one line for operators: whether answers are certified, and why not."""
        if reason := await self.lapsed():
            return texts.INVALID_CERTIFICATE.to(language, reason=reason)
        certificate = await self.certificate()
        if certificate is None:
            return texts.NO_CERTIFICATE.to(language)
        return texts.CERTIFICATE.to(language, promise=certificate.promise(language))

    async def lapsed(self) -> str | None:
        """Return why the certificate does not hold, "" while it does; None where there is none."""
        try:
            certificate = await self.certificate()
        except CertificateError as error:
            return str(error)
        return validity(certificate, self.fingerprint()) if certificate else None

    async def _floor(self) -> float | None:
        """Return the least confidence that is shown; None where no certificate holds."""
        try:
            certificate = await self.certificate()
        except CertificateError as error:
            _log.error("certificate_unreadable", reason=str(error))
            return None
        if certificate is None:
            return None
        if reason := validity(certificate, self.fingerprint()):
            _log.warning("certificate_invalid", reason=reason)
            return None
        return certificate.floor


def _withheld(question: Question, answer: Answer, reason: Withheld) -> Answer:
    text = agent_texts.handed_over(
        question.reply_language,
        closest=answer.citations,
        owner=answer.owner,
        withheld=True,
    )
    return replace(answer, status="handed_over", text=text, draft=answer.text, withheld=reason)

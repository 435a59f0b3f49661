"""The certificate: the confidence above which enough answers are proven to be right."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import BotError
from bot.core.language import Language
from bot.evaluation import texts
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.shared_value import SharedValue

PARTS = ("model", "prompts", "index", "score")
"""The parts of a fingerprint, in the order in which changes are reported."""

_CHANGED = {
    "model": "the model was changed",
    "prompts": "the prompts were changed",
    "index": "the way documents are indexed was changed",
    "score": "the confidence score was changed",
}


class CertificateError(BotError):
    """The certificate is damaged; nothing is certified until there is a new one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The result of a calibration, and its changes since then.

    Attributes:
        threshold: Answers with at least this confidence may be shown.
        accuracy: The proven share of right answers among those shown, 0..1.
        confidence: Confidence of the proof, 1 - delta, 0..1.
        coverage: Share of all calibration questions whose answer was shown, 0..1.
        labels: Shown answers that people had judged.
        errors: How many of them were wrong.
        fingerprint: Fingerprint of the measured system; see `fingerprint`.
        created_at: Seconds since the epoch.
        proven: Higher thresholds that passed the same test, and `threshold`.
        raised_to: Threshold after alarms, None without an alarm.
        withdrawn: Why it no longer holds, "" while it does.
    """

    threshold: float
    accuracy: float
    confidence: float
    coverage: float
    labels: int
    errors: int
    fingerprint: str
    created_at: float
    proven: tuple[float, ...] = ()
    raised_to: float | None = None
    withdrawn: str = ""

    @property
    def floor(self) -> float:
        """The lowest confidence of an answer that is shown now."""
        return self.threshold if self.raised_to is None else max(self.threshold, self.raised_to)

    def promise(self, language: Language = "en") -> str:
        """Return the guarantee in one sentence."""
        return texts.PROMISE.to(
            language,
            floor=self.floor,
            accuracy=f"{100 * self.accuracy:g}",
            sure=f"{100 * self.confidence:g}",
            labels=self.labels,
            errors=self.errors,
            share=f"{100 * self.coverage:.0f}",
        )


def fingerprint(*, model: str, prompts: str, index: str, score: str) -> str:
    """Return the fingerprint of a system: one line in which `validity` finds what changed.

    Args:
        model: Name of the chat model, with its version.
        prompts: Hash of the prompts.
        index: How documents are parsed, chunked, embedded and weighted; not which documents.
        score: Version of the confidence score.
    """
    return json.dumps([model, prompts, index, score], ensure_ascii=False)


def validity(certificate: Certificate, current: str) -> str:
    """Return "" if *certificate* holds for the *current* fingerprint, else the reason in words."""
    if certificate.withdrawn:
        return f"it was withdrawn: {certificate.withdrawn}"
    if certificate.fingerprint == current:
        return ""
    before, now = json.loads(certificate.fingerprint), json.loads(current)
    changed = [
        _CHANGED[part] for part, old, new in zip(PARTS, before, now, strict=True) if old != new
    ]
    return ", ".join(changed)


class CertificateStore:
    """Keeps one certificate on Redis, so that it holds for all processes or for none."""

    def __init__(
        self,
        client: RedisClient,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._value = SharedValue(client, f"{key_root(client)}:certificate")
        self._clock = clock

    async def load(self) -> Certificate | None:
        """Return the certificate, valid or not, or None when there is none.

        Raises:
            CertificateError: when it is damaged.
            RedisUnavailableError: nobody can say what is certified.
        """
        return _read(await self._value.read())

    async def save(self, certificate: Certificate) -> None:
        """Replace the certificate."""
        text = _written(certificate)
        await self._value.change(lambda _: text)

    async def raise_to(self, threshold: float) -> None:
        """Raise the threshold to *threshold*; without a certificate, do nothing."""
        await self._change(
            lambda one: replace(one, raised_to=max(threshold, one.floor)) if one else None
        )

    async def withdraw(self, reason: str) -> None:
        """Withdraw the certificate; the first reason stays."""
        when = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))

        def withdrawn(one: Certificate | None) -> Certificate | None:
            return (
                replace(one, withdrawn=f"{reason} ({when})") if one and not one.withdrawn else one
            )

        await self._change(withdrawn)

    async def _change(self, edit: Callable[[Certificate | None], Certificate | None]) -> None:
        def edited(text: str) -> str:
            present = _read(text)
            changed = edit(present)
            if changed == present or changed is None:
                return text
            # What a later version of the program has added is kept.
            return json.dumps(json.loads(text) | asdict(changed), ensure_ascii=False)

        await self._value.change(edited)


def _written(certificate: Certificate) -> str:
    return json.dumps(asdict(certificate), ensure_ascii=False)


def _read(text: str) -> Certificate | None:
    try:
        return _stored.validate_json(text) if text else None
    except ValidationError:
        raise CertificateError(
            "the certificate is damaged: run `kotae eval calibrate` again"
        ) from None


_stored: TypeAdapter[Certificate] = TypeAdapter(Certificate)

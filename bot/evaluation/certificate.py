"""The certificate: the confidence above which enough answers are proven to be right."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import BotError
from bot.core.language import Language
from bot.evaluation import texts

PARTS = ("model", "prompts", "index", "score")
"""The parts of a fingerprint, in the order in which changes are reported."""

_CHANGED = {
    "model": "the model was changed",
    "prompts": "the prompts were changed",
    "index": "the way documents are indexed was changed",
    "score": "the confidence score was changed",
}


class CertificateError(BotError):
    """The certificate's file is damaged; nothing is certified until it is repaired."""


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
    """Keeps one certificate in a file, which is replaced atomically.

    Args:
        folder: The data folder; the file in it is `certificate.json`.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = folder / "certificate.json"
        self._clock = clock

    def load(self) -> Certificate | None:
        """Return the certificate, valid or not, or None when there is none.

        Raises:
            CertificateError: when the file is damaged.
        """
        try:
            return _stored.validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            raise CertificateError(
                f"{self.path} is damaged: run `kotae eval calibrate` again, or remove it"
            ) from None

    def save(self, certificate: Certificate) -> None:
        """Replace the certificate."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        written = self.path.with_suffix(f".{os.getpid()}.tmp")
        text = json.dumps(asdict(certificate), ensure_ascii=False, indent=2)
        written.write_text(text + "\n", encoding="utf-8")
        written.replace(self.path)

    def raise_to(self, threshold: float) -> None:
        """Raise the threshold to *threshold*; without a certificate, do nothing."""
        if certificate := self.load():
            self.save(replace(certificate, raised_to=max(threshold, certificate.floor)))

    def withdraw(self, reason: str) -> None:
        """Withdraw the certificate; the first reason stays."""
        certificate = self.load()
        if certificate and not certificate.withdrawn:
            when = time.strftime("%Y-%m-%d", time.gmtime(self._clock()))
            self.save(replace(certificate, withdrawn=f"{reason} ({when})"))


_stored: TypeAdapter[Certificate] = TypeAdapter(Certificate)

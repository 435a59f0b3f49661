"""The interface of a layer of grounding."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.core.types import Usage
from knowledge.model.types import Passage


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft, without its markers, and the passages that have to support it."""

    text: str
    evidence: tuple[Passage, ...]

    @property
    def said(self) -> str:
        """The whole text of the evidence, titles and dates included."""
        return "\n".join(map(_said, self.evidence))


def _said(passage: Passage) -> str:
    date = passage.date.isoformat() if passage.date else ""
    return "\n".join([passage.title, *passage.headings, date, passage.text])


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """The verdict on a claim; the model reads the reason of a rejection."""

    finding: Literal["supported", "unsupported", "contradicted", "unsure"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """One verdict for each claim, in order, and the tokens used."""

    verdicts: tuple[ClaimVerdict, ...]
    usage: Usage = field(default_factory=Usage)


class Verifier(Protocol):
    """One layer of grounding. Layers are asked in turn, each about what is still open."""

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        """Judge each of *claims*; `unsure` leaves it to the next layer.

        It never fails: what cannot be asked is unsure.
        """
        ...

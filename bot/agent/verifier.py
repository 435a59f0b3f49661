"""One layer of grounding, as the agent sees it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bot.core.types import Usage
from knowledge.model.types import Passage


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft, without its marks, and the passages that have to carry it."""

    text: str
    evidence: tuple[Passage, ...]

    @property
    def said(self) -> str:
        """Everything that the evidence says, titles and dates included."""
        return "\n".join(map(_said, self.evidence))


def _said(passage: Passage) -> str:
    date = passage.date.isoformat() if passage.date else ""
    return "\n".join([passage.title, *passage.headings, date, passage.text])


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """What a verifier thinks of a claim; the reason is told to the model when it is a bad one."""

    finding: Literal["supported", "unsupported", "contradicted", "unsure"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """One verdict a claim, in their order, and the tokens that they cost."""

    verdicts: tuple[ClaimVerdict, ...]
    usage: Usage = field(default_factory=Usage)


class Verifier(Protocol):
    """One layer of grounding. Layers are asked in turn, each about what is still open."""

    async def verify(self, claims: Sequence[Claim]) -> Verification:
        """Judge each of *claims*; `unsure` leaves it to the next layer.

        It never fails: what cannot be asked is unsure.
        """
        ...

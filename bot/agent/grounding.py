"""Checks in layers that each sentence of an answer is supported by the passages it cites."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.agent.verifier import Claim, ClaimVerdict, Verifier
from bot.core.types import Usage
from bot.text import citation_markers
from knowledge.model.types import Passage
from knowledge.text.highlight import Span, sentences

MOST_REMOVED = 0.5
"""Share of the sentences that may be rejected; with more, the answer is withheld."""

UNSURE = ClaimVerdict("unsure")
_LEADING_MARKS = re.compile(r"(?:\s*\[[0-9]{1,3}\])+")
_EMPTY_ITEM = re.compile(r"[^\S\n]*+(?:(?:[-*+・>#]++|[0-9]{1,3}[.)])[^\S\n]*+)?\n?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, its position, and the verdict on it."""

    span: Span
    claim: Claim
    verdict: ClaimVerdict = UNSURE

    @property
    def rejected(self) -> bool:
        """Whether it must not be shown."""
        return self.verdict.finding in {"unsupported", "contradicted"}


@dataclass(frozen=True, slots=True)
class GroundingResult:
    """What the verifiers made of an answer, and what they used."""

    sentences: tuple[Sentence, ...]
    usage: Usage = field(default_factory=Usage)

    @property
    def rejected(self) -> tuple[Sentence, ...]:
        """The sentences that must not be shown."""
        return tuple(one for one in self.sentences if one.rejected)

    @property
    def supported(self) -> int:
        """The number of sentences that are supported beyond doubt."""
        return sum(one.verdict.finding == "supported" for one in self.sentences)

    @property
    def spoilt(self) -> bool:
        """Whether too many sentences are rejected for the rest to be an answer."""
        return len(self.rejected) > MOST_REMOVED * len(self.sentences)

    def features(self) -> dict[str, float]:
        """Describe the answer for its confidence; what was removed counts against it."""
        total, removed = len(self.sentences), len(self.rejected)
        if not total:
            return {}
        return {
            "sentences": total,
            "supported": self.supported,
            "removed": removed,
            "support": self.supported / total,
            "removed_share": removed / total,
        }


async def examine(
    answer: str, passages: Mapping[int, Passage], verifiers: Sequence[Verifier]
) -> GroundingResult:
    """Ask *verifiers* in turn about the sentences of *answer* that are still open.

    A sentence without marks is held against all passages that the answer cites. A line that only
    leads in ("There are 3 ways:") is no claim.

    Args:
        answer: Text with normalised marks (`[1][2]`).
        passages: The evidence by number.
        verifiers: The layers, cheapest first.
    """
    found, usage = list(_claims(answer, passages)), Usage()
    for verifier in verifiers:
        still = [place for place, one in enumerate(found) if one.verdict.finding == "unsure"]
        if not still:
            break
        judgement = await verifier.verify([found[place].claim for place in still])
        usage += judgement.usage
        for place, verdict in zip(still, judgement.verdicts, strict=True):
            found[place] = replace(found[place], verdict=verdict)
    return GroundingResult(tuple(found), usage)


def _claims(answer: str, passages: Mapping[int, Passage]) -> Iterator[Sentence]:
    everything = tuple(passages[n] for n in citation_markers.numbers_in(answer) if n in passages)
    for span in _with_marks(answer):
        marked = answer[span.start : span.end]
        sentence = citation_markers.stripped(marked)
        cited = tuple(passages[n] for n in citation_markers.numbers_in(marked) if n in passages)
        if cited or not sentence.rstrip().endswith((":", "：")):
            yield Sentence(span, Claim(sentence, cited or everything))


def without(answer: str, rejected: Sequence[Sentence]) -> str:
    """Return *answer* without the *rejected* sentences and the list items they leave empty."""
    for item in sorted(rejected, key=lambda item: item.span, reverse=True):
        before, after = answer[: item.span.start], answer[item.span.end :]
        line = before.rpartition("\n")[2] + after.partition("\n")[0]
        if _EMPTY_ITEM.fullmatch(line):
            before, after = before.rpartition("\n")[0], after.partition("\n")[2]
            answer = f"{before}\n{after}" if before else after
        else:
            answer = before + after.lstrip(" 　")
    return answer.strip()


def _with_marks(answer: str) -> list[Span]:
    """Find the sentences; marks behind a full stop belong to the sentence before it."""
    spans = list[Span]()
    for span in sentences(answer):
        led = _LEADING_MARKS.match(answer, span.start, span.end)
        if not led or not spans:
            spans.append(span)
            continue
        spans[-1] = Span(spans[-1].start, led.end())
        rest = answer[led.end() : span.end].lstrip()
        if rest:
            spans.append(Span(span.end - len(rest), span.end))
    return spans

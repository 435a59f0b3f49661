"""Checks in layers that each sentence of an answer is supported by the passages it cites."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.agent.evidence import literal
from bot.agent.verification.overlap import overlap, substance
from bot.agent.verifier import Claim, ClaimVerdict, Verifier
from bot.core.types import Usage
from bot.text import citation_markers
from knowledge.model.types import Passage
from knowledge.text.highlight import Span, sentences

MOST_REMOVED = 0.5
"""Share of the sentences that may be rejected; with more, the answer is withheld."""

LEAST_MARKED, LEAST_SUBSTANCE = 1.5, 3.0
"""Words that say something, from which on a sentence gets a mark, and from which on it needs one:
"Yes, you can." states nothing that could be looked up, and stands as long as another one does."""

UNSURE = ClaimVerdict("unsure")
ASKS = ClaimVerdict("unsupported", "a question is no statement")
UNCARRIED = ClaimVerdict("unsupported", "it cites no passage")
_FULL_STOPS, _CLOSING = ".!?。．！？", "\"'」』）)*_"
_LEADING_MARKS = re.compile(r"(?:\s*\[[0-9]{1,3}\])+")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_PARAGRAPH = re.compile(r"\n(?!\s*[>|])")
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

    A sentence without marks is held against all passages that the answer cites, if a mark behind
    it can be meant for it; else it is left out. A line that only leads in ("There are 3 ways:") is
    no claim.

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


async def with_marks(
    answer: str,
    passages: Mapping[int, Passage],
    verifiers: Sequence[Verifier],
    otherwise: Sequence[int] = (),
) -> str:
    """Mark each statement of *answer* with the passage that carries it, where its own does not.

    A mark behind a statement in its paragraph is its mark, too.

    Args:
        answer: Text with normalised marks.
        passages: The evidence by number.
        verifiers: Layers that need no model.
        otherwise: Numbers that the model gives for the whole answer, for what none carries.
    """
    written = answer
    spans = _with_marks(answer)
    for span, marked in reversed([*zip(spans, _covered(answer, spans), strict=True)]):
        sentence = answer[span.start : span.end]
        if _leads_in(sentence) or substance(sentence) < LEAST_MARKED:
            continue
        own = [passages[n] for n in citation_markers.numbers_in(sentence) if n in passages]
        sentence = citation_markers.stripped(sentence)
        if marked and not (own and await _finding(sentence, own, verifiers) == "unsupported"):
            continue
        number = await _carrier(sentence, passages, verifiers)
        if marks := [number] if number else [] if marked else list(otherwise):
            written = written[: span.start] + _marked(sentence, marks) + written[span.end :]
    return written


def _covered(answer: str, spans: Sequence[Span]) -> list[bool]:
    """Tell of each sentence whether it has a mark, or one behind it in its paragraph has.

    A quotation or a table is one paragraph. Code has no marks.
    """
    code = [Span(*found.span()) for found in _CODE.finditer(answer)]
    found, later, start = list[bool](), False, len(answer)
    for span in reversed(spans):
        later = later and not _PARAGRAPH.search(answer, span.end, start)
        later = later or bool(citation_markers.numbers_in(answer[span.start : span.end]))
        found.append(later or any(one.start <= span.start < one.end for one in code))
        start = span.start
    return found[::-1]


def _asks(sentence: str, evidence: Sequence[Passage]) -> bool:
    """Tell whether *sentence* is a question that is not quoted: small models repeat the asker's."""
    if not sentence.rstrip().endswith(("?", "？")):
        return False
    return not any(literal(sentence) in literal(passage.text) for passage in evidence)


def _leads_in(sentence: str) -> bool:
    return sentence.rstrip().endswith((":", "："))


def _states(sentence: str) -> bool:
    """Tell whether *sentence* says something that a passage could carry."""
    if _leads_in(sentence):
        return False
    return substance(sentence) >= LEAST_SUBSTANCE or any(map(str.isdigit, sentence))


async def _carrier(
    sentence: str, passages: Mapping[int, Passage], verifiers: Sequence[Verifier]
) -> int | None:
    """Return the number of the passage that carries *sentence* best, or None."""
    best = {
        number: overlap(sentence, Claim(sentence, (passage,)).said)
        for number, passage in passages.items()
        if await _finding(sentence, [passage], verifiers) == "supported"
    }
    return max(best, key=best.__getitem__) if best else None


async def _finding(
    sentence: str, passages: Sequence[Passage], verifiers: Sequence[Verifier]
) -> str:
    """Return what the first layer that can tell says of *sentence* and *passages*."""
    claim = Claim(sentence, tuple(passages))
    for verifier in verifiers:
        finding = (await verifier.verify([claim])).verdicts[0].finding
        if finding != "unsure":
            return finding
    return "unsure"


def _marked(sentence: str, numbers: Sequence[int]) -> str:
    """Put marks before the full stop of *sentence*."""
    place = len(sentence.rstrip().rstrip(_CLOSING).rstrip(_FULL_STOPS))
    space = " " if sentence[:place].isascii() else ""
    marks = "".join(f"[{number}]" for number in numbers)
    return f"{sentence[:place]}{space}{marks}{sentence[place:]}"


def _claims(answer: str, passages: Mapping[int, Passage]) -> Iterator[Sentence]:
    everything = tuple(passages[n] for n in citation_markers.numbers_in(answer) if n in passages)
    spans = _with_marks(answer)
    for span, covered in zip(spans, _covered(answer, spans), strict=True):
        marked = answer[span.start : span.end]
        sentence = citation_markers.stripped(marked)
        cited = tuple(passages[n] for n in citation_markers.numbers_in(marked) if n in passages)
        if _asks(sentence, cited or everything):
            yield Sentence(span, Claim(sentence, cited or everything), ASKS)
        elif not covered and _states(sentence):
            yield Sentence(span, Claim(sentence, everything), UNCARRIED)
        elif cited or not _leads_in(sentence):
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

"""Finds the sentences of a Markdown text, and the best answer to a question among them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import NamedTuple

from knowledge.text.analysis import token_set

Analyse = Callable[[Sequence[str]], Sequence[AbstractSet[str]]]
"""Returns the distinct tokens of each sentence, in order."""

_NEIGHBOUR_SHARE = 0.3
"""Share of an adjacent sentence's additional coverage that counts for a sentence."""

_PAIR_GAIN = 0.2
"""Additional coverage, 0..1, that makes two adjacent sentences better than one."""

_WRAPPED_LINE = 40
"""Characters from which a line of English may continue in the next line."""

_MARKS = re.compile(
    r"\s*(?:>\s*)*(?:\#{1,6}\s+|(?:[-*+・•]|\(?\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?|(?=\|))?"
)
_NO_CONTENT = re.compile(r"[\s|:=*_~`+-]*|\s*```.*")
_RULE = re.compile(r"[ \t]{0,8}\|?[ \t]{0,8}:?-{1,200}:?[ \t]{0,8}(?:\||\n|$)")
_LONGEST_RULE = 300
LABEL = re.compile(r"(\*\*|__)[^*_\d\n:：.。!！?？]{1,80}\1")
"""A line in bold without a value: what folds out on a page has its name above it."""

_CODE_BELOW = re.compile(r"[ \t]{0,8}\n\s{0,8}(`{3,9}|~{3,9})")
_BLOCK_START = re.compile(r"\s*(?:[>|#・•]|[-*+]\s|\(?\d{1,3}[.)]\s|```)")
_LINE = re.compile(r"[^\r\n]+")

_UNSPACED = r"\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_EAST_ASIAN = re.compile(rf"[{_UNSPACED}\u3000-\u3040]")
_OPENING = "「『（(【《[“"
_CLOSING = "」』）)】》]”"
_MARK = re.compile(
    rf"(?P<open>[{re.escape(_OPENING)}])|(?P<close>[{re.escape(_CLOSING)}])"
    rf"|(?P<end>[。．！？｡!?.…]+[{re.escape(_CLOSING)}\"'*_]*)"
)
_CONTINUES = re.compile(rf"[、，,\u3041-\u309f{re.escape(_CLOSING)}]")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“])(?:[A-Za-z]|(?:[A-Za-z]\.)+[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Mt|No|Nos|Fig"
    r"|Figs|Eq|Sec|Ch|Vol|Ver|Art|Gen|Gov|Sen|Rep|Lt|Col|Capt|vs|etc|cf|al|approx|dept|ext|tel"
    r"|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$",
)
_CONTINUES_ENGLISH = re.compile(r"\s+[a-z,;]")


class Span(NamedTuple):
    """A span of a text: characters `start` to `end` (exclusive)."""

    start: int
    end: int


class _Candidate(NamedTuple):
    """A sentence, the question's tokens in it, and their share of the weight (0..1)."""

    span: Span
    tokens: AbstractSet[str]
    coverage: float


def _token_sets(texts: Sequence[str]) -> list[frozenset[str]]:
    return [token_set(text) for text in texts]


def sentences(text: str) -> list[Span]:
    """Find the sentences of a Markdown *text*, in order, without surrounding white space.

    A heading, a list item or a table row ends with its line, and excludes its markup (`#`, `-`,
    `1.`). A sentence may continue over the lines of a wrapped English paragraph.
    """
    return [
        span
        for block in _blocks(text)
        for stretch in _split(text, block)
        if (span := _trimmed(text, stretch)).start < span.end
    ]


def highlight(
    text: str,
    weights: Mapping[str, float],
    analyse: Analyse = _token_sets,
) -> tuple[str, float]:
    """Choose the sentence of *text* that answers best, or two adjacent ones if clearly better.

    Args:
        text: A passage, in Markdown.
        weights: The question's tokens with their weights.
        analyse: Returns the distinct tokens of each sentence.

    Returns:
        The sentence, verbatim, and its share of the total weight, 0..1. Without any match, the
        first sentence and 0.
    """
    shares = _shares(weights)
    candidates = _candidates(text, shares, analyse)
    if not candidates:
        return "", 0.0
    scores = _scores(candidates, shares)
    best = max(range(len(candidates)), key=scores.__getitem__)
    span, coverage = candidates[best].span, candidates[best].coverage
    for first, second in pairwise(candidates[max(best - 1, 0) : best + 2]):
        together = _coverage(first.tokens | second.tokens, shares)
        if together >= coverage + _PAIR_GAIN and _same_paragraph(text, first.span, second.span):
            span, coverage = Span(first.span.start, second.span.end), together
    end = _with_code(text, span.end)
    return text[span.start : end], coverage


def _shares(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {token: weight / total for token, weight in weights.items()} if total > 0 else {}


def _candidates(text: str, shares: Mapping[str, float], analyse: Analyse) -> list[_Candidate]:
    spans = [
        span for span in sentences(text) if not (_is_header(text, span) or _is_label(text, span))
    ]
    candidates = []
    found = analyse([text[span.start : span.end] for span in spans])
    for span, sentence_tokens in zip(spans, found, strict=True):
        tokens = shares.keys() & sentence_tokens
        candidates.append(_Candidate(span, tokens, _coverage(tokens, shares)))
    return candidates


def _scores(candidates: Sequence[_Candidate], shares: Mapping[str, float]) -> list[float]:
    """Score each sentence by its coverage plus a share of what adjacent ones add."""
    gains = [0.0] * len(candidates)
    for index, (first, second) in enumerate(pairwise(candidates)):
        together = _coverage(first.tokens | second.tokens, shares)
        gains[index] += together - first.coverage
        gains[index + 1] += together - second.coverage
    return [
        min(candidate.coverage + _NEIGHBOUR_SHARE * gain, 1.0)
        for candidate, gain in zip(candidates, gains, strict=True)
    ]


def _coverage(tokens: AbstractSet[str], shares: Mapping[str, float]) -> float:
    return min(sum(shares[token] for token in tokens), 1.0)


def _is_header(text: str, span: Span) -> bool:
    """Tell whether *span* is the header of a table: the names of values, and no value."""
    if not text.startswith("|", span.start):
        return False
    below = text[span.end : span.end + _LONGEST_RULE].lstrip(" \t").removeprefix("\n")
    return bool(_RULE.match(below))


def _is_label(text: str, span: Span) -> bool:
    """Tell whether *span* is a line in bold that only names what stands below it."""
    label = LABEL.fullmatch(text, span.start, span.end)
    return bool(label) and text[span.end : span.end + 1] == "\n" and bool(text[span.end :].strip())


def _with_code(text: str, end: int) -> int:
    """Return the end of the code that a sentence such as "Run this:" announces, else *end*."""
    if text[end - 1 : end] not in {":", "："}:
        return end
    code = _CODE_BELOW.match(text, end)
    closing = text.find(f"\n{code[1]}", code.end()) if code else -1
    return closing + 1 + len(code[1]) if code and closing >= 0 else end


def _same_paragraph(text: str, first: Span, second: Span) -> bool:
    gap = text[first.end : second.start]
    return not gap.strip() and "\n\n" not in gap


def _blocks(text: str) -> Iterator[Span]:
    """Yield the blocks of *text* within which a sentence may continue over a line end."""
    block: Span | None = None
    for line in _LINE.finditer(text):
        has_content = not _NO_CONTENT.fullmatch(line[0])
        if block and has_content and _wraps(text, block, line):
            block = Span(block.start, line.end())
            continue
        if block:
            yield block
        marks = _MARKS.match(line[0])
        start = line.start() + (marks.end() if marks else 0)
        block = Span(start, line.end()) if has_content else None
    if block:
        yield block


def _wraps(text: str, block: Span, line: re.Match[str]) -> bool:
    """Tell whether *line* continues the paragraph of *block*, which ends above it."""
    above = text[text.rfind("\n", 0, block.end) + 1 : block.end]
    return (
        text[block.end : line.start()].count("\n") == 1
        and len(above) >= _WRAPPED_LINE
        and not above.lstrip().startswith(("|", "#"))
        and not _BLOCK_START.match(line[0])
        and not _EAST_ASIAN.search(above[-1] + line[0].lstrip()[:1])
    )


def _split(text: str, block: Span) -> Iterator[Span]:
    """Split *block* after its full stops, except within brackets and abbreviations."""
    if text.startswith("|", block.start):
        yield block
        return
    stretch = text[block.start : block.end]
    nests = sum(map(stretch.count, _OPENING)) == sum(map(stretch.count, _CLOSING))
    start = depth = 0
    for mark in _MARK.finditer(stretch):
        if mark["open"]:
            depth += 1
            continue
        depth -= sum(map(mark[0].count, _CLOSING))
        if mark["end"] and (depth <= 0 or not nests) and _ends(stretch, start, mark):
            yield Span(block.start + start, block.start + mark.end())
            start = mark.end()
    yield Span(block.start + start, block.end)


def _ends(stretch: str, start: int, mark: re.Match[str]) -> bool:
    """Tell whether the sentence that begins at *start* ends with *mark*."""
    after = stretch[mark.end() : mark.end() + 3]
    closed = mark[0][-1] in _CLOSING
    if mark[0][0] in "。．！？｡…":
        return not (after[:1].isdigit() or (closed and _CONTINUES.match(after)))
    if after and not after[0].isspace():
        return mark[0][0] in "!?" and bool(_EAST_ASIAN.match(after)) and not _CONTINUES.match(after)
    if mark[0] == ".":
        ending = stretch[max(start, mark.end() - 12) : mark.end()]
        return not (_ABBREVIATION.search(ending) or _CONTINUES_ENGLISH.match(after))
    return not _CONTINUES_ENGLISH.match(after)


def _trimmed(text: str, span: Span) -> Span:
    content = text[span.start : span.end]
    start = span.start + len(content) - len(content.lstrip())
    return Span(start, max(start, span.start + len(content.rstrip())))

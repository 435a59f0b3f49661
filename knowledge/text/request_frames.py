"""Finds the subject within the frame that people put around it, by what a model has learned.

"My manager wants a summary of ... by tomorrow" has no words that a list could hold. What tells its
subject is where a sentence turns from talk to a thing, and back. A linear model weighs the words
and the classes of words on both sides of each place; it was trained on frames of both languages
around headings, and on plain questions, of which everything is the subject
(`benchmarks/answers/fit_frames.py`). A question is cut in words, or in characters if it has
Japanese.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from knowledge.text import english_requests, japanese_requests
from knowledge.text.analysis import STOP_WORDS, is_unspaced, words_of
from knowledge.text.phrases.data import words_in

_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_CHARACTER = re.compile(r"\S")
_LONGEST = 200
"""Characters of a question that are looked at; a longer one is no request for one subject."""

END = " \t\n?？!！。.…"
"""What ends a question, and says nothing of where its subject ends."""

_BRIDGES = frozenset(
    ("about", "regarding", "concerning", "on", "for", "with", "of", "to", "into", "re", "around")
)
_PERSONS = frozenset(
    words_of(
        """i we you me us my our your they he she anyone someone anybody somebody
        nobody everyone"""
    )
) | {"i'm", "i've", "we're"}
_QUESTION_WORDS = frozenset(("who", "what", "when", "where", "why", "which", "how", "whose"))

_SCRIPTS = (
    ("\u3041", "\u309f", "h"),
    ("\u30a1", "\u30ff", "k"),
    ("\u3400", "\u9fff", "K"),
)


_MOST_WRONG = 4
"""Tokens from which on an edge cannot be more wrong, in training."""


class TokenSpan(NamedTuple):
    """Tokens `start` to `end` (exclusive)."""

    start: int
    end: int


class Model(NamedTuple):
    """Weights of features, in hundredths.

    Attributes:
        known: Tokens that frames have; any other counts by its class alone.
        tokens: How much a token with a feature is before, in, or behind the subject.
        edges: How much a place with a feature is the subject's beginning, or its end.
    """

    known: frozenset[str]
    tokens: Mapping[str, Sequence[float]]
    edges: Mapping[str, Sequence[float]]


def subject_in(question: str) -> str:
    """Return the subject of *question*; all of it if nothing is said around it."""
    if len(question) > _LONGEST:
        return question
    question = question.rstrip(END)
    found = cut(question)
    if not found:
        return question
    tokens = [question[start:end] for start, end in found]
    start, end = best(_model("ja" if is_unspaced(question) else "en"), tokens)
    first, last = found[start][0], found[end - 1][1]
    before, subject, behind = question[:first], question[first:last], question[last:]
    return subject if _asks(before, subject, behind) else question


def _asks(before: str, subject: str, behind: str) -> bool:
    """Tell whether what stands around *subject* asks for it, and for nothing more."""
    if any(map(str.isdigit, before + behind)):
        return False
    if is_unspaced(before + behind):
        return japanese_requests.asks(before, subject, behind)
    return english_requests.asks(before, behind)


def cut(question: str) -> list[tuple[int, int]]:
    """Return where the tokens of *question* begin and end."""
    pattern = _CHARACTER if is_unspaced(question) else _WORD
    return [match.span() for match in pattern.finditer(question)]


def best(
    model: Model, tokens: Sequence[str], gold: TokenSpan | None = None, slack: float = 0.0
) -> TokenSpan:
    """Return the best span of the subject within *tokens*.

    Args:
        model: The weights.
        tokens: At least one.
        gold: In training, the right span.
        slack: In training, what a span is worth for each token by which an edge of it is wrong.
    """
    before, inside, behind, begins, ends = _scores(model, tokens)
    chosen, highest = TokenSpan(0, len(tokens)), float("-inf")
    start, leading = 0, float("-inf")
    for end in range(1, len(tokens) + 1):
        wrong = min(abs(end - 1 - gold.start), _MOST_WRONG) * slack if gold else 0.0
        lead = before[end - 1] - inside[end - 1] + begins[end - 1] + wrong
        if lead > leading:
            start, leading = end - 1, lead
        wrong = min(abs(end - gold.end), _MOST_WRONG) * slack if gold else 0.0
        score = leading + inside[end] + ends[end] + behind[-1] - behind[end] + wrong
        if score > highest:
            chosen, highest = TokenSpan(start, end), score
    return chosen


def _scores(model: Model, tokens: Sequence[str]) -> tuple[list[float], ...]:
    """Return the sums of the tokens' weights by role up to each place, and the edges' weights."""
    classes = classes_of(tokens)
    words = known_words(tokens, model.known)
    sums: tuple[list[float], ...] = ([0.0], [0.0], [0.0])
    for features in token_features(words, classes):
        found = [model.tokens[one] for one in features if one in model.tokens]
        for role, total in enumerate(sums):
            total.append(total[-1] + sum(weights[role] for weights in found))
    edges: tuple[list[float], ...] = ([], [])
    for features in edge_features(words, classes):
        found = [model.edges[one] for one in features if one in model.edges]
        for role, values in enumerate(edges):
            values.append(sum(weights[role] for weights in found))
    return (*sums, *edges)


def known_words(tokens: Sequence[str], known: frozenset[str]) -> list[str]:
    """Return *tokens* as features name them; `?` for those that are not *known*."""
    return [token.lower() if token.lower() in known else "?" for token in tokens]


def token_features(words: Sequence[str], classes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the features of each token."""
    for (w0, w1, w2), (c0, c1, c2) in zip(_windows(words, 3), _windows(classes, 3), strict=True):
        yield (
            f"w {w1}",
            f"c {c1}",
            f"w- {w0}",
            f"w+ {w2}",
            f"w-w {w0} {w1}",
            f"ww+ {w1} {w2}",
            f"c-cc+ {c0} {c1} {c2}",
        )


def edge_features(words: Sequence[str], classes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the features of the places between tokens, with the two ends."""
    for (w0, w1, w2, w3, w4, w5), (c0, c1, c2, c3, c4, c5) in zip(
        _windows(words, 6), _windows(classes, 6), strict=True
    ):
        yield (
            f"- {w2}",
            f"-- {w1} {w2}",
            f"--- {w0} {w1} {w2}",
            f"+ {w3}",
            f"++ {w3} {w4}",
            f"+++ {w3} {w4} {w5}",
            f"-+ {w2} {w3}",
            f"c--+ {c1} {c2} {c3}",
            f"c-++ {c2} {c3} {c4}",
            f"c-w+ {c2} {w3}",
            f"c--w {c0} {c1} {w2}",
            f"wc+ {w3} {c4} {c5}",
        )


def _windows(values: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield *size* neighbours around each value or, of an even size, around each place between."""
    beyond = size // 2
    padded = ["^"] * beyond + [*values] + ["$"] * beyond
    return zip(*(padded[start:] for start in range(size)), strict=False)


def classes_of(tokens: Sequence[str]) -> list[str]:
    """Return the class of each token: its part in a request, or its script."""
    if is_unspaced("".join(tokens)):
        return _classes_of_characters(tokens)
    return [_class_of_word(token) for token in tokens]


def _class_of_word(token: str) -> str:
    word = token.lower()
    root = word.partition("'")[0]
    if not token[0].isalnum():
        return "."
    marks = (
        ("r", not words_in("en", "requests").isdisjoint((word, root))),
        ("a", word in words_in("en", "around")),
        ("s", word in STOP_WORDS),
        ("q", root in _QUESTION_WORDS),
        ("b", word in _BRIDGES),
        ("p", word in _PERSONS),
        ("D", word.endswith("ed")),
        ("G", word.endswith("ing")),
        ("Y", word.endswith("ly")),
        ("C", token[0].isupper()),
        ("d", token.isdigit()),
    )
    return "".join(mark for mark, has in marks if has)


def _classes_of_characters(characters: Sequence[str]) -> list[str]:
    classes = list(map(_script, characters))
    text = "".join(characters)
    for section, mark in (("requests", "r"), ("words", "w")):
        for match in _any_of(section).finditer(text):
            for place in range(*match.span()):
                classes[place] += mark
    return classes


def _script(character: str) -> str:
    for first, last, name in _SCRIPTS:
        if first <= character <= last:
            return name
    return "d" if character.isdigit() else "l" if character.isalpha() else "."


@cache
def _any_of(section: str) -> re.Pattern[str]:
    longest_first = sorted(words_in("ja", section), key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)))


@cache
def _model(language: str) -> Model:
    data = json.loads((files("knowledge.text.phrases") / f"{language}.json").read_text("utf-8"))
    return Model(frozenset(data["known"]), data["tokens"], data["edges"])

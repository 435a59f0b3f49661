"""Documents that state different numbers for what looks like the same thing.

The check compares statements with numbers (sentences, list items, table rows) by their other words,
weighted by rarity, including the title and the headings above. A person decides which one is right.
If both titles name years, both may be right, each for its year.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from sys import intern

from knowledge.model.findings import Finding
from knowledge.model.types import Chunk
from knowledge.quality.corpus import CheckedDocument, Corpus
from knowledge.text.analysis import content_terms
from knowledge.text.highlight import sentences
from knowledge.text.numbers import NumberInText, numbers_in, without_numbers
from knowledge.text.years import without_years, years_in

_SAME_THING = 0.35
"""Weighted share of common words from which two statements are about the same thing."""

_SAME_THING_SAME_TIME = 0.6
"""The same for documents of about the same date, which seldom disagree."""

_SAME_TIME = 60
"""Maximum number of days between two documents of about the same date."""

_SAME_TITLE = 0.5
"""Share of common words from which two titles are the same, without their years."""

_KEYS = 4
"""Number of a statement's rarest words that serve as its keys, for each unit."""

_MAX_SHARED = 24
"""Statements per key above which a word is too common to identify a subject."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence with numbers: the row of its document, its values by unit, its other words."""

    document: int
    text: str
    values: Mapping[str, frozenset[str]]
    words: frozenset[str]


class ConflictCheck:
    """Finds pairs of documents with conflicting statements, the clearest first."""

    name = "conflicts"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        yield from conflicts(corpus.documents)


def conflicts(documents: Sequence[CheckedDocument]) -> Iterator[Finding]:
    """Yield the pairs of *documents* that conflict, or are editions of the same document."""
    statements = list(_statements(documents))
    counts = Counter(word for statement in statements for word in statement.words)
    weights = {word: math.log(1 + len(statements) / count) for word, count in counts.items()}
    found: dict[tuple[int, int], list[tuple[float, _Statement, _Statement]]] = defaultdict(list)
    for first, second in _candidates(statements, counts):
        if first.document != second.document and _differ(first, second):
            pair = (first.document, second.document)
            similarity = _similarity(first, second, weights)
            if similarity >= _least(*(documents[row] for row in pair)):
                found[pair].append((similarity, first, second))
    for (first_row, second_row), matches in found.items():
        older, newer = sorted((documents[first_row], documents[second_row]), key=_age)
        similarity, first, second = max(matches, key=lambda match: match[0])
        swapped = documents[first_row] is not older
        quotes = (second.text, first.text) if swapped else (first.text, second.text)
        yield Finding(
            "editions" if _are_editions(older, newer) else "conflict",
            (older.id, newer.id),
            {
                "dates": [str(checked.document.date or "") for checked in (older, newer)],
                "quotes": quotes,
                "count": len(matches),
            },
            rank=similarity,
        )


def _statements(documents: Sequence[CheckedDocument]) -> Iterator[_Statement]:
    for row, checked in enumerate(documents):
        above: dict[tuple[str, ...], frozenset[str]] = {}
        for chunk in checked.chunks:
            if not _DIGIT.search(chunk.text):
                continue
            if chunk.headings not in above:
                path = " ".join((checked.document.title, *chunk.headings))
                above[chunk.headings] = _words(without_years(path))
            for text in _sentences(chunk):
                values = _values(numbers_in(text))
                if values:
                    words = _words(without_numbers(text)) | above[chunk.headings]
                    yield _Statement(row, text, values, words)


def _sentences(chunk: Chunk) -> Iterator[str]:
    for span in sentences(chunk.text):
        text = chunk.text[span.start : span.end]
        if _DIGIT.search(text):
            yield text


def _words(text: str) -> frozenset[str]:
    return frozenset(map(intern, content_terms(text)))


def _values(numbers: Iterable[NumberInText]) -> dict[str, frozenset[str]]:
    """Group values by unit, without numbers that have none: they could mean anything."""
    values: dict[str, set[str]] = defaultdict(set)
    for value, unit in numbers:
        if unit:
            values[unit].add(value)
    return {unit: frozenset(group) for unit, group in values.items()}


def _candidates(
    statements: Sequence[_Statement], counts: Mapping[str, int]
) -> Iterator[tuple[_Statement, _Statement]]:
    """Yield each pair that shares a unit and one of its rarest words, once."""
    shared = sorted((count, word) for word, count in counts.items() if count > 1)
    rarity = {word: place for place, (_, word) in enumerate(shared)}
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, statement in enumerate(statements):
        rarest = sorted(statement.words & rarity.keys(), key=rarity.__getitem__)[:_KEYS]
        for unit in statement.values:
            for word in rarest:
                places[unit, word].append(number)
    seen: set[tuple[int, int]] = set()
    for group in places.values():
        if len(group) <= _MAX_SHARED:
            seen.update(combinations(group, 2))
    for first, second in sorted(seen):
        yield statements[first], statements[second]


def _differ(first: _Statement, second: _Statement) -> bool:
    """Tell whether they have a unit in common, and under it no value."""
    units = first.values.keys() & second.values.keys()
    return any(first.values[unit].isdisjoint(second.values[unit]) for unit in units)


def _similarity(first: _Statement, second: _Statement, weights: Mapping[str, float]) -> float:
    either = sum(weights[word] for word in first.words | second.words)
    both = sum(weights[word] for word in first.words & second.words)
    return round(both / either, 6) if either else 0.0


def _least(first: CheckedDocument, second: CheckedDocument) -> float:
    """Return the similarity from which statements of the two are about the same thing."""
    earlier, later = first.document.date, second.document.date
    if earlier and later and abs((earlier - later).days) <= _SAME_TIME:
        return _SAME_THING_SAME_TIME
    return _SAME_THING


def _age(checked: CheckedDocument) -> tuple[str, str]:
    return str(checked.document.date or ""), checked.id


def _are_editions(older: CheckedDocument, newer: CheckedDocument) -> bool:
    """Tell whether they are one document for two years, which their titles name."""
    titles = (older.document.title, newer.document.title)
    if not all(map(years_in, titles)):
        return False
    first, second = (_words(without_years(title)) for title in titles)
    return len(first & second) >= _SAME_TITLE * len(first | second)

"""Documents that state different values for one thing.

The check compares statements with values (sentences, list items) by their words; the rule of
`knowledge.text.statements` decides. Sentences of a template, whose values differ from document to
document, and documents about two things of one kind do not conflict. A person decides which value
is right. If both titles name years, both may be right, each for its year.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import PurePosixPath

from knowledge.model.findings import Finding
from knowledge.quality.corpus import CheckedDocument, Corpus
from knowledge.text.statements import (
    Statement,
    differ_in_value,
    of_parallel_subjects,
    same_thing,
    similarity,
    statements,
    topic,
)
from knowledge.text.years import without_years, years_in

_SAME_TITLE = 0.5
"""Share of common words from which two titles are the same, without their years."""

_KEYS = 4
"""Number of a statement's rarest words that serve as its keys, for each measure."""

_MAX_SHARED = 24
"""Statements per key above which a word is too common to identify a subject."""

_TEMPLATE = 3
"""Documents with one sentence and as many values that make it a sentence of a template."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A statement in the document of row `document`, below headings.

    Attributes:
        subject: What the document's title names.
        heading: What the nearest heading names.
        context: What title, folder and headings name.
    """

    document: int
    said: Statement
    subject: frozenset[str]
    heading: frozenset[str]
    context: frozenset[str]


class ConflictCheck:
    """Finds pairs of documents with conflicting statements, the clearest first."""

    name = "conflicts"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        yield from conflicts(corpus.documents)


def conflicts(documents: Sequence[CheckedDocument]) -> Iterator[Finding]:
    """Yield the pairs of *documents* that conflict, or are editions of the same document."""
    placed = _without_templates(list(_placed(documents)))
    counts = Counter(word for one in placed for word in one.said.words)
    weights = {word: math.log(1 + len(placed) / count) for word, count in counts.items()}
    found: dict[tuple[int, int], list[tuple[float, _Placed, _Placed]]] = defaultdict(list)
    for first, second in _candidates(placed, counts):
        if _disagree(first, second, weights):
            close = round(similarity(first.said, second.said, weights), 6)
            found[first.document, second.document].append((close, first, second))
    for (first_row, second_row), matches in found.items():
        older, newer = sorted((documents[first_row], documents[second_row]), key=_age)
        close, first, second = max(matches, key=lambda match: match[0])
        quotes = (first.said.text, second.said.text)
        yield Finding(
            "editions" if _are_editions(older, newer) else "conflict",
            (older.id, newer.id),
            {
                "dates": [str(checked.document.date or "") for checked in (older, newer)],
                "quotes": quotes if documents[first_row] is older else quotes[::-1],
                "count": len(matches),
            },
            rank=close,
        )


def _disagree(first: _Placed, second: _Placed, weights: Mapping[str, float]) -> bool:
    if first.document == second.document or not differ_in_value(first.said, second.said):
        return False
    if of_parallel_subjects(first.subject, second.subject):
        return False
    if of_parallel_subjects(first.heading, second.heading):
        return False
    is_label = not (first.said.is_sentence and second.said.is_sentence)
    if is_label and not (first.subject and first.subject == second.subject):
        return False
    return same_thing(first.said, second.said, (first.context, second.context), weights)


def _placed(documents: Sequence[CheckedDocument]) -> Iterator[_Placed]:
    for row, checked in enumerate(documents):
        folder = topic(PurePosixPath(checked.id).parent.name)
        subject = topic(checked.document.title) or folder
        headings = dict[str, frozenset[str]]()
        for chunk in checked.chunks:
            if not _DIGIT.search(chunk.text):
                continue
            for heading in chunk.headings:
                if heading not in headings:
                    headings[heading] = topic(heading)
            above = [headings[heading] for heading in chunk.headings]
            context = subject.union(*above)
            for said in statements(chunk.text):
                if not said.words:  # the answer to the question above it
                    said = replace(said, words=above[-1] if above else subject)  # noqa: PLW2901
                yield _Placed(row, said, subject, above[-1] if above else subject, context)


def _without_templates(placed: list[_Placed]) -> list[_Placed]:
    """Leave out the sentences that several documents have, each with a value of its own."""
    letters = ["".join(filter(str.isalpha, one.said.text)) for one in placed]
    documents: dict[str, set[int]] = defaultdict(set)
    values: dict[str, set[frozenset[str]]] = defaultdict(set)
    for one, said in zip(placed, letters, strict=True):
        documents[said].add(one.document)
        values[said].update(one.said.values.values())
    return [
        one
        for one, said in zip(placed, letters, strict=True)
        if min(len(documents[said]), len(values[said])) < _TEMPLATE
    ]


def _candidates(
    placed: Sequence[_Placed], counts: Mapping[str, int]
) -> Iterator[tuple[_Placed, _Placed]]:
    """Yield each pair that shares a measure and one of its rarest words, once."""
    shared = sorted((count, word) for word, count in counts.items() if count > 1)
    rarity = {word: place for place, (_, word) in enumerate(shared)}
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, one in enumerate(placed):
        rarest = sorted(one.said.words & rarity.keys(), key=rarity.__getitem__)[:_KEYS]
        for kind in one.said.values:
            for word in rarest:
                places[kind, word].append(number)
    seen: set[tuple[int, int]] = set()
    for group in places.values():
        if len(group) <= _MAX_SHARED:
            seen.update(combinations(group, 2))
    for first, second in sorted(seen):
        yield placed[first], placed[second]


def _age(checked: CheckedDocument) -> tuple[str, str]:
    return str(checked.document.date or ""), checked.id


def _are_editions(older: CheckedDocument, newer: CheckedDocument) -> bool:
    """Tell whether they are one document for two years, which their titles name."""
    titles = (older.document.title, newer.document.title)
    if not all(map(years_in, titles)):
        return False
    first, second = (topic(without_years(title)) for title in titles)
    return len(first & second) >= _SAME_TITLE * len(first | second)

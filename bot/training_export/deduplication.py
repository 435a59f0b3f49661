"""Finds near-duplicates, so that nothing is trained twice and no evaluation case is trained."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from bot.training_export.examples import literal
from knowledge.quality.checks.similarity import groups, resembling, signatures
from knowledge.text.analysis import content_terms
from knowledge.text.numbers import numbers_in

NEAR = 0.85
"""Similarity (of character 6-grams) from which two rows with equal numbers are duplicates."""

NEAR_QUESTION = 0.6
"""The same for a question and an evaluation case: lower, because a missing row does no harm."""

SAME_WORDS = 0.75
"""Share of common words (Jaccard) from which two questions are the same in another order."""


def asked_in_cases(questions: Sequence[str], cases: Collection[str]) -> set[int]:
    """Return the positions of *questions* that are near-duplicates of a question in *cases*."""
    if not questions or not cases:
        return set()
    known = list(cases)
    exact = set(map(literal, known))
    found = {place for place, text in enumerate(questions) if literal(text) in exact}
    rows = signatures([*questions, *known])
    count = len(questions)
    for first, second in resembling(rows, NEAR_QUESTION):
        if first < count <= second:
            found.add(first)
    return found | _same_words(questions, known)


def near_twins(texts: Sequence[str]) -> list[list[int]]:
    """Return groups of positions in *texts* of near-duplicates with equal numbers."""
    if not texts:
        return []
    by_literal = defaultdict[str, list[int]](list)
    for place, text in enumerate(texts):
        by_literal[literal(text)].append(place)
    same = [(places[0], other) for places in by_literal.values() for other in places[1:]]
    near = resembling(signatures(texts), NEAR)
    alike = [pair for pair in near if numbers_in(texts[pair[0]]) == numbers_in(texts[pair[1]])]
    return groups([*same, *alike])


def _same_words(questions: Sequence[str], cases: Sequence[str]) -> set[int]:
    with_word = defaultdict[str, list[int]](list)
    words_of = [content_terms(case) for case in cases]
    for place, words in enumerate(words_of):
        for word in words:
            with_word[word].append(place)
    found = set[int]()
    for place, question in enumerate(questions):
        words = content_terms(question)
        common = Counter(case for word in words for case in with_word[word])
        if any(count >= SAME_WORDS * len(words | words_of[case]) for case, count in common.items()):
            found.add(place)
    return found

"""MinHash estimates the similarity of two texts, and finds similar pairs among many."""

import random

import pytest

from knowledge.quality.checks.similarity import groups, resembling, signatures


def words(count: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices("abcdefghijあいうえお", k=6)) for _ in range(count)]


def grams(text: str) -> set[str]:
    return {text[place : place + 6] for place in range(len(text) - 5)}


@pytest.mark.parametrize("changed", [0, 5, 20, 60, 200])
def test_signatures_estimate_resemblance(changed: int) -> None:
    """Two signatures agree about as often as the sets of 6-grams overlap."""
    text = words(200, 1)
    other = words(changed, 2) + text[changed:]
    first, second = "".join(text), "".join(other)
    true = len(grams(first) & grams(second)) / len(grams(first) | grams(second))

    rows = signatures([first, second])

    assert (rows[0] == rows[1]).mean() == pytest.approx(true, abs=0.15)


def test_case_marks_and_width_do_not_matter() -> None:
    """Markdown, spaces and full-width letters do not change what a text says."""
    rows = signatures(["**Claim** in ＰＥＲＳＯＮ", "claim in person", "claim in writing"])

    assert (rows[0] == rows[1]).all()
    assert not (rows[0] == rows[2]).all()


def test_short_and_empty_texts_have_signatures_too() -> None:
    """Each has its own row, wherever it is among the others."""
    texts = ["", "あ", "long enough to have grams", "あ", "…"]

    rows = signatures(texts)

    assert (rows[1] == rows[3]).all()
    assert (rows[0] == rows[4]).all()
    assert not (rows[0] == rows[1]).any()
    assert len(signatures([])) == 0


def test_a_signature_does_not_depend_on_the_other_texts() -> None:
    """Grams never extend from one text into the next, in any batch."""
    texts = [" ".join(words(30, seed)) for seed in range(2_100)]

    together = signatures(texts)

    assert (together[2_050] == signatures([texts[2_050]])[0]).all()
    assert (together[7] == signatures(texts[7:8])[0]).all()


def test_pairs_are_found_among_many_and_joined_to_groups() -> None:
    """Similar texts form one group, and the others are in none."""
    texts = [" ".join(words(60, seed)) for seed in range(300)]
    for place in (10, 20, 30):
        texts[place] = texts[0].replace("あ", "ん", place // 10)

    assert groups(resembling(signatures(texts), 0.85)) == [[0, 10, 20, 30]]

"""Two statements contradict each other when they give one thing different values."""

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.text.statements import (
    differ_in_value,
    of_parallel_subjects,
    same_thing,
    statement,
    topic,
)

PAIRS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "data/contradictions.jsonl")
    .read_text("utf-8")
    .splitlines()
]


def _contradict(pair: dict[str, Any]) -> bool:
    one, other = map(statement, pair["said"])
    first, second = map(topic, pair["titles"])
    return bool(
        one
        and other
        and differ_in_value(one, other)
        and not of_parallel_subjects(first, second)
        and same_thing(one, other, (first, second))
    )


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair["said"][0]))
def test_planted_contradictions_are_found_and_others_are_not(pair: dict[str, Any]) -> None:
    """44 pairs that contradict each other in both languages, and 21 that only look like it."""
    assert _contradict(pair) == pair.get("same", True)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("6.5 This agreement is void.", None),
        ("第5条 本契約は無効です。", None),
        ("Lab 3, Step 2: Open it.", None),
        ("On 3 May 2024 we met.", None),
        ("2026年3月31日に終わります。", None),
        ("研修費は15万円です。", {"yen": {"150000"}}),
        ("It closes at 16:00.", {"clock": {"16:00"}}),
        ("有給は20日付与されます。", {"day": {"20"}}),
        ("Up to 1,500 EUR.", {"eur": {"1500"}}),
    ],
)
def test_only_measures_are_values(text: str, values: dict[str, set[str]] | None) -> None:
    """Clauses, steps and days of the calendar are none."""
    found = statement(text)
    assert (found and {kind: set(said) for kind, said in found.values.items()}) == values

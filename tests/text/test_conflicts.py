"""A contradiction is one subject with two values; precision comes first."""

import pytest

from bot.text.conflicts import contradict, disagree
from tests.support.shelf import passage


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Staff have 25 days of paid leave a year.", "Staff have 20 days of paid leave a year."),
        ("VPN sessions last 8 hours.", "VPN sessions last 12 hours."),
        ("手数料は、1点につき一律400円です。", "手数料は、1点につき一律500円です。"),
        ("有給休暇は、半年たつと10日付与されます。", "有給休暇は、半年たつと7日付与されます。"),
    ],
)  # fmt: skip
def test_two_values_of_one_thing_disagree(one: str, other: str) -> None:
    assert disagree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("朝8時まで", "朝8時までに"),
        ("The dress code applies from 1 May.", "The code freeze applies from 3 May."),
        ("Hotels cost up to 150 euros in Lissenau.", "Hotels cost up to 120 euros in Albremont."),
        ("The workshop Aspen has 12 seats.", "The workshop Birch has 10 seats."),
        ("Managers answer in 3 days.", "Managers answer in 3 days, in writing."),
        ("国内出張の日当は2000円です。", "海外出張の日当は5000円です。"),
        ("育児休業は最長2年です。", "介護休業は最長1年です。"),
    ],
)
def test_other_words_or_subjects_do_not(one: str, other: str) -> None:
    assert not disagree(one, other)


def test_only_dated_documents_contradict_each_other() -> None:
    """A file's time says nothing about which one holds."""
    old = passage("VPN sessions last 12 hours.", "Old", day="2023-01-09")
    new = passage("VPN sessions last 8 hours.", "New", day="2026-01-05")
    undated = passage("VPN sessions last 8 hours.", "New")
    assert contradict(old, new)
    assert not contradict(old, undated)

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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The daily backup runs at 2:00.", "The weekly backup runs at 4:00."),
        ("The minimum length is 12 characters.", "The maximum length is 64 characters."),
        ("The printer on floor 2 takes 500 sheets.", "The printer on floor 3 takes 250 sheets."),
        ("Version 1 supports 10 users.", "Version 2 supports 20 users."),
        ("Aspen 0 seats 6 people.", "Aspen 2 seats 14 people."),
        ("The gym closes at 22:00.", "The gym closes at 10 pm."),
        ("The licence costs 1.200 euros.", "The licence costs 1,200 euros."),
        ("第1会議室の定員は10名です。", "第2会議室の定員は20名です。"),
        ("犬の登録料は3,000円です。", "猫の登録料は2,000円です。"),
        ("旧システムの上限は10MBです。", "新システムの上限は20MBです。"),
        ("パスワードは12文字以上です。", "パスワードは64文字以下です。"),
        ("会議は13:30に始まります。", "会議は13時30分に始まります。"),
        ("会議は13時半に始まります。", "会議は午後1時30分に始まります。"),
        ("毎日の点検は10分です。", "毎週の点検は60分です。"),
    ],
)
def test_another_case_or_another_spelling_is_no_contradiction(one: str, other: str) -> None:
    assert not disagree(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The daily backup runs at 2:00.", "The daily backup runs at 4:00."),
        ("The printer on floor 2 takes 500 sheets.", "The printer on floor 2 takes 250 sheets."),
        ("The gym closes at 22:00.", "The gym closes at 9 pm."),
        ("The licence costs 1.200 euros.", "The licence costs 1,300 euros."),
        ("第1会議室の定員は10名です。", "第1会議室の定員は20名です。"),
        ("第3条 有給休暇は10日です。", "第5条 有給休暇は12日です。"),
        ("犬の登録料は3,000円です。", "犬の登録料は2,000円です。"),
        ("会議は13時半に始まります。", "会議は13時に始まります。"),
    ],
)
def test_one_case_with_two_values_is_a_contradiction(one: str, other: str) -> None:
    assert disagree(one, other)

"""Entries as evaluation cases."""

from dataclasses import replace

import pytest

from bot.cli.context import reader_named
from bot.entries.cases import cases_of
from tests.entries.test_entry import ENTRY

SAVED = replace(ENTRY, id="abc", version=1)


def test_each_wording_is_a_case_of_one_group() -> None:
    """They are never split: a bot that can answer one can answer all."""
    entry = replace(SAVED, wordings=("What is the code of the car park?",))
    first, second = cases_of([entry])

    assert (first.question, second.question) == (entry.question, entry.wordings[0])
    assert {first.group, second.group} == {"abc"}
    assert first.gold_documents == ("saved/abc.md",)
    assert (second.language, second.tags) == ("en", ("entry",))


def test_a_case_is_asked_as_one_of_its_readers() -> None:
    (case,) = cases_of([replace(SAVED, groups=("#hr", "C0123456"))])

    assert replace(SAVED, groups=("#hr",)).permits(reader_named(case.reader))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("4012 です。", ("4012",)),
        ("The guest code is KX-4412, valid for 3 days.", ("KX-4412",)),
        ("国内出張の日当は1日2,200円です。", ("2,200",)),
        ("Keiko orders it.", ()),
        ("It costs 500 yen. In August it costs 600 yen.", ()),
    ],
)
def test_numbers_and_codes_tell_a_right_answer(answer: str, words: tuple[str, ...]) -> None:
    """Of one sentence; of several, nobody knows which ones are the answer."""
    (case,) = cases_of([replace(SAVED, answer=answer)])

    assert case.must_include == words


def test_only_an_active_entry_is_a_case() -> None:
    assert cases_of([replace(SAVED, state="withdrawn"), replace(SAVED, state="expired")]) == []

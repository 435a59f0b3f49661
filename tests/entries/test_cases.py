"""What people have saved, as cases."""

from dataclasses import replace

import pytest

from bot.cli.readers import reader_named
from bot.entries.cases import cases_of
from tests.entries.test_entry import ENTRY

SAVED = replace(ENTRY, id="abc", version=1)


def test_each_wording_is_a_case_of_one_group() -> None:
    """They are never parted: who can answer one can answer all."""
    entry = replace(SAVED, wordings=("What is the code of the car park?",))
    first, second = cases_of([entry])

    assert (first.question, second.question) == (entry.question, entry.wordings[0])
    assert {first.group, second.group} == {"abc"}
    assert first.gold_documents == ("saved/abc.md",)
    assert (second.language, second.tags) == ("en", ("entry",))


def test_it_is_asked_by_whom_it_is_meant_for() -> None:
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
def test_what_tells_a_right_answer(answer: str, words: tuple[str, ...]) -> None:
    """Figures and codes of one sentence; of several, nobody knows which ones are the answer."""
    (case,) = cases_of([replace(SAVED, answer=answer)])

    assert case.must_include == words


def test_what_is_withdrawn_is_no_case() -> None:
    assert cases_of([replace(SAVED, state="withdrawn"), replace(SAVED, state="expired")]) == []

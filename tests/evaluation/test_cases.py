"""Files of cases: read with care, refused with line numbers."""

import json
from pathlib import Path

import pytest

from bot.cli.context import SAMPLE_CASES
from bot.core.errors import CasesError
from bot.evaluation.cases import Case, read_cases, write_cases


def test_the_shipped_cases_are_many_in_both_languages_and_a_third_has_no_answer() -> None:
    cases = read_cases(SAMPLE_CASES)
    languages = [case.language for case in cases]
    assert len(cases) >= 120
    assert min(languages.count("ja"), languages.count("en")) >= 60
    assert sum(not case.answerable for case in cases) / len(cases) == pytest.approx(1 / 3, abs=0.02)
    for case in cases:
        for document in case.gold_documents:
            assert (SAMPLE_CASES.parent / document).is_file(), case.id


def test_malformed_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    rows = [
        json.dumps({"id": "a", "question": "有給は何日？"}),
        "{no json",
        "",
        json.dumps({"id": "b", "question": "x", "colour": "red"}),
        json.dumps({"id": "a", "question": "again"}),
        json.dumps({"id": "c", "question": "x", "answers": ["y"], "answerable": False}),
        "[" * 100_000,
        '{"id": %s}' % ("9" * 5_000),
    ]
    path.write_text("\n".join(rows), "utf-8")
    with pytest.raises(CasesError) as error:
        read_cases(path)
    said = str(error.value)
    assert "line 2: not JSON" in said
    assert "line 4: colour" in said
    assert "line 5: the id a is already used in line 1" in said
    assert "line 6" in said
    assert "line 7: not JSON (a number too long, or nested too deeply) (and 1 more)" in said
    assert "cannot name an answer" in said


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(CasesError, match="holds no cases"):
        read_cases(path)


def test_written_cases_are_read_back(tmp_path: Path) -> None:
    cases = [
        Case(id="1", question="何日？", answers=("10日",), checked=False, hidden=("a.md",)),
        Case(id="2", question="How many?", answerable=False, as_of="2026-04-01"),
    ]
    write_cases(tmp_path / "cases.jsonl", cases)
    assert read_cases(tmp_path / "cases.jsonl") == cases
    assert [case.language for case in cases] == ["ja", "en"]

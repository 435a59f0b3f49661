"""Tables of an answer are Slack's own, within Slack's limits; all else stays as it was."""

from typing import Any

import pytest

from bot.core.types import Answer, Citation, Question, QuestionId, ThreadId
from bot.slack.answers.blocks import answer_postings
from bot.slack.answers.tables import MOST_ROWS, with_tables
from bot.workspace.blocks import problems
from knowledge.model.types import Principal

ALLOWANCES = (
    "日当です。[1]\n\n## 出張\n\n"
    "| 行き先 | 日当 |\n|---|---:|\n| 国内 | 2,200円 |\n| 海外 | 6,500円 |"
)


def table(rows: int, columns: int = 2, cell: str = "a") -> str:
    line = f"|{f' {cell} |' * columns}"
    return "\n".join([line, f"|{'---|' * columns}", *[line] * rows])


def kinds(text: str) -> list[str]:
    return [str(block["type"]) for block in with_tables(text, "en")]


def test_a_table_has_its_caption_and_its_numbers() -> None:
    """A title above it is its caption; a column of numbers is sorted as numbers."""
    text, block = with_tables(ALLOWANCES, "ja")

    assert text == {"type": "markdown", "text": "日当です。[1]"}
    assert block["caption"] == "出張"
    assert block["rows"][0] == [
        {"type": "raw_text", "text": "行き先"},
        {"type": "raw_text", "text": "日当"},
    ]
    assert block["rows"][1][1] == {"type": "raw_number", "value": 2200, "text": "2,200円"}
    assert problems([text, block]) == []


@pytest.mark.parametrize(
    "cells",
    [
        ["0123", "0456"],
        ["1", "two"],
        ["2026-04-01", "2026-05-01"],
        ["1 GB", "500 MB"],
        ["$1", "1"],
    ],
)
def test_what_is_no_number_throughout_stays_text(cells: list[str]) -> None:
    """Codes, dates, and columns that are mixed, also in their units."""
    rows = "\n".join(f"| a | {cell} |" for cell in cells)
    [block] = with_tables(f"| x | y |\n|---|---|\n{rows}", "en")

    assert [row[1]["type"] for row in block["rows"][1:]] == ["raw_text", "raw_text"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No table | here",
        table(1),
        table(MOST_ROWS + 1),
        table(2, 21),
        table(2, 1),
        table(60, 2, "x" * 100),
        f"```\n{table(3)}\n```",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 | 3 |",
        "| a | b |\n| 1 | 2 |\n| 3 | 4 |",
    ],
)
def test_what_slack_would_not_take_or_nobody_would_sort_stays_markdown(text: str) -> None:
    """Its limits, code, one row, one column, and rows that are not alike."""
    assert with_tables(text, "en") == []


def test_text_stands_around_tables() -> None:
    """In its order; tables of a message share their characters."""
    two = f"Before.\n\n{table(3)}\n\nBetween.\n\n{table(3)}\n\nAfter."
    assert kinds(two) == ["markdown", "data_table", "markdown", "data_table", "markdown"]
    large = table(40, 2, "x" * 80)
    assert kinds(f"{large}\n\n{large}") == ["data_table", "markdown"]


def test_a_cell_is_text_and_nothing_else() -> None:
    """It pings nobody and links nowhere, and has no marks of Markdown."""
    rows = "| **a** | `b` |\n| &lt;!channel> | [Leave](https://a.example/x) |\n|  | c<br>d |"
    [block] = with_tables(f"| x | y |\n|---|---|\n{rows}", "en")
    said = [cell["text"] for row in block["rows"][1:] for cell in row]

    assert said[:2] == ["a", "b"]
    assert "<!channel>" not in said[2]
    assert said[3:] == ["Leave", "–", "c d"]


def test_an_answer_keeps_the_plainer_form() -> None:
    """For workspaces that do not know such tables yet; sources and buttons stand below both."""
    posting = postings(ALLOWANCES)
    newer, older = [
        [str(b["type"]) for b in blocks] for blocks in (posting.blocks, posting.plainer)
    ]

    assert newer[:2] == ["markdown", "data_table"]
    assert older[0] == "markdown"
    assert newer[2:] == older[1:]
    assert posting.plainer[0]["text"] == ALLOWANCES


def test_an_answer_without_a_table_has_one_form() -> None:
    """Nothing is sent again."""
    assert postings("10日です。[1]").plainer == ()


def postings(text: str) -> Any:
    thread = "slack:T1:C1:1.000001"
    question = Question(QuestionId(thread), ThreadId(thread), "日当は？", Principal("C1"))
    answer = Answer("answered", text, (Citation(1, "旅費", "https://a.example", "", "a"),))
    [posting] = answer_postings(question, answer, "ja")
    return posting

"""Backlog's notation as Markdown."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sync.sources.backlog_notation import markdown_of_notation


@pytest.mark.parametrize(
    ("notation", "markdown"),
    [
        ("* 見出し\n** 小見出し\n本文", "# 見出し\n\n\n## 小見出し\n\n本文"),
        ("-一\n--二\n- three", "- 一\n   - 二\n- three"),
        ("+ one\n++ two", "1. one\n   1. two"),
        ("> 引用\n{quote}\nA\nB\n{/quote}C", "> 引用\n\n> A\n> B\n\nC"),
        ("{code:python}\n* x = [[1]]\n{/code}", "```python\n* x = [[1]]\n```"),
        ("{code}\nto the end", "```\nto the end\n```"),
        (
            "|名前|値|h\n|~A|1|\n|B|",
            "| 名前 | 値 |\n| --- | --- |\n| A | 1 |\n| B |  |",
        ),
        ("|a|b|", "|  |  |\n| --- | --- |\n| a | b |"),
        ("[[BLG-104]]と[[設計/API]]", "BLG-104と設計/API"),
        ("[[Backlog>https://a.example/x]]", "[Backlog](https://a.example/x)"),
        ("[[Backlog:https://a.example/x]]", "[Backlog](https://a.example/x)"),
        ("[[https://a.example/x]]", "https://a.example/x"),
        ("''強く'' '''slanted''' %%old%%", "**強く** *slanted* ~~old~~"),
        ("&color(red) { 赤 }&br;次", " 赤  次"),
        ("#image(a.png)前\n#contents", "前"),
        ("# no heading\n---", "\\# no heading\n\\---"),
        ("x <b> y", "x &lt;b> y"),
        ("*", "*"),
    ],
)
def test_notation_becomes_markdown(notation: str, markdown: str) -> None:
    """Each rule of Backlog's help page, in both languages."""
    assert markdown_of_notation(notation) == markdown


@given(st.text("*-+>|{}codequte/[]:'%&#\n あh", max_size=300))
def test_any_text_can_be_converted(text: str) -> None:
    """And none of its letters is lost."""
    converted = markdown_of_notation(text)

    assert converted.count("あ") == text.count("あ")


@pytest.mark.parametrize("part", ["[[a", "''x", "%%", "&color(", "|", "{code}", "*", "{quote}\n>"])
def test_it_takes_time_in_proportion(part: str) -> None:
    """However the text is made."""
    began = time.process_time()
    markdown_of_notation(part * (200_000 // len(part)))

    assert time.process_time() - began < 5

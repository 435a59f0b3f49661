"""What a workflow gets: the words of the answer, as rich text and as text, and nothing at work."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.types import Answer, Citation
from bot.slack.workflow_steps.outputs import outputs, posted

PIECES = (
    *("Rooms", "有給", "3", "５", "é", " ", "  ", "\n", "\n\n", "    "),
    *(
        "-",
        " - ",
        "*",
        " * ",
        "**",
        "__",
        "_",
        "~~",
        "`",
        "```",
        "#",
        "# ",
        "> ",
        "1. ",
        "2) ",
        "+ ",
    ),
    *("<", ">", "&", "<b>", "!", "[", "]", "\\", "|", "。", "、", "「", "」", "–"),
)


def told(markdown: str, citations: tuple[Citation, ...] = ()) -> Mapping[str, Any]:
    return outputs(Answer("answered", markdown, citations), "en")


def elements(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    (section,) = answer["answer"]["elements"]
    return list(section["elements"])


def seen(answer: Mapping[str, Any]) -> str:
    return "".join(one["text"] for one in elements(answer))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_the_words_are_those_of_the_answer(markdown: str) -> None:
    """Whatever marks stand among them, as rich text and as text; and no text is empty."""
    answer = told(markdown)

    assert letters(seen(answer)) == letters(answer["text"]) == letters(markdown)
    assert all(one["text"] for one in elements(answer))


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Rooms 3 - 5 are open", "Rooms 3 - 5 are open"),
        ("会議室 3 - 5 は 2 * 3 人用", "会議室 3 - 5 は 2 * 3 人用"),
        ("**Deadline:** end of March", "Deadline: end of March"),
        ("**締切** は3月末", "締切 は3月末"),
        ("x < 5 & a<b, a &lt; b", "x < 5 & a<b, a < b"),
        ("# \nx", "x"),
        ("- 一つ目 - 注\n- two\n  1. deep", "• 一つ目 - 注\n• two\n    1. deep"),
        ("| a | b |\n|---|---|\n| **1** | 2 |", "a | b\n1 | 2"),
        ("one\n\ntwo  \nthree", "one\n\ntwo\nthree"),
        ("```\nx  < 1\n```\n`y`", "x  < 1\n\ny"),
        ("```python\nx\n```", "x"),
        ("```有給は10日です", "有給は10日です"),
        ("\\<b>", "<b>"),
        ("    a<b>", "a<b>"),
        ("`&lt;b&gt;` &lt;b&gt;", "&lt;b&gt; <b>"),
    ],
)
def test_marks_become_what_they_mean(markdown: str, text: str) -> None:
    """Only a mark of Markdown is one: a dash or a star between numbers stays."""
    answer = told(markdown)

    assert answer["text"] == text
    assert seen(answer) == text


def test_bold_is_bold_and_code_is_code() -> None:
    styles = {one["text"]: one.get("style", {}) for one in elements(told("**重要** `code` *so*"))}

    assert styles["重要"] == {"bold": True}
    assert styles["code"] == {"code": True}
    assert styles["so"] == {"italic": True}


@pytest.mark.parametrize(
    "markdown", ["<!channel>", "<!**channel**>", "<@U00000001> `<!here>`", "&lt;!channel&gt;"]
)
def test_nothing_pings_wherever_it_is_put(markdown: str) -> None:
    """Not even put together from pieces."""
    answer = told(markdown)

    assert "<!" not in answer["text"].replace("<\u2060!", "")
    assert "<@" not in answer["text"]


def test_only_addresses_of_sources_are_links() -> None:
    """In the answer as among the sources, and whole in the text."""
    source = Citation(1, "Rules", "https://docs.example/a?<!channel>|x", "q", "rules.md")
    answer = told("[1] [x](https://evil.example/x) https://evil.example/y", (source,))
    links = [one["url"] for one in elements(answer) if one["type"] == "link"]

    assert links == [source.url]
    assert "https://evil" not in str(answer)
    assert "https://docs.example/a?%3C!channel%3E%7Cx" in answer["text"]


@pytest.mark.parametrize("status", ["handed_over", "clarify", "chat"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_no_answer_names_no_sources(status: Any, language: Any) -> None:
    source = Citation(1, "Rules", "https://docs.example/a", "q", "rules.md")
    answer = outputs(Answer(status, "?", (source,)), language)

    assert (answer["status"], answer["link"]) == ("nothing", "")
    assert "Rules" not in str(answer)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_closed_channel_is_a_link(language: Any) -> None:
    answer = posted(language, "https://team.example/archives/C1/p1")

    assert answer["status"] == "posted"
    assert answer["text"].endswith("https://team.example/archives/C1/p1")

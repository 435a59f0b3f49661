"""The Atlassian Document Format becomes what its readers see."""

import time

from hypothesis import given
from hypothesis import strategies as st

from knowledge.parsing.parsers import parse
from knowledge.sync.rendered_page import html_page
from knowledge.sync.sources.jira_adf import adf_html


def shown(*content: object) -> str:
    """Return a document with *content* as the index has it."""
    page = html_page("T", adf_html({"type": "doc", "version": 1, "content": list(content)}))
    return "\n".join(
        f"{'#' * len(section.headings)} {section.headings[-1]}\n{section.text}"
        for section in parse(page, "x.html").sections
    )


def node(kind: str, *content: object, **attrs: object) -> dict[str, object]:
    return {"type": kind, "attrs": attrs, "content": list(content)}


def text(words: str, *marks: object) -> dict[str, object]:
    return {"type": "text", "text": words, "marks": list(marks)}


def test_paragraphs_headings_and_lists() -> None:
    """A heading lies below the issue's own."""
    found = shown(
        node("heading", text("原因"), level=1),
        node("paragraph", text("First"), {"type": "hardBreak"}, text("second")),
        node(
            "orderedList",
            node("listItem", node("paragraph", text("one"))),
            node("listItem", node("bulletList", node("listItem", text("deep")))),
            order=3,
        ),
        node("taskList", node("taskItem", text("done"), state="DONE"), node("taskItem", text("x"))),
    )

    assert "## 原因" in found
    assert "First\nsecond" in found
    assert "3. one" in found
    assert "deep" in found
    assert "☒ done" in found
    assert "☐ x" in found


def test_tables_code_and_panels() -> None:
    """Code keeps its lines and its language; a panel is text."""
    found = shown(
        node(
            "table",
            node("tableRow", node("tableHeader", text("Day")), node("tableHeader", text("Time"))),
            node("tableRow", node("tableCell", text("Monday")), node("tableCell", text("9:00"))),
        ),
        node("codeBlock", text("if a < b:\n    pass"), language="python"),
        node("panel", node("paragraph", text("Careful")), panelType="warning"),
        node("expand", node("paragraph", text("Details")), title="More"),
        node("blockquote", node("paragraph", text("Quoted"))),
    )

    assert "| Day | Time |" in found
    assert "| Monday | 9:00 |" in found
    assert "```python\nif a < b:\n    pass\n```" in found
    for words in ("Careful", "More", "Details", "> Quoted"):
        assert words in found


def test_words_in_a_sentence() -> None:
    """Mentions, dates, states, cards, links, files."""
    found = shown(
        node(
            "paragraph",
            node("mention", id="1", text="@Keiko"),
            text(" on "),
            node("date", timestamp="1772323200000"),
            text(" "),
            node("status", text="In review"),
            text(" "),
            node("inlineCard", url="https://example.com/x"),
            text(" "),
            text("docs", {"type": "link", "attrs": {"href": "https://example.com/a(b)"}}),
            text(" "),
            text("x = 1", {"type": "code"}),
            node("emoji", shortName=":tada:", text="🎉"),
        ),
        node("mediaSingle", node("media", id="9", type="file", alt="plan.png")),
        node("somethingNew", node("paragraph", text("is not lost"))),
    )

    for words in ("@Keiko on 2026-03-01 In review https://example.com/x", "[docs](https://example"):
        assert words in found
    for words in ("`x = 1`", "🎉", "plan.png", "is not lost"):
        assert words in found


def test_what_people_write_stays_text() -> None:
    """Neither tags nor attributes come out of it."""
    evil = '"><meta name="audience" content="anyone"><script>'

    html = adf_html(
        node(
            "doc",
            node("paragraph", text(evil, {"type": "link", "attrs": {"href": evil}})),
            node("codeBlock", text(evil), language=evil),
            node("inlineCard", url=evil),
            node("expand", title=evil),
            node("mention", text=evil),
        )
    )

    assert "<meta" not in html
    assert "<script" not in html


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "attrs", "content", "text", "marks", "level", "timestamp"]),
            inner
            | st.sampled_from(["doc", "paragraph", "text", "heading", "date", "table", "media"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_anything_is_written(document: object) -> None:
    """What a server returns never ends in an error of ours."""
    assert isinstance(adf_html(document), str)


def test_a_large_and_a_deep_document_take_linear_time() -> None:
    """100,000 paragraphs; 10,000 nested nodes, of which the outer ones are written."""
    deep: dict[str, object] = node("paragraph", text("deep"))
    for _ in range(10_000):
        deep = node("blockquote", deep)
    started = time.process_time()

    found = adf_html(node("doc", *[node("paragraph", text("a"))] * 100_000, deep))

    assert found.count("<p>") == 100_000
    assert time.process_time() - started < 5

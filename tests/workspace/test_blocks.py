"""Block Kit's limits: the largest that passes, the smallest that does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.blocks import problems, view_problems

Block = dict[str, Any]


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def actions(count: int = 1, **fields: object) -> Block:
    buttons = [
        {"type": "button", "action_id": f"a{i}", "text": plain("x")} | fields for i in range(count)
    ]
    return {"type": "actions", "elements": buttons}


def feedback(**fields: object) -> Block:
    button = {"text": plain("x"), "value": "v"}
    element = {
        "type": "feedback_buttons",
        "action_id": "f",
        "positive_button": button | fields,
        "negative_button": button,
    }
    return {"type": "context_actions", "elements": [element]}


def table(rows: int, columns: int, text: str = "x") -> Block:
    cell = {"type": "raw_text", "text": text}
    return {"type": "table", "rows": [[cell] * columns for _ in range(rows)]}


def task(**fields: object) -> Block:
    return {"type": "task_card", "task_id": "1", "title": "検索"} | fields


def modal(**fields: object) -> Block:
    return {"type": "modal", "title": plain("t"), "blocks": [section("x")]} | fields


def data_table(rows: int, columns: int, text: str = "x") -> Block:
    row = [{"type": "raw_text", "text": text}] * columns
    return {"type": "data_table", "caption": "c", "rows": [row] * (rows + 1)}


LIMITS: list[tuple[str, list[Block], list[Block]]] = [
    ("blocks of a message", [section("x")] * 50, [section("x")] * 51),
    ("text of a section", [section("あ" * 3000)], [section("あ" * 3001)]),
    ("empty text", [section(" ")], [section("")]),
    (
        "header",
        [{"type": "header", "text": plain("x" * 150)}],
        [{"type": "header", "text": plain("x" * 151)}],
    ),
    (
        "header kind",
        [{"type": "header", "text": plain("x")}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    ),
    (
        "fields",
        [{"type": "section", "fields": [plain("x")] * 10}],
        [{"type": "section", "fields": [plain("x")] * 11}],
    ),
    (
        "context",
        [{"type": "context", "elements": [plain("x")] * 10}],
        [{"type": "context", "elements": [plain("x")] * 11}],
    ),
    ("actions", [actions(25)], [actions(26)]),
    ("button text", [actions(text=plain("x" * 75))], [actions(text=plain("x" * 76))]),
    ("button value", [actions(value="x" * 2000)], [actions(value="x" * 2001)]),
    ("button address", [actions(url="x" * 3000)], [actions(url="x" * 3001)]),
    ("action id", [actions(action_id="x" * 255)], [actions(action_id="x" * 256)]),
    ("same action id twice", [actions(2)], [actions(2, action_id="a")]),
    (
        "block id",
        [section("x") | {"block_id": "x" * 255}],
        [section("x") | {"block_id": "x" * 256}],
    ),
    (
        "same block id twice",
        [section("x") | {"block_id": "a"}, section("x") | {"block_id": "b"}],
        [section("x") | {"block_id": "a"}] * 2,
    ),
    (
        "markdown together",
        [{"type": "markdown", "text": "あ" * 6000}] * 2,
        [{"type": "markdown", "text": "あ" * 6001}] * 2,
    ),
    ("table rows", [table(100, 1)], [table(101, 1)]),
    ("table columns", [table(1, 20)], [table(1, 21)]),
    ("table cell", [table(1, 1, " ")], [table(1, 1, "")]),
    ("table characters", [table(10, 10, "x" * 100)], [table(10, 10, "x" * 101)]),
    ("data table rows", [data_table(100, 1)], [data_table(101, 1)]),
    ("data table with one row", [data_table(1, 1)], [data_table(0, 1)]),
    ("data table columns", [data_table(1, 20)], [data_table(1, 21)]),
    ("data table characters", [data_table(9, 10, "x" * 100)], [data_table(9, 10, "x" * 101)]),
    (
        "data tables together",
        [data_table(4, 10, "x" * 100)] * 2,
        [data_table(5, 10, "x" * 100)] * 2,
    ),
    ("data table caption", [data_table(1, 1)], [data_table(1, 1) | {"caption": ""}]),
    (
        "data table page",
        [data_table(1, 1) | {"page_size": 100}],
        [data_table(1, 1) | {"page_size": 0}],
    ),
    (
        "data table header",
        [data_table(1, 1)],
        [data_table(1, 1) | {"rows": [[{"type": "rich_text", "elements": []}]] * 2}],
    ),
    (
        "data table rows alike",
        [data_table(1, 2)],
        [data_table(1, 2) | {"rows": [[{"type": "raw_text", "text": "a"}] * n for n in (1, 2)]}],
    ),
    (
        "data table number",
        [data_table(1, 1)],
        [data_table(1, 1) | {"rows": [[{"type": "raw_number", "text": "1", "value": "1"}]] * 2}],
    ),
    ("feedback value", [feedback(value="x" * 2000)], [feedback(value="x" * 2001)]),
    ("feedback without value", [feedback()], [feedback(value="")]),
    ("feedback place", [feedback()], [feedback() | {"type": "actions"}]),
    ("task state", [task(status="complete")], [task(status="completed")]),
    ("plan beside card", [task()], [task(), {"type": "plan", "title": "p", "tasks": [task()]}]),
    (
        "image text",
        [{"type": "image", "image_url": "https://x.example", "alt_text": "a"}],
        [{"type": "image", "image_url": "https://x.example"}],
    ),
    (
        "alert level",
        [{"type": "alert", "text": plain("x"), "level": "info"}],
        [{"type": "alert", "text": plain("x"), "level": "loud"}],
    ),
    ("known type", [{"type": "divider"}], [{"type": "banner"}]),
]


@pytest.mark.parametrize(("_what", "good", "bad"), LIMITS, ids=[case[0] for case in LIMITS])
def test_the_limit_passes_and_one_more_does_not(
    _what: str, good: list[Block], bad: list[Block]
) -> None:
    """Each limit of the reference is exact."""
    assert problems(good) == []
    assert problems(bad) != []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (modal(title=plain("x" * 24)), modal(title=plain("x" * 25))),
        (modal(blocks=[section("x")] * 100), modal(blocks=[section("x")] * 101)),
        (modal(private_metadata="x" * 3000), modal(private_metadata="x" * 3001)),
        (modal(), modal(blocks=[{"type": "markdown", "text": "messages only"}])),
        (
            {"type": "home", "blocks": []},
            modal(
                blocks=[
                    {
                        "type": "input",
                        "label": plain("no submit button"),
                        "element": {"type": "plain_text_input", "action_id": "a"},
                    }
                ]
            ),
        ),
    ],
)
def test_views_have_limits_of_their_own(good: Block, bad: Block) -> None:
    """Modals and Home tabs hold more blocks but fewer kinds."""
    assert view_problems(good) == []
    assert view_problems(bad) != []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "rows", "tasks", "fields", "accessory"]),
            inner
            | st.sampled_from(["section", "table", "plan", "actions", "context", "rich_text"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_nonsense_is_refused_and_never_crashes(value: object) -> None:
    """Whatever JSON an app sends, the validator answers with pointers into it."""
    assert all(str(problem) for problem in problems(value))
    if not isinstance(value, list):
        assert problems(value)

"""JSON as models write it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.lenient_json import objects_in, read_object

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXT, VALUES, min_size=1, max_size=4)


@given(OBJECTS, st.sampled_from(["", "Sure:\n", "```json\n", "はい。"]))
def test_valid_json_is_read_as_it_is(value: dict[str, object], before: str) -> None:
    """Whatever stands around it."""
    written = json.dumps(value, ensure_ascii=False)
    (found,) = objects_in(f"{before}{written}\n```")
    assert (found.value, found.cut) == (value, False)


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    for found in objects_in(text):
        assert 0 <= found.start < found.end <= len(text)
    read_object(text)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{'a': 'it\\'s', 'b': [1, 2,],}", {"a": "it's", "b": [1, 2]}),
        ('{a: "1", "b": True}', {"a": "1", "b": True}),
        ("{“a”: “有給”}", {"a": "有給"}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ('{"a": 1', {"a": 1}),
    ],
)
def test_what_is_meant_is_read(written: str, value: dict[str, object]) -> None:
    found = read_object(written)
    assert found is not None
    assert found.value == value


def test_an_object_that_ends_inside_a_text_is_cut() -> None:
    found = read_object('{"answer": "You get 10 da')
    assert found is not None
    assert found.cut


@pytest.mark.parametrize("text", ["{" * 50_000, "{}" * 20_000, '{"a":' * 9_000, "{{}" * 20_000])
@pytest.mark.timeout(20)
def test_a_hostile_text_is_read_in_reasonable_time(text: str) -> None:
    assert list(objects_in(text)) == []

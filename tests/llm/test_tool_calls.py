"""Streamed calls are put together again, however they were cut."""

import json

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from bot.core.types import ToolCall
from bot.llm.tool_calls import ToolCallAccumulator, readable_arguments


def piece(**fields: object) -> ChoiceDeltaToolCall:
    """Build a piece as the SDK does: unchecked, so that the number may be missing."""
    return ChoiceDeltaToolCall.construct(None, **fields)


JSON_OBJECTS = st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3)


@given(
    arguments=st.lists(JSON_OBJECTS, min_size=1, max_size=4),
    size=st.integers(1, 9),
    known=st.sets(st.sampled_from(["index", "id"])),
)
def test_any_cut_gives_the_same_calls(
    arguments: list[dict[str, object]], size: int, known: set[str]
) -> None:
    """Whatever the size of the pieces, with or without numbers and ids."""
    calls = ToolCallAccumulator()
    texts = [json.dumps(item, ensure_ascii=False) for item in arguments]
    for number, text in enumerate(texts):
        index = number if "index" in known else None
        identity = f"call_{number}" if "id" in known else None
        calls.add([piece(index=index, id=identity, function={"name": "search"})])
        for start in range(0, len(text), size):
            part = {"arguments": text[start : start + size]}
            calls.add([piece(index=index, function=part)])
    assert [call.arguments for call in calls.calls()] == texts
    assert len({call.id for call in calls.calls()}) == len(texts)


@given(st.text() | JSON_OBJECTS.map(json.dumps))
def test_arguments_that_go_back_are_always_an_object(written: str) -> None:
    """Servers that parse them never fail, and nothing that the model wrote is lost."""
    back = json.loads(readable_arguments(ToolCall("1", "search", written)))
    assert isinstance(back, dict)
    assert back == {"unreadable": written} or back == json.loads(written)


def test_arguments_without_an_end_go_back_as_an_object() -> None:
    """A model that repeats itself nests them deeper than a parser goes."""
    written = '{"a":' * 100_000

    assert json.loads(readable_arguments(ToolCall("1", "search", written)))["unreadable"] == written

"""People read the words of an answer, never what a model has put around them, nor a call."""

import json

import pytest

from bot.agent.finish import Finish, UnusableFinishError, finish_of
from bot.core.types import ModelTurn, ToolCall, Usage
from bot.text.answer_wrappers import is_call, unwrapped
from bot.text.citation_markers import in_cells

ANSWERS = ["You get 10 days [1].", "有給休暇は10日です[1]。"]
KEYS = ["answer", "final_answer", "response", "text", "content", "回答", "最終回答", "output"]


def wrapped(answer: str) -> list[str]:
    return [
        *(json.dumps({key: answer}, ensure_ascii=False) for key in KEYS),
        json.dumps({"response": answer, "sources": [1]}),
        json.dumps([{"type": "text", "text": answer}]),
        json.dumps([answer]),
        json.dumps(answer),
        json.dumps({"result": {"answer": answer}}),
        f"<answer>{answer}</answer>",
        f"<回答>{answer}</回答>",
        f"<scratchpad>secret</scratchpad> {answer}",
        f"<thinking>secret</thinking><answer>{answer}",
        f"<finish><status>answered</status><answer>{answer}</answer></finish>",
        f"```\n{answer}",
        f"{answer}\n```",
        f"{answer}\n\n```json",
        f'```json\n{{"text": {json.dumps(answer)}}}\n```',
        f"### Response:\n{answer}",
        f"assistant: {answer}",
        f"回答：{answer}",
        f"{answer}\n\nHuman: and?\n\nAssistant: more",
    ]


@pytest.mark.parametrize("text", [text for answer in ANSWERS for text in wrapped(answer)])
def test_one_answer_is_taken_out_of_its_wrapper(text: str) -> None:
    """As plain text, and as the answer of a finish."""
    assert unwrapped(text) in ANSWERS
    plain = finish_of(ModelTurn(text, (), Usage()))
    arguments = json.dumps({"status": "answered", "answer": text})
    called = finish_of(ModelTurn("", (ToolCall("1", "finish", arguments),), Usage()))
    assert plain.answer in ANSWERS
    assert called.answer in ANSWERS


@pytest.mark.parametrize(
    "text",
    [
        *ANSWERS,
        'Set `{"name": "x", "parameters": {}}` in the file [1].',
        'ファイルに `{"text": "x"}` と書きます[1]。',
        "Replace <output> by the name of the folder [1].",
        "名前は <plan> に書きます[1]。",
        "Host: example.com\nUser: guest [1]",
        "```python\nprint(1)\n```\n[1]",
        "| a | b |\n|---|---|\n| 1 | 2 [1] |",
    ],
)
def test_an_answer_without_a_wrapper_stays(text: str) -> None:
    assert unwrapped(text) == text
    assert not is_call(text)


CALLS = [
    '{"name":"search_knowledge","arguments":{"query":"x"}}',
    '<tool_call>{"name":"search_knowledge"}</tool_call>',
    '検索します {"name":"search_knowledge","arguments":{"query":"休暇"}}',
    '<invoke name="search_knowledge"><parameter name="query">leave</parameter></invoke>',
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", ["answered", "clarify", "chat"])
def test_a_call_in_place_of_words_is_told_to_the_model(status: str, call: str) -> None:
    arguments = json.dumps({"status": status, "answer": call})
    with pytest.raises(UnusableFinishError):
        finish_of(ModelTurn("", (ToolCall("1", "finish", arguments),), Usage()))


@pytest.mark.parametrize("call", CALLS)
def test_a_call_in_place_of_what_is_missing_is_left_out(call: str) -> None:
    arguments = json.dumps({"status": "insufficient_evidence", "missing": call})
    finish: Finish = finish_of(ModelTurn("", (ToolCall("1", "finish", arguments),), Usage()))
    assert finish.missing == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("| office | opens | [1]", "| office | opens [1] |"),
        ("| 支社 | 開店 |[1][2]\n| a | b |", "| 支社 | 開店 [1][2] |\n| a | b |"),
        ("| a | [1] |", "| a | [1] |"),
        ("a | b [1]", "a | b [1]"),
    ],
)
def test_marks_of_a_row_stand_in_its_last_cell(text: str, wanted: str) -> None:
    assert in_cells(text) == wanted

"""What models write in place of a tool call, over both wire formats, as the whole program reads it.

The endpoint is a real one on loopback. The forms are those of the models' own chat templates; a
server that does not know a model's form passes it on as text.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.agent.finish import FINISH, Finish, UnusableFinishError, finish_of
from bot.agent.tool import ToolSpec
from bot.core.types import ChatMessage, ModelTurn, ToolCall, Usage
from bot.llm.factory import make_model
from bot.llm.profiles import Wire
from bot.tools.read_document import ReadDocumentArguments
from bot.tools.search_knowledge import SearchKnowledgeArguments
from tests.support.llm_server import Fault, LlmServer, Turn, llm_server, scripted

TOOLS = (
    ToolSpec("search_knowledge", "Find passages.", SearchKnowledgeArguments),
    ToolSpec("read_document", "Read on.", ReadDocumentArguments),
    FINISH,
)
ASKED = ChatMessage("user", "有給休暇は何日ですか？")
QUERY = {"query": "有給休暇"}


@pytest.fixture(params=["responses", "chat"])
def wire(request: pytest.FixtureRequest) -> Wire:
    chosen: Wire = request.param
    return chosen


@asynccontextmanager
async def serving(*turns: Turn) -> AsyncIterator[LlmServer]:
    async with llm_server(scripted(turns)) as server:
        yield server


async def said(server: LlmServer, wire: Wire) -> ModelTurn:
    model = make_model("m", "", server.url, wire)
    try:
        parts = [part async for part in model.stream([ASKED], TOOLS)]
    finally:
        await model.aclose()
    turn = parts[-1]
    assert isinstance(turn, ModelTurn)
    return turn


async def read(text: str, wire: Wire) -> ModelTurn:
    async with serving(Turn(text)) as server:
        return await said(server, wire)


def calls(turn: ModelTurn) -> list[tuple[str, dict[str, object]]]:
    return [(call.name, json.loads(call.arguments)) for call in turn.calls]


J = json.dumps(QUERY, ensure_ascii=False)
NAMED = json.dumps({"name": "search_knowledge", "arguments": QUERY}, ensure_ascii=False)

SEARCHES = {
    "Hermes and Qwen": f"<tool_call>\n{NAMED}\n</tool_call>",
    "never closed": f"<tool_call>\n{NAMED}",
    "fenced": f"```json\n{NAMED}\n```",
    "bare": NAMED,
    "as Qwen's template shows it": f"{{{NAMED}}}",
    "with prose": f"調べてみます。\n\n```json\n{NAMED}\n```\n\n結果をお待ちください。",
    "Qwen coder": (
        "<tool_call>\n<function=search_knowledge>\n<parameter=query>\n有給休暇\n</parameter>\n"
        "</function>\n</tool_call>"
    ),
    "Llama": f'<|python_tag|>{{"name": "search_knowledge", "parameters": {J}}}',
    "Llama's function": f"<function=search_knowledge>{J}</function>",
    "Mistral": f"[TOOL_CALLS] [{NAMED}]",
    "Mistral's newer": f"[TOOL_CALLS]search_knowledge[ARGS]{J}",
    "DeepSeek": (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>search_knowledge\n"
        f"```json\n{J}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>"
    ),
    "DeepSeek's newer": (
        f"<｜tool▁call▁begin｜>search_knowledge<｜tool▁sep｜>{J}<｜tool▁call▁end｜>"
    ),
    "Kimi": (
        "<|tool_call_begin|>functions.search_knowledge:0<|tool_call_argument_begin|>"
        f"{J}<|tool_call_end|>"
    ),
    "gpt-oss": (
        "<|channel|>analysis<|message|>Search.<|end|><|start|>assistant<|channel|>commentary "
        f"to=functions.search_knowledge <|constrain|>json<|message|>{J}<|call|>"
    ),
    "GLM": (
        "<tool_call>search_knowledge\n<arg_key>query</arg_key>\n<arg_value>有給休暇</arg_value>\n"
        "</tool_call>"
    ),
    "ReAct": f"Thought: 検索する。\nAction: search_knowledge\nAction Input: {J}",
    "ReAct's words": "Action: search_knowledge\nAction Input: 有給休暇",
    "Gemma": '```tool_code\nprint(search_knowledge(query="有給休暇"))\n```',
    "as in Python": '[search_knowledge(query="有給休暇")]',
    "its own vendor's": json.dumps(
        {"type": "function", "function": {"name": "search_knowledge", "arguments": J}}
    ),
    "other names": f'{{"action": "search_knowledge", "action_input": {J}}}',
    "arguments alone": f"```json\n{J}\n```",
    "single quotes, trailing comma": (
        "{'name': 'search_knowledge', 'arguments': {'query': '有給休暇',},}"
    ),
    "after thoughts": f"<think>検索語は{J}。</think>{NAMED}",
    "after thoughts that the server began": f"検索する。\n</think>\n{NAMED}",
}


@pytest.mark.parametrize("form", SEARCHES)
async def test_a_call_that_is_written_as_text_is_a_call(form: str, wire: Wire) -> None:
    """It is executed, and no part of it can be taken for an answer."""
    turn = await read(SEARCHES[form], wire)
    assert calls(turn) == [("search_knowledge", QUERY)]
    assert "{" not in turn.text
    assert "<" not in turn.text


@pytest.mark.parametrize(
    "text",
    [
        f"<tool_call>{NAMED}</tool_call>\n<tool_call>{NAMED}</tool_call>",
        f"[TOOL_CALLS] [{NAMED}, {NAMED}]",
        f"```json\n[{NAMED}, {NAMED}]\n```",
        '[search_knowledge(query="有給休暇"), search_knowledge(query="有給休暇")]',
        f'{{"tool_calls": [{NAMED}, {NAMED}]}}',
    ],
)
async def test_several_calls_at_once_keep_their_order_and_get_ids(text: str, wire: Wire) -> None:
    turn = await read(text, wire)
    assert calls(turn) == [("search_knowledge", QUERY)] * 2
    assert len({call.id for call in turn.calls}) == 2


FINISHED = {"status": "answered", "answer": "10日です[1]。"}
F = json.dumps(FINISHED, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        F,
        f"```json\n{F}\n```",
        f"回答は次のとおりです。\n```\n{F}\n```\n以上です。",
        f'{{"finish": {F}}}',
        f'<tool_call>{{"name": "finish", "arguments": {F}}}</tool_call>',
        "{'status': 'answered', 'answer': '10日です[1]。',}",
        '{"answer": "10日です[1]。"}',
        'finish(status="answered", answer="10日です[1]。")',
        '{"status": "answered", "answer": "10日です[1]。"',
    ],
)
async def test_a_finish_in_text_ends_the_run(text: str, wire: Wire) -> None:
    finish = finish_of(await read(text, wire))
    assert (finish.status, finish.answer) == ("answered", "10日です[1]。")


@pytest.mark.parametrize(
    "text",
    [
        "You get 10 days [1].",
        "You get 10 days.",
        "有給休暇は10日です[1]。",
        'Set `{"name": "x", "port": 3}` in the file [1].',
        "Use search_knowledge for that [1].",
        "- 10 days [1]\n- by mail [2]",
    ],
)
async def test_plain_text_stays_as_it_is(text: str, wire: Wire) -> None:
    """JSON and the names of tools are no calls when an answer speaks of them."""
    turn = await read(text, wire)
    assert (turn.text, turn.calls) == (text, ())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>Let me see.</think>10 days [1].", "10 days [1]."),
        ("<THINK>考え中</THINK>\n10日です[1]。", "10日です[1]。"),
        ("Let me see.\n</think>\n\n10 days [1].", "10 days [1]."),
        ("<think>Never done", ""),
        ("<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>10 days.", "10 days."),
        ("10 days [1].<|im_end|>", "10 days [1]."),
        ("Thought: I know.\nFinal Answer: 10 days [1].", "10 days [1]."),
    ],
)
async def test_thoughts_and_special_tokens_are_dropped(text: str, left: str, wire: Wire) -> None:
    turn = await read(text, wire)
    assert (turn.text, turn.calls) == (left, ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"name": "get_weather", "arguments": {"city": "東京"}}', "get_weather"),
        ("<tool_call>search for leave</tool_call>", "unreadable_call"),
        ("[TOOL_CALLS] leave", "unreadable_call"),
    ],
)
async def test_a_call_that_nobody_can_execute_is_no_answer_either(
    text: str, name: str, wire: Wire
) -> None:
    """The loop tells the model which tools there are."""
    turn = await read(text, wire)
    assert ([call.name for call in turn.calls], turn.text) == ([name], "")


@pytest.mark.parametrize(
    "text",
    [
        'I will now search: search_knowledge(query="有給休暇") [1]',
        '検索します：search_knowledge("有給休暇") [1]',
        '<invoke name="search_knowledge"><parameter name="query">有給休暇</parameter></invoke>',
        "The office opens at 9.\n[search_knowledge(query='有給休暇')]",
    ],
)
async def test_a_call_within_a_line_is_carried_out(text: str, wire: Wire) -> None:
    assert calls(await read(text, wire)) == [("search_knowledge", QUERY)]


async def test_a_text_that_was_cut_off_loses_its_last_sentence(wire: Wire) -> None:
    async with serving(Turn("10日です[1]。繰り越しは20", stop="length")) as server:
        turn = await said(server, wire)
    assert turn.truncated
    assert finish_of(turn).answer == "10日です[1]。"


async def test_a_finish_that_was_cut_off_loses_its_last_sentence(wire: Wire) -> None:
    text = '{"status": "answered", "answer": "You get 10 days [1]. Carry over 2'
    assert finish_of(await read(text, wire)).answer == "You get 10 days [1]."


@pytest.mark.parametrize("sentence", ["You get 10 days of leave [1]. ", "有給休暇は10日です[1]。"])
async def test_endless_repetition_is_ended_after_some_rounds(sentence: str, wire: Wire) -> None:
    """Local servers have no limit of their own: the model would write until the time is up."""
    turn = await read(sentence * 2_000, wire)
    assert turn.truncated
    assert finish_of(turn).answer.strip() == sentence.strip()


async def test_an_empty_reply_is_empty(wire: Wire) -> None:
    async with serving(Turn("", calls=())) as server:
        turn = await said(server, wire)
    assert (turn.text, turn.calls) == ("", ())


async def test_broken_characters_are_replaced(wire: Wire) -> None:
    """They would break what stores and shows the answer."""
    turn = await read("10\x00 days\x1b [1].", wire)
    assert turn.text == "10  days  [1]."


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"status": "Answered", "confidence": "90%"}, Finish(status="answered", answer="10 [1].")),
        ({"status": "success", "confidence": "high"}, Finish(status="answered", answer="10 [1].")),
        ({"status": "", "missing": None}, Finish(status="answered", answer="10 [1].")),
        ({"answer": ["10 [1]."]}, Finish(status="answered", answer="10 [1].")),
    ],
)
def test_a_finish_with_other_types_is_understood(
    arguments: dict[str, object], wanted: Finish
) -> None:
    finish = Finish.model_validate({"answer": "10 [1]."} | arguments)
    assert (finish.status, finish.answer) == (wanted.status, wanted.answer)
    assert finish.confidence in {None, 0.9}


@pytest.mark.parametrize(
    "citations", [[1], ["[1]"], 1, [{"number": "1"}], [{"n": 1, "quote": None}, "none"]]
)
def test_citations_in_other_forms_are_understood(citations: object) -> None:
    finish = Finish.model_validate(
        {"status": "answered", "answer": "10 days.", "citations": citations}
    )
    assert [quotation.n for quotation in finish.citations] == [1]


ODD_NUMBERS = [
    *('"' + "9" * 400 + '"', "9" * 400, "9" * 5_000, "1e999", "-1", '"-1"', "NaN", "Infinity"),
    *("true", '"−1"', '"９' + "９" * 400 + '"', '"first"', '"一番目"', "0", "[]", "null"),
]


@pytest.mark.parametrize("odd", ODD_NUMBERS)
@pytest.mark.parametrize("answer", ["10 days [1].", "10日です[1]。"])
def test_a_number_that_nobody_counts_with_ends_no_run(answer: str, odd: str) -> None:
    """It is left out, or the model is told: whatever is raised else would end the run."""
    for citations in (f"[{odd}]", odd, f'[{{"n": {odd}, "quote": "x"}}, 1]'):
        arguments = (
            f'{{"status": "answered", "answer": "{answer}", "citations": {citations},'
            f' "confidence": {odd}}}'
        )
        try:
            finish = finish_of(ModelTurn("", (ToolCall("1", "finish", arguments),), Usage()))
        except UnusableFinishError:
            continue
        assert {quotation.n for quotation in finish.citations} <= {1}
        assert finish.confidence in {None, 0.0}


@pytest.mark.parametrize("written", ["１", "[１]", "passage-1", "資料1", 1.0, "1.0", "【1】"])
def test_a_number_in_another_spelling_is_read(written: object) -> None:
    finish = Finish.model_validate({"answer": "10 [1].", "citations": [written]})
    assert [quotation.n for quotation in finish.citations] == [1]


def test_a_finish_without_meaning_is_refused() -> None:
    with pytest.raises(UnusableFinishError):
        finish_of(ModelTurn("", (), Usage()))


REFUSALS = [
    "registry.ollama.ai/library/gemma:2b does not support tools",
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    "No endpoints found that support tool use.",
]


@pytest.mark.parametrize("reason", REFUSALS)
async def test_a_model_without_tools_is_told_of_them_in_text(reason: str) -> None:
    """From then on, so that only one request is refused."""
    async with serving(Turn(NAMED), Turn("10日です[1]。")) as server:
        server.faults = [Fault(status=400, message=reason)]
        model = make_model("gemma", "", server.url, "chat")
        first = [part async for part in model.stream([ASKED], TOOLS, force="finish")][-1]
        assert isinstance(first, ModelTurn)
        messages = [
            ASKED,
            ChatMessage("assistant", "", first.calls),
            ChatMessage("tool", "<<< [1] 10日 >>>", call_id=first.calls[0].id),
        ]
        second = [part async for part in model.stream(messages, TOOLS)][-1]
        await model.aclose()

    assert isinstance(second, ModelTurn)
    assert [call.name for call in first.calls] == ["search_knowledge"]
    assert second.text == "10日です[1]。"
    assert ["tools" in request.body for request in server.requests] == [True, False, False]
    told = server.requests[-1].body["messages"]
    assert [message["role"] for message in told] == ["system", "user", "assistant", "user"]
    assert "search_knowledge" in told[0]["content"]
    assert "<tool_call>" in told[2]["content"]
    assert "10日" in told[3]["content"]

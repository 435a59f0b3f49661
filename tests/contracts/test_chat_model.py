"""What every chat model promises, over both wire formats and the profiles that differ most.

The endpoint is a real one on loopback; it refuses each request that OpenAI's schema does not allow.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpx2Client
from pydantic import BaseModel, Field

from bot.agent.chat_model import ChatModel
from bot.agent.tool import ToolSpec
from bot.core.errors import ContextTooLongError, ModelRejectedError, ModelUnavailableError
from bot.core.language import Language
from bot.core.types import ChatMessage, ModelTurn, ReadFile, TextDelta, ToolCall, Usage
from bot.llm.chat_completions import ChatCompletionsModel, chat_messages
from bot.llm.factory import make_model
from bot.llm.plain_text_model import PlainModel
from bot.llm.profiles import ModelProfile, Wire, profile_for
from bot.llm.responses import ResponsesModel
from bot.llm.text_call_model import TextCallModel
from tests.support.llm_server import Call, Fault, LlmServer, Turn, llm_server, scripted
from tests.support.llm_wires import Oddity

MODEL = "gpt-6-luna"
KEY = "sk-secret-of-the-team"
AT_ONCE = (("retry-after-ms", "1"),)


class Search(BaseModel):
    query: Annotated[str, Field(description="What to look for.", min_length=1)]
    source: str | None = None


class Quotation(BaseModel):
    n: int
    quote: str


class Finish(BaseModel):
    status: Literal["answered", "insufficient_evidence"]
    answer: str = ""
    citations: list[Quotation] = []


SEARCH = ToolSpec("search_knowledge", "Search the documents.", Search)
FINISH = ToolSpec("finish", "End with an answer.", Finish)
TOOLS = (SEARCH, FINISH)
SYSTEM = ChatMessage("system", "Answer from the documents.")
ASKED = ChatMessage("user", "How many days of leave are there?")
SEARCHED = Call("search_knowledge", {"query": "annual leave", "source": None})


@dataclass(frozen=True)
class Setup:
    """A wire format, and the kind of server whose profile is used on it."""

    wire: Wire
    server: Literal["openai", "compatible", "in words"]

    @property
    def profile(self) -> ModelProfile:
        if self.server == "openai":
            return profile_for(MODEL, None, self.wire)
        unknown = profile_for(MODEL, "http://models.example/v1", self.wire)
        return replace(unknown, forced_tool_choice=self.server == "compatible")

    def model(self, server: LlmServer, seconds: float = 10.0, retries: int = 2) -> ChatModel:
        client = AsyncOpenAI(
            api_key=KEY,
            base_url=server.url,
            timeout=seconds,
            max_retries=retries,
            # Loopback needs no certificates, and loading them for each test takes its time.
            http_client=DefaultAsyncHttpx2Client(verify=False),
        )
        kind = ResponsesModel if self.wire == "responses" else ChatCompletionsModel
        return kind(client, MODEL, self.profile)


SETUPS = [
    Setup(wire, server)
    for wire in ("responses", "chat")
    for server in ("openai", "compatible", "in words")
]


@pytest.fixture(params=SETUPS, ids=lambda setup: f"{setup.wire} {setup.server}")
def setup(request: pytest.FixtureRequest) -> Setup:
    assert isinstance(request.param, Setup)
    return request.param


@pytest.fixture(params=["responses", "chat"])
def wire(request: pytest.FixtureRequest) -> Setup:
    """A wire format, where the profile makes no difference."""
    return Setup(request.param, "openai")


@asynccontextmanager
async def open_model(
    setup: Setup, turns: Sequence[Turn], seconds: float = 10.0, retries: int = 2
) -> AsyncIterator[tuple[ChatModel, LlmServer]]:
    async with llm_server(scripted(turns)) as server:
        model = setup.model(server, seconds, retries)
        try:
            yield model, server
        finally:
            await model.aclose()


async def said_by(
    model: ChatModel,
    messages: Sequence[ChatMessage] = (SYSTEM, ASKED),
    tools: Sequence[ToolSpec] = TOOLS,
    force: str = "",
) -> tuple[str, ModelTurn]:
    """Return the streamed text and the turn, which must be the last item and the only one."""
    parts = [part async for part in model.stream(messages, tools, force=force)]
    turns = [part for part in parts if isinstance(part, ModelTurn)]
    assert turns == parts[-1:]
    return "".join(part.text for part in parts if isinstance(part, TextDelta)), turns[0]


def assistant(turn: ModelTurn) -> ChatMessage:
    return ChatMessage("assistant", turn.text, calls=turn.calls, opaque=turn.opaque)


@pytest.mark.parametrize("text", ["Twenty days.", "年次有給休暇は20日です。👍"])
async def test_text_arrives_in_pieces_and_whole(setup: Setup, text: str) -> None:
    """The deltas join to the text of the turn, in any script."""
    async with open_model(setup, [Turn(text)]) as (model, _):
        streamed, turn = await said_by(model)
    assert streamed == turn.text == text
    assert not turn.calls
    assert not turn.truncated


async def test_a_call_arrives_whole(setup: Setup) -> None:
    """Arguments are the JSON text that the model wrote, put together from its pieces."""
    call = Call("search_knowledge", {"query": '有給 "休暇"\n\\u3042', "source": None})
    async with open_model(setup, [Turn(calls=(call,))]) as (model, _):
        streamed, turn = await said_by(model)
    assert streamed == turn.text == ""
    (got,) = turn.calls
    assert got.id
    assert got.name == "search_knowledge"
    assert json.loads(got.arguments) == call.arguments


async def test_parallel_calls_keep_their_order_and_have_their_own_ids(setup: Setup) -> None:
    """Two calls of one turn stay two, beside the turn's text."""
    calls = (SEARCHED, Call("search_knowledge", {"query": "有給", "source": "hr"}))
    async with open_model(setup, [Turn("Let me look.", calls)]) as (model, _):
        streamed, turn = await said_by(model)
    assert streamed == "Let me look."
    assert [json.loads(call.arguments) for call in turn.calls] == [c.arguments for c in calls]
    assert len({call.id for call in turn.calls}) == 2


async def test_tool_results_go_back_to_their_calls(setup: Setup) -> None:
    """The second request holds the calls and, for each, its result; the endpoint checks both."""
    calls = (SEARCHED, Call("search_knowledge", {"query": "休暇", "source": None}))
    thinking = Turn("Let me look.", calls, thoughts="encrypted")
    async with open_model(setup, [thinking, Turn("Twenty [1].")]) as (model, server):
        _, first = await said_by(model)
        results = [
            ChatMessage("tool", f"[{n}] 20日", call_id=call.id)
            for n, call in enumerate(first.calls)
        ]
        _, second = await said_by(model, [SYSTEM, ASKED, assistant(first), *results])
    assert second.text == "Twenty [1]."
    conversation = server.conversations[-1]
    assert [result.text for result in conversation.results] == ["[0] 20日", "[1] 20日"]
    (said,) = [message for message in conversation.said if message.role == "assistant"]
    assert said.text == "Let me look."
    assert [call.id for call in said.calls] == [call.id for call in first.calls]


async def test_a_thread_goes_along_in_order(setup: Setup) -> None:
    """Earlier turns come before the question, each once."""
    history = [ChatMessage("user", "休暇は？"), ChatMessage("assistant", "20日です。")]
    async with open_model(setup, [Turn("翌年まで。")]) as (model, server):
        await said_by(model, [SYSTEM, *history, ChatMessage("user", "繰り越しは？")])
    (conversation,) = server.conversations
    assert [(m.role, m.text) for m in conversation.said] == [
        ("system", SYSTEM.text),
        ("user", "休暇は？"),
        ("assistant", "20日です。"),
        ("user", "繰り越しは？"),
    ]
    assert conversation.question == "繰り越しは？"


async def test_a_picture_goes_along_whole(setup: Setup) -> None:
    """As the schema wants it, and with its bytes in the request: the vendor fetches nothing."""
    picture = ReadFile("図.png", picture=b"\x89PNG", media_type="image/png")
    asked = replace(ASKED, pictures=(picture,))
    async with open_model(setup, [Turn("A chart.")]) as (model, server):
        await said_by(model, (SYSTEM, asked))

    assert "data:image/png;base64,iVBORw==" in json.dumps(server.requests[0].body)


async def test_a_tool_can_be_forced(setup: Setup) -> None:
    """The request demands the tool, or a last message does. The tools stay: servers cache them."""
    async with open_model(setup, [Turn(calls=(Call("finish", {"status": "answered"}),))]) as (
        model,
        server,
    ):
        _, turn = await said_by(model, force="finish")
    assert [call.name for call in turn.calls] == ["finish"]
    (conversation,) = server.conversations
    if setup.profile.forced_tool_choice:
        assert conversation.forced == "finish"
    else:
        assert conversation.forced == ""
        assert "finish" in conversation.said[-1].text
    assert set(conversation.tools) == {"search_knowledge", "finish"}


async def test_a_model_needs_no_tools(setup: Setup) -> None:
    """A judge or a generator of test questions offers none."""
    async with open_model(setup, [Turn("yes")]) as (model, server):
        await said_by(model, tools=())
    assert "tools" not in server.requests[0].body


async def test_usage_is_counted(setup: Setup) -> None:
    """Input, output and cached tokens are the endpoint's, and it was one call."""
    async with open_model(setup, [Turn("Twenty.")]) as (model, _):
        _, turn = await said_by(model)
    entered = len(SYSTEM.text) + len(ASKED.text)
    assert turn.usage == Usage(entered, len("Twenty."), len(SYSTEM.text), 1)
    assert turn.model == MODEL


async def test_an_answer_that_hit_the_limit_is_truncated(setup: Setup) -> None:
    """The text so far is kept, and the turn says that it is not whole."""
    async with open_model(setup, [Turn("Twenty da", stop="length")]) as (model, _):
        _, turn = await said_by(model)
    assert turn.text == "Twenty da"
    assert turn.truncated


async def test_a_refusal_is_text(setup: Setup) -> None:
    """What the model says instead of an answer is shown, not lost."""
    async with open_model(setup, [Turn("I can't help.", stop="refusal")]) as (model, _):
        streamed, turn = await said_by(model)
    assert streamed == turn.text == "I can't help."


async def test_a_filtered_answer_says_so(setup: Setup) -> None:
    """A turn that a content filter left empty is not silent, in either language."""
    async with open_model(setup, [Turn(stop="content_filter")]) as (model, _):
        streamed, turn = await said_by(model)
    assert streamed == turn.text
    assert "content filter" in turn.text
    assert "フィルター" in turn.text


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_a_passing_failure_is_tried_again(wire: Setup, status: int) -> None:
    """Two failures before the answer begins are not noticed."""
    async with open_model(wire, [Turn("Twenty.")]) as (model, server):
        server.faults = [Fault(status=status, headers=AT_ONCE)] * 2
        streamed, _ = await said_by(model)
    assert streamed == "Twenty."
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [429, 500])
async def test_a_lasting_failure_is_unavailable(wire: Setup, status: int) -> None:
    """After its retries the model says that a later try may succeed."""
    async with open_model(wire, []) as (model, server):
        server.faults = [Fault(status=status, headers=AT_ONCE)] * 3
        with pytest.raises(ModelUnavailableError, match=str(status)):
            await said_by(model)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "setting"),
    [
        (401, "OPENAI_API_KEY"),
        (403, "OPENAI_API_KEY"),
        (404, "OPENAI_MODEL"),
        (400, "OPENAI_WIRE"),
        (422, "OPENAI_MODEL"),
    ],
)
async def test_a_refused_request_names_the_setting(wire: Setup, status: int, setting: str) -> None:
    """What will never be accepted is sent once, told in one line, and the key is not in it."""
    async with open_model(wire, []) as (model, server):
        server.faults = [Fault(status=status, message=f"Not with\nthis key: {KEY}")]
        with pytest.raises(ModelRejectedError, match=setting) as refused:
            await said_by(model)
    assert KEY not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(server.requests) == 1


async def test_an_empty_account_is_not_asked_again_by_later_tries(wire: Setup) -> None:
    """OpenAI reports missing credit as 429, but waiting does not cure it."""
    async with open_model(wire, []) as (model, server):
        server.faults = [Fault(status=429, code="insufficient_quota", headers=AT_ONCE)] * 3
        with pytest.raises(ModelRejectedError, match="credit"):
            await said_by(model)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=400, code="context_length_exceeded", message="Too long."),
        Fault(status=400, message="This model's maximum context length is 8192 tokens."),
        Fault(status=400, message="the request exceeds the available context size"),
        Fault(status=413, message="Request too large"),
        Fault("error_event", code="context_length_exceeded"),
    ],
    ids=["code", "vllm", "llama.cpp", "413", "in the stream"],
)
async def test_a_transcript_that_does_not_fit_is_told_apart(wire: Setup, fault: Fault) -> None:
    """The loop can drop old observations and go on."""
    async with open_model(wire, [Turn("Twenty.")]) as (model, server):
        server.faults = [fault]
        with pytest.raises(ContextTooLongError):
            await said_by(model)


@pytest.mark.parametrize("kind", ["cut", "drop", "garbage", "error_event"])
async def test_a_stream_that_breaks_off_is_unavailable(
    wire: Setup, kind: Literal["cut", "drop", "garbage", "error_event"]
) -> None:
    """Half an answer is never a turn, however the stream ended."""
    async with open_model(wire, [Turn("Twenty days. " * 9, (SEARCHED,))]) as (model, server):
        server.faults = [Fault(kind)]
        with pytest.raises(ModelUnavailableError):
            await said_by(model)


async def test_a_silent_endpoint_is_unavailable(wire: Setup) -> None:
    """Nothing is waited for longer than the read timeout."""
    async with open_model(wire, [], seconds=0.5, retries=0) as (model, server):
        server.faults = [Fault("hang")]
        with pytest.raises(ModelUnavailableError):
            await said_by(model)
    assert server.hanging.is_set()


async def test_an_endpoint_that_is_not_there_is_unavailable(wire: Setup) -> None:
    """The text names the address setting."""
    async with llm_server(scripted([])) as server:
        model = wire.model(server, retries=0)
    with pytest.raises(ModelUnavailableError, match="OPENAI_BASE_URL"):
        await said_by(model)
    await model.aclose()


async def test_a_reader_may_stop_early(wire: Setup) -> None:
    """Closing the stream ends the request; the model goes on to serve others."""
    async with open_model(wire, [Turn("Twenty days. " * 50), Turn("Again.")]) as (model, _):
        parts = model.stream([ASKED], ())
        assert isinstance(parts, AsyncGenerator)
        async with aclosing(parts):
            first = await anext(parts)
        assert isinstance(first, TextDelta)
        streamed, _ = await said_by(model)
    assert streamed == "Again."


async def test_the_key_is_sent_and_nowhere_shown(wire: Setup) -> None:
    """It travels in the header; no representation holds it."""
    async with open_model(wire, [Turn("Twenty.")]) as (model, server):
        _, turn = await said_by(model)
        assert KEY not in repr(model) + repr(turn) + repr(vars(model))
    assert server.requests[0].key == KEY
    assert KEY not in json.dumps(server.requests[0].body)


@pytest.mark.parametrize("base", ["http://127.0.0.1:1/v1", None])
async def test_the_factory_chooses_the_wire_by_the_server(base: str | None) -> None:
    """Auto is Responses for OpenAI, chat for others."""
    model = make_model(MODEL, KEY, base)
    assert isinstance(model, PlainModel)
    read = model.model
    assert isinstance(read, TextCallModel)
    assert isinstance(read.model, ChatCompletionsModel if base else ResponsesModel)
    assert model.name == MODEL
    await model.aclose()


async def test_the_responses_wire_leaves_nothing_with_the_vendor() -> None:
    """Nothing is stored; reasoning comes encrypted, and goes back."""
    setup = Setup("responses", "openai")
    thinking = Turn(calls=(SEARCHED,), thoughts="encrypted")
    async with open_model(setup, [thinking, Turn("Twenty.")]) as (model, server):
        _, first = await said_by(model)
        result = ChatMessage("tool", "20", call_id=first.calls[0].id)
        await said_by(model, [SYSTEM, ASKED, assistant(first), result])
    for request in server.requests:
        assert request.body["store"] is False
        assert request.body["include"] == ["reasoning.encrypted_content"]
    assert server.conversations[-1].thoughts == ("encrypted",)


async def test_reasoning_that_is_not_encrypted_stays_here() -> None:
    """Nobody stored it, so its id would not be found."""
    setup = Setup("responses", "openai")
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    said = ChatMessage("assistant", "Twenty.", opaque=(thought,))
    async with open_model(setup, [Turn("Yes.")]) as (model, server):
        await said_by(model, [ASKED, said, ASKED])
    assert thought not in server.requests[0].body["input"]


async def test_strict_tools_are_asked_for_where_they_are_known(setup: Setup) -> None:
    """OpenAI holds arguments to the schema; other servers may not know the field."""
    async with open_model(setup, [Turn("x")]) as (model, server):
        await said_by(model)
    tool = server.requests[0].body["tools"][0]
    assert tool.get("function", tool).get("strict", False) is (setup.server == "openai")


# Streams of the chat wire as other servers send them.

ODD: list[tuple[Oddity, ...]] = [
    ("dict_arguments",),
    ("missing_index",),
    ("missing_id",),
    ("missing_index_and_id",),
    ("stop_with_calls",),
    ("all_at_index_zero",),
    ("extra_content",),
    ("all_at_index_zero", "stop_with_calls", "dict_arguments", "no_usage"),
]


@pytest.mark.parametrize("oddities", ODD, ids="+".join)
async def test_odd_streams_hold_the_same_calls(oddities: tuple[Oddity, ...]) -> None:
    """Three parallel calls are understood, whatever the server's layer does to them."""
    calls = tuple(
        Call("search_knowledge", {"query": query, "source": None})
        for query in ("annual leave", "有給休暇", "days off")
    )
    async with open_model(Setup("chat", "compatible"), [Turn("", calls)]) as (model, server):
        server.oddities = oddities
        _, turn = await said_by(model)
    assert [json.loads(call.arguments) for call in turn.calls] == [c.arguments for c in calls]
    assert {call.name for call in turn.calls} == {"search_knowledge"}
    assert all(call.id for call in turn.calls)
    assert len({call.id for call in turn.calls}) == 3


async def test_vendor_data_beside_a_call_goes_back_unchanged() -> None:
    """Gemini refuses a call that comes back without its signature."""
    setup = Setup("chat", "compatible")
    async with open_model(setup, [Turn(calls=(SEARCHED,)), Turn("Twenty.")]) as (model, server):
        server.oddities = ("extra_content",)
        server.validates = False
        _, first = await said_by(model)
        result = ChatMessage("tool", "20", call_id=first.calls[0].id)
        await said_by(model, [ASKED, assistant(first), result])
    sent = server.requests[1].body["messages"][1]["tool_calls"][0]
    assert sent["extra_content"] == {"google": {"thought_signature": "signature 0"}}


async def test_garbage_arguments_reach_the_loop_and_go_back_as_json() -> None:
    """The loop sees what the model wrote; servers that parse earlier calls do not break on it."""
    setup = Setup("chat", "compatible")
    garbage = '{"query": "annual le'
    turns = [Turn(calls=(Call("search_knowledge", garbage),)), Turn("Sorry.")]
    async with open_model(setup, turns) as (model, server):
        _, first = await said_by(model)
        assert first.calls[0].arguments == garbage
        result = ChatMessage("tool", "error: no JSON", call_id=first.calls[0].id)
        await said_by(model, [ASKED, assistant(first), result])
    sent = server.requests[1].body["messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {"unreadable": garbage}


async def test_a_server_without_finish_reasons_is_believed_when_it_said_something() -> None:
    """Ollama leaves it out now and then; an empty stream is a failure all the same."""
    profile = replace(Setup("chat", "compatible").profile, sends_finish_reason=False)
    async with llm_server(scripted([Turn("Twenty."), Turn()])) as server:
        server.oddities = ("no_finish_reason",)
        model = ChatCompletionsModel(
            AsyncOpenAI(api_key=KEY, base_url=server.url), "qwen3", profile
        )
        assert (await said_by(model))[0] == "Twenty."
        with pytest.raises(ModelUnavailableError):
            await said_by(model)
        await model.aclose()


async def test_thoughts_go_back_where_the_model_needs_them() -> None:
    """DeepSeek refuses a tool call's transcript without the thoughts that led to it."""
    profile = profile_for("deepseek-chat", "https://api.deepseek.com")
    turns = [Turn(calls=(SEARCHED,), thoughts="休暇を調べる。"), Turn("Twenty.")]
    async with llm_server(scripted(turns), validates=False) as server:
        model = ChatCompletionsModel(
            AsyncOpenAI(api_key=KEY, base_url=server.url), "deepseek-chat", profile
        )
        _, first = await said_by(model)
        result = ChatMessage("tool", "20", call_id=first.calls[0].id)
        await said_by(model, [ASKED, assistant(first), result])
        await model.aclose()
    assert server.conversations[-1].thoughts == ("休暇を調べる。",)


async def test_all_rules_are_in_one_system_message_where_only_one_is_allowed() -> None:
    """Templates of local models refuse a second one, or one that is not the first."""
    late = ChatMessage("system", "Be brief.")
    async with open_model(Setup("chat", "compatible"), [Turn("x")]) as (model, server):
        await said_by(model, [SYSTEM, ASKED, late])
    roles = [message["role"] for message in server.requests[0].body["messages"]]
    assert roles == ["system", "user"]
    assert server.conversations[0].system == f"{SYSTEM.text}\n\n{late.text}"


FOUND = ChatMessage(
    "tool",
    "<<< [1] 20 days >>>",
    (ToolCall("first-1", "search_knowledge", '{"query": "leave"}'),),
    call_id="first-1",
)
MORE = ChatMessage(
    "tool",
    "<<< [2] 繰り越し >>>",
    (ToolCall("first-2", "search_knowledge", '{"query": "carry over"}'),),
    call_id="first-2",
)


async def test_the_first_search_is_told_as_the_server_can_take_it(setup: Setup) -> None:
    """OpenAI gets calls with results; others get the passages before the question, in order."""
    async with open_model(setup, [Turn("20 [1].")]) as (model, server):
        await said_by(model, [SYSTEM, ASKED, FOUND, MORE])
    (conversation,) = server.conversations
    said = conversation.said[1:]
    if setup.profile.search_as_call:
        assert [message.role for message in said] == ["user", *["assistant", "tool"] * 2]
        assert [message.text for message in said if message.role == "tool"] == [
            FOUND.text,
            MORE.text,
        ]
    else:
        assert [message.role for message in said] == ["user"]
        found, more = said[0].text.find(FOUND.text), said[0].text.find(MORE.text)
        assert 0 < found < more < said[0].text.find(ASKED.text)


@pytest.mark.parametrize(("language", "words"), [("en", "short sentences"), ("ja", "短い")])
async def test_a_local_model_is_asked_for_a_short_answer(language: Language, words: str) -> None:
    """It would analyse every passage at length. The question alone, without passages, is left."""
    profile = profile_for("qwen", "http://localhost:8080/v1")
    asked = replace(ASKED, language=language)
    with_passages = chat_messages([SYSTEM, asked, FOUND, MORE], profile)
    assert with_passages[-1]["content"].count(words) == 1
    assert with_passages[-1]["content"].find(words) > with_passages[-1]["content"].find(ASKED.text)
    assert words not in chat_messages([SYSTEM, asked], profile)[-1]["content"]

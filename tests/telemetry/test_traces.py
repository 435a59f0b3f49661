"""What is traced arrives at a collector, without words; a collector that is away costs nothing."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from pydantic import BaseModel

from bot.agent.tool import ToolResult, ToolSpec
from bot.core.errors import BotError, ModelUnavailableError, ToolError
from bot.core.trace import keep_trace, traceparent
from bot.core.types import ChatMessage, ModelTurn, Question, QuestionId, TextDelta, ThreadId, Usage
from bot.telemetry.traced import TracedModel, TracedTool, slack_report
from bot.telemetry.traces import Traces, check_collector, ids_of, otlp_traces, trace_ids
from knowledge.model.types import Principal
from tests.support.otlp_server import Collector, otlp_server
from tests.support.ports import free_port

QUESTION = Question(QuestionId("q1"), ThreadId("t1"), "秘密の質問です", Principal("U1"))
OUTSIDE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on this machine."""
    with otlp_server() as served:
        yield served


@pytest.fixture
def traces(collector: Collector) -> Traces:
    """Traces that go there."""
    return otlp_traces(collector.address + "/", {"authorization": "Bearer s3cret"})


class Speaking:
    """A model that says something, and fails at the second call."""

    name = "gpt-6-luna"

    def __init__(self) -> None:
        self.calls = 0

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        self.calls += 1
        if self.calls > 1:
            raise ModelUnavailableError("秘密の理由")
        yield TextDelta("秘密の答え")
        yield ModelTurn("秘密の答え", (), usage=Usage(100, 20, 60, 1))

    async def aclose(self) -> None:
        """Nothing is open."""


class Nothing(BaseModel):
    """No arguments."""


class Failing:
    """A tool that notes the trace that it is called in, and fails."""

    spec = ToolSpec("read_page", "…", Nothing)
    seen = ""

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        self.seen = traceparent()
        raise ToolError("秘密のページは開けません")


async def heard(model: TracedModel) -> list[object]:
    """Listen to one turn."""
    return [part async for part in model.stream([], [])]


async def test_a_try_holds_its_calls_and_no_words(traces: Traces, collector: Collector) -> None:
    """The parts hang below the try, the try below the job; an error tells its type alone."""
    model, tool = TracedModel(Speaking(), traces), Failing()
    counted = list[tuple[str, str]]()
    report = slack_report(lambda method, outcome, _: counted.append((method, outcome)), traces)
    with traces.try_of("slack:T1:C1:1.1", "question", 2):
        await heard(model)
        with pytest.raises(ModelUnavailableError):
            await heard(model)
        report("chat.postMessage", "rate_limited", 0.25)
        with pytest.raises(ToolError):
            await TracedTool(tool, traces).use(Nothing(), QUESTION)
    received = time.time() - 60
    traces.job_ended("slack:T1:C1:1.1", "question", received, "answered", {"kotae.steps": 2})
    traces.close()

    ids = ids_of("slack:T1:C1:1.1")
    trace_id, root = f"{ids[0]:032x}", f"{ids[1]:016x}"
    (whole,), (tried,) = collector.named("question"), collector.named("try question")
    assert {span.trace_id for span in collector.spans} == {trace_id}
    assert (whole.span_id, whole.parent_id, tried.parent_id) == (root, "", root)
    assert whole.started == pytest.approx(received, abs=0.01)
    first, second = collector.named("chat gpt-6-luna")
    assert {first.parent_id, second.parent_id} == {tried.span_id}
    assert first.attributes["gen_ai.usage.input_tokens"] == 100
    assert (first.failed, second.failed) == (False, True)
    assert second.attributes["error.type"] == "ModelUnavailableError"
    (posted,) = collector.named("slack chat.postMessage")
    assert (posted.parent_id, posted.failed) == (tried.span_id, True)
    assert posted.ended - posted.started == pytest.approx(0.25, abs=0.01)
    (used,) = collector.named("execute_tool read_page")
    assert tool.seen == f"00-{trace_id}-{used.span_id}-01"
    assert counted == [("chat.postMessage", "rate_limited")]
    assert not any("秘密".encode() in body for body in collector.bodies)


async def test_the_trace_of_a_caller_goes_on(traces: Traces, collector: Collector) -> None:
    """A program that calls by MCP finds our spans in its own trace, and each in no other."""
    with keep_trace(OUTSIDE), traces.span("mcp call", "server"), traces.span("search_index"):
        assert traceparent().startswith(OUTSIDE[:36])
        assert trace_ids(None, "", {"event": "x"})["trace_id"] == OUTSIDE[3:35]
    with traces.span("mcp call", "server"):
        pass
    traces.close()

    ours = [span for span in collector.spans if span.trace_id == OUTSIDE[3:35]]
    assert [(span.name, span.parent_id) for span in ours][-1] == ("mcp call", OUTSIDE[36:52])
    assert len(collector.spans) == 3
    assert len(ours) == 2


def test_headers_arrive(traces: Traces, collector: Collector) -> None:
    """A collector elsewhere wants a key."""
    with traces.span("search_index"):
        pass
    traces.close()

    assert collector.headers[0]["authorization"] == "Bearer s3cret"


def test_a_line_of_the_log_after_the_last_try_names_the_trace() -> None:
    """The ids come from the job alone, on every machine."""
    line = trace_ids(None, "", {"event": "question_ended", "job": "slack:T1:C1:1.1"})

    assert line["trace_id"] == f"{ids_of('slack:T1:C1:1.1')[0]:032x}"


def test_a_collector_that_is_away_holds_up_nothing() -> None:
    """Spans are lost; work and the end of the program are not."""
    traces = otlp_traces(f"http://127.0.0.1:{free_port()}", {})
    started = time.process_time()
    for _ in range(5_000):  # more than are kept
        with traces.span("search_index"):
            pass
    begun = time.monotonic()
    traces.close()

    assert time.process_time() - started < 20
    assert time.monotonic() - begun < 20


async def test_the_collector_is_asked(collector: Collector) -> None:
    """A wrong address and a closed port are told apart from one that takes traces."""
    await check_collector(collector.address, {})
    with pytest.raises(BotError, match="answers 404"):
        await check_collector(f"{collector.address}/elsewhere", {})
    with pytest.raises(BotError, match="cannot be reached"):
        await check_collector(f"http://127.0.0.1:{free_port()}", {})

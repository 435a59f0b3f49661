"""Opens spans around the model, the tools and the handlers of jobs, by watching each.

Names of attributes: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from pydantic import BaseModel

from bot.agent.chat_model import ChatModel
from bot.agent.tool import Tool, ToolResult, ToolSpec
from bot.core.types import ChatMessage, ModelTurn, Question, TextDelta
from bot.queue.queue import Lease
from bot.queue.worker import JobHandler
from bot.telemetry.queue import JobTimeline
from bot.telemetry.traces import Attribute, Traces


class TracedModel:
    """A model with a span for each call."""

    def __init__(self, model: ChatModel, traces: Traces) -> None:
        self._model = model
        self._traces = traces

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(
        self, messages: Sequence[ChatMessage], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        with self._traces.stream_span(
            f"chat {self.name}",
            gen_ai__operation__name="chat",
            gen_ai__request__model=self.name,
        ) as span:
            spoke = False
            async for part in self._model.stream(messages, tools, force=force):
                if not spoke:
                    spoke = True
                    span.event("first_output")
                if isinstance(part, ModelTurn):
                    span.note(
                        gen_ai__usage__input_tokens=part.usage.input_tokens,
                        gen_ai__usage__output_tokens=part.usage.output_tokens,
                        kotae__usage__cached_tokens=part.usage.cached_tokens,
                        kotae__truncated=part.truncated,
                    )
                yield part

    async def aclose(self) -> None:
        await self._model.aclose()


class TracedTool:
    """A tool with a span for each use."""

    def __init__(self, tool: Tool, traces: Traces) -> None:
        self._tool = tool
        self._traces = traces

    @property
    def spec(self) -> ToolSpec:
        return self._tool.spec

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        name = self._tool.spec.name
        with self._traces.span(
            f"execute_tool {name}", gen_ai__operation__name="execute_tool", gen_ai__tool__name=name
        ) as span:
            result = await self._tool.use(arguments, question)
            span.note(kotae__passages=len(result.passages))
            return result


class TracedHandler:
    """A handler of jobs with a span for each try."""

    def __init__(self, handler: JobHandler, traces: Traces) -> None:
        self._handler = handler
        self._traces = traces

    async def __call__(self, lease: Lease) -> None:
        with self._traces.try_of(lease.job.id, lease.job.kind, lease.attempt):
            await self._handler(lease)

    async def give_up(self, lease: Lease, message: str) -> None:
        with self._traces.try_of(lease.job.id, lease.job.kind, lease.attempt) as span:
            span.note(kotae__given_up=True)
            await self._handler.give_up(lease, message)


def job_report(traces: Traces) -> Callable[[Lease, JobTimeline, str], None]:
    """Return what tells *traces* of a job that has left the queue."""

    def ended(lease: Lease, timeline: JobTimeline, outcome: str) -> None:
        told: dict[str, Attribute] = {"kotae.job.tries": lease.attempt}
        for name, value in timeline.summary().items():
            if isinstance(value, str | int | float):
                told[f"kotae.{name}"] = value
        traces.job_ended(lease.job.id, lease.job.kind, timeline.received_at, outcome, told)

    return ended


def slack_report(
    counted: Callable[[str, str, float], None], traces: Traces
) -> Callable[[str, str, float], None]:
    """Return a report of calls of Slack that tells *counted* and *traces*."""

    def report(method: str, outcome: str, seconds: float) -> None:
        counted(method, outcome, seconds)
        traces.called(
            f"slack {method}",
            seconds,
            failed=outcome != "ok",
            rpc__system="slack",
            rpc__method=method,
            kotae__outcome=outcome,
        )

    return report


def knowledge_watch(traces: Traces) -> Callable[[str], AbstractContextManager[None]]:
    """Return what opens a span for a stage of a search."""

    @contextmanager
    def watch(stage: str) -> Iterator[None]:
        with traces.span(stage, "client" if stage == "embed_query" else "internal"):
            yield

    return watch

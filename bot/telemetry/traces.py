"""The traces of one process, in OpenTelemetry's form. Only this file imports its library.

A trace shows where the time of a question went: its wait, each try, the calls of the model, of
tools and of Slack. Spans hold ids, names, numbers and outcomes; no text that a person or a document
wrote, and of an error its type alone.

All tries at a job belong to one trace, on whichever machine: the ids come from the job's id.

OTLP over HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp
Names of the model's attributes: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
"""

import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from importlib.metadata import version
from typing import Literal

import aiohttp
import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bot.core.errors import BotError
from bot.core.trace import keep_trace, traceparent

Attribute = str | int | float | bool

SpanRole = Literal["internal", "client", "server", "consumer"]
"""Whether a span is work of our own, a call of another program, or work for one."""

EXPORT_SECONDS = 5.0
"""How long one delivery to the collector may take; what is lost are spans, never an answer."""

CLOSE_SECONDS = 2.0
"""How long to wait for the last delivery when the program ends."""

_SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)
_PROPAGATOR = TraceContextTextMapPropagator()
_ids: ContextVar[tuple[int, int] | None] = ContextVar("ids of the next span", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, unless those of the next span are given."""

    def generate_trace_id(self) -> int:
        given = _ids.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        given = _ids.get()
        return given[1] if given else super().generate_span_id()


def ids_of(job_id: str) -> tuple[int, int]:
    """Return the id of the trace of the job *job_id*, and of the span of the whole job."""
    digest = hashlib.sha256(job_id.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


class Traces:
    """Opens spans, and sends the ended ones to *exporter* in the background."""

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource.create(
            {
                "service.name": "kotae",
                "service.version": version("kotae"),
                "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
            }
        ).merge(OTELResourceDetector().detect())
        limits = SpanLimits(max_span_attributes=64, max_span_attribute_length=256)
        self._provider = TracerProvider(
            resource=resource, id_generator=_Ids(), span_limits=limits, shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("kotae", version("kotae"))

    def close(self) -> None:
        """Send what is left, for `CLOSE_SECONDS` at most: the library would try much longer."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)

    @contextmanager
    def span(
        self, name: str, role: SpanRole = "internal", **attributes: Attribute
    ) -> Iterator["OpenSpan"]:
        """Open a span within the one that is open, or within the trace of who called the program.

        Args:
            name: What is done; one of few names.
            role: Whether another program is called, or calls.
            attributes: What is known beforehand; `__` in a name stands for a dot.
        """
        inside = None if trace.get_current_span().get_span_context().is_valid else _called_by()
        with self._opened(name, role, inside, attributes) as span:
            yield span

    @contextmanager
    def stream_span(self, name: str, **attributes: Attribute) -> Iterator["OpenSpan"]:
        """Open the span of a call whose results come one by one; nothing hangs below it.

        A generator may be closed in another context than it was begun in.
        """
        opened = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=_dotted(attributes))
        span = OpenSpan(opened)
        try:
            yield span
        except BaseException as error:
            span.fail(type(error).__name__)
            raise
        finally:
            opened.end()

    @contextmanager
    def try_of(self, job_id: str, kind: str, attempt: int) -> Iterator["OpenSpan"]:
        """Open the span of one try at a job."""
        trace_id, root = ids_of(job_id)
        parent = NonRecordingSpan(SpanContext(trace_id, root, is_remote=True, trace_flags=_SAMPLED))
        inside = trace.set_span_in_context(parent, Context())
        told: dict[str, Attribute] = {
            "kotae.job.id": job_id,
            "kotae.job.kind": kind,
            "kotae.job.attempt": attempt,
        }
        with self._opened(f"try {kind}", "consumer", inside, told) as span:
            yield span

    def job_ended(
        self,
        job_id: str,
        kind: str,
        started_at: float,
        outcome: str,
        attributes: Mapping[str, Attribute],
    ) -> None:
        """Tell the span of a whole job, after its last try.

        Args:
            job_id: Its id, which the ids of the trace come from.
            kind: Its kind, the span's name.
            started_at: When it was received, in seconds since the epoch; 0.0: now.
            outcome: How it ended.
            attributes: What else is known.
        """
        ended = time.time_ns()
        token = _ids.set(ids_of(job_id))
        try:
            span = self._tracer.start_span(
                kind, Context(), start_time=min(int(started_at * 1e9) or ended, ended)
            )
        finally:
            _ids.reset(token)
        span.set_attributes({"kotae.job.id": job_id, "kotae.outcome": outcome, **attributes})
        if outcome in {"dead", "failed"}:
            span.set_status(Status(StatusCode.ERROR, outcome))
        span.end(ended)

    def called(self, name: str, seconds: float, *, failed: bool, **attributes: Attribute) -> None:
        """Tell a call of another program that has just ended and took *seconds*."""
        now = time.time_ns()
        span = self._tracer.start_span(
            name, kind=SpanKind.CLIENT, start_time=now - int(seconds * 1e9)
        )
        span.set_attributes(_dotted(attributes))
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(now)

    @contextmanager
    def _opened(
        self,
        name: str,
        role: SpanRole,
        inside: Context | None,
        attributes: Mapping[str, Attribute],
    ) -> Iterator["OpenSpan"]:
        with self._tracer.start_as_current_span(
            name,
            inside,
            SpanKind[role.upper()],
            _dotted(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as opened:
            span = OpenSpan(opened)
            try:
                with keep_trace(_current_traceparent()):
                    yield span
            except BaseException as error:
                span.fail(type(error).__name__)
                raise


class OpenSpan:
    """An open span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, **attributes: Attribute) -> None:
        """Add *attributes*; `__` in a name stands for a dot."""
        self._span.set_attributes(_dotted(attributes))

    def event(self, name: str) -> None:
        """Note that *name* happened now."""
        self._span.add_event(name)

    def fail(self, kind: str) -> None:
        """Say that it failed, with the type of the error and none of its words."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR, kind))


def otlp_traces(endpoint: str, headers: Mapping[str, str]) -> Traces:
    """Return traces that go to a collector by OTLP over HTTP.

    Args:
        endpoint: Base address; `/v1/traces` is added, as the specification says.
        headers: Sent with each request.
    """
    exporter = OTLPSpanExporter(_address(endpoint), headers=dict(headers), timeout=EXPORT_SECONDS)
    return Traces(exporter)


def _address(endpoint: str) -> str:
    return endpoint.rstrip("/") + "/v1/traces"


async def check_collector(endpoint: str, headers: Mapping[str, str]) -> None:
    """Send the collector a delivery without spans.

    Raises:
        BotError: it cannot be reached, or refuses.
    """
    address = _address(endpoint)
    sent = {"Content-Type": "application/x-protobuf", **headers}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(EXPORT_SECONDS)) as session,
            session.post(address, data=b"", headers=sent, allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise BotError(f"the collector at {address} cannot be reached") from error
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise BotError(f"the collector at {address} refuses these OTEL_EXPORTER_OTLP_HEADERS")
    if status != HTTPStatus.OK:
        raise BotError(f"{address} answers {status}: it takes no OTLP over HTTP")


def trace_ids(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the ids of the trace to a line of the log; a structlog processor."""
    current = trace.get_current_span().get_span_context()
    if current.is_valid:
        event["trace_id"] = trace.format_trace_id(current.trace_id)
        event["span_id"] = trace.format_span_id(current.span_id)
    elif job := event.get("job"):
        event["trace_id"] = trace.format_trace_id(ids_of(str(job))[0])
    return event


def _called_by() -> Context | None:
    """Return the context of the trace that a caller from outside has named."""
    return _PROPAGATOR.extract({"traceparent": traceparent()}, Context())


def _current_traceparent() -> str:
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def _dotted(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {name.replace("__", "."): value for name, value in attributes.items()}

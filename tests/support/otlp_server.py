"""A collector of traces, which reads what OpenTelemetry's exporter sends by HTTP."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.local_server import serving


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it arrived; ids in hexadecimal, times in seconds since the epoch."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    started: float
    ended: float
    failed: bool
    attributes: Mapping[str, object]


@dataclass(slots=True)
class Collector:
    """What arrived so far."""

    address: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def named(self, name: str) -> list[ReceivedSpan]:
        """Return the spans of *name*, each once: a delivery is repeated in doubt."""
        found = {(one.trace_id, one.span_id): one for one in self.spans if one.name == name}
        return list(found.values())


@contextmanager
def otlp_server() -> Iterator[Collector]:
    """Serve a collector on a free port of this machine."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.headers.append(dict(self.headers))
            collector.bodies.append(body)
            if self.path == "/v1/traces":
                collector.spans += _spans(body)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with serving(Handler) as collector.address:
        yield collector


def _spans(body: bytes) -> list[ReceivedSpan]:
    request: Any = ExportTraceServiceRequest.FromString(body)
    return [
        ReceivedSpan(
            span.name,
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            span.start_time_unix_nano / 1e9,
            span.end_time_unix_nano / 1e9,
            span.status.code == 2,
            {one.key: _value(one.value) for one in span.attributes},
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _value(value: Any) -> object:
    return getattr(value, value.WhichOneof("value"))

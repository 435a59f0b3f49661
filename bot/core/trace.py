"""The trace that a call from outside belongs to, kept for what is called because of it.

W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_FORM = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
_kept: ContextVar[str] = ContextVar("traceparent", default="")


@contextmanager
def keep_trace(traceparent: object) -> Iterator[None]:
    """Keep *traceparent* while the context is open; what does not have its form is forgotten."""
    fits = isinstance(traceparent, str) and _FORM.fullmatch(traceparent)
    token = _kept.set(str(traceparent) if fits else "")
    try:
        yield
    finally:
        _kept.reset(token)


def traceparent() -> str:
    """Return what is kept, or ""."""
    return _kept.get()

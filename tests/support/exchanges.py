"""What clients and doubles of vendors said to each other, for whoever wants to look at it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_LISTENERS = list["Listener"]()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the reply to it, without what a test broke on purpose.

    Attributes:
        double: Name of the double: that of its class, if it has no other.
        target: Path and query of the request, as they were sent.
        body: Body of the request.
        status: Status of the reply.
        reply: Body of the reply: JSON, or a file as bytes.
    """

    double: str
    method: str
    target: str
    body: bytes
    status: int
    reply: object


Listener = Callable[[Exchange], None]


def note(double: object, method: str, target: str, body: bytes, status: int, reply: object) -> None:
    """Tell those who listen of an exchange with *double*, a double or a method of one."""
    if _LISTENERS:
        owner = getattr(double, "__self__", double)
        name = getattr(owner, "called", "") or type(owner).__name__
        exchange = Exchange(name, method, target, body, status, reply)
        for listener in _LISTENERS:
            listener(exchange)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let *listener* hear of every exchange; it is called in the threads of the doubles."""
    _LISTENERS.append(listener)
    try:
        yield
    finally:
        _LISTENERS.remove(listener)

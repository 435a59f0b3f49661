"""A TCP proxy that cuts everything off at the n-th thing that a client sends."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

_CHUNK = 65_536

THROTTLED = (
    b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
"""What a server says that wants to be left alone for a second."""


class FaultyProxy:
    """Passes bytes on to a port of this machine.

    Args:
        port: Where to.
        cut_at: The number of the message, from 1 and over all connections, from which on nothing
            passes any more; 0 never cuts. What is sent at once counts as one message.
        once: Whether only that one connection is cut, and later ones pass.
        said: What the client is told before it is cut off.

    Attributes:
        port: Where it listens.
        messages: How many messages clients have sent.
    """

    def __init__(
        self, port: int, cut_at: int = 0, *, once: bool = False, said: bytes = b""
    ) -> None:
        self._to, self._cut_at, self._once, self._said = port, cut_at, once, said
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.messages = 0
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """Cut the connections that there are; new ones pass."""
        with self._lock:
            for one in self._sockets:
                _hang_up(one)

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._sockets += [client, server]
                self._start(partial(self._pass, client, server, is_client=True))
                self._start(partial(self._pass, server, client, is_client=False))

    def _pass(self, source: socket.socket, target: socket.socket, *, is_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if is_client and self._is_cut():
                    source.sendall(self._said)
                    break
                target.sendall(data)
        with self._lock:
            _hang_up(source)
            _hang_up(target)

    def _is_cut(self) -> bool:
        with self._lock:
            self.messages += 1
            if self._once:
                return self.messages == self._cut_at
            return bool(self._cut_at) and self.messages >= self._cut_at


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

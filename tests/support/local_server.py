"""Runs a web server on this machine for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer with *handler* on a free port; yield the address."""
    # A reply is written in two pieces, and the second would wait 40 ms for the first's receipt.
    prompt = type(handler.__name__, (handler,), {"disable_nagle_algorithm": True})
    http = ThreadingHTTPServer(("127.0.0.1", 0), prompt)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()

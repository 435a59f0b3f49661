"""Serves a vendor's hosts on this machine: a proxy that answers for them, with its own authority.

A program that is told of the proxy and of the authority talks to the double as it would to the
vendor: the same host names, paths and encryption.
"""

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.exchanges import note


@dataclass(frozen=True)
class VendorRequest:
    """A request, as a double sees it."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class VendorReply:
    """A reply; a body that is not bytes is sent as JSON. With `cut`, the connection breaks off."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False


class VendorDouble(Protocol):
    """A vendor's interface."""

    def __call__(self, request: VendorRequest) -> VendorReply: ...


@dataclass(frozen=True)
class Authority:
    """A certificate authority with a certificate for some hosts."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def context(self) -> ssl.SSLContext:
        """Return what a server needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "host.pem", self.folder / "host.key")
        return context


def make_authority(folder: Path, *hosts: str) -> Authority:
    """Make an authority and a certificate for *hosts*; skip the test where openssl is missing."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    names = ",".join(f"{'IP' if host[0].isdigit() else 'DNS'}:{host}" for host in hosts)
    (folder / "names").write_text(f"subjectAltName={names}\n")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names"
    for command in (
        f"req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=authority",
        f"req {key} -keyout host.key -out host.csr -subj /CN=host",
        f"x509 -req -in host.csr -out host.pem {sign}",
    ):
        run = subprocess.run(
            ["openssl", *command.split()], cwd=folder, capture_output=True, check=False
        )
        assert run.returncode == 0, run.stderr
    return Authority(folder)


@contextmanager
def serving_vendor(double: VendorDouble, authority: Authority) -> Iterator[int]:
    """Answer for the hosts of *authority* by *double*; yield the proxy's port."""
    context = authority.context()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.partition(":")[0]
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)
            self.close_connection = False

        def answer(self) -> None:
            target = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length") or 0))
            reply = double(
                VendorRequest(
                    self.command,
                    self.host,
                    target.path,
                    dict(parse_qsl(target.query, keep_blank_values=True)),
                    dict(self.headers),
                    sent,
                )
            )
            if not reply.cut:
                note(double, self.command, self.path, sent, reply.status, reply.body)
            is_bytes = isinstance(reply.body, bytes)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            if not is_bytes:
                self.send_header("Content-Type", "application/json")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
            self.close_connection = self.close_connection or reply.cut

        do_GET = do_POST = do_HEAD = answer  # noqa: N815

        def finish(self) -> None:
            try:
                super().finish()
            finally:
                self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no error."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()

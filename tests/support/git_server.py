"""Repositories of git, and a small web server over `git http-backend` that asks for a token."""

import base64
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.support.local_server import serving

_CHUNK = 65_536


class Repository:
    """A repository with a worktree to write in, and a bare one to clone from."""

    def __init__(self, folder: Path, *, with_filter: bool = True) -> None:
        self.worktree = folder / "worktree"
        self.bare = folder / "remotes" / "team" / "wiki.git"
        if self.bare.exists():  # a copy of one that was made before
            return
        self.bare.mkdir(parents=True)
        run(self.bare, "init", "--quiet", "--bare", "-b", "main")
        run(self.bare, "config", "uploadpack.allowFilter", str(with_filter).lower())
        run(self.bare, "config", "uploadpack.allowAnySHA1InWant", "true")
        run(folder, "clone", "--quiet", str(self.bare), str(self.worktree))

    def write(self, name: str, content: str | bytes) -> None:
        path = self.worktree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, day: str = "2026-03-05", author: str = "a") -> str:
        """Commit everything, push it, and return the commit's name."""
        run(self.worktree, "add", "-A")
        said = ("--allow-empty", "-m", "x", f"--author={author} <a@example.com>")
        run(self.worktree, "commit", "--quiet", *said, day=day)
        self.push("HEAD:main")
        return run(self.worktree, "rev-parse", "HEAD").strip()

    def push(self, reference: str) -> None:
        """Push *reference*, such as `HEAD:main`, even over another history."""
        run(self.worktree, "push", "--quiet", "--force", str(self.bare), reference)


def run(folder: Path, *arguments: str, day: str = "2026-03-05", given: bytes = b"") -> str:
    """Run git in *folder*; return what it prints."""
    moment = f"{day}T12:00:00Z"
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.quotePath=false")
    ended = subprocess.run(
        ["git", *identity, *arguments],
        cwd=folder,
        check=True,
        env=environment,
        input=given,
        capture_output=True,
    )
    return ended.stdout.decode()


class GitServer:
    """What the server lets in, and how it fails.

    Attributes:
        address: Where the repositories are.
        token: The password that it asks for.
        requests: What it was asked, as `METHOD path?query`.
        broken_at: The request, from 1, at which it breaks off in the middle of its reply.
        status: A status that it answers all requests with, 0 for none.
    """

    def __init__(self, root: Path, token: str) -> None:
        self.root, self.token = root, token
        self.address = ""
        self.requests = list[str]()
        self.broken_at = 0
        self.status = 0


@contextmanager
def serving_git(root: Path, token: str = "") -> Iterator[GitServer]:
    """Serve the repositories below *root* on a free port of this machine."""
    server = GitServer(root, token)

    class Handler(_Handler):
        state = server

    with serving(Handler) as server.address:
        yield server


class _Handler(BaseHTTPRequestHandler):
    """Runs `git http-backend` for a request, as a web server does by CGI (RFC 3875)."""

    protocol_version = "HTTP/1.1"
    state: GitServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") != "chunked":
            self._answer(self.rfile.read(int(self.headers["Content-Length"])))
            return
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        self._answer(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name
        pass

    def _answer(self, body: bytes) -> None:
        self.state.requests.append(f"{self.command} {self.path}")
        if self.state.status:
            self._send(self.state.status, [], b"")
        elif self.state.token and not self._is_let_in():
            self._send(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
        else:
            self._send(*self._from_git(body))

    def _is_let_in(self) -> bool:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        said = base64.b64decode(value).decode() if kind == "Basic" else ""
        return said.partition(":")[2] == self.state.token

    def _from_git(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.defpath,
            "GIT_PROJECT_ROOT": str(self.state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
        }
        backend = [str(shutil.which("git")), "http-backend"]
        ended = subprocess.run(
            backend, input=body, capture_output=True, env=environment, check=False
        )
        head, _, reply = ended.stdout.partition(b"\r\n\r\n")
        pairs = [line.partition(": ") for line in head.decode().split("\r\n") if line]
        headers = [(name, value) for name, _, value in pairs]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        return status, [pair for pair in headers if pair[0] != "Status"], reply

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        is_broken = len(self.state.requests) == self.state.broken_at
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if is_broken else body)
        self.close_connection = self.close_connection or is_broken

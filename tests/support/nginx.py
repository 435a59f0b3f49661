"""A web site that nginx serves from a folder."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

_CONFIGURATION = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 128; }}
http {{
  access_log {folder}/access.log combined;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{
    text/html html; text/xml xml; text/plain txt; application/pdf pdf; application/gzip gz;
  }}
  default_type application/octet-stream;
  include {folder}/more.conf*;
  server {{
    listen 127.0.0.1:{port};
    root {folder}/site;
    etag on;
    include {folder}/server.conf*;
  }}
}}
"""


class Site:
    """A running site.

    Attributes:
        folder: Its files.
        address: Its address.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._day = self._asked = 0
        self.folder = folder / "site"
        self.address = f"http://127.0.0.1:{port}"

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file, each with another time, which nginx makes its ETag of."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._day += 1
        moment = 1_700_000_000 + self._day * 86_400
        os.utime(path, (moment, moment))

    def page(self, name: str, body: str, head: str = "", title: str = "Page") -> None:
        """Write a page of HTML."""
        self.write(
            name,
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title>{head}</head>"
            f"<body><main>{body}</main></body></html>",
        )

    def sitemap(self, entries: dict[str, str], name: str = "sitemap.xml") -> None:
        """Write a sitemap of paths and the days of their last change."""
        rows = "".join(
            f"<url><loc>{self.address}/{path}</loc><lastmod>{day}</lastmod></url>"
            for path, day in entries.items()
        )
        self.write(name, f"<?xml version='1.0'?><urlset xmlns='{_NAMESPACE}'>{rows}</urlset>")

    def requests(self) -> list[tuple[str, int]]:
        """Return the path and the status of each request since the last call."""
        log = self._folder / "access.log"
        self._asked += 1
        mark = f"/mark-{self._asked}"
        with (
            contextlib.suppress(urllib.error.HTTPError),
            urllib.request.urlopen(self.address + mark),
        ):
            pass
        while mark not in (text := log.read_text()):  # nginx logs a request after its reply
            pass
        with log.open("w"):
            pass
        rows = [line.split('"') for line in text.splitlines() if "/mark-" not in line]
        return [(row[1].split()[1], int(row[2].split()[0])) for row in rows]


_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@contextmanager
def serving_site(folder: Path, server: str = "", more: str = "") -> Iterator[Site]:
    """Serve *folder*/site on a free port of this machine.

    Args:
        folder: Where nginx keeps its files, too.
        server: Further directives of the server.
        more: Further directives beside it.
    """
    assert NGINX
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "site").mkdir(exist_ok=True)
    (folder / "server.conf").write_text(server)
    (folder / "more.conf").write_text(more)
    port = free_port()
    configuration = folder / "nginx.conf"
    user = "user root;" if os.getuid() == 0 else ""
    configuration.write_text(user + _CONFIGURATION.format(folder=folder, port=port))
    with subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait_for(port, process, folder)
            yield Site(folder, port)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, (folder / "error.log").read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise TimeoutError

"""Storages that others wrote, on this machine: SeaweedFS (S3, WebDAV), and SFTP by rclone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.support.ports import free_port

_SECONDS = 180.0
"""How long a server may take to start, on a machine that is busy with other things."""


def program(name: str) -> str:
    """Return the path of a program; skip the test where there is none."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


@dataclass(frozen=True)
class Storage:
    """A storage with a folder of its own, and what changes the files in it.

    Attributes:
        remote: The folder, as rclone names it.
        config: rclone's configuration, with `{port}` for the port of the server.
        wrong: What to replace in the configuration, and by what, so that it is refused; None where
            everybody is let in.
        forbid: Takes the right to read a file, or to list a folder; None where there is none.
        allow: Gives it back.
    """

    port: int
    remote: str
    config: str
    put: Callable[[str, bytes], object]
    move: Callable[[str, str], object]
    remove: Callable[[str], object]
    wrong: tuple[str, str] | None = None
    forbid: Callable[[str], object] | None = None
    allow: Callable[[str], object] | None = None

    def written(self, path: Path, port: int = 0) -> Path:
        """Write the configuration to *path*, for another *port* if one is given."""
        config = self.config + "override.low_level_retries = 1\n"  # failures come faster
        path.write_text(config.replace("{port}", str(port or self.port)))
        return path


@dataclass(frozen=True)
class Seaweed:
    """A running SeaweedFS: its ports."""

    s3: int
    webdav: int

    def storage(self, kind: str, folder: str) -> Storage:
        """Return its storage of a kind, `s3` or `webdav`; what changes it is WebDAV."""
        base = f"http://127.0.0.1:{self.webdav}/buckets/docs/{folder}"

        def call(method: str, name: str, **more: object) -> None:
            response = httpx2.request(method, f"{base}/{quote(name)}", **more)  # type: ignore[arg-type]
            assert response.is_success, (method, name, response.status_code)

        def put(name: str, data: bytes) -> None:
            parts = name.split("/")[:-1]
            for depth in range(len(parts) + 1):
                httpx2.request("MKCOL", f"{base}/{quote('/'.join(parts[:depth]))}")
            call("PUT", name, content=data)

        httpx2.request("MKCOL", base)
        is_s3 = kind == "s3"
        s3 = (
            "[it]\ntype = s3\nprovider = SeaweedFS\nendpoint = http://127.0.0.1:{port}\n"
            "access_key_id = key\nsecret_access_key = secret\n"
        )
        dav = f"[it]\ntype = webdav\nurl = http://127.0.0.1:{{port}}/buckets/docs/{folder}\n"
        return Storage(
            port=self.s3 if is_s3 else self.webdav,
            remote=f"it:docs/{folder}" if is_s3 else "it:",
            config=s3 if is_s3 else dav + "vendor = other\n",
            put=put,
            move=lambda a, b: call("MOVE", a, headers={"Destination": f"{base}/{quote(b)}"}),
            remove=lambda name: call("DELETE", name),
            wrong=("secret_access_key = secret", "secret_access_key = 0ther") if is_s3 else None,
        )


@contextmanager
def running_seaweed(
    folder: Path, address: str = "127.0.0.1", within: Sequence[str] = ()
) -> Iterator[Seaweed]:
    """Run SeaweedFS; skip the test where it is not installed.

    Args:
        folder: Where it keeps everything.
        address: Where it listens.
        within: The command that runs it on a machine with that address.
    """
    names = ("master", "volume", "filer", "s3", "webdav")
    ports = {name: free_port() for name in names}
    command = [*within, program("weed"), "mini", f"-dir={folder}"]
    command += [f"-ip={address}", f"-ip.bind={address}"]
    command += [f"-{name}.port={port}" for name, port in ports.items()]
    command += ["-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-bucket=docs"]
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    with running(command, {"HOME": str(folder), **keys}) as process:
        base = f"http://{address}:{ports['webdav']}/buckets/docs"
        wait(lambda: httpx2.request("PROPFIND", base).is_success, process)
        wait(lambda: httpx2.get(f"http://{address}:{ports['s3']}").status_code < 500, process)
        yield Seaweed(ports["s3"], ports["webdav"])


@contextmanager
def running_sftp(folder: Path) -> Iterator[Storage]:
    """Serve *folder* by SFTP."""
    port = free_port()
    rclone = program("rclone")
    command = [rclone, "serve", "sftp", str(folder), "--addr", f"127.0.0.1:{port}"]
    command += ["--user", "bot", "--pass", "secret", "--dir-cache-time", "0s"]

    def put(name: str, data: bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)

    with running(command, {"HOME": str(folder.parent)}) as process:
        wait(lambda: _greets(port), process)
        yield Storage(
            port=port,
            remote="it:",
            config="[it]\ntype = sftp\nhost = 127.0.0.1\nport = {port}\nuser = bot\n"
            f"pass = {obscured('secret')}\nshell_type = none\n",
            put=put,
            move=lambda a, b: (folder / a).rename(folder / b),
            remove=lambda name: (folder / name).unlink(),
            wrong=("user = bot", "user = other"),
        )


def obscured(password: str) -> str:
    """Return a password as rclone's configuration holds it."""
    command = [program("rclone"), "obscure", password]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode().strip()


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server; it ends with all that it has started."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Return when *condition* holds of the server that *process* is."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx2.HTTPError, OSError):
            if condition():
                return
        if process.poll() is not None:
            raise AssertionError(f"the storage ended by itself, with {process.returncode}")
        time.sleep(0.02)
    raise AssertionError(f"the storage does not answer after {_SECONDS:g} s")


def _greets(port: int) -> bool:
    """Tell whether SSH answers there (RFC 4253, 4.2)."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as one:
        return one.recv(4) == b"SSH-"

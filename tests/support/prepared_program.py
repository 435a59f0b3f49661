"""The program in a process whose imports are done: each command is a fork of it.

A command keeps all that a process has: its folder, its environment, its streams, its signals, its
exit code. What happens while Python starts or imports needs a process from scratch.
`python -m tests.support.prepared_program` serves on the socket that is its standard input.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

IMPORTED = ("bot.cli", "bot.app.container", "tantivy", "openai", "aiohttp", "slack_sdk")
"""What commands spend most of their start with."""

EARLY = ("PYTHON", "LC_", "LANG")
"""Variables of the environment that Python reads while it starts."""

_MOST_BYTES = 1_000_000
"""Of the arguments and the environment of a command."""


def run(
    arguments: Sequence[str], folder: Path, settings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run `kotae` with *arguments* in *folder*, as `subprocess.run` would from scratch.

    Its environment is `environment()` with *settings*.
    """
    if early := [name for name in settings if name.startswith(EARLY)]:
        raise ValueError(f"only a Python that starts hears of {early}: run it from scratch")
    asked = {"arguments": arguments, "folder": str(folder), "settings": dict(settings)}
    ours, theirs = socket.socketpair()
    reading = [os.pipe(), os.pipe()]
    with ours, Path(os.devnull).open("rb") as nothing, ThreadPoolExecutor(2) as pool:
        with theirs:
            streams = [theirs.fileno(), nothing.fileno(), *(writer for _, writer in reading)]
            socket.send_fds(_program(), [json.dumps(asked).encode()], streams)
        for _, writer in reading:
            os.close(writer)
        output, errors = pool.map(_read, [reader for reader, _ in reading])
        code = int(ours.recv(100))
    return subprocess.CompletedProcess(arguments, code, output, errors)


def environment() -> dict[str, str]:
    """Return what every process of a test needs, and nothing of the person who runs the tests."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _read(reader: int) -> str:
    with open(reader, encoding="utf-8") as stream:
        return stream.read()


@cache
def _program() -> socket.socket:
    """Start the process; it ends with ours."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.prepared_program"],
            stdin=theirs.fileno(),  # none of the three can seek, as those of a command cannot
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environment(),
            start_new_session=True,
        )

    def end() -> None:
        ours.close()
        process.communicate()

    atexit.register(end)
    return ours


def serve() -> None:
    """Fork for each command that is asked for, until nobody can ask any more."""
    with socket.socket(fileno=os.dup(0)) as asking:
        for name in IMPORTED:
            importlib.import_module(name)
        gc.freeze()  # the forks share what is imported
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who watch a command
        while True:
            message, streams, _, _ = socket.recv_fds(asking, _MOST_BYTES, 4)
            if not message:
                return
            if os.fork() == 0:
                break
            for stream in streams:
                os.close(stream)
    _watch(json.loads(message), streams)


def _watch(asked: dict[str, Any], streams: list[int]) -> None:
    """Run a command in a process of its own, and tell how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    telling, *standard = streams
    process = os.fork()
    if process == 0:
        os.close(telling)
        _become(asked, standard)
        runpy.run_module("bot", run_name="__main__", alter_sys=True)
        return
    for stream in (*standard, 0, 1, 2):
        os.close(stream)
    _, status = os.waitpid(process, 0)
    with suppress(OSError), socket.socket(fileno=telling) as told:
        told.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(asked: dict[str, Any], standard: list[int]) -> None:
    for own, given in enumerate(standard):
        os.dup2(given, own)
        os.close(given)
    os.environ.update(asked["settings"])
    os.chdir(asked["folder"])
    sys.path[0] = asked["folder"]
    sys.argv = ["kotae", *asked["arguments"]]


if __name__ == "__main__":
    serve()

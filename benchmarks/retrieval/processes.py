"""Runs each engine in its own process, to measure its memory and to be able to kill it."""

import multiprocessing
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

_EVERY_SECONDS = 0.05


class Caps(NamedTuple):
    """Limits of a process: seconds, and bytes of private memory."""

    seconds: float
    memory: float


class Memory(NamedTuple):
    """Resident bytes: private ones, and pages of mapped files, which processes can share."""

    own: int
    mapped: int


class Outcome(NamedTuple):
    """The outcome of a task.

    Attributes:
        value: The return value; None if the task did not finish.
        problem: Why not, in one line; "" if it finished.
        peak: Peak of its private memory, in bytes, as sampled.
    """

    value: Any
    problem: str
    peak: int


def run(task: Callable[..., object], *arguments: object, caps: Caps) -> Outcome:
    """Run *task* in a new process until it returns, fails or reaches a limit."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report, args=(sender, task, arguments))
    process.start()
    sender.close()
    peak, problem, start = 0, "", time.monotonic()
    while process.is_alive() and not problem and not receiver.poll(_EVERY_SECONDS):
        peak = max(peak, memory(process.pid or 0).own)
        if time.monotonic() - start > caps.seconds:
            problem = f"not reached (cap {caps.seconds / 60:.0f} min)"
        elif peak > caps.memory:
            problem = f"not reached (cap {caps.memory / 1e9:.0f} GB)"
    value = None
    if not problem:
        value, problem = _received(receiver)
    process.join(timeout=0 if problem else 30)
    process.kill()
    process.join()
    return Outcome(value, problem, peak)


def memory(pid: int | str = "self") -> Memory:
    """Return the memory of a process, 0 if it has ended (Linux only)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return Memory(0, 0)
    kilobytes = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in lines)
        if name.startswith("Rss")
    }
    own = kilobytes.get("RssAnon", 0) + kilobytes.get("RssShmem", 0)
    return Memory(own * 1024, kilobytes.get("RssFile", 0) * 1024)


def _received(receiver: Connection) -> tuple[Any, str]:
    try:
        value, problem = receiver.recv()
    except EOFError:
        return None, "its process crashed"
    return value, problem


def _report(sender: Connection, task: Callable[..., object], arguments: tuple[object, ...]) -> None:
    try:
        sender.send((task(*arguments), ""))
    except Exception as error:  # noqa: BLE001 - any error of a product is its result
        traceback.print_exc()
        sender.send((None, f"failed: {type(error).__name__}: {str(error).splitlines()[0][:80]}"))

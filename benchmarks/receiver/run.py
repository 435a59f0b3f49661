"""Measures how fast mentions are stored and acknowledged, compared with a plain Bolt app.

    python -m benchmarks.receiver.run [--seconds 10] [--rounds 3] [--socket]

`kotae serve --no-worker` with its embedded Redis (append-only file) and the bare app, which stores
nothing, run in turns on the same machine. Requests are signed, and every mention is a new question
in its own thread. This process creates the load; the local Slack, to which the bare app posts its
replies, is a third process.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.receiver.load import (
    Send,
    Times,
    Workplace,
    as_fast_as_possible,
    at_rate,
    by_http,
    by_socket,
    workplace_in,
)
from benchmarks.receiver.programs import Program, bare_app, free_port, kotae, write_knowledge
from bot.workspace import Workspace

AT_ONCE = 32
RATE = 100.0
WARM_UP_SECONDS = 1.0

Start = Callable[[Path, dict[str, str]], AbstractAsyncContextManager[Program]]


@dataclass(frozen=True)
class Measured:
    """The measurements of one program in one round."""

    fastest: Times
    steady: Times
    cpu_ms: float
    """CPU time per mention at full speed, including Redis."""


def start_kotae(folder: Path, settings: dict[str, str]) -> AbstractAsyncContextManager[Program]:
    return kotae(folder, settings, "--no-worker")


async def measure(program: Program, send: Send, seconds: float) -> Measured:
    await as_fast_as_possible(send, WARM_UP_SECONDS, AT_ONCE)
    before = program.cpu_seconds
    fastest = await as_fast_as_possible(send, seconds, AT_ONCE)
    cpu_ms = (program.cpu_seconds - before) * 1000 / len(fastest.each)
    steady = await at_rate(send, seconds, RATE)
    return Measured(fastest, steady, cpu_ms)


async def by_http_once(start: Start, folder: Path, slack: Workplace, seconds: float) -> Measured:
    port = free_port()
    settings = {
        "LIMIT_OPEN_QUESTIONS": "100000",  # few people ask everything
        "LIMIT_QUESTIONS_HOUR": "100000",
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "PORT": str(port),
    }
    async with AsyncExitStack() as closing:
        program = await closing.enter_async_context(start(folder, settings))
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        await closing.enter_async_context(session)
        send = by_http(session, f"http://127.0.0.1:{port}/slack/events", slack)
        return await measure(program, send, seconds)


async def by_socket_once(start: Start, folder: Path, seconds: float) -> Measured:
    async with AsyncExitStack() as closing:
        workspace = await closing.enter_async_context(await Workspace.start(retry_delays=()))
        slack = workplace_in(workspace)
        settings = {
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "PORT": str(free_port()),
        }
        program = await closing.enter_async_context(start(folder, settings))
        return await measure(program, by_socket(workspace, slack), seconds)


@asynccontextmanager
async def local_slack() -> AsyncIterator[Workplace]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.receiver.local_slack"), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Workplace(**json.loads(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


def empty(folder: Path) -> Path:
    """Return a new folder: without a worker, a queue is full after 5,000 questions."""
    made = Path(tempfile.mkdtemp(dir=folder))
    write_knowledge(made)
    return made


def show(way: str, bare: list[Measured], ours: list[Measured]) -> None:
    def row(name: str, of: Callable[[Measured], float], form: str) -> None:
        baseline, kotae_value = median(map(of, bare)), median(map(of, ours))
        ratio = f"{kotae_value / baseline:>8.2f}" if baseline else ""
        print(f"{name:<44} {baseline:>10{form}} {kotae_value:>10{form}} {ratio}")

    print(f"\n{way:<44} {'bare Bolt':>10} {'kotae':>10} {'ratio':>8}")
    row("acknowledged mentions per second", lambda m: m.fastest.per_second, ".0f")
    row("CPU ms per mention, including Redis", lambda m: m.cpu_ms, ".2f")
    row(f"p50 ms at {RATE:.0f} per second", lambda m: m.steady.percentile(0.5), ".1f")
    row(f"p99 ms at {RATE:.0f} per second", lambda m: m.steady.percentile(0.99), ".1f")
    row("longest ms", lambda m: m.steady.each[-1] * 1000, ".1f")
    row("refused in all", lambda m: m.fastest.refused + m.steady.refused, ".0f")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the table shows medians")
    parser.add_argument("--socket", action="store_true", help="also measure Socket Mode")
    arguments = parser.parse_args()
    programs: dict[str, Start] = {"bare": bare_app, "ours": start_kotae}
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        by_way: dict[str, dict[str, list[Measured]]] = {}
        for _ in range(arguments.rounds):
            async with local_slack() as slack:
                for name, start in programs.items():
                    measured = await by_http_once(
                        start, empty(Path(folder)), slack, arguments.seconds
                    )
                    by_way.setdefault("HTTP", {}).setdefault(name, []).append(measured)
            if arguments.socket:
                for name, start in programs.items():
                    measured = await by_socket_once(start, empty(Path(folder)), arguments.seconds)
                    by_way.setdefault("Socket Mode", {}).setdefault(name, []).append(measured)
        for way, measured_ in by_way.items():
            show(way, measured_["bare"], measured_["ours"])


if __name__ == "__main__":
    asyncio.run(main())

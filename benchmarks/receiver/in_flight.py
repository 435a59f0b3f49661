"""Measures one `kotae serve` with very many concurrent questions.

    python -m benchmarks.receiver.in_flight [--questions 1000] [--hold 20] [--rate 20]

A local model endpoint holds the first call of every question until all have arrived, and some time
longer. Then it releases them at a steady rate, and all are answered. Slack, Redis and the model are
real local servers.
"""

import argparse
import asyncio
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.receiver.programs import free_port, kotae, run, write_knowledge
from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.support.llm_server import LlmServer, searching_brain

AT_ONCE = 50
"""Questions asked concurrently."""

FILLING_SECONDS = 240.0
ANSWERING_SECONDS = 240.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """Holds the first calls; the agent's later calls pass."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.held = deque[asyncio.Event]()
        self.full = asyncio.Event()

    @web.middleware
    async def pass_through(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.full.is_set():
            released = asyncio.Event()
            self.held.append(released)
            if len(self.held) == self.capacity:
                self.full.set()
            await released.wait()
        return await handler(request)

    async def release(self, per_second: float) -> None:
        """Release the held calls one after the other, since models take different times."""
        self.full.set()
        while self.held:
            self.held.popleft().set()
            await asyncio.sleep(1 / per_second)


@asynccontextmanager
async def model_behind(gate: Gate) -> AsyncIterator[str]:
    """Serve a model behind *gate*; yield its address."""
    application = LlmServer(searching_brain(), validates=False).application()
    application.middlewares.append(gate.pass_through)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    await runner.cleanup()


async def ask(workspace: Workspace, channel: Channel, user: User, count: int) -> list[SlackMessage]:
    """Mention the bot *count* times, each in a new thread."""
    text = f"<@{workspace.bot_user_id}> How many days of annual leave do I get?"
    asked: list[SlackMessage] = []
    while len(asked) < count:
        some = range(min(AT_ONCE, count - len(asked)))
        asked += await asyncio.gather(*(workspace.post(channel, user, text) for _ in some))
        await workspace.drained(60)
    return asked


async def metrics(port: int) -> dict[str, float]:
    """Return the program's metrics; the series of one name are added up."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as response,
    ):
        text = await response.text()
    added: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            added[sample.name] = added.get(sample.name, 0.0) + sample.value
    return added


async def ended(port: int, count: int, seconds: float) -> float:
    """Wait up to *seconds* until *count* questions have ended; return how long it took."""
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        if (await metrics(port)).get("kotae_questions_total", 0.0) >= count:
            break
        await asyncio.sleep(0.5)
    return time.monotonic() - begin


def outcomes(workspace: Workspace, channel: Channel, asked: list[SlackMessage]) -> Counter[str]:
    """Count the questions by their replies; `answered` is a single reply with the answer."""
    found: Counter[str] = Counter()
    for message in asked:
        replies = [r.plain for r in workspace.messages(channel, message) if r.bot_id]
        right = len(replies) == 1 and "25 days" in replies[0]
        found["answered" if right else f"{len(replies)} other replies"] += 1
    return found


async def measure(folder: Path, count: int, hold: float, per_second: float) -> None:
    gate, port, metrics_port = Gate(count), free_port(), free_port()
    async with (
        await Workspace.start(retry_delays=(0.0, 1.0, 2.0)) as workspace,
        model_behind(gate) as model,
    ):
        user = workspace.add_user("bob")
        channel = workspace.add_channel("general", [user])
        workspace.use_http(f"http://127.0.0.1:{port}/slack/events")
        settings = {
            "LIMIT_OPEN_QUESTIONS": "100000",  # one person asks everything
            "LIMIT_QUESTIONS_HOUR": "100000",
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "OPENAI_BASE_URL": model,
            "OPENAI_EMBEDDING_MODEL": "hashing",
            "PORT": str(port),
            "METRICS_PORT": str(metrics_port),
            "WORKER_CONCURRENCY": str(count),
        }
        await run(folder, "knowledge", "sync")
        async with kotae(folder, settings) as program:
            idle = program.megabytes("VmRSS")
            begin = time.monotonic()
            asked = await ask(workspace, channel, user, count)
            with suppress(TimeoutError):
                await asyncio.wait_for(gate.full.wait(), FILLING_SECONDS)
            filled, in_work = time.monotonic() - begin, len(gate.held)
            cpu = program.cpu_seconds
            await asyncio.sleep(hold)
            cpu = (program.cpu_seconds - cpu) / hold
            held, found = program.megabytes("VmRSS"), await metrics(metrics_port)
            lag = found["kotae_loop_lag_seconds"]
            releasing = asyncio.create_task(gate.release(per_second))
            seconds = await ended(metrics_port, count, ANSWERING_SECONDS)
            await releasing
            found = await metrics(metrics_port)
            print(f"concurrent questions                 {in_work:>8}  after {filled:.0f} s")
            print(
                f"memory MB idle / held / peak         {idle:>8.0f} / {held:.0f} / "
                f"{program.megabytes('VmHWM'):.0f}"
            )
            print(f"CPU while held, including Redis      {cpu:>8.0%}  loop lag {lag * 1000:.0f} ms")
            print(
                f"questions ended after the release    {found['kotae_questions_total']:>8.0f}"
                f"  in {seconds:.0f} s"
            )
            shown = dict(outcomes(workspace, channel, asked))
            print(f"replies in Slack                     {shown}")
            for name in ("leases_lost", "jobs_retried", "jobs_dead", "redis_connection_failures"):
                print(f"{name:<36} {found.get(f'kotae_{name}_total', 0.0):>8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument(
        "--hold", type=float, default=20.0, help="seconds; below the model's timeout of 60"
    )
    parser.add_argument(
        "--rate", type=float, default=20.0, help="calls released per second after that"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        write_knowledge(Path(folder))
        asyncio.run(measure(Path(folder), arguments.questions, arguments.hold, arguments.rate))


if __name__ == "__main__":
    main()

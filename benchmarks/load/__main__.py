"""What one processor, and what Slack's limits, let the bot answer.

    python -m benchmarks.load [--questions 600] [--minute 330] [--workers 1]

Real workers without a model over the sample documents, a real Redis, and the local Slack in a
process of its own. The questions are put straight into the queue, a thread each. First as many as
the processor can, then with Slack's limits on, over ten channels: the local Slack refuses what the
real one would. Everything comes twice: with a placeholder for every answer, which is the baseline,
and as it is. Processor time is that of the workers alone, and is comparable on a busy machine.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.answers.cases import SAMPLES, open_samples
from benchmarks.answers.samples import agent_over
from benchmarks.receiver.programs import ROOT, Program
from bot.cli.context import SAMPLE_CASES
from bot.core.serialization import question_job
from bot.core.types import Question, QuestionId, ThreadId
from bot.evaluation.cases import read_cases
from bot.queue.lua_scripts import QueueLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import embedded_redis
from knowledge.model.types import Principal

UNKNOWN = ROOT / "benchmarks" / "quarter" / "unknown.jsonl"
HANDED_OVER = 0.86
"""Share of the second mix: that of the sample questions when the bot was first measured."""

CHANNELS, PEOPLE = 10, 60
WARM = 30
"""Questions before each measurement: a new process has models of phrases to read."""
_ROOM = QueueLimits(partition=100_000, queue=100_000, person=100_000)
_MOST = "1000000"


@dataclass(frozen=True)
class Mix:
    """Questions of one kind."""

    name: str
    texts: Sequence[str]


@dataclass(frozen=True)
class Load:
    """One measurement: how it was made, and what came of it."""

    mix: str
    always: bool
    questions: int
    seconds: float
    processor: float
    outcomes: Mapping[str, int]
    calls: Mapping[str, int]
    refused: Mapping[str, int]

    @property
    def milliseconds(self) -> float:
        """Processor time of a question."""
        return 1000 * self.processor / self.questions


async def classified(folder: Path) -> tuple[list[str], list[str]]:
    """Return the questions that the samples answer or hold, and those that are handed over."""
    base = await open_samples(folder / "index")
    agent = agent_over(base)
    lines = UNKNOWN.read_text("utf-8").splitlines()
    asked = [case.question for case in read_cases(SAMPLE_CASES)]
    asked += [text for line in lines for text in (*json.loads(line)["ja"], *json.loads(line)["en"])]
    answerable, others = list[str](), list[str]()
    for text in asked:
        question = Question(QuestionId("1"), ThreadId("1"), text, Principal("U1", member=True))
        run = agent.start(question)
        async for _ in run.events():
            pass
        (others if run.answer().status == "handed_over" else answerable).append(text)
    await base.aclose()
    return answerable, others


@asynccontextmanager
async def process(
    environment: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a module of this benchmark for the duration of the block."""
    ran = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        yield ran
    finally:
        if ran.returncode is None:
            ran.send_signal(signal.SIGTERM)
        await ran.wait()


async def line_of(ran: asyncio.subprocess.Process) -> str:
    assert ran.stdout is not None
    return (await ran.stdout.readline()).decode()


async def measure(
    store: RedisConnection,
    redis_url: str,
    folder: Path,
    mix: Mix,
    options: argparse.Namespace,
    *,
    limits: bool,
    always: bool,
) -> Load:
    """Let new workers answer questions of *mix*."""
    count = options.minute if limits else options.questions
    await store.commands.flushall()
    async with AsyncExitStack() as closing:
        slack = await closing.enter_async_context(
            process(
                {},
                "benchmarks.load.local_slack",
                *("--questions", str(WARM + count), "--channels", str(CHANNELS)),
                *("--people", str(PEOPLE), *(["--limits"] if limits else [])),
            )
        )
        there = json.loads(await line_of(slack))
        environment = {
            "REDIS_URL": redis_url,
            "DATA_DIR": str(folder),
            "KNOWLEDGE_CONFIG": str(SAMPLES),
            "SLACK_API_URL": there["api_url"],
            "SLACK_BOT_TOKEN": there["bot_token"],
            "SLACK_SIGNING_SECRET": there["signing_secret"],
            **dict.fromkeys(("LIMIT_QUESTIONS_HOUR", "LIMIT_HANDOFFS_HOUR"), _MOST),
            **dict.fromkeys(("LIMIT_OPEN_QUESTIONS", "LIMIT_PINGS_HOUR"), _MOST),
        }
        flags = [*(["--limits"] if limits else []), *(["--always"] if always else [])]
        workers = [
            await closing.enter_async_context(
                process(environment, "benchmarks.load.worker", *flags)
            )
            for _ in range(options.workers)
        ]
        for worker in workers:
            assert await line_of(worker) == "ready\n"
        queue = RedisQueue(store, limits=_ROOM)
        await put(queue, there, mix, there["asked"][count:])
        await answered(queue, time.monotonic(), options.patience)
        if limits:
            await asyncio.sleep(60.0)  # until Slack has forgotten them
        before = _processor(workers)
        began = time.monotonic()
        ids = await put(queue, there, mix, there["asked"][:count])
        seconds = await answered(queue, began, options.patience)
        processor = _processor(workers) - before
        outcomes = await outcomes_of(store, ids)
        await queue.aclose()
        assert slack.stdin is not None
        slack.stdin.close()
        told = json.loads(await line_of(slack))
    return Load(
        mix.name, always, count, seconds, processor, outcomes, told["calls"], told["refused"]
    )


async def put(
    queue: RedisQueue, there: Mapping[str, Any], mix: Mix, asked: Sequence[tuple[str, str, str]]
) -> list[QuestionId]:
    """Put questions into the queue; the same one comes again in another channel first."""
    ids = list[QuestionId]()
    for number, (channel, ts, person) in enumerate(asked):
        place = f"slack:{there['team']}:{channel}:{ts}"
        text = mix.texts[number // CHANNELS % len(mix.texts)]
        ids.append(QuestionId(place))
        question = Question(
            ids[-1],
            ThreadId(place),
            text,
            Principal(channel),
            person=person,
            received_at=time.time(),
        )
        await queue.put(question_job(question))
    return ids


async def answered(queue: RedisQueue, began: float, patience: float) -> float:
    """Return the seconds until nothing is left to do."""
    while time.monotonic() - began < patience:
        await asyncio.sleep(0.1)
        backlog = await queue.backlog()
        if not any(backlog[name] for name in ("ready", "running", "delayed")):
            break
    return time.monotonic() - began


async def outcomes_of(store: RedisConnection, ids: Sequence[QuestionId]) -> Mapping[str, int]:
    """Return how many questions ended in which way; `none` for those that did not end."""
    ledger = Ledger(store.commands)
    records = [await ledger.get(one) for one in ids]
    return Counter(
        record.answer.status if record and record.places else "none" for record in records
    )


def _processor(workers: Sequence[asyncio.subprocess.Process]) -> float:
    return sum(Program(worker).cpu_seconds for worker in workers)


def show(loads: Sequence[Load], *, limits: bool) -> None:
    if limits:
        print(
            f"\nWith Slack's limits, {CHANNELS} channels\n"
            f"{'questions':<22}{'placeholder':<13}{'answers a minute':>17}{'s':>7}"
            f"{'429':>6}{'handed over':>13}{'none':>6}"
        )
    else:
        print(
            f"\nWithout limits\n{'questions':<22}{'placeholder':<13}{'a second and core':>18}"
            f"{'CPU ms':>8}{'a second':>10}{'calls':>7}{'handed over':>13}"
        )
    for load in loads:
        begin = f"{load.mix:<22}{'always' if load.always else 'after 1 s':<13}"
        handed = load.outcomes.get("handed_over", 0)
        none = load.outcomes.get("none", 0)
        if limits:
            ended = load.questions - none
            print(
                f"{begin}{60 * ended / load.seconds:>17.0f}{load.seconds:>7.1f}"
                f"{sum(load.refused.values()):>6}{handed:>13}{none:>6}"
            )
        else:
            calls = sum(load.calls.values()) / (WARM + load.questions)
            print(
                f"{begin}{1000 / load.milliseconds:>18.1f}{load.milliseconds:>8.1f}"
                f"{load.questions / load.seconds:>10.1f}{calls:>7.2f}{handed:>13}"
            )


async def main(options: argparse.Namespace) -> None:
    """Measure, and print tables."""
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        answerable, others = await classified(folder)
        chance = random.Random(0)
        for texts in (answerable, others):
            chance.shuffle(texts)
        share = round(len(others) * (1 - HANDED_OVER) / HANDED_OVER)
        mixed = [*others, *answerable[:share]]
        chance.shuffle(mixed)
        print(f"{len(answerable)} answerable questions, {len(others)} that are handed over")
        server = await closing.enter_async_context(embedded_redis(folder / "redis"))
        store = await closing.enter_async_context(open_redis(server.url))
        loads = list[Load]()
        for mix in (Mix("answerable", answerable), Mix(f"{HANDED_OVER:.0%} handed over", mixed)):
            for always in (True, False):
                loads.append(
                    await measure(
                        store, server.url, folder, mix, options, limits=False, always=always
                    )
                )
        show(loads, limits=False)
        limited = [
            await measure(
                store,
                server.url,
                folder,
                Mix("answerable", answerable),
                options,
                limits=True,
                always=always,
            )
            for always in (True, False)
        ]
        show(limited, limits=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load")
    parser.add_argument("--questions", type=int, default=600, help="without limits")
    parser.add_argument("--minute", type=int, default=330, help="questions with Slack's limits")
    parser.add_argument("--workers", type=int, default=1, help="processes that share one Redis")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for one measurement")
    asyncio.run(main(parser.parse_args()))

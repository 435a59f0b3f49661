"""What others feel while a stranger floods the bot: `python -m tests.safety.load --seconds 60`.

A real `kotae serve` over HTTP, the local Slack, and one kind of hostile input after the other. Of
each are printed the longest wait for `/healthz`, measured by a process of its own, and how long
the answer to another person's question took. Ends with 1 when one waited longer than it may.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import aiohttp
import click

from bot.workspace import Channel, SlackMessage, User, Workspace
from tests.safety.test_linear_time import UNITS
from tests.support.bombs import docx_bomb, html_bomb, yaml_bomb
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
HEALTH_SECONDS = 0.1
ANSWER_SECONDS = 30.0
BETWEEN = 0.2
"""Seconds between two probes, and between two hostile inputs."""

DOCUMENT = (
    "# 出張 Travel\n\n国内出張の日当は1日2,200円です。\n\nThe per diem in Japan is 2,200 yen.\n"
)


@dataclass
class Team:
    """The running bot and the people around it."""

    workspace: Workspace
    address: str
    channel: Channel
    hanako: User
    strangers: tuple[User, ...]

    async def ask(self, user: User, text: str, **more: object) -> SlackMessage:
        """Write to the bot."""
        mention = f"<@{self.workspace.bot_user_id}> {text}"
        return await self.workspace.post(self.channel, user, mention, **more)  # type: ignore[arg-type]

    def answered(self, message: SlackMessage) -> bool:
        """Tell whether the amount was posted below *message*."""
        replies = self.workspace.messages(self.channel, message)
        return any("2,200" in reply.plain for reply in replies if reply.bot_id)


Flood = Callable[[Team, int], Awaitable[object]]
"""Sends the hostile input of a number."""


def _run(number: int, length: int) -> str:
    unit = list(UNITS.values())[number % len(UNITS)]
    return unit * (length // len(unit))


async def _talk(team: Team, number: int) -> None:
    """A long message that is not for the bot."""
    await team.workspace.post(team.channel, team.strangers[0], _run(number, 40_000))


async def _questions(team: Team, number: int) -> None:
    """A long question that nobody can answer."""
    if number % 10 == 0:  # They are answered one by one; more only wait.
        await team.ask(team.strangers[number // 10 % 2], f"{_run(number // 10, 8_000)}? {number}")


async def _attach(team: Team, number: int, names: dict[str, bytes]) -> None:
    if number % 20 < len(team.strangers):
        files = [
            team.workspace.add_file(name, content, "text/plain") for name, content in names.items()
        ]
        await team.ask(team.strangers[number % 20], f"What is this? {number}", files=files)


_bomb = cache(docx_bomb)


async def _files(team: Team, number: int) -> None:
    """Small files that grow, from two people."""
    bombs = {"a.docx": _bomb(), "b.md": yaml_bomb(), "c.docx": _bomb()}
    bombs |= {"d.md": _run(number, 200_000).encode()}
    await _attach(team, number, bombs)


async def _pages(team: Team, number: int) -> None:
    """Pages that are slow to parse, and in an odd encoding."""
    odd = b'<meta charset="punycode"><p>' + b"a" * 1_000_000
    pages = {"a.html": b"<a " * 300_000, "b.html": html_bomb(), "c.html": odd}
    await _attach(team, number, pages)


async def _requests(team: Team, number: int) -> None:
    """Large requests without a signature."""
    charsets = ("punycode", "utf-7", "idna", "utf-8")
    bodies = (b"a" * 1_000_000, b"a=b&" * 250_000, b"[" * 500_000, b"\xff" * 1_000_000)
    kind = f"application/json; charset={charsets[number % 4]}"
    timeout = aiohttp.ClientTimeout(total=5)
    with suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                f"{team.address}/slack/events",
                data=bodies[number // 4 % 4],
                headers={"Content-Type": kind},
            ),
        ):
            pass


async def _edits(team: Team, number: int) -> None:
    """A hundred and fifty edits of one message at once, and then of many."""
    if number % 25 == 0:
        author, places = team.strangers[0], 1 if number % 50 else 150
        written = [
            await team.workspace.post(team.channel, author, f"規程 {n}") for n in range(places)
        ]
        edits = (team.workspace.edit(written[n % places], f"規程 {n} {number}") for n in range(150))
        await asyncio.gather(*edits)


async def _nothing(team: Team, number: int) -> None:
    """Nothing hostile, to compare with."""


FLOODS: dict[str, Flood] = {
    "nothing": _nothing,
    "messages": _talk,
    "questions": _questions,
    "files": _files,
    "pages": _pages,
    "requests": _requests,
    "edits": _edits,
}


async def _flood(team: Team, flood: Flood) -> None:
    number = 0
    while True:
        await flood(team, number)
        number += 1
        await asyncio.sleep(BETWEEN)


async def measure(team: Team, flood: Flood, seconds: float) -> tuple[float, float]:
    """Flood for *seconds*; return the longest wait for `/healthz`, and for an answer."""
    command = (sys.executable, "-m", "tests.safety.load", "--probe", team.address)
    prober = await asyncio.create_subprocess_exec(
        *command, "--seconds", str(seconds), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    flooding = asyncio.create_task(_flood(team, flood))
    await asyncio.sleep(seconds / 4)
    start = time.monotonic()
    question = await team.ask(team.hanako, f"国内出張の日当はいくらですか？ {random.random()}")
    answer = float("inf")
    with suppress(TimeoutError):
        await team.workspace.wait_for(lambda: team.answered(question), timeout=3 * ANSWER_SECONDS)
        answer = time.monotonic() - start
    printed, _ = await prober.communicate()
    flooding.cancel()
    await asyncio.gather(flooding, return_exceptions=True)
    return float(printed), answer


def probe(address: str, seconds: float) -> float:
    """Return the longest wait for `/healthz`, in seconds."""
    longest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        with suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=60) as found:
            found.read()
        longest = max(longest, time.monotonic() - start)
        time.sleep(BETWEEN)
    return longest


@asynccontextmanager
async def running() -> AsyncIterator[Team]:
    """Run `kotae serve` for a team with one document."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "docs").mkdir()
        (folder / "docs" / "travel.md").write_text(DOCUMENT, "utf-8")
        (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        async with await Workspace.start(retry_delays=(1.0, 5.0)) as workspace:
            port = str(free_port())
            address = f"http://127.0.0.1:{port}"
            environment = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "SLACK_API_URL": workspace.api_url,
                "SLACK_BOT_TOKEN": workspace.bot_token,
                "SLACK_SIGNING_SECRET": workspace.signing_secret,
                "PORT": port,
                "METRICS_PORT": (metrics_port := str(free_port())),
            }
            people = [workspace.add_user(who) for who in ("hanako", "mallory", "eve")]
            channel = workspace.add_channel("general", people)
            workspace.use_http(f"{address}/slack/events")
            with (folder / "log").open("wb") as log:
                for arguments in (("knowledge", "sync"), ("serve",)):
                    process = await asyncio.create_subprocess_exec(
                        *(sys.executable, "-m", "bot", *arguments),
                        cwd=folder,
                        env=environment,
                        stdout=log,
                        stderr=log,
                    )
                    if arguments != ("serve",):
                        await process.wait()
            try:
                await asyncio.to_thread(_wait_until_ready, f"http://127.0.0.1:{metrics_port}")
                yield Team(workspace, address, channel, people[0], tuple(people[1:]))
            finally:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGTERM)
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), 60)
                with suppress(ProcessLookupError):
                    process.kill()


def _wait_until_ready(address: str) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"{address}/readyz", timeout=5):
            return
        time.sleep(BETWEEN)
    raise TimeoutError("kotae serve is not ready")


async def run(kinds: tuple[str, ...], seconds: float) -> bool:
    """Measure each of *kinds*; print the figures, and tell whether all are good."""
    good = True
    click.echo(f"{'what is sent':<14}{'longest /healthz':>18}{'answer to another':>20}")
    for kind in kinds:
        async with running() as team:
            health, answer = await measure(team, FLOODS[kind], seconds)
        good &= health <= HEALTH_SECONDS and answer <= ANSWER_SECONDS
        said = f"{answer:.1f} s" if answer < float("inf") else "none"
        click.echo(f"{kind:<14}{1000 * health:>15.0f} ms{said:>20}")
    return good


@click.command()
@click.option("--seconds", default=60.0, help="How long each kind is sent.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(list(FLOODS)), help="Default: all."
)
@click.option("--probe", "address", hidden=True)
def main(seconds: float, kinds: tuple[str, ...], address: str | None) -> None:
    """Flood a running bot with each kind of hostile input, and measure what others feel."""
    if address:
        click.echo(probe(address, seconds))
        return
    sys.exit(not asyncio.run(run(kinds or tuple(FLOODS), seconds)))


if __name__ == "__main__":
    main()

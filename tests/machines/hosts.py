"""Three machines that answer: processes of the bot with a data folder, a host name and an address.

Documents lie in one folder that all of them see. The local Slack runs here; each machine reaches it
through its own cable, by a relay at its loopback address.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bot.workspace import Workspace
from tests.machines.network import Machine, Network
from tests.machines.redis_group import PATIENCE, started
from tests.machines.relay import relay
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
OPERATOR_TOKEN = "operators-token-0123456789abcdef"
PORT = 3000

_PAUSE = 0.2
_BEGUN = "process_started"
_STOP_SECONDS = 60.0


@dataclass(eq=False)
class Host:
    """A machine with one process of the bot.

    Attributes:
        arguments: What the process is started with: `serve`, or `worker`.
        folder: Its disk.
    """

    machine: Machine
    arguments: Sequence[str]
    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def name(self) -> str:
        """Name of the host."""
        return self.machine.name

    @property
    def url(self) -> str:
        """Address of its pages, for this machine."""
        return f"http://{self.machine.address}:{PORT}"

    @property
    def version(self) -> str:
        """The index version that it uses, "" for none."""
        try:
            return (self.folder / "index" / "CURRENT").read_text().strip()
        except OSError:
            return ""

    @property
    def log(self) -> Path:
        """What its processes have logged."""
        return self.folder.parent / f"{self.name}.log"

    async def kill(self) -> None:
        """End its process at once."""
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def is_ready(self) -> bool:
        """Tell whether it says that it is ready."""
        await asyncio.sleep(_PAUSE)
        limit = aiohttp.ClientTimeout(total=10)
        with suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.get(f"{self.url}/readyz") as page,
            ):
                return page.status == 200
        return False


@dataclass
class Hosts:
    """All of them.

    Attributes:
        versions: When each host was first seen with each index version, as (time, host, version).
    """

    all: Sequence[Host]
    environment: Mapping[str, str]
    place: Path
    versions: list[tuple[float, str, str]] = field(default_factory=list)

    async def start(self, host: Host) -> None:
        """Start the process of a host."""
        own = {"DATA_DIR": str(host.folder), "PORT": str(PORT), "WORKER_PORT": str(PORT)}
        command = (sys.executable, "-m", "bot", *host.arguments)
        with host.log.open("ab") as log:
            log.write(json.dumps({"event": _BEGUN}).encode() + b"\n")
            log.flush()
            host.process = await asyncio.create_subprocess_exec(
                *host.machine.within,
                *command,
                cwd=self.place,
                env={**self.environment, **own},
                stdout=log,
                stderr=log,
            )

    async def sync(self) -> None:
        """Make the first index version, on the first host."""
        host = self.all[0]
        process = await asyncio.create_subprocess_exec(
            *(*host.machine.within, sys.executable, "-m", "bot", "sync"),
            cwd=self.place,
            env={**self.environment, "DATA_DIR": str(host.folder)},
            stdout=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == 0

    async def ready(self, *hosts: Host) -> None:
        """Return when these hosts, or all, are ready."""
        for host in hosts or self.all:
            await wait_until(host.is_ready, PATIENCE)

    async def indexer(self, but: Host | None = None) -> Host:
        """Return the host that makes the index, by its log, once there is one other than *but*."""
        found = list[Host]()

        async def known() -> bool:
            await asyncio.sleep(_PAUSE)
            others = [host for host in self.all if host is not but]
            found[:] = [host for host in others if _last_of(host.log) == "became_indexer"]
            return bool(found)

        await wait_until(known, PATIENCE)
        return found[0]

    async def agree(self) -> None:
        """Return when all hosts use the same index version, and so find the same."""

        async def is_one() -> bool:
            await asyncio.sleep(_PAUSE)
            return len({host.version for host in self.all}) == 1

        await wait_until(is_one, PATIENCE)

    async def watch(self) -> None:
        """Note which host has which index version, until cancelled."""
        last = dict[str, str]()
        while True:
            for host in self.all:
                if (version := host.version) != last.get(host.name):
                    last[host.name] = version
                    self.versions.append((time.time(), host.name, version))
            await asyncio.sleep(_PAUSE)

    async def stop(self) -> None:
        """Ask all processes to end, and end those that do not."""
        running = [h.process for h in self.all if h.process and h.process.returncode is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


def _last_of(log: Path) -> str:
    """Return whether the process became the indexer last, or ended being it; "" for neither."""
    told = ""
    if log.exists():
        for line in log.read_text("utf-8").splitlines():
            event = json.loads(line).get("event", "") if line[:1] == "{" else ""
            if event in {"became_indexer", "no_longer_indexer", _BEGUN}:
                told = event
    return told


@asynccontextmanager
async def three_hosts(
    network: Network, folder: Path, workspace: Workspace, environment: Mapping[str, str]
) -> AsyncIterator[Hosts]:
    """Make a host that receives and answers, and two that answer; start none yet."""
    port = int(workspace.api_url.split(":")[2].split("/")[0])
    kinds = (("kotae-1", ["serve"]), ("kotae-2", ["worker"]), ("kotae-3", ["worker"]))
    made = [Host(network.add(name), kind, folder / name) for name, kind in kinds]
    common = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOST": "0.0.0.0",
        "SLACK_API_URL": workspace.api_url,
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "OPERATOR_PAGE_TOKEN": OPERATOR_TOKEN,
        **{
            f"LIMIT_{what}": "100000"
            for what in ("OPEN_QUESTIONS", "QUESTIONS_HOUR", "HANDOFFS_HOUR", "ENTRIES_HOUR")
        },
    }
    async with AsyncExitStack() as closing:
        server = await relay((network.address, port), ("127.0.0.1", port))
        closing.callback(server.close)
        for host in made:
            host.folder.mkdir()
            ends = f"127.0.0.1:{port}", f"{network.address}:{port}"
            command = (sys.executable, "-m", "tests.machines.relay", *ends)
            passing = await started(host.machine, ROOT, *command, log=folder / "relays.log")
            closing.callback(passing.kill)
        hosts = Hosts(made, {**common, **environment}, folder)
        closing.push_async_callback(hosts.stop)
        yield hosts

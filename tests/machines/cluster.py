"""Real processes on machines of their own: a receiver and workers, one Redis, one bucket of S3."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.workspace import Channel, SlackMessage, User, Workspace
from knowledge.storage.index_versions import IndexVersions
from tests.machines.verdict import INDEX_ERRORS
from tests.support.ports import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
PATIENCE = 600.0
"""Seconds for what takes a few, or half a minute, on a machine that does nothing else."""

QUESTION = "When is the reception open on weekdays?"
DOCUMENT = (
    "# Office hours\n\n## Reception\nThe reception is open from 9:00 to {until} on weekdays.\n"
)


class Cluster:
    """Machines with a data folder each, and people who ask all the time.

    Args:
        folder: Has the documents, and a data folder for each machine.
        workspace: The local Slack.
        redis: Address of the Redis of all machines.
        index_store: Settings that name the store of all machines.
    """

    def __init__(
        self, folder: Path, workspace: Workspace, redis: str, index_store: Mapping[str, str]
    ) -> None:
        self.folder, self.workspace = folder, workspace
        self.admin: User = workspace.add_user("hanako", admin=True)
        self.bob: User = workspace.add_user("bob")
        self.channel: Channel = workspace.add_channel("general", [self.admin, self.bob])
        self.asked = list[SlackMessage]()
        self.ports = dict[str, int]()
        self._processes = dict[str, subprocess.Popen[bytes]]()
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "REDIS_URL": redis,
            "LIMIT_QUESTIONS_HOUR": "10000",
            "LIMIT_OPEN_QUESTIONS": "1000",
            **index_store,
        }

    def start(self, name: str, *arguments: str, program: Path = ROOT) -> None:
        """Start a process of *program* (the folder of its source) on the machine *name*."""
        port = self.ports[name] = free_port()
        ports = {"PORT": port, "METRICS_PORT": free_port(), "WORKER_PORT": port}
        places = {"DATA_DIR": str(self.data(name)), **{k: str(v) for k, v in ports.items()}}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "bot", *arguments],
                cwd=self.folder,
                env=self.environment | places | {"PYTHONPATH": str(program)},
                stdout=log,
                stderr=log,
            )

    async def run(self, name: str, *arguments: str) -> None:
        """Run a command on the machine *name* to its end."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env=self.environment | {"DATA_DIR": str(self.data(name))},
            stdout=subprocess.DEVNULL,
        )
        assert await process.wait() == 0

    async def json(self, name: str, *arguments: str) -> Any:
        """Run a command on the machine *name*; return what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=self.folder,
            env=self.environment | {"DATA_DIR": str(self.data(name))},
            stdout=subprocess.PIPE,
        )
        printed, _ = await process.communicate()
        return json.loads(printed)

    async def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """Stop the process of a machine, and wait for its end."""
        process = self._processes.pop(name)
        process.send_signal(number)
        await asyncio.to_thread(process.wait)

    async def stop_all(self) -> None:
        """Stop all processes."""
        for name in list(self._processes):
            await self.stop(name)

    def data(self, name: str) -> Path:
        """Return the data folder of a machine."""
        return self.folder / name

    def forget(self, name: str) -> None:
        """Empty the disk of a machine."""
        shutil.rmtree(self.data(name) / "index", ignore_errors=True)

    def version(self, name: str) -> str:
        """Return the index version that a machine uses."""
        try:
            return IndexVersions(self.data(name) / "index").pointer.read_text().strip()
        except OSError:
            return ""

    def log(self, name: str) -> str:
        """Return what a machine has logged."""
        return (self.folder / f"{name}.log").read_text()

    def write(self, until: str) -> None:
        """Change the document."""
        (self.folder / "docs" / "hours.md").write_text(DOCUMENT.format(until=until))

    def count(self, name: str) -> int:
        """Return how many questions a machine has ended, by its log."""
        return self.log(name).count('"question_ended"')

    async def indexer(self) -> str:
        """Return the machine that makes the index, by its log."""
        ends = {name: self._last_of(name) for name in self._processes}
        return next((name for name, event in ends.items() if event == "became_indexer"), "")

    def _last_of(self, name: str) -> str:
        events = [
            json.loads(line)["event"] for line in self.log(name).splitlines() if line[:1] == "{"
        ]
        own = [event for event in events if event.endswith(("became_indexer", "no_longer_indexer"))]
        return own[-1] if own else ""

    async def ready(self, *names: str) -> None:
        """Wait until machines are ready."""
        for name in names:
            await wait_until(lambda name=name: self._is_ready(name), PATIENCE)

    async def _is_ready(self, name: str) -> bool:
        return (await asyncio.to_thread(_page, self.ports[name]))[0] == 200

    async def everywhere(self, before: str, *names: str) -> float:
        """Wait until each of these machines has another version than *before*; return seconds."""
        started = time.monotonic()
        await wait_until(lambda: all(self.version(n) not in {before, ""} for n in names), PATIENCE)
        return time.monotonic() - started

    async def reindex(self) -> Callable[[], bool]:
        """Ask for a reindex in Slack; return what tells whether its outcome has come."""
        asked = await self.workspace.command(self.admin, self.channel, "reindex docs")
        return lambda: bool(asked.responses)

    async def keep_asking(self) -> None:
        """Ask a question every second and a half, until cancelled."""
        while True:
            text = f"<@{self.workspace.bot_user_id}> {QUESTION} (no. {len(self.asked) + 1})"
            self.asked.append(await self.workspace.post(self.channel, self.bob, text))
            await asyncio.sleep(1.5)

    def answers_to(self, message: SlackMessage) -> list[SlackMessage]:
        """Return the finished answers to a question."""
        return [
            reply
            for reply in self.workspace.messages(self.channel, message)
            if reply.bot_id
            and float(reply.ts) > float(message.ts)
            and any(block["type"] == "context_actions" for block in reply.blocks)
        ]

    def verdict(self) -> dict[str, int]:
        """Count what people saw."""
        answers = [self.answers_to(message) for message in self.asked]
        texts = [one.plain for some in answers for one in some]
        return {
            "asked": len(answers),
            "answered": sum(len(some) == 1 for some in answers),
            "index errors": sum(any(words in text for words in INDEX_ERRORS) for text in texts),
            "without the answer": sum("9:00 to" not in text for text in texts),
        }


def _page(port: int) -> tuple[int, Any]:
    """Return the status and the content of `/readyz`."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as page:
            return page.status, json.load(page)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError as error:
        return 0, str(error)

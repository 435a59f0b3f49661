"""The commands of the compose file as plain processes: indexed, asked, backed up and stopped."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.backup.archive import BackupReader
from bot.redis.binary import find_binary
from bot.workspace import SlackMessage, Workspace
from tests.deploy.tools import KIT, ROOT
from tests.support.ports import free_port
from tests.support.waiting import wait_until

SERVICES: Mapping[str, Any] = yaml.safe_load((KIT / "compose.yaml").read_text("utf-8"))["services"]
DOCUMENT = "# Office hours\n\nThe reception is open from 9:00 to 17:30 on weekdays.\n"
SECONDS = 90


class Host:
    """One machine: a folder in place of the volumes, and ports in place of containers' own."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self.folder = folder
        self.workspace = workspace
        self.redis_port = free_port()
        self.tokens = {
            "SLACK_API_URL": workspace.api_url,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
        }

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[None]:
        """Run the service `redis` with its own command."""
        (self.folder / "redis").mkdir()
        program = (await find_binary("", None)).path
        _, *options = SERVICES["redis"]["command"]
        here = ("--port", str(self.redis_port), "--dir", str(self.folder / "redis"))
        process = await asyncio.create_subprocess_exec(
            program, *options, *here, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with Redis(port=self.redis_port) as client:
                await wait_until(lambda: _answers(client))
            yield
        finally:
            await stopped(process)

    async def start(self, service: str, port: int = 0) -> asyncio.subprocess.Process:
        """Start *service* as the compose file says, with what is outside of it put in place."""
        chosen = SERVICES[service]
        environment = {name: self._here(str(value)) for name, value in _settings(service).items()}
        ports = {"PORT": str(port), "WORKER_PORT": str(port)} if port else {}
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        with (self.folder / f"{service}-{port}.log").open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *map(self._here, chosen["command"])),
                cwd="/",
                env={**own, **environment, **ports, **self.tokens},
                stdout=log,
                stderr=log,
            )

    async def healthy(self, port: int) -> bool:
        """Run the health check of the image."""
        text = (KIT / "Dockerfile").read_text("utf-8")
        check = re.search(r"^HEALTHCHECK .*\\\n  CMD (\[.*\])$", text, re.MULTILINE)
        assert check
        _, *words = json.loads(check[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(word.replace(":3000", f":{port}") for word in words),
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait() == 0

    def _here(self, value: str) -> str:
        value = value.replace("redis://redis:6379", f"redis://127.0.0.1:{self.redis_port}")
        value = value.replace("0.0.0.0", "127.0.0.1")
        return re.sub(r"^/(data|config|backups)", lambda found: str(self.folder / found[1]), value)


async def test_the_commands_of_the_compose_file_answer_and_stop_in_order(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "hours.md").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "knowledge.toml").write_text(
        f'[[sources]]\nname = "documents"\npath = "{tmp_path / "documents"}"\n'
    )
    async with await Workspace.start() as workspace, AsyncExitStack() as closing:
        host = Host(tmp_path, workspace)
        await closing.enter_async_context(host.redis())
        assert await (await host.start("index")).wait() == 0

        processes = {}
        for service in ("bot", "worker", "worker"):  # `--scale worker=2`
            port = free_port()
            processes[port] = await host.start(service, port)
            closing.push_async_callback(stopped, processes[port])
        async with asyncio.timeout(SECONDS):
            for port in processes:
                while not await host.healthy(port):
                    await workspace.changed(0.05)

        answer = await asked(workspace)
        assert "17:30" in answer.plain

        (tmp_path / "backups").mkdir()
        assert await (await host.start("backup")).wait() == 0  # while the others run
        (backup,) = (tmp_path / "backups").glob("*.tar.gz")
        assert BackupReader(backup).manifest.keys["answer"] == 1

        assert await asyncio.gather(*map(stopped, processes.values())) == [0, 0, 0]
    assert not (tmp_path / "data" / "redis").exists()  # everything is in the shared one


async def asked(workspace: Workspace) -> SlackMessage:
    """Ask the bot, and return its finished answer."""
    bob = workspace.add_user("bob")
    general = workspace.add_channel("general", [bob])
    question = await workspace.post(
        general, bob, f"<@{workspace.bot_user_id}> When is the reception open on weekdays?"
    )

    def answers() -> list[SlackMessage]:
        replies = workspace.messages(general, question)
        return [reply for reply in replies if reply.bot_id and "17:30" in reply.plain]

    return (await workspace.wait_for(answers, timeout=SECONDS))[0]


async def stopped(process: asyncio.subprocess.Process) -> int:
    """Stop *process* as Docker does, and return its exit code."""
    if process.returncode is None:
        process.send_signal(getattr(signal, SERVICES["bot"]["stop_signal"]))
    return await asyncio.wait_for(process.wait(), SECONDS)


def _settings(service: str) -> Mapping[str, object]:
    found: Mapping[str, object] = SERVICES[service]["environment"]
    return found


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except RedisError:
        return False

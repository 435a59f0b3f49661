"""The measured programs, each in its own process."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Program:
    """A running program; its CPU time includes the processes that it started (Redis)."""

    process: asyncio.subprocess.Process

    @property
    def cpu_seconds(self) -> float:
        """CPU time used so far, in seconds."""
        return sum(map(_cpu_seconds, self._family()))

    def megabytes(self, field: str) -> float:
        """Return `VmRSS` or `VmHWM` (the peak) of the program without Redis, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) / 1024

    def _family(self) -> list[int]:
        own = self.process.pid
        return [own, *(p for p in _processes() if own in {_parent(p), _session_owner(p)})]


@asynccontextmanager
async def kotae(
    folder: Path, settings: Mapping[str, str], *arguments: str
) -> AsyncIterator[Program]:
    """Run `kotae serve …` in *folder* for the duration of the block; it is ready at the start."""
    async with _running(folder, settings, "-m", "bot", "serve", *arguments) as program:
        await _until_logged(program, folder, '"ready"')
        yield program


@asynccontextmanager
async def bare_app(folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Program]:
    """Run the plain Bolt app."""
    async with _running(folder, settings, "-m", "benchmarks.receiver.bare_app") as program:
        await _until_logged(program, folder, "ready")
        yield program


def write_knowledge(folder: Path) -> None:
    """Write the documents and settings of a team with one document."""
    (folder / "docs").mkdir()
    (folder / "docs" / "leave.md").write_text("# Leave\nYou get 25 days of annual leave a year.\n")
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')


async def run(folder: Path, *arguments: str) -> None:
    """Run a `kotae` command until it ends."""
    async with _running(folder, {}, "-m", "bot", *arguments) as program:
        assert await program.process.wait() == 0, _log(folder).read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def _running(
    folder: Path, settings: Mapping[str, str], *command: str
) -> AsyncIterator[Program]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}
    with _log(folder).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _until_logged(program: Program, folder: Path, word: str) -> None:
    async with asyncio.timeout(60):
        while word not in (log := _log(folder).read_text()):
            assert program.process.returncode is None, log
            await asyncio.sleep(0.05)


def _log(folder: Path) -> Path:
    return folder / "log"


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _stat(process: int) -> list[str]:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _parent(process: int) -> int:
    fields = _stat(process)
    return int(fields[1]) if fields else 0


def _session_owner(process: int) -> int:
    return _parent(_parent(process))


def _cpu_seconds(process: int) -> float:
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0

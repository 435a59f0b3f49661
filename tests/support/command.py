"""The command line as a real process, on the sample documents, without an API key."""

import subprocess
import sys
from pathlib import Path

from bot.cli.context import SAMPLES
from tests.support import prepared_program

ROOT = prepared_program.ROOT


def kotae(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in *folder* on the samples, in a process whose imports are done."""
    return prepared_program.run(arguments, folder, _samples(folder) | settings)


def kotae_from_scratch(
    folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as `kotae` does, in a Python that starts for it."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(folder) | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def started(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start a command in *folder* on the samples; its output can be read as it appears."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(folder) | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a command that keeps its data in *folder*."""
    return prepared_program.environment() | _samples(folder)


def _samples(folder: Path) -> dict[str, str]:
    return {"KNOWLEDGE_CONFIG": str(SAMPLES), "DATA_DIR": str(folder / "data")}

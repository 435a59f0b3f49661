"""The command line as a real process, on the sample documents, without an API key."""

import os
import subprocess
import sys
from pathlib import Path

from bot.cli.context import SAMPLES

ROOT = Path(__file__).parents[2]


def kotae(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in *folder* on the samples."""
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(
        command,
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
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "KNOWLEDGE_CONFIG": str(SAMPLES),
        "DATA_DIR": str(folder / "data"),
    }

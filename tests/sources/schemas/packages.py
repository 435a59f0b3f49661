"""Installs packages that hold schemas, apart from the project's own."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(tempfile.gettempdir()) / "kotae-schemas"


class Packages:
    """Packages of npm and PyPI in a folder that stays until the machine is emptied.

    No code of theirs runs while they are installed.

    Args:
        files: Documents that no package holds, by the name of the vendor.
    """

    def __init__(self, files: dict[str, Path]) -> None:
        self.files = files
        self.folder = _ROOT
        self._wheels = _ROOT / "wheels"

    def install(self, npm: Sequence[str], pypi: Sequence[str]) -> None:
        """Install what is not there yet.

        Raises:
            RuntimeError: when that fails, or there is no npm.
        """
        self._wheels.mkdir(parents=True, exist_ok=True)
        missing = [name for name in npm if not self.npm(_plain(name)).exists()]
        if missing and not shutil.which("npm"):
            raise RuntimeError("npm is not installed")
        if missing:
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(self.folder)]
            _run(["npm", "install", *options, *missing])
        for name in pypi:
            if not self._wheel(name):
                options = ["--no-deps", "--only-binary=:all:", "-q", "-d", str(self._wheels)]
                _run([sys.executable, "-m", "pip", "download", *options, name])

    def npm(self, name: str) -> Path:
        """Return the folder of a package of npm."""
        return self.folder / "node_modules" / name

    def pypi(self, name: str, *members: str) -> list[Path]:
        """Return files of a package of PyPI, of which none is installed."""
        wheel = self._wheel(name)
        if wheel is None:
            raise RuntimeError(f"{name} was not downloaded")
        with zipfile.ZipFile(wheel) as archive:
            return [Path(archive.extract(member, self.folder / name)) for member in members]

    def version(self, name: str) -> str:
        """Return a package with its version."""
        name = _plain(name)
        about = self.npm(name) / "package.json"
        if about.exists():
            return f"{name} {json.loads(about.read_text('utf-8'))['version']}"
        wheel = self._wheel(name)
        return f"{name} {wheel.name.split('-')[1]}" if wheel else name

    def _wheel(self, name: str) -> Path | None:
        pattern = re.sub(r"[-_.]+", "_", name)
        return next(self._wheels.glob(f"{pattern}-*.whl"), None)


def _plain(name: str) -> str:
    """Return the name of a package without the version that is wanted."""
    return name[0] + name[1:].partition("@")[0]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr.decode()[-1000:]}")

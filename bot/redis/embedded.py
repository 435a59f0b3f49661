"""Our own redis-server for teams that run none: started, watched, shared and stopped.

Processes of one machine that use the same folder share one server. Two file locks coordinate them;
the kernel frees a lock when its process dies:

- The server itself holds `server.lock`, which it inherits. So there is never a second server on the
  same data, and a process that gets the lock knows that the server is gone, and starts the next.
- Every process that uses the server holds `users.lock`, shared. A process that gets it exclusively
  when it leaves is the last one, and stops the server.
"""

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bot.core.errors import RedisUnavailableError
from bot.redis.binary import find_binary
from bot.redis.version import ServerVersion

START_SECONDS = 60.0
"""How long a start may take; a large append-only file is read at hundreds of MB a second."""

STOP_SECONDS = 20.0
WATCH_SECONDS = 0.25
SLOWEST_RESTART_SECONDS = 10.0
LONGEST_SOCKET_PATH = 100
"""Bytes; the path of a Unix socket may have 104 (macOS) or 108 (Linux)."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def embedded_redis(folder: Path, binary: str = "") -> AsyncIterator["EmbeddedRedis"]:
    """Run a server with its data in *folder*, or use the one that another process runs there.

    A dead server is restarted; the last process that leaves stops it.

    Args:
        folder: Created if missing, readable by this user only.
        binary: The redis-server or valkey-server to run; "" to find one.

    Raises:
        RedisUnavailableError: There is no server to run, or it does not start; the text says why
            and what to do.
    """
    server, users = _prepare(folder, binary)
    try:
        # Another process may just be stopping the server as its last user.
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
    """The server of one data folder, whichever process started it."""

    folder: Path
    socket: Path
    binary: str = ""

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"unix://{quote(str(self.socket))}"

    async def ensure_running(self) -> None:
        """Start the server if it is not running, and return when it answers.

        Raises:
            RedisUnavailableError: It does not start.
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
        """Restart the server whenever it has died, until cancelled."""
        pause = WATCH_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                if not self._gone():
                    pause = WATCH_SECONDS
                    continue
                # Also after a start that worked: the server may die again at once.
                pause = min(pause * 2, SLOWEST_RESTART_SECONDS)
                _log.warning("redis_died", folder=str(self.folder))
                await self.ensure_running()
            except (OSError, RedisUnavailableError) as error:
                _log.error("redis_not_started", reason=str(error))

    async def stop(self) -> None:
        """Let the server write everything to disk and end."""
        async with self._client() as client:
            try:
                await client.shutdown(nosave=True)  # there is no snapshot; the file is synced
            except RedisError as error:
                _log.warning("redis_shutdown_refused", reason=str(error))
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await _until(self._gone)
        except TimeoutError:
            _log.warning("redis_still_running", folder=str(self.folder))

    async def _start(self, lock: int) -> None:
        """Start the server, which inherits *lock*; it may not answer yet."""
        binary = await find_binary(self.binary, self._written_by())
        # The note comes before the start: data is never newer than the note says.
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
            # It leaves our process group, so that Ctrl-C ends us first, and it can outlive the
            # process that started it while others still use it.
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
        """Tell whether no server runs on the folder."""
        if (lock := self._take_lock()) is None:
            return False
        os.close(lock)
        return True

    def _take_lock(self) -> int | None:
        """Return the server's lock as a file descriptor, or None while a server runs."""
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

    def _written_by(self) -> ServerVersion | None:
        """Return the version of the newest server that wrote into the folder; None: none did."""
        try:
            noted = json.loads(self._version_file.read_text())
        except FileNotFoundError:
            multipart = (self.folder / "appendonlydir").exists()  # since 7.0
            return ServerVersion(None, (7, 0, 0)) if multipart else None
        if isinstance(noted, dict):
            return ServerVersion(noted["family"], tuple(noted["numbers"]))
        return ServerVersion(None, tuple(noted))

    def _note_version(self, version: ServerVersion) -> None:
        new = self._version_file.with_suffix(".new")
        new.write_text(json.dumps(asdict(version)))
        new.replace(self._version_file)

    def _failure(self) -> str:
        """Return that the server does not start, with the last line of its log."""
        try:
            last = self._logfile.read_text(errors="replace").strip().rpartition("\n")[2]
        except FileNotFoundError:
            last = ""
        return (
            f"The Redis of {self.folder} does not start. Its log ends with: {last or '(nothing)'}"
        )


def _prepare(folder: Path, binary: str) -> tuple[EmbeddedRedis, int]:
    """Create *folder*; return its server and its open `users.lock`."""
    folder = folder.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = EmbeddedRedis(folder, _socket_path(folder), binary)
        return server, _open_lock(folder / "users.lock")
    except OSError as error:
        raise RedisUnavailableError(f"{folder} cannot hold Redis's data: {error}.") from error


def _socket_path(folder: Path) -> Path:
    """Return the socket of the server: in *folder*, or among temporary files if too long there."""
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
    """Wait until a *condition* of the file system holds; the file system announces nothing."""
    while not condition():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(file: int, kind: int) -> bool:
    """Take a lock of *kind* on *file*; return False if another process holds it."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

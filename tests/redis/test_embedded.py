"""The Redis server that the program runs by itself."""

import asyncio
import os
import shutil
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from bot.core.addresses import shown_address
from bot.core.errors import RedisUnavailableError
from bot.redis.binary import find_binary
from bot.redis.connection import RedisConnection, open_redis
from bot.redis.embedded import LONGEST_SOCKET_PATH, EmbeddedRedis, embedded_redis
from bot.redis.version import ServerVersion
from tests.support.redis import process_id
from tests.support.waiting import wait_until

USER = """
import asyncio, sys
from pathlib import Path
from bot.redis.embedded import embedded_redis

async def use() -> None:
    async with embedded_redis(Path(sys.argv[1])) as server:
        print(server.url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)

asyncio.run(use())
"""


@asynccontextmanager
async def other_user(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a second process that uses the server of *folder* until it is told to leave."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", USER, str(folder)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"unix://")
    try:
        yield process
    finally:
        await process.communicate(b"leave\n")


async def answers(server: EmbeddedRedis) -> bool:
    """Tell whether *server* serves."""
    try:
        async with open_redis(server.url):
            return True
    except RedisUnavailableError:
        return False


async def pushed(store: RedisConnection, number: int) -> bool:
    """Add *number* to the list, if the server is there."""
    try:
        await store.commands.rpush("list", number)
    except RedisUnavailableError:
        return False
    return True


def fake_server(folder: Path, version: str) -> str:
    """Make a program that says to be a redis-server, and return its path."""
    path = folder / f"redis-server-{version}"
    path.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0:0 malloc=libc bits=64'\n")
    path.chmod(0o700)
    return str(path)


@pytest.mark.parametrize("name", ["plain", "データ 1% #?"])
async def test_what_was_written_is_there_in_the_next_run(tmp_path: Path, name: str) -> None:
    """Data outlives the server, in a folder of any name."""
    for expected in (None, "値"):
        async with embedded_redis(tmp_path / name) as server, open_redis(server.url) as store:
            assert await store.commands.get("key") == expected
            await store.commands.set("key", "値")
    assert not server.socket.exists()


async def test_a_killed_server_is_back_with_every_acknowledged_write(tmp_path: Path) -> None:
    """kill -9 of the server loses nothing that it had acknowledged, and callers do not notice."""
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
        first = await process_id(store)
        for number in range(200):
            await wait_until(partial(pushed, store, number))
            if number == 100:
                os.kill(first, signal.SIGKILL)
        assert await process_id(store) != first
        kept = await store.commands.lrange("list", 0, -1)
        # A write whose reply was lost in the crash is repeated.
        assert sorted({int(number) for number in kept}) == list(range(200))


async def test_the_last_user_stops_the_server_whoever_started_it(tmp_path: Path) -> None:
    """Nobody's server is stopped under them, and none is left behind."""
    async with other_user(tmp_path):
        async with embedded_redis(tmp_path) as server:
            assert await answers(server)
        assert await answers(server)
    assert not server.socket.exists()
    async with embedded_redis(tmp_path) as server:
        async with other_user(tmp_path):
            pass
        assert await answers(server)
    assert not server.socket.exists()


async def test_a_server_whose_users_were_killed_is_adopted(tmp_path: Path) -> None:
    """kill -9 of the program leaves its server to the next run, which stops it."""
    async with other_user(tmp_path) as process:
        async with open_redis(EmbeddedRedis(tmp_path, tmp_path / "redis.sock").url) as store:
            first = await process_id(store)
        process.kill()
        await process.wait()
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
        assert await process_id(store) == first
    assert not server.socket.exists()


async def test_two_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    """There is never a second server on the same data."""

    async def use() -> int:
        async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
            number = await process_id(store)
            await together.wait()
            return number

    together = asyncio.Barrier(3)
    assert len(set(await asyncio.gather(use(), use(), use()))) == 1


async def test_an_older_server_is_refused_on_newer_data(tmp_path: Path) -> None:
    """An older Redis would take newer data for none: it is not started, and the text says so."""
    data = tmp_path / "data"
    async with embedded_redis(data):
        pass
    (data / "version.json").write_text("[99, 1, 2]")
    with pytest.raises(RedisUnavailableError, match=r"written by Redis 99\.1\.2.*REDIS_URL"):
        async with embedded_redis(data):
            pass


@pytest.mark.parametrize(
    ("binary", "complaint"),
    [
        ("/nowhere/redis-server", "is not a redis-server"),
        ("/bin/true", "is not a redis-server"),
        ("6.0.9", r"6\.0\.9 is too old, 6\.2 or later"),
    ],
)
async def test_a_wrong_binary_is_named_with_what_to_do(
    tmp_path: Path, binary: str, complaint: str
) -> None:
    """A server that cannot be used gives one readable line."""
    path = binary if "/" in binary else fake_server(tmp_path, binary)
    with pytest.raises(RedisUnavailableError, match=complaint) as caught:
        async with embedded_redis(tmp_path / "data", path):
            pass
    assert "REDIS_URL" in str(caught.value)


async def test_a_server_that_dies_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    """Damaged data is not repeated for ever, and the log's last line says what it is."""
    (tmp_path / "appendonly.aof").write_bytes(b"*1\r\nnonsense")
    with pytest.raises(RedisUnavailableError, match=r"does not start.*file format"):
        async with embedded_redis(tmp_path):
            pass


async def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """A file in the folder's place gives one readable line."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RedisUnavailableError, match="cannot hold Redis's data"):
        async with embedded_redis(tmp_path / "file"):
            pass


async def test_a_long_folder_name_moves_only_the_socket(tmp_path: Path) -> None:
    """A Unix socket has a short path; the data stays where it belongs, and both are private."""
    folder = tmp_path / ("長" * 60)
    async with embedded_redis(folder) as server, open_redis(server.url) as store:
        await store.commands.set("key", "value")
        assert len(os.fsencode(server.socket)) <= LONGEST_SOCKET_PATH
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.glob("appendonly*"))
    server.socket.parent.rmdir()


@pytest.mark.parametrize(
    "url",
    ["redis://user:pa/ss@w?rd@host:67x/0", "http://user:pa/ss@w?rd@host/", "nonsense"],
)
async def test_a_malformed_address_is_refused_without_its_password(url: str) -> None:
    """The password of REDIS_URL is never shown."""
    with pytest.raises(RedisUnavailableError, match="REDIS_URL is not an address") as caught:
        async with open_redis(url):
            pass
    assert "pa/ss" not in str(caught.value)
    assert "w?rd" not in str(caught.value)


async def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    """The text says where nobody answered."""
    with pytest.raises(RedisUnavailableError, match=r"127\.0\.0\.1:1 cannot be reached") as caught:
        async with open_redis("redis://user:secret@127.0.0.1:1/0"):
            pass
    assert "secret" not in str(caught.value)
    assert shown_address("redis://user:secret@127.0.0.1:1/0?db=1") == "redis://127.0.0.1:1/0"


REDIS_7 = ServerVersion("Redis", (7, 0, 15))
VALKEY_9 = ServerVersion("Valkey", (9, 1, 2))


@pytest.mark.parametrize(
    ("server", "data", "reads"),
    [
        (REDIS_7, None, True),
        (REDIS_7, ServerVersion("Redis", (6, 2, 14)), True),
        (REDIS_7, ServerVersion("Redis", (7, 2, 0)), False),
        (REDIS_7, ServerVersion("Valkey", (7, 2, 5)), False),
        (VALKEY_9, REDIS_7, True),
        (VALKEY_9, ServerVersion("Redis", (7, 4, 0)), False),
        (VALKEY_9, ServerVersion("Redis", (8, 2, 1)), False),
        (VALKEY_9, ServerVersion("Valkey", (9, 2, 0)), False),
        (ServerVersion("Redis", (99, 0, 0)), VALKEY_9, False),
        (VALKEY_9, ServerVersion(None, (8, 1, 4)), True),
        (REDIS_7, ServerVersion(None, (8, 1, 4)), False),
    ],
)
def test_a_server_reads_what_its_own_line_wrote_before(
    server: ServerVersion, data: ServerVersion | None, *, reads: bool
) -> None:
    """Redis and Valkey have parted: equal numbers do not mean equal files."""
    assert server.reads(data) is reads


@pytest.mark.parametrize(
    ("info", "mended"),
    [
        ({"redis_version": "6.2.14"}, "6.2.20"),
        ({"redis_version": "6.2.20"}, ""),
        ({"redis_version": "7.0.15"}, "7.2.11"),
        ({"redis_version": "7.2.11"}, ""),
        ({"redis_version": "7.4.5"}, "7.4.6"),
        ({"redis_version": "8.0.3"}, "8.0.4"),
        ({"redis_version": "8.0.4"}, ""),
        ({"redis_version": "8.4.0"}, ""),
        ({"redis_version": "7.2.4", "valkey_version": "8.1.3"}, "8.1.4"),
        ({"redis_version": "7.2.4", "valkey_version": "9.1.2"}, ""),
    ],
)
def test_a_known_flaw_of_a_server_is_named(info: dict[str, str], mended: str) -> None:
    """CVE-2025-49844; Valkey tells the number of the Redis that it is like, too."""
    assert ServerVersion.of_info(info).mended_in == mended


async def test_the_newest_server_is_taken_whatever_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first on PATH is chance; one in the working folder is nobody's choice."""
    folders = [tmp_path / name for name in ("old", "new", "here")]
    for folder, version in zip(folders, ("6.2.1", "98.0.0", "99.0.0"), strict=True):
        folder.mkdir()
        os.rename(fake_server(folder, version), folder / "redis-server")  # noqa: PTH104
    monkeypatch.chdir(folders[2])
    monkeypatch.setenv("PATH", f".:{folders[0]}:{folders[1]}:/bin")

    assert (await find_binary("", None)).path == folders[1] / "redis-server"
    old = await find_binary("", ServerVersion("Valkey", (9, 0, 0)))
    assert old.version.family == "Valkey"


async def test_an_older_server_is_refused_on_data_without_a_note(tmp_path: Path) -> None:
    """A copied folder may lack it; the file's own layout tells that 6.2 would start empty."""
    (tmp_path / "data" / "appendonlydir").mkdir(parents=True)
    with pytest.raises(RedisUnavailableError, match=r"written by Redis 7\.0\.0, which Redis 6\.2"):
        async with embedded_redis(tmp_path / "data", fake_server(tmp_path, "6.2.14")):
            pass


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")
async def test_the_packages_server_reads_what_debians_wrote(tmp_path: Path) -> None:
    """An installation that moves to the newer server keeps its data, and cannot go back."""
    named = str(shutil.which("redis-server"))
    async with embedded_redis(tmp_path, named) as server, open_redis(server.url) as store:
        await store.commands.set("key", "値")
    async with embedded_redis(tmp_path) as server, open_redis(server.url) as store:
        assert await store.commands.get("key") == "値"
        assert ServerVersion.of_info(await store.commands.info("server")).family == "Valkey"
    with pytest.raises(RedisUnavailableError, match=r"written by Valkey .* cannot read"):
        async with embedded_redis(tmp_path, named):
            pass

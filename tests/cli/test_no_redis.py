"""A Redis that is away costs a command two seconds, once, and it says so once."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.core.errors import RedisUnavailableError
from bot.redis.connection import open_redis
from tests.support.command import kotae
from tests.support.ports import free_port

COMMANDS = [
    ("queue", "status"),
    ("queue", "list", "--json"),
    ("entries", "list"),
    ("audit",),
    ("data", "export", "U1", "person.json"),
    ("data", "delete", "U1", "-y"),
    ("backup", "backup.tar.gz"),
    ("eval", "certificate"),
    ("gaps",),
    ("report",),
]


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def connections(listener: socket.socket) -> int:
    """Return how many connections were made."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            count += 1
    return count


def address(listener: socket.socket) -> str:
    return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_silent_redis_is_asked_once(
    silent: socket.socket, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """The connection is cut after two seconds; a second one would cost as much again."""
    done = kotae(tmp_path, *command, REDIS_URL=address(silent))

    assert done.returncode == 1
    assert done.stderr.count("does not answer in time") == 1
    assert "Traceback" not in done.stderr
    assert connections(silent) == 1


@pytest.mark.parametrize("command", COMMANDS[:5], ids=" ".join)
def test_a_redis_that_refuses_is_named_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    """At once: nothing is tried again."""
    port = free_port()
    done = kotae(tmp_path, *command, REDIS_URL=f"redis://127.0.0.1:{port}/0")

    assert done.returncode == 1
    assert done.stderr.count(f"127.0.0.1:{port} cannot be reached") == 1


def test_the_doctor_says_it_where_redis_is_checked(silent: socket.socket, tmp_path: Path) -> None:
    """What needs it is not checked, and costs no time."""
    done = kotae(tmp_path, "doctor", "--json", REDIS_URL=address(silent))

    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert found["Redis"]["verdict"] == "bad"
    assert "does not answer in time" in found["Redis"]["text"]
    assert found["Machines"] == {
        "name": "Machines",
        "verdict": "note",
        "text": "not checked without Redis",
    }
    assert connections(silent) == 1


async def test_a_bot_waits_for_a_redis_that_is_being_started(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries again, for as long as a restart takes; a command does not."""
    monkeypatch.setattr("bot.redis.retry.RETRY_SECONDS", 3.0)
    url, failures = address(silent), list[str]()
    for patient, most in ((False, 1), (True, 3)):
        with pytest.raises(RedisUnavailableError, match="does not answer in time"):
            async with open_redis(url, lambda: failures.append("lost"), patient=patient):
                pass
        assert 1 <= connections(silent) <= most
    assert len(failures) >= 2

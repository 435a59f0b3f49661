"""Files that every machine has: taken over, given, and never lost."""

import asyncio
import fcntl
from pathlib import Path

import pytest

from bot.redis.connection import RedisConnection
from bot.shared_files import mirror as module
from bot.shared_files.mirror import FileMirror, is_shared
from bot.shared_files.store import SharedFiles

CASES, LABELS = "evaluation/cases/team.jsonl", "evaluation/labels.jsonl"


class Machine:
    """A data folder."""

    def __init__(self, folder: Path, store: RedisConnection) -> None:
        self.folder = folder
        self.mirror = FileMirror(SharedFiles(store.commands), folder)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())

    def files(self) -> dict[str, str]:
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes().decode()
            for path in self.folder.rglob("[!.]*")
            if path.is_file()
        }


@pytest.fixture
def one(tmp_path: Path, store: RedisConnection) -> Machine:
    return Machine(tmp_path / "one", store)


@pytest.fixture
def two(tmp_path: Path, store: RedisConnection) -> Machine:
    return Machine(tmp_path / "two", store)


async def test_what_one_machine_writes_changes_and_removes_the_other_has(
    one: Machine, two: Machine
) -> None:
    """Whatever the text is; a second look finds nothing to do."""
    one.write(CASES, "{}\r\n有給は？\n")
    one.write("prompts/short/en.md", "Be short.\n")
    given = (await one.mirror.sync()).given
    taken = (await two.mirror.sync()).taken
    assert given == taken == sorted(one.files())
    assert two.files() == one.files()

    two.write("prompts/short/en.md", "")
    (two.folder / CASES).unlink()
    await two.mirror.sync()
    await one.mirror.sync()
    assert one.files() == {"prompts/short/en.md": ""}
    for machine in (one, two):
        report = await machine.mirror.sync()
        assert report.given == report.taken == report.kept_apart == []


async def test_what_both_have_changed_is_the_teams_and_nothing_is_lost(
    one: Machine, two: Machine
) -> None:
    for machine, text in ((one, "first\n"), (two, "second\n")):
        machine.write("promotions.json", text)
        machine.write(LABELS, f'{{"of": "{text.strip()}"}}\n')
    await one.mirror.sync()
    report = await two.mirror.sync()
    await one.mirror.sync()

    assert report.kept_apart == ["promotions.json"]
    assert two.files()["promotions.json"] == "first\n"
    assert two.files()["promotions.json.yours"] == "second\n"
    both = '{"of": "first"}\n{"of": "second"}\n'
    assert one.files()[LABELS] == two.files()[LABELS] == both


async def test_who_loses_the_race_takes_over_what_came_first(one: Machine, two: Machine) -> None:
    one.write(CASES, "1\n")
    await one.mirror.sync()
    await two.mirror.sync()
    one.write(CASES, "2\n")
    two.write(CASES, "3\n")
    await two.mirror.sync()
    report = await one.mirror.sync()

    assert (one.files()[CASES], one.files()[f"{CASES}.yours"]) == ("3\n", "2\n")
    assert report.kept_apart == [CASES]
    assert await one.mirror.revision() == 2


async def test_an_empty_disk_is_filled_again(one: Machine, two: Machine) -> None:
    """It is no decision to remove everything."""
    for path in (CASES, "evaluation/runs/a.json", "confidence.json"):
        one.write(path, "{}\n")
    await one.mirror.sync()
    for path in list(one.files()):
        (one.folder / path).unlink()
    await one.mirror.sync()
    await two.mirror.sync()

    assert len(one.files()) == len(two.files()) == 3


async def test_one_process_at_a_time_and_nothing_is_left_of_one_that_was_cancelled(
    one: Machine,
) -> None:
    one.write(CASES, "1\n")
    lock = one.folder / ".shared.lock"
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        cancelled = asyncio.create_task(one.mirror.sync())
        waiting = asyncio.create_task(one.mirror.sync())
        await asyncio.wait([cancelled, waiting], timeout=0.2)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert not waiting.done()

    assert (await waiting).given == [CASES]
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_what_is_no_text_or_too_large_stays_here(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    one.write("evaluation/runs/large.json", "x" * 101)
    one.write("evaluation/runs/bytes.json", "")
    (one.folder / "evaluation/runs/bytes.json").write_bytes(b"\xff")
    (one.folder / "evaluation/runs/link.json").symlink_to("/etc/hostname")
    await one.mirror.sync()
    await two.mirror.sync()

    assert two.files() == {}


@pytest.mark.parametrize(
    "path",
    [
        "../promotions.json",
        "/etc/passwd",
        "prompts/../../x/en.md",
        "prompts/a/b/c.md",
        "evaluation/cases/.x.new",
        "redis/appendonly.aof",
        "index/CURRENT",
        "rollouts/a/index/manifest.json",
        "evaluation/answers/a.json",
        f"{CASES}.yours",
    ],
)
async def test_no_other_file_is_ever_written(
    one: Machine, store: RedisConnection, path: str
) -> None:
    """Whatever somebody has put into Redis."""
    assert not is_shared(path)
    await SharedFiles(store.commands).put(path, "", "x")
    await one.mirror.sync()

    assert one.files() == {}

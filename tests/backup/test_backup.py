"""A backup of a bot at work, put back elsewhere, is the same bot."""

import asyncio
import gzip
import io
import json
import os
import resource
import shutil
import stat
import tarfile
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from bot.backup.archive import BackupError, BackupReader
from bot.backup.backup import BackupPlaces, write_backup
from bot.backup.redis_keys import RedisKeys
from bot.backup.restore import MARK, RestoreReport, check_not_restoring, restore
from bot.core.errors import SettingsError
from bot.core.types import Answer
from bot.queue.lua_scripts import QueuePeriods
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from tests.backup.world import (
    FILES,
    IGNORED,
    REBUILT,
    content_of,
    files_below,
    fill,
    job,
    names_in,
    question,
    rewrite,
    write_files,
)
from tests.support.redis import in_namespace
from tests.support.waiting import wait_until

OTHER = "elsewhere"
"""The namespace that is restored into: another place on the same server."""

ROOT = f"{{{OTHER}}}:v1"


def places(folder: Path, *, index: bool = False, settings: Path | None = None) -> BackupPlaces:
    data = folder / "data"
    return BackupPlaces(data, folder / "knowledge.toml", settings, index)


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """The folder of a team, with a data folder and `knowledge.toml`."""
    folder = tmp_path / "team"
    write_files(folder / "data", {**FILES, **REBUILT, **IGNORED})
    (folder / "knowledge.toml").write_text("[[sources]]\n")
    (folder / ".env").write_text("OPENAI_API_KEY=sk-secret\n")
    return folder


@pytest.fixture
async def taken(store: RedisConnection, team: Path) -> Path:
    """A backup of the team."""
    await fill(store)
    path = team.parent / "kotae.tar.gz"
    await write_backup(path, RedisKeys(store.commands), places(team))
    return path


async def put_back(
    store: RedisConnection, path: Path, folder: Path, **options: bool
) -> RestoreReport:
    keys = RedisKeys(in_namespace(store, OTHER).commands)
    return await restore(BackupReader(path), keys, places(folder), **options)


async def test_every_store_is_the_same_after_a_restore(
    store: RedisConnection, taken: Path, tmp_path: Path
) -> None:
    """By type, with what expires, and with streams and their groups; only marks are left out."""
    before = await content_of(store.commands, "kotae")
    empty = tmp_path / "elsewhere"

    report = await put_back(store, taken, empty)

    after = await content_of(store.commands, OTHER)
    counted = {name: held for name, held in before.items() if not name.startswith("slack:")}
    assert {name: held for name, (held, _) in after.items()} == {
        name: held for name, (held, _) in counted.items()
    }
    for name, (_, expires) in counted.items():
        assert abs(after[name][1] - expires) < 1_000, name
    assert report.keys == len(after) > 50
    assert files_below(empty / "data") == FILES
    assert (empty / "knowledge.toml").read_text() == "[[sources]]\n"
    assert report.left == ()
    assert not (empty / "data" / MARK).exists()


async def test_the_restored_bot_goes_on(
    store: RedisConnection, taken: Path, tmp_path: Path
) -> None:
    """Waiting questions are done, the one in work again, and a duplicate is still one."""
    await put_back(store, taken, tmp_path / "elsewhere")
    queue = RedisQueue(in_namespace(store, OTHER), QueuePeriods(lease=0.3))

    assert not await queue.put(job(20))
    assert len(await queue.dead_letters()) == 1
    waiting = (await queue.backlog())["ready"] + (await queue.backlog())["running"]
    done = list[str]()
    while (lease := await queue.take(wait=1)) is not None:
        done.append(lease.job.id)
        await lease.finish()
    await queue.aclose()

    assert len(done) == len(set(done)) == waiting - 1 > 3  # one waits behind the delayed one
    assert (await queue.backlog())["delayed"] == 1
    ledger = Ledger(in_namespace(store, OTHER).commands)
    records = [one.question.text async for one in ledger.since(0)]
    assert records == [question(number).text for number in range(5)]


async def test_what_was_not_answered_can_be_left_out(
    store: RedisConnection, taken: Path, tmp_path: Path
) -> None:
    """The bot went on after the backup, and has answered it; dead letters stay."""
    await put_back(store, taken, tmp_path / "elsewhere", queue=False)
    queue = RedisQueue(in_namespace(store, OTHER), QueuePeriods(lease=0.3))

    assert await queue.backlog() == {"ready": 0, "running": 0, "delayed": 0, "dead": 1}
    assert await queue.take(wait=0) is None
    assert not await store.commands.exists(f"{ROOT}:heard")
    assert await queue.retry_dead_letter((await queue.dead_letters())[0].job.id)
    await queue.aclose()


async def test_an_index_and_tokens_come_along_when_asked_for(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    """Only the version in use, with hidden files; tokens never by themselves."""
    path = tmp_path / "all.tar.gz"
    whole = places(team, index=True, settings=team / ".env")
    await write_backup(path, RedisKeys(store.commands), whole)
    elsewhere = tmp_path / "elsewhere"
    target = places(elsewhere, settings=elsewhere / ".env")

    await restore(BackupReader(path), RedisKeys(in_namespace(store, OTHER).commands), target)

    assert files_below(elsewhere / "data") == {**FILES, **REBUILT}
    assert (elsewhere / ".env").read_text() == "OPENAI_API_KEY=sk-secret\n"


def test_a_backup_is_for_its_owner_and_has_no_token(taken: Path) -> None:
    assert stat.S_IMODE(taken.stat().st_mode) == 0o600
    assert b"sk-secret" not in gzip.decompress(taken.read_bytes())
    assert names_in(taken.parent) == ["kotae.tar.gz", "team"]


async def test_a_place_that_is_not_empty_is_refused(
    store: RedisConnection, taken: Path, tmp_path: Path
) -> None:
    """Redis, then the data folder; `--force` replaces both, and keeps another knowledge.toml."""
    elsewhere = tmp_path / "elsewhere"
    await store.commands.set(f"{ROOT}:labels", "old")
    with pytest.raises(BackupError, match=r"Redis has 1 key of Kotae already, such as labels"):
        await put_back(store, taken, elsewhere)
    await store.commands.delete(f"{ROOT}:labels")
    write_files(elsewhere / "data", {"prompts/old.md": b"old", "evaluation/old": b"old"})
    with pytest.raises(BackupError, match="evaluation already"):
        await put_back(store, taken, elsewhere)
    assert not await store.commands.keys(f"*{OTHER}*")
    (elsewhere / "knowledge.toml").write_text("mine")
    await store.commands.set(f"{ROOT}:answer:old", "old")

    report = await put_back(store, taken, elsewhere, force=True)

    assert files_below(elsewhere / "data") == FILES
    assert not await store.commands.exists(f"{ROOT}:answer:old")
    assert (elsewhere / "knowledge.toml").read_text() == "mine"
    assert report.left == ("knowledge.toml: yours stays, and it is another one",)


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


def _repacked(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Return the backup *data* with *change* done to its members, well packed."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {
            header.name: found.read() for header in tar if (found := tar.extractfile(header))
        }
    change(members)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    return packed.getvalue()


def _later(members: dict[str, bytes]) -> None:
    manifest = json.loads(members["manifest.json"]) | {"format": 2, "program": "9.9", "new": {}}
    members["manifest.json"] = json.dumps(manifest).encode()


DAMAGE: Mapping[str, tuple[Callable[[bytes], bytes], str]] = {
    "a flipped byte": (_flipped, "damaged"),
    "cut off": (lambda data: data[: len(data) // 2], "damaged"),
    "empty": (lambda _: b"", "damaged"),
    "another file": (lambda _: b"# hello\n" * 1_000, "damaged"),
    "a changed member": (
        lambda data: _repacked(data, lambda all_: all_.update({"data/confidence.json": b"[]"})),
        "data/confidence.json has changed",
    ),
    "a member less": (
        lambda data: _repacked(data, lambda all_: all_.pop("data/confidence.json")),
        "data/confidence.json has changed",
    ),
    "a member more": (
        lambda data: _repacked(data, lambda all_: all_.update({"data/x": b""})),
        "data/x has changed",
    ),
    "a member outside": (
        lambda data: _repacked(data, lambda all_: all_.update({"data/../../x": b""})),
        "is not a backup",
    ),
    "no manifest": (
        lambda data: _repacked(data, lambda all_: all_.pop("manifest.json")),
        "no list of members",
    ),
    "a later format": (
        lambda data: _repacked(data, _later),
        r"written by Kotae 9\.9 in format 2.*update Kotae first",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_backup_changes_nothing(
    store: RedisConnection, taken: Path, tmp_path: Path, damage: str
) -> None:
    spoil, told = DAMAGE[damage]
    rewrite(taken, spoil)

    with pytest.raises(BackupError, match=told):
        await put_back(store, taken, tmp_path / "elsewhere")

    assert not (tmp_path / "elsewhere").exists()
    assert not await store.commands.keys(f"*{OTHER}*")


async def test_a_full_disk_leaves_no_half_backup(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    """The limit of file sizes stands in for it: the same error of the same call."""
    await fill(store)
    write_files(team / "data", {"evaluation/large": os.urandom(200_000)})
    path = tmp_path / "kotae.tar.gz"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BackupError, match="cannot be written"):
            await write_backup(path, RedisKeys(store.commands), places(team))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert names_in(tmp_path) == ["team"]


async def test_a_full_disk_during_a_restore_changes_nothing(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    write_files(team / "data", {"evaluation/large": os.urandom(200_000)})
    path = tmp_path / "kotae.tar.gz"
    await write_backup(path, RedisKeys(store.commands), places(team))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BackupError, match="run it again"):
            await put_back(store, path, tmp_path / "elsewhere")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files_below(tmp_path / "elsewhere") == {}
    await put_back(store, path, tmp_path / "elsewhere")
    assert files_below(tmp_path / "elsewhere" / "data").keys() >= FILES.keys()


async def test_a_restore_that_was_killed_can_be_run_again(
    store: RedisConnection, taken: Path, tmp_path: Path
) -> None:
    """Whatever it had put in place; the bot does not start before."""
    elsewhere = tmp_path / "elsewhere"
    await put_back(store, taken, elsewhere)
    # As a kill leaves it: half of the files, some keys, some of them beside their place, the mark.
    shutil.rmtree(elsewhere / "data" / "prompts")
    (elsewhere / "data" / MARK).write_text("kotae.tar.gz\n")
    write_files(elsewhere / "data" / ".restore", {"prompts/half": b""})
    root = ROOT
    await store.commands.rename(f"{root}:labels", f"{{{OTHER}}}:restore:labels")
    await store.commands.set(f"{{{OTHER}}}:restore:answer:half", "half")

    with pytest.raises(SettingsError, match="kotae restore"):
        check_not_restoring(elsewhere / "data")
    await put_back(store, taken, elsewhere)

    check_not_restoring(elsewhere / "data")
    assert files_below(elsewhere / "data") == FILES
    whole = {name: held for name, (held, _) in (await content_of(store.commands, OTHER)).items()}
    before = {name: held for name, (held, _) in (await content_of(store.commands, "kotae")).items()}
    assert whole == {name: held for name, held in before.items() if name[:6] != "slack:"}


async def test_what_has_expired_meanwhile_stays_away(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    await store.commands.set("{kotae}:v1:turns:brief", "x", px=300)
    path = tmp_path / "kotae.tar.gz"
    await write_backup(path, RedisKeys(store.commands), places(team))
    await wait_until(lambda: _is_gone(store, "{kotae}:v1:turns:brief"))

    report = await put_back(store, path, tmp_path / "elsewhere")

    assert report.manifest.keys == {"turns": 1}
    assert report.keys == 0


async def test_an_unknown_key_and_file_are_taken_and_named(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    """A store of a later version is better in the backup than lost."""
    await store.commands.set("{kotae}:v1:novel:1", "x")
    write_files(team / "data", {"novel/file": b"x"})
    path = tmp_path / "kotae.tar.gz"

    manifest = await write_backup(path, RedisKeys(store.commands), places(team))
    await put_back(store, path, tmp_path / "elsewhere")

    assert manifest.unlisted == ("Redis: novel", "data folder: novel")
    assert await store.commands.get(f"{ROOT}:novel:1") == "x"
    assert (tmp_path / "elsewhere" / "data" / "novel" / "file").read_bytes() == b"x"


async def test_backups_are_not_written_into_what_they_are_of(
    store: RedisConnection, team: Path, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="data folder"):
        await write_backup(team / "data" / "x.tar.gz", RedisKeys(store.commands), places(team))
    (tmp_path / "x").touch()
    with pytest.raises(BackupError, match="exists"):
        await write_backup(tmp_path / "x", RedisKeys(store.commands), places(team))


async def test_a_backup_under_load_refers_to_nothing_that_is_missing(
    store: RedisConnection, tmp_path: Path
) -> None:
    """Questions come, are taken, answered and finished all the while; each backup is one whole."""
    queue = RedisQueue(store, QueuePeriods(lease=60))
    ledger = Ledger(store.commands)
    stop = asyncio.Event()
    numbers = count(1_000)

    async def ask() -> None:
        while not stop.is_set():
            number = next(numbers)
            await queue.put(job(number, f"partition {number % 7}"), spare=True)
            await asyncio.sleep(0)

    async def work() -> None:
        while not stop.is_set():
            if (lease := await queue.take(wait=0)) is None:
                await asyncio.sleep(0)
                continue
            asked = question(int(lease.job.id.split(":")[-1].split(".")[0]))
            await ledger.record(asked, Answer("answered", "10"), [f"place {asked.id}"])
            await lease.finish()

    at_work = [asyncio.create_task(one()) for one in (ask, ask, work, work)]
    folder = tmp_path / "team"
    folder.mkdir()
    paths = [tmp_path / f"{number}.tar.gz" for number in range(6)]
    for path in paths:
        await write_backup(path, RedisKeys(store.commands), places(folder))
    stop.set()
    await asyncio.gather(*at_work)
    await queue.aclose()

    sizes = []
    for path in paths:
        await put_back(store, path, tmp_path / "elsewhere", force=True)
        sizes.append(await _checked(store))
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]


async def _is_gone(store: RedisConnection, key: str) -> bool:
    return not await store.commands.exists(key)


async def _checked(store: RedisConnection) -> int:
    """Check what was restored, do what is left, and return how many questions were answered."""
    client, root = store.commands, ROOT
    answered = set(map(str, await client.zrange(f"{root}:answers", 0, -1)))
    for answer in answered:
        assert await client.exists(f"{root}:answer:{answer}")
    async for key in client.scan_iter(match=f"{root}:place:*"):
        assert await client.exists(f"{root}:answer:{await client.get(key)!s}")
    waiting = set[str]()
    for partition in await client.smembers(f"{root}:active"):
        jobs = await client.lrange(f"{root}:partition:{partition!s}", 0, -1)
        waiting |= set(map(str, jobs))
    for job_id in waiting:
        assert await client.hget(f"{root}:job:{job_id}", "job")
    assert int(await client.get(f"{root}:open") or 0) == len(waiting)
    async for key in client.scan_iter(match=f"{root}:seen:*"):
        # What is known was answered, or it will be: nothing that was put is lost.
        job_id = key.removeprefix(f"{root}:seen:")
        assert job_id in answered | waiting, job_id
    queue = RedisQueue(in_namespace(store, OTHER), QueuePeriods(lease=0.05))
    done = set[str]()
    end = time.monotonic() + 30
    while len(done) < len(waiting) and time.monotonic() < end:
        if (lease := await queue.take(wait=0.1)) is not None:
            done.add(lease.job.id)
            await lease.finish()
    await queue.aclose()
    assert done == waiting
    return len(answered)


async def test_a_workspace_has_its_settings_once_and_no_documents(
    store: RedisConnection, tmp_path: Path
) -> None:
    """Its `knowledge.toml` is in its data folder; a restore leaves its documents where they are."""
    data = tmp_path / "workspaces" / "T0ALPHA"
    (data / "docs").mkdir(parents=True)
    (data / "docs" / "pay.md").write_text("# Pay\n")
    (data / "knowledge.toml").write_text("[[sources]]\n")
    (data / "settings.env").write_text("TIME_ZONE=Asia/Tokyo\n")
    here = BackupPlaces(data, data / "knowledge.toml")
    keys = RedisKeys(in_namespace(store, "kotae:T0ALPHA").commands)
    path = tmp_path / "kotae.tar.gz"

    manifest = await write_backup(path, keys, here)

    assert set(manifest.members) == {"data/knowledge.toml", "data/settings.env"}
    assert manifest.unlisted == ()
    (data / "knowledge.toml").write_text("another")
    await restore(BackupReader(path), keys, here, force=True)
    assert (data / "knowledge.toml").read_text() == "[[sources]]\n"
    assert (data / "docs" / "pay.md").read_text() == "# Pay\n"


async def test_the_key_of_the_installations_is_in_no_backup(
    store: RedisConnection, team: Path
) -> None:
    """They are in it, encrypted; the other tokens are taken where they are asked for."""
    settings = team / ".env"
    settings.write_text(
        "# Ours\nOPENAI_API_KEY=sk-secret\n"
        "export INSTALLATION_KEY='newer-key,\nolder-key'\nPORT=3000\n"
    )
    path = team.parent / "kotae.tar.gz"

    await write_backup(path, RedisKeys(store.commands), places(team, settings=settings))

    [text] = [content.read() for _, content in BackupReader(path).members("settings.env")]
    assert text.decode() == "# Ours\nOPENAI_API_KEY=sk-secret\nPORT=3000\n"

"""What is older than its days is deleted, also where it was written when they were more."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.audit.audit_log import AuditLog
from bot.core.types import Answer, Feedback, Handoff, Label
from bot.evaluation.results import EvaluationRun, RunInfo, write_run
from bot.handoff.store import HandoffStore
from bot.personal_data.retention import KeptDays, Retention, RetentionStores
from bot.records.label_file import FileLabels
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.rollout.trials import RolloutTrial, Trials
from bot.shared_files.mirror import FileMirror
from bot.shared_files.store import SharedFiles
from tests.backup import world

DAY = 86_400


async def _aged(store: RedisConnection, key: str, days: int) -> None:
    """Let everything in the set *key* be *days* older."""
    root = "{kotae}:v1:"
    for member in await store.commands.execute_command("ZRANGE", root + key, 0, -1):
        await store.commands.execute_command("ZINCRBY", root + key, -days * DAY, member)


async def test_records_older_than_their_days_go_with_the_next_answer(
    store: RedisConnection,
) -> None:
    """With votes and places; younger ones stay."""
    before = Ledger(store.commands, days=400)
    for number in range(2):
        place = f"slack:T1:C1:{number}.9"
        await before.record(world.question(number), Answer("answered", "10日です。"), [place])
        await before.rate(Feedback(world.question(number).id, "U1", "up", "button"))
        if not number:
            await _aged(store, "answers", 31)
    await Ledger(store.commands, days=30).record(world.question(2), Answer("answered", "10 days."))
    kept = [record.question.id async for record in before.since(0.0)]

    assert kept == [world.question(1).id, world.question(2).id]
    assert await before.get(world.question(0).id) is None
    assert await before.find("slack:T1:C1:0.9") is None
    assert await before.find("slack:T1:C1:1.9") == world.question(1).id
    assert (await before.counts())["answered"] == 3


@pytest.mark.parametrize(
    "damaged", ["", "5", "null", '"a"', '{"places": null}', "{", '{"places": 3}']
)
async def test_a_damaged_old_record_stops_no_new_one(store: RedisConnection, damaged: str) -> None:
    """It is deleted like the others; the answer or the handoff that comes is kept."""
    root, ledger = "{kotae}:v1:", Ledger(store.commands, days=30)
    asked, gone = world.question(1), world.question(0)
    handoff = Handoff(
        *(asked.id, asked.text, world.READER, "U1", asked.thread, time.time()), language="ja"
    )
    for name, key in (("answers", f"answer:{gone.id}"), ("handoffs", "")):
        await store.commands.execute_command("ZADD", root + name, 1, gone.id)
        if key:
            await store.commands.set(root + key, damaged)
    await store.commands.execute_command("HSET", f"{root}handoff:{gone.id}", "record", damaged)
    await ledger.record(asked, Answer("answered", "10日です。"))
    opened = await HandoffStore(store.commands, days=30).open(handoff)

    assert opened
    assert [record.question.id async for record in ledger.since(0.0)] == [asked.id]
    assert not await store.commands.exists(f"{root}answer:{gone.id}", f"{root}handoff:{gone.id}")


async def test_handoffs_older_than_their_days_go_with_the_next_one(store: RedisConnection) -> None:
    """Open ones as well: nobody would be asked any more."""
    asked = world.question(1)
    first = Handoff(
        *(asked.id, asked.text, world.READER, "U1", asked.thread, time.time()), language="ja"
    )
    await HandoffStore(store.commands, days=400).open(first)
    await _aged(store, "handoffs", 31)
    handoffs = HandoffStore(store.commands, days=30)
    second = replace(first, id=world.question(2).id, thread=world.question(2).thread)
    await handoffs.open(second)

    assert [one.id for one in await handoffs.pending()] == [second.id]
    assert await handoffs.get(first.id) is None


NOW = 1_900_000_000.0
OLD, YOUNG = NOW - 401 * DAY, NOW - 399 * DAY
DAYS = KeptDays(records=400, evaluation=400, audit=730)


def run_of(at: float) -> EvaluationRun:
    """Return a run without results."""
    return EvaluationRun(
        info=RunInfo(
            name="run", created_at=at, model="m", prompts="p", fingerprint="[]", index_version="v"
        ),
        results=(),
    )


def proof(folder: Path, name: str, at: float) -> None:
    """Write a run, a rollout, a search for a prompt and a cached answer, as if at a time."""
    write_run(folder / "evaluation" / "runs" / f"{name}.json", run_of(at))
    trial = RolloutTrial(name=name, created_at=at, settings={})
    Trials(folder).keep(trial, run_of(at), run_of(at))
    for own in (f"prompt-tuning/{name}/state.json", f"evaluation/answers/{name}/1.json"):
        (folder / own).parent.mkdir(parents=True, exist_ok=True)
        (folder / own).write_text("{}")
        os.utime(folder / own, (at, at))
        os.utime((folder / own).parent, (at, at))
    (folder / "evaluation" / "cases").mkdir(exist_ok=True)
    (folder / "evaluation" / "cases" / f"{name}.jsonl").write_text("")


def files(folder: Path) -> set[str]:
    """Return the names of all files below *folder*."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if path.name[0] != "."}


def stores_of(store: RedisConnection, mirror: FileMirror | None = None) -> RetentionStores:
    commands = store.commands
    return RetentionStores(Ledger(commands), RedisLabels(commands), AuditLog(commands), mirror)


async def test_files_of_proof_go_when_their_days_are_over(
    store: RedisConnection, tmp_path: Path
) -> None:
    """Cases stay, and so does a rollout that is in force, with its index."""
    for name, at in (("old", OLD), ("young", YOUNG), ("stands", OLD)):
        proof(tmp_path, name, at)
    index = tmp_path / "rollouts" / "stands" / "index" / "version-1"
    index.mkdir(parents=True)
    before = files(tmp_path)
    retention = Retention(stores_of(store), tmp_path, DAYS, ["rollouts/stands/index"])
    await retention(NOW)

    gone = before - files(tmp_path)
    rollout = {f"rollouts/old/{one}.json" for one in ("trial", "before", "after")}
    runs = {f"evaluation/runs/{one}.json" for one in ("old", "stands")}
    caches = {
        path.format(one)
        for one in ("old", "stands")
        for path in ("prompt-tuning/{}/state.json", "evaluation/answers/{}/1.json")
    }
    assert gone == rollout | runs | caches
    assert index.is_dir()
    assert not (tmp_path / "rollouts" / "old").exists()

    await retention(NOW + 2 * DAY)
    assert not [one for one in files(tmp_path) if "young" in one and "cases" not in one]


async def test_with_0_days_files_and_acts_stay(store: RedisConnection, tmp_path: Path) -> None:
    proof(tmp_path, "old", OLD)
    before = files(tmp_path)
    await AuditLog(store.commands).record("U1", "channel", "C1")
    await Retention(stores_of(store), tmp_path, replace(DAYS, evaluation=0, audit=0))(NOW)
    assert files(tmp_path) == before
    assert [act.about async for act in AuditLog(store.commands).since()] == ["C1"]


async def test_what_is_removed_here_does_not_come_back_from_another_machine(
    store: RedisConnection, tmp_path: Path
) -> None:
    """Not even where everything was too old; and a copy there is no younger."""
    one, other = tmp_path / "one", tmp_path / "other"
    proof(one, "old", OLD)
    shared = SharedFiles(store.commands)
    for folder in (one, other):
        await FileMirror(shared, folder).sync()
    assert "evaluation/runs/old.json" in files(other)
    shutil.rmtree(one / "evaluation" / "cases")  # nothing that is shared is left then

    await Retention(stores_of(store, FileMirror(shared, one)), one, DAYS)(NOW)
    for folder in (one, other, one):
        await FileMirror(shared, folder).sync()
    for folder in (one, other):
        assert not [path for path in files(folder) if path.startswith("evaluation/runs")]
        assert not [path for path in files(folder) if path.startswith("rollouts")]


async def test_verdicts_go_with_their_answers(store: RedisConnection, tmp_path: Path) -> None:
    """One on an answer that is there stays, and so does a young one; in files by their days."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    kept = world.question(1)
    await ledger.record(kept, Answer("answered", "10日です。"))
    for answer, at in ((kept.id, OLD), ("gone", OLD), ("young", YOUNG)):
        await labels.put(Label(answer, "wrong", "U1", at, "It is 12."))
    path = tmp_path / "evaluation" / "labels.jsonl"
    for answer, at in (("old", OLD), ("young", YOUNG)):
        await FileLabels(path).put(Label(answer, "right", "U1", at))
    await Retention(stores_of(store), tmp_path, DAYS)(NOW)

    assert {label.answer_id for label in await labels.all()} == {kept.id, "young"}
    assert [label.answer_id for label in await FileLabels(path).all()] == ["young"]


async def test_acts_of_operators_go_after_their_days(
    store: RedisConnection, tmp_path: Path
) -> None:
    """By the clock of Redis, which writes them down."""
    audit = AuditLog(store.commands)
    await audit.record("U1", "channel", "C1")
    written = time.time()
    await Retention(stores_of(store), tmp_path, DAYS)(written + 729 * DAY)
    assert [act.about async for act in audit.since()] == ["C1"]
    await Retention(stores_of(store), tmp_path, DAYS)(written + 731 * DAY)
    assert [act.about async for act in audit.since()] == []

"""A bot that has been at work: something in every store, by the stores themselves."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot.answering.answer_policy import ChannelPolicies
from bot.answering.memory import ThreadMemory
from bot.audit.audit_log import AuditLog
from bot.channels.settings import ChannelSettings
from bot.channels.store import ChannelSettingsStore
from bot.core.types import (
    Answer,
    Feedback,
    Handoff,
    Job,
    Label,
    Question,
    QuestionId,
    ThreadId,
    Turn,
    Waiter,
)
from bot.entries.entry import Entry
from bot.entries.notes import EntryNotes
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.handoff.store import HandoffStore
from bot.mcp_server.tokens import TokenStore
from bot.queue.lua_scripts import QueuePeriods
from bot.queue.redis_queue import RedisQueue
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.records.opt_out import OptOuts
from bot.redis.connection import RedisConnection
from bot.redis.keys import key_root
from bot.slack.client.name_pins import RedisNamePins
from bot.slack.intake.presence import PresenceStore
from knowledge.model.types import Principal
from knowledge.storage.index_versions import IndexVersions
from tests.support.in_redis import value_of

READER = Principal("C1", member=True, groups=frozenset({"C1", "#総務"}))
FILES: Mapping[str, bytes] = {
    "promotions.json": b'{"promotions": []}\n',
    "confidence.json": b"{}\n",
    "prompts/index/en.md": b"Answer from the passages.\n",
    "evaluation/cases/team.jsonl": b'{"question": "?"}\n' * 1_000,
    "evaluation/runs/first.json": b"{}",
    "evaluation/labels.jsonl": b"{}\n",
    "rollouts/faster/trial.json": b"{}\n",
    "prompt-tuning/one/state.json": b"{}\n",
}
"""What counts in a data folder."""

CURRENT = IndexVersions(Path()).pointer.name

REBUILT: Mapping[str, bytes] = {
    f"index/{CURRENT}": b"version-7",
    "index/version-7/manifest.json": b"{}",
    "index/version-7/lexical/.managed.json": b"[]",
    f"rollouts/faster/index/{CURRENT}": b"version-1",
    "rollouts/faster/index/version-1/manifest.json": b"{}",
}
"""What an index is, of the bot and of a rollout."""

IGNORED: Mapping[str, bytes] = {
    "index/version-6/manifest.json": b"{}",
    "index/journal.sqlite": b"journal",
    "redis/appendonly.aof": b"other",
    ".promotions.json.lock": b"",
    "certificate.123.tmp": b"half",
    "try/index/CURRENT": b"sample",
}
"""What a backup never has."""


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write *files* below *folder*."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def files_below(folder: Path) -> dict[str, bytes]:
    """Return all files below *folder*, but for locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def names_in(folder: Path) -> list[str]:
    """Return the names in *folder*."""
    return sorted(path.name for path in folder.iterdir())


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the content of the file at *path*."""
    path.write_bytes(change(path.read_bytes()))


def question(number: int) -> Question:
    """Return a question."""
    return Question(
        QuestionId(f"slack:T1:C1:{number}.1"),
        ThreadId(f"slack:T1:C1:{number}.0"),
        f"有給は何日? {number}",
        READER,
        person=f"U{number % 3}",
    )


def job(number: int, partition: str = "") -> Job:
    """Return a job about a question."""
    asked = question(number)
    about = {"question": {"person": asked.person, "text": asked.text}}
    return Job(asked.id, partition or asked.thread, "question", about)


async def fill(store: RedisConnection) -> None:
    """Put something into every store."""
    client = store.commands
    ledger = Ledger(client)
    for number in range(5):
        asked = question(number)
        await ledger.record(asked, Answer("answered", "10日です。"), [f"slack:T1:C1:{number}.9"])
        await ledger.rate(Feedback(asked.id, "U1", "up", "button", time.time()))
        await ThreadMemory(client).remember(asked.thread, Turn(asked.text, "10", asked.id))
        await ThreadMemory(client).join(asked.thread)
    await RedisLabels(client).put(Label(question(1).id, "right", "U2", time.time()))
    await OptOuts(client).refuse("U9")
    await AuditLog(client).record("U1", "channel", "C1", {"a": 1}, "ことば")
    await ChannelSettingsStore(client).choose("C1", ChannelSettings(language="ja"))
    await ChannelPolicies(client, "best-effort").choose("C1", "draft")
    pins = RedisNamePins(client)
    await pins.note("T1", "#hr", "C7", 1.0)
    await pins.own("T1", "@keiko")
    await PresenceStore(client).mark(time.time())
    await TokenStore(client).create("U1", 3_600)
    notes = EntryNotes(client)
    leave = Entry("有給は何日?", "9日です。", "U恵子", "U1", "", id="leave")
    leave = replace(leave, place="slack:T1:C1:5.5")
    saved = EntryStore(EntryVersions(client), None)
    await saved.save(leave)
    await saved.save(replace(leave, answer="10日です。"))
    await notes.propose("leave", "11日です。")
    await client.set(f"{key_root(client)}:budget:20261130:all", 12, ex=3_600)
    await client.set(f"{key_root(client)}:slack:person:U1", "may be asked again", ex=60)
    await _hand_over(HandoffStore(client))
    await _work(RedisQueue(store, QueuePeriods(lease=60)))


async def _hand_over(handoffs: HandoffStore) -> None:
    for number in (10, 11):
        asked = question(number)
        waiter = Waiter(asked.id, asked.thread, "U1", 100.0)
        await handoffs.open(
            Handoff(
                *(asked.id, asked.text, READER, "U恵子", asked.thread, 100.0),
                language="ja",
                waiting=(waiter,),
            )
        )
    await handoffs.put_off(question(11).id)
    await handoffs.end(question(10).id, "saved", by="U恵子", entry="saved/leave.md")


async def _work(queue: RedisQueue) -> None:
    """Leave jobs in every state: done, dead, delayed, running, and waiting behind each."""
    for number in range(20, 28):
        await queue.put(job(number))
    await queue.put(job(28, job(22).partition))
    await queue.put_on_schedule("nightly", 1, Job("slot:1", "reindex", "reindex"))
    endings = ("finish", "dead", "retry", "keep")
    for ending in endings:
        lease = await queue.take(wait=5)
        assert lease is not None
        if ending == "finish":
            await lease.finish()
        elif ending == "dead":
            await lease.dead_letter("it fails for good")
        elif ending == "retry":
            await lease.retry(3_600, "later")
    await queue.aclose()


async def content_of(client: Redis, namespace: str) -> dict[str, tuple[Any, int]]:
    """Return every key of *namespace* with what it holds and when it expires (ms), read plainly."""
    found = dict[str, tuple[Any, int]]()
    root = f"{{{namespace}}}:v1:"
    async for key in client.scan_iter(match=f"{root}*"):
        stream = await client.type(key) == "stream"
        held = await (_stream(client, key) if stream else value_of(client, key))
        left = await client.pttl(key)
        expires = round(time.time() * 1_000) + left if left >= 0 else -1
        found[key.removeprefix(root)] = held, expires
    return found


async def _stream(client: Redis, key: str) -> Any:
    info = await client.xinfo_stream(key)
    groups = await client.xinfo_groups(key)
    pending = [
        [one["message_id"], one["consumer"]]
        for group in groups
        for one in await client.xpending_range(key, group["name"], "-", "+", 100)
    ]
    return (
        await client.xrange(key),
        info["last-generated-id"],
        [(one["name"], one["last-delivered-id"]) for one in groups],
        pending,
    )

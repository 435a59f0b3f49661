"""Reading what the bot did: out of its scripts, its messages, and what it leaves in Redis."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.redis.connection import RedisClient
from bot.workspace.plain_text import readable
from tests.faults.history import ENDS, Held, Left, Letter
from tests.faults.redis_proxy import ScriptCall

ROOT_KEY = "{kotae}:v1"
OBSERVED = ("put", "take", "save", "finish", "retry", "dead_letter", "release")
"""Scripts of the queue that `Observer.held_by` reads."""


@dataclass(slots=True)
class Observer:
    """Reads what scripts did to jobs, each act once.

    When Redis dies between an act and its reply, nobody sees that reply. The worker asks again and
    hears so: `again` is the first news of the act then, and no news otherwise. It was done before
    the next job of its thread was taken, so it counts from when the worker asked first.
    """

    _ended: set[tuple[str, str]] = field(default_factory=set)

    def held_by(self, process: str, call: ScriptCall) -> Held | None:
        """Read what a script did to a job; None when it did nothing, or nothing new."""
        held = _held_by(process, call)
        if held is None or held.act not in ENDS:
            return held
        turn = held.job, call.arguments[1]  # with the fencing token of whoever held it
        if turn in self._ended:
            return None
        self._ended.add(turn)
        return held


def _held_by(process: str, call: ScriptCall) -> Held | None:
    now = time.time()
    match call.name, call.reply:
        case "put", 1 | b"stored":
            return Held(now, "put", call.arguments[0], call.arguments[1], process)
        case "take", [1, *flat]:
            job = json.loads(_text(flat[flat.index(b"job") + 1]))
            return Held(now, "take", job["id"], job["partition"], process)
        case "save", b"held" if "done" in call.arguments[2::2]:
            return Held(now, "done", call.arguments[0], "", process)
        case ("finish" | "retry" | "dead_letter" | "release") as act, b"released":
            return Held(now, act, call.arguments[0], "", process)
        case ("finish" | "retry" | "dead_letter" | "release") as act, b"again":
            return Held(call.sent, act, call.arguments[0], "", process)
        case _:
            return None


async def left_in(commands: RedisClient) -> Left:
    """Return what Redis holds of the bot's work now."""
    left = Left()
    root = f"{ROOT_KEY}:"
    async for key in commands.scan_iter(match=f"{root}*", count=1000):
        kind, _, name = key.removeprefix(root).partition(":")
        if kind == "partition":
            left.partitions.append(name)
        elif kind == "turns":
            turns = await commands.execute_command("LRANGE", key, 0, -1)
            left.turns[name] = [json.loads(turn)["question_id"] for turn in turns]
        elif kind == "job":
            state = await commands.execute_command("HGET", key, "state")
            if state not in {"done", "dead"}:
                left.open_jobs.append((name, str(state)))
    left.active = sorted(await commands.execute_command("SMEMBERS", f"{root}active"))
    left.delayed = await commands.execute_command("ZRANGE", f"{root}delayed", 0, -1)
    if await commands.exists(f"{root}ready"):
        left.ready = await commands.execute_command("XLEN", f"{root}ready")
        groups = await commands.xinfo_groups(f"{root}ready")
        left.pending = sum(group["pending"] for group in groups)
    for _, entry in await commands.execute_command("XRANGE", f"{root}dead", "-", "+"):
        left.dead.append(Letter(json.loads(entry["job"])["id"], entry["reason"]))
    return left


def job_in(metadata: Mapping[str, object] | None) -> str | None:
    """Return whose reply a message says that it is."""
    payload = (metadata or {}).get("event_payload")
    return str(payload["job"]) if isinstance(payload, dict) and "job" in payload else None


def words_in(blocks: object) -> str:
    """Return what a person reads of a message's blocks."""
    return readable(blocks, "") if isinstance(blocks, list) else ""


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

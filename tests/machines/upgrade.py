"""Programs of two versions side by side, while people ask: `python -m tests.machines.upgrade`.

An update and a rollback, in the right order and in the wrong one. The other version is a copy of
the source with changes; see `other_version`. It prints what it saw, and fails if a question was not
answered exactly once, or a job was given up. It takes a few minutes.
"""

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bot.queue.redis_queue import RedisQueue
from bot.redis.connection import RedisConnection, open_redis
from bot.workspace import Workspace
from tests.machines.cluster import Cluster
from tests.machines.other_version import FORMAT, NEW_KIND, later_version
from tests.support.redis import running_redis
from tests.support.waiting import wait_until

SURVEYS = 5
PATIENCE = 240.0
"""Seconds; a busy machine starts a process slowly."""

_FILLING = 20
"""Documents beside the one that is asked about."""


class Update:
    """The scene: receivers and workers of both versions, and people who ask all the time."""

    def __init__(self, cluster: Cluster, store: RedisConnection, later: Path) -> None:
        self.cluster = cluster
        self.store = store
        self.queue = RedisQueue(store)
        self._later = later
        self._surveys = 0

    def start(self, name: str, *arguments: str) -> None:
        """Start a process; those whose names begin with `new` are of the later version."""
        if name.startswith("new"):
            self.cluster.start(name, *arguments, program=self._later)
        else:
            self.cluster.start(name, *arguments)

    async def answered(self, more: int) -> None:
        """Wait until *more* questions are asked, and answered."""
        first = len(self.cluster.asked)
        await wait_until(lambda: len(self.cluster.asked) >= first + more, PATIENCE)
        for message in self.cluster.asked[first : first + more]:
            await wait_until(
                lambda message=message: bool(self.cluster.answers_to(message)), PATIENCE
            )

    async def survey(self) -> None:
        """Put jobs of the new kind, as a receiver of the later version would."""
        later = RedisQueue(self.store, formats={NEW_KIND: 1})  # type: ignore[dict-item]
        for _ in range(SURVEYS):
            name = f"survey-{self._surveys}"
            self._surveys += 1
            job = {"id": name, "partition": name, "kind": NEW_KIND, "payload": {}, "new": [1]}
            words = (name, name, NEW_KIND, 1, json.dumps(job), "", name, 3_600, 20, 5_000, 20)
            assert await later._scripts.run("put", *words) == "stored"
        await later.aclose()

    async def surveyed(self) -> list[str]:
        """Return how often each job of the new kind was done."""
        keys = [f"surveyed:survey-{number}" for number in range(self._surveys)]
        return [str(one) for one in await self.store.commands.mget(keys)]

    async def waiting(self) -> dict[tuple[str, int], int]:
        """Return the jobs that wait, by kind and format."""
        return {(one.kind, one.format): one.count for one in await self.queue.waiting_formats()}


async def update(scene: Update) -> None:
    """Workers first, then the receiver: the right order."""
    await scene.answered(2)
    scene.start("new", "worker")
    await scene.cluster.ready("new")
    await scene.answered(3)
    scene.start("new-receiver", "serve", "--no-worker")
    await scene.cluster.ready("new-receiver")
    await scene.survey()
    await scene.answered(3)
    await scene.cluster.stop("old-receiver")
    await scene.answered(2)
    await scene.cluster.stop("old")
    await scene.answered(2)
    await wait_until(_done(scene), PATIENCE)


async def roll_back(scene: Update, say: Callable[[str], None]) -> None:
    """In the wrong order: the new worker is gone while its jobs still come. Nothing is lost."""
    scene.start("old", "worker")
    await scene.cluster.ready("old")
    await scene.cluster.stop("new", signal.SIGKILL)
    await scene.survey()

    async def left() -> bool:
        waiting = await scene.waiting()
        return waiting.get((NEW_KIND, 1)) == SURVEYS and waiting.get(("question", FORMAT), 0) > 2

    await wait_until(left, PATIENCE)
    told = await scene.cluster.json("old", "queue", "status", "--json")
    while not told["unclaimed"]:  # until it is known that the killed worker is gone
        await asyncio.sleep(1.0)
        told = await scene.cluster.json("old", "queue", "status", "--json")
    say(f"the old version says what it leaves: {told}")
    assert {one["kind"] for one in told["unclaimed"]} == {NEW_KIND, "question"}
    assert told["dead"] == 0
    scene.start("old-receiver", "serve", "--no-worker")
    await scene.cluster.ready("old-receiver")
    await scene.cluster.stop("new-receiver")
    await scene.answered(2)
    scene.start("new", "worker")  # as long as there is something for it
    await wait_until(_done(scene), PATIENCE)
    await scene.cluster.stop("new")
    await scene.answered(2)


def _done(scene: Update) -> Callable[[], Awaitable[bool]]:
    """Return what tells whether nothing is left of the later version's jobs."""

    async def done() -> bool:
        left = await scene.waiting()
        later = left.get((NEW_KIND, 1), 0) + left.get(("question", FORMAT), 0)
        return not later and set(await scene.surveyed()) == {"1"}

    return done


async def run(folder: Path, redis: str, say: Callable[[str], None]) -> dict[str, int]:
    """Play the scene in *folder*; return what people saw, and how many jobs were given up."""
    (folder / "docs").mkdir()
    for number in range(_FILLING):
        text = "".join(f"## Part {n}\nWord{number * n} of the note.\n" for n in range(10))
        (folder / "docs" / f"{number}.md").write_text(f"# Note {number}\n\n{text}")
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    later = later_version(folder / "later")
    store = {"INDEX_STORE": str(folder / "store")}
    async with (
        await Workspace.start(retry_delays=(0.0, 0.5, 1.0)) as workspace,
        open_redis(redis) as connection,
    ):
        cluster = Cluster(folder, workspace, redis, store)
        scene = Update(cluster, connection, later)
        cluster.write("17:30")
        await cluster.run("old", "knowledge", "sync")
        scene.start("old-receiver", "serve", "--no-worker")
        scene.start("old", "worker")
        await cluster.ready("old-receiver", "old")
        asking = asyncio.create_task(cluster.keep_asking())
        try:
            await update(scene)
            say(f"updated: {cluster.verdict()}")
            await roll_back(scene, say)
            say(f"rolled back: {cluster.verdict()}")
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            with suppress(AssertionError, TimeoutError):
                await wait_until(lambda: all(map(cluster.answers_to, cluster.asked)), PATIENCE)
            await cluster.stop_all()
        done = {"old": cluster.count("old"), "new": cluster.count("new")}
        say(f"answered by workers of each version: {done}")
        assert all(done.values())
        return cluster.verdict() | {"given up": (await scene.queue.backlog())["dead"]}


def main() -> int:
    """Run the scene; return the exit code."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "redis").mkdir()
        with running_redis(folder / "redis") as redis:
            seen = asyncio.run(run(folder, redis.url, lambda text: print(text, flush=True)))  # noqa: T201
    print(seen)  # noqa: T201 - the report
    lost = seen["asked"] - seen["answered"] + seen["given up"] + seen["without the answer"]
    return int(bool(lost))


if __name__ == "__main__":
    sys.exit(main())

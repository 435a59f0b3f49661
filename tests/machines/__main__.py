"""Three workers on machines of their own, while people ask: `python -m tests.machines`.

It kills the indexer while it publishes and a follower while it fetches, damages and truncates files
of the store, lets a worker with an empty disk find questions that wait, and takes the store away.
It prints how long each took, and fails if anybody saw an error of the index, or no answer. It takes
about four minutes.
"""

import asyncio
import json
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from bot.workspace import Workspace
from knowledge.storage.cloud_store import CloudStore
from tests.machines.cluster import PATIENCE, Cluster
from tests.support.redis import running_redis
from tests.support.storages import running_seaweed
from tests.support.waiting import wait_until

_ALL = ("A", "B", "C", "D")
_FILLING = 40
"""Documents beside the one that is asked about, so that a publication takes a moment."""


def tell(*words: object) -> None:
    """Print a line at once."""
    print(*words, flush=True)  # noqa: T201 - the report


async def change(cluster: Cluster) -> None:
    """One changed file, until every machine has it."""
    before = cluster.version("A")
    cluster.write("17:41")
    done = await cluster.reindex()
    tell(f"a changed file is everywhere after {await cluster.everywhere(before, *_ALL):.1f} s")
    await cluster.workspace.wait_for(done, timeout=PATIENCE)


async def kill_indexer(cluster: Cluster) -> None:
    """kill -9 between the upload and the publication: the next one does it again."""
    indexer, before = await cluster.indexer(), cluster.version("A")
    index = cluster.data(indexer) / "index"
    cluster.write("17:42")
    done = await cluster.reindex()
    await wait_until(lambda: any(p.name > before for p in index.glob("version-*")), PATIENCE)
    await cluster.stop(indexer, signal.SIGKILL)
    rest = [name for name in _ALL if name != indexer]
    seconds = await cluster.everywhere(before, *rest)
    tell(f"indexer {indexer} was killed in publishing; its change arrived after {seconds:.1f} s")
    await cluster.workspace.wait_for(done, timeout=PATIENCE)
    cluster.start(indexer, "worker")
    await cluster.ready(indexer)


async def follower(cluster: Cluster) -> str:
    """Return a worker that does not make the index, stopped and with an empty disk."""
    indexer = await cluster.indexer()
    name = next(one for one in _ALL[1:] if one != indexer)
    await cluster.stop(name)
    cluster.forget(name)
    return name


async def kill_follower(cluster: Cluster) -> None:
    """kill -9 in the middle of a fetch: the next one goes on."""
    name = await follower(cluster)
    cluster.start(name, "worker")
    index = cluster.data(name) / "index"
    await wait_until(lambda: any(index.glob("incoming-*/*")), PATIENCE)
    await cluster.stop(name, signal.SIGKILL)
    cluster.start(name, "worker")
    await cluster.ready(name)
    tell(f"follower {name} was killed in a fetch, and answers again")


async def damage(cluster: Cluster, store: CloudStore, *, truncate: bool) -> None:
    """A file of the store is damaged: it is never used, and its maker stores it again."""
    version = cluster.data("A") / "index" / cluster.version("A")
    files = json.loads((version / "manifest.json").read_text())["files"]
    sha256 = max(files.values(), key=lambda one: one["size"])["sha256"]
    name = f"objects/{sha256[:2]}/{sha256}"
    whole = b"".join(store.get(name))
    worker = await follower(cluster)
    store.put(name, whole[:1_000] if truncate else bytes([whole[0] ^ 1]) + whole[1:])
    cluster.start(worker, "worker")
    started = time.monotonic()
    await cluster.ready(worker)
    assert b"".join(store.get(name)) == whole
    what = "truncated" if truncate else "damaged"
    tell(f"a {what} file was mended, and {worker} ready after {time.monotonic() - started:.1f} s")


async def empty_disk(cluster: Cluster) -> None:
    """Questions wait, and the only worker has nothing yet."""
    for name in _ALL[1:]:
        await cluster.stop(name)
    first = len(cluster.asked)
    await wait_until(lambda: len(cluster.asked) > first + 2)
    cluster.forget("C")
    started = time.monotonic()
    cluster.start("C", "worker")
    waiting = cluster.asked[first]
    await cluster.workspace.wait_for(lambda: cluster.answers_to(waiting), timeout=PATIENCE)
    seconds = time.monotonic() - started
    tell(f"a worker with an empty disk answered a waiting question {seconds:.1f} s after its start")
    for name in ("B", "D"):
        cluster.start(name, "worker")
    await cluster.ready("B", "D")


async def main() -> int:
    """Run all trials; return the exit code."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        (folder / "docs").mkdir()
        for number in range(_FILLING):
            text = f"# Note {number}\n\n" + "".join(
                f"## Part {n}\nWord{number * n} " * 40 for n in range(40)
            )
            (folder / "docs" / f"{number}.md").write_text(text)
        (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
        (folder / "redis").mkdir()
        redis = closing.enter_context(running_redis(folder / "redis"))
        with ExitStack() as away:
            seaweed = away.enter_context(running_seaweed(folder / "s3"))
            async with await Workspace.start(retry_delays=(0.0, 0.5, 1.0)) as workspace:
                store = {
                    "INDEX_STORE": "s3://docs/kotae",
                    "AWS_ACCESS_KEY_ID": "key",
                    "AWS_SECRET_ACCESS_KEY": "secret",
                    "AWS_REGION": "us-east-1",
                    "AWS_ENDPOINT": f"http://127.0.0.1:{seaweed.s3}",
                }
                cluster = Cluster(folder, workspace, redis.url, store)
                keys = {k: v for k, v in cluster.environment.items() if k.startswith("AWS_")}
                return await trials(cluster, CloudStore("s3://docs/kotae", keys), away)


async def trials(cluster: Cluster, store: CloudStore, away: ExitStack) -> int:
    """Run the trials one after the other; *away* takes the store away."""
    cluster.write("17:30")
    await cluster.run("B", "knowledge", "sync")
    cluster.start("A", "serve", "--no-worker")
    for name in _ALL[1:]:
        cluster.start(name, "worker")
    asking = None
    try:
        await cluster.ready(*_ALL)
        await cluster.everywhere("", *_ALL)
        asking = asyncio.create_task(cluster.keep_asking())
        await change(cluster)
        await kill_indexer(cluster)
        await kill_follower(cluster)
        await damage(cluster, store, truncate=False)
        await damage(cluster, store, truncate=True)
        await empty_disk(cluster)
        away.close()
        cluster.write("17:43")
        done = await cluster.reindex()
        await cluster.workspace.wait_for(done, timeout=PATIENCE)
        tell("the store is away: a reindex says so, and questions are answered")
        await asyncio.sleep(3)
    finally:
        if asking is not None:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
        with suppress(AssertionError, TimeoutError):
            await cluster.workspace.wait_for(
                lambda: all(map(cluster.answers_to, cluster.asked)), timeout=PATIENCE
            )
        await cluster.stop_all()
    seen = cluster.verdict()
    tell(", ".join(f"{count} {what}" for what, count in seen.items()))
    good = seen["asked"] == seen["answered"]
    return 0 if good and not (seen["index errors"] or seen["without the answer"]) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

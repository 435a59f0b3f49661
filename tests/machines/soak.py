"""Three hosts, one bot, and everything at once: `python -m tests.machines.soak --questions 60`.

Three hosts with an address and a disk each answer in a local Slack. People ask 1,000 questions in
threads, save 50 entries and withdraw 20 of them. Meanwhile workers and the indexer are killed,
cables are pulled out, Redis fails over, the object store is away, and documents change. In the end
each question must have one answer, in order, and nothing may be lost. Ends with 1 when a promise
was broken, with 2 where network namespaces are not allowed.
"""

import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import click

from bot.workspace import Workspace
from tests.faults.report import quieten
from tests.machines.harm import HARMS, Injuries
from tests.machines.hosts import Host, three_hosts
from tests.machines.network import network, why_not
from tests.machines.people import People
from tests.machines.pictures import take_pictures
from tests.machines.redis_group import redis_group
from tests.machines.report import SoakReport, behind_times, report_of
from tests.machines.verdict import judge
from tests.support.storages import running_seaweed

RETRY_DELAYS = (0.2, 5.0, 20.0, 60.0)
"""Seconds before each redelivery of an event: Slack's six minutes in a minute and a half."""

_NOT_HERE = 2
_ROUND = 300
"""Questions for which everything happens once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much, and by which chances.

    Attributes:
        replicas: How many replicas confirm a change before it counts.
        pictures: Where pictures of the operator's page go; None for none.
    """

    questions: int = 1_000
    seed: int = 0
    replicas: int = 1
    pictures: Path | None = None

    @property
    def entries(self) -> int:
        """Entries that people save; two fifths of them are withdrawn."""
        return max(5, self.questions // 20)

    @property
    def withdrawn(self) -> int:
        """Entries that people withdraw."""
        return self.entries * 2 // 5

    @property
    def harms(self) -> list[str]:
        """What happens, in order."""
        return list(HARMS) * max(1, self.questions // _ROUND)


@dataclass
class Soak:
    """One soak.

    Attributes:
        failed: What did not come to its end, as people would say it.
    """

    plan: Plan
    people: People
    injuries: Injuries
    failed: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Let everything happen while people ask; then ask about every entry once more."""
        harms = self.plan.harms
        for place, harm in enumerate(harms):
            self._tell(f"{place + 1} of {len(harms)}: {harm}")
            since = self._parts(place), self._parts(place + 1)
            questions, entries, withdrawn = (b - a for a, b in zip(*since, strict=True))
            await asyncio.gather(
                self._watched(harm, self.injuries.do(harm)),
                self._watched("asking", self.people.ask_some(questions)),
                self._watched("saving", self._save(entries, withdrawn)),
            )
        self._tell("no more harm is done; everything that was saved is asked about")
        await self.people.answered()
        await self.people.ask_last_round()
        await self.people.answered()
        await self._watched("all hosts have one version", self.injuries.hosts.agree())
        await asyncio.sleep(2.0)  # a second answer would come now
        self.people.take_stock()

    def _parts(self, place: int) -> tuple[int, int, int]:
        """Return how many questions, entries and withdrawals there are before that harm."""
        plan, harms = self.plan, len(self.plan.harms)
        asked = plan.questions - (plan.entries if place else 0)
        return (
            max(0, asked * place // harms),
            plan.entries * place // harms,
            plan.withdrawn * place // harms,
        )

    async def _save(self, entries: int, withdrawn: int) -> None:
        for _ in range(entries):
            await self.people.save(len(self.people.record.entries))
        for _ in range(withdrawn):
            await self.people.withdraw_one()

    async def _watched(self, what: str, work: Awaitable[None]) -> None:
        """Do it; what fails ends the soak no sooner than the rest of it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - each is reported, and the soak goes on
            reason = (str(error) or type(error).__name__).splitlines()[0][:300]
            self.failed.append(f"{what}: {reason}")
            self._tell(f"FAILED: {self.failed[-1]}")

    def _tell(self, what: str) -> None:
        record, clock = self.people.record, time.strftime("%H:%M:%S")
        told = sum(entry.told is not None for entry in record.entries)
        counts = f"{len(record.asked)} asked, {self.people.open()} open, {told} saved"
        click.echo(f"[{clock}] {counts} | {what}")


@asynccontextmanager
async def prepared(plan: Plan, folder: Path) -> AsyncIterator[Soak]:
    """Build the machines in *folder*, and start everything."""
    documents = folder / "docs"
    documents.mkdir()
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    with ExitStack() as machines:
        net = machines.enter_context(network())
        storing = net.add("store")
        seaweed = machines.enter_context(
            running_seaweed(folder / "s3", storing.address, storing.within)
        )
        async with AsyncExitStack() as closing:
            enter = closing.enter_async_context
            redis = await enter(redis_group(net, folder))
            workspace = await enter(await Workspace.start(retry_delays=RETRY_DELAYS))
            environment = {
                "REDIS_URL": redis.url,
                "REDIS_REPLICAS": str(plan.replicas),
                "INDEX_STORE": "s3://docs/kotae",
                "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT": f"http://{storing.address}:{seaweed.s3}",
            }
            hosts = await enter(three_hosts(net, folder, workspace, environment))
            people = People(workspace, documents, plan.seed, plan.entries)
            await hosts.sync()
            for host in hosts.all:
                await hosts.start(host)
            await hosts.ready()

            async def look(_: Host) -> None:
                if plan.pictures:
                    await take_pictures(hosts.all[0], plan.pictures)

            yield Soak(plan, people, Injuries(hosts, redis, storing, people, look))


async def soak(plan: Plan, folder: Path) -> SoakReport:
    """Run a soak in *folder*; its record and all logs stay there."""
    async with prepared(plan, folder) as run:
        since = time.monotonic()
        watching = asyncio.create_task(run.injuries.hosts.watch())
        await run.run()
        seconds = time.monotonic() - since
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        record = run.people.record
        record.behind = behind_times(run.injuries.hosts.versions)
        record.save(folder / "record.json")
        injuries = run.injuries
        seen = injuries.happened, injuries.hosts.versions
        return report_of(
            run.people, *seen, judge(record), run.failed, seed=plan.seed, seconds=seconds
        )


@click.command(help=__doc__)
@click.option("--questions", default=1_000, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Repeats a run's chances.")
@click.option("--replicas", default=1, show_default=True, help="As REDIS_REPLICAS.")
@click.option("--output", type=click.Path(path_type=Path), default=Path(".kotae/machines"))
@click.option("--pictures", is_flag=True, help="Take pictures of the operator's page.")
def main(*, questions: int, seed: int, replicas: int, output: Path, pictures: bool) -> None:
    """Parse the options and run."""
    if reason := why_not():
        click.echo(f"The soak cannot run here: {reason}.", err=True)
        sys.exit(_NOT_HERE)
    plan = Plan(questions, seed, replicas, output.resolve() / "pictures" if pictures else None)
    folder = Path(tempfile.mkdtemp(prefix="kotae-machines-"))
    click.echo(f"{questions} questions, seed {seed}; record and logs: {folder}")
    quieten()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # machines are removed then as well
    report = asyncio.run(soak(plan, folder))
    output.mkdir(parents=True, exist_ok=True)
    (output / "soak.md").write_text(report.markdown(), "utf-8")
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=1)
    (output / "soak.json").write_text(text, "utf-8")
    click.echo(f"\n{report.markdown()}\nWritten to {output / 'soak.md'}")
    sys.exit(1 if report.details else 0)


if __name__ == "__main__":
    main()

"""A long run of everything at once: `python -m tests.faults.soak --seed 7`.

People mention the bot 1,000 times in 50 threads. Meanwhile a worker is killed every few seconds,
Redis is killed twice, workers are frozen and replaced, and Slack answers with 429 and 500 and loses
connections. In the end each question must have one answer, in order, and nothing may be left over.
Ends with 1 when a promise was broken.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from bot.workspace import SlackMessage
from tests.faults.checker import INVARIANTS, Violation, check, outcomes
from tests.faults.deployment import Deployment, Mode, Process, deploy
from tests.faults.report import counted, quieten, recovery_times, waiting_times

SLACK_TROUBLE = ("ratelimited", "internal_error", "half_done", "reset_before", "reset_after")
TROUBLED = ("chat.postMessage", "chat.update", "conversations.replies")
SHOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard and how long.

    Attributes:
        rate: Mentions a second.
        kill_every: Seconds between two kills of a worker, on average.
        trouble: Share of the calls to Slack that fail, all kinds of failures together.
        redis_kills: Spread evenly over the time in which people ask.
        settling: Seconds after which it must be quiet, once no more harm is done.
    """

    mentions: int = 1000
    threads: int = 50
    workers: int = 3
    rate: float = 5.0
    kill_every: float = 6.0
    trouble: float = 0.03
    redis_kills: int = 2
    lease: float = 5.0
    patience: float = 2.0
    settling: float = 900.0
    seed: int = 0
    mode: Mode = "socket"


@dataclass
class Soak:
    """One soak in a deployment."""

    plan: Plan
    deployment: Deployment
    unsettled: Sequence[str] = ()
    kills: int = 0
    freezes: int = 0
    replaced: int = 0
    redis_kills: int = 0
    slack_failures: Counter[str] = field(default_factory=Counter)
    asking: bool = True

    async def run(self) -> None:
        """Ask, harm, wait until all is quiet, take stock."""
        self.deployment.model.pause = 0.2
        await self.deployment.staff(workers=self.plan.workers)
        await self.deployment.begin()
        self.deployment.model.pause = 0.2
        self._trouble_slack()
        harms = [
            asyncio.create_task(harm)
            for harm in (self._kill_workers(), self._kill_redis(), self._show_progress())
        ]
        await self._ask()
        self.asking = False
        harms.pop().cancel()
        await asyncio.gather(*harms)
        self.deployment.workspace.faults.clear()
        click.echo("all are asked; no more harm is done from now on")
        await self.deployment.staff(workers=self.plan.workers)
        self.unsettled = await self.deployment.settled(self.plan.settling)

    def _trouble_slack(self) -> None:
        chance = self.plan.trouble / len(SLACK_TROUBLE)
        dice = random.Random(f"slack {self.plan.seed}")
        for method in TROUBLED:
            for kind in SLACK_TROUBLE:

                def strikes(_: object, kind: str = kind) -> bool:
                    struck = dice.random() < chance
                    self.slack_failures[kind] += struck
                    return struck

                self.deployment.workspace.faults.add(method, kind, times=10**9, when=strikes)

    async def _ask(self) -> None:
        dice = random.Random(f"people {self.plan.seed}")
        roots = list[SlackMessage]()
        for number in range(self.plan.mentions):
            if number < self.plan.threads:
                roots.append(await self.deployment.ask())
            else:
                await self.deployment.ask(thread=dice.choice(roots))
            await asyncio.sleep(dice.expovariate(self.plan.rate))

    async def _kill_workers(self) -> None:
        """Kill a worker, or now and then freeze or replace one; another takes its place."""
        dice = random.Random(f"workers {self.plan.seed}")
        successors = set[asyncio.Task[object]]()
        while self.asking:
            await asyncio.sleep(dice.uniform(0.5, 1.5) * self.plan.kill_every)
            while len(self.deployment.alive("work")) < 2 and successors:
                await asyncio.wait(successors, return_when=asyncio.FIRST_COMPLETED)
                successors = {task for task in successors if not task.done()}
            await self._harm(dice.choice(self.deployment.alive("work")), dice)
            if len(self.deployment.alive("work")) + len(successors) < self.plan.workers:
                successors.add(asyncio.create_task(self.deployment.start("work")))
        await asyncio.gather(*successors)

    async def _harm(self, victim: Process, dice: random.Random) -> None:
        match dice.choices(("kill", "freeze", "replace"), (8, 1, 1))[0]:
            case "kill":
                self.kills += 1
                self.deployment.kill(victim)
            case "freeze":
                self.freezes += 1
                self.deployment.freeze(victim)
                await asyncio.sleep(self.plan.lease * 1.5)
                self.deployment.thaw(victim)
            case _:
                self.replaced += 1
                await self.deployment.stop(victim)

    async def _kill_redis(self) -> None:
        seconds = self.plan.mentions / self.plan.rate
        for _ in range(self.plan.redis_kills):
            await asyncio.sleep(seconds / (self.plan.redis_kills + 1))
            self.redis_kills += 1
            await self.deployment.kill_redis()

    async def _show_progress(self) -> None:
        start = time.monotonic()
        while True:
            await asyncio.sleep(SHOW_SECONDS)
            history = self.deployment.history
            done = sum(1 for _ in history.acts("finish"))
            click.echo(
                f"[{time.monotonic() - start:4.0f} s] {len(history.asked)} asked, {done} finished, "
                f"{self.kills} workers killed, {self.freezes} frozen, {self.replaced} replaced, "
                f"Redis killed {self.redis_kills}, Slack failed {self.slack_failures.total()}"
            )


@dataclass(frozen=True, slots=True)
class Report:
    """What a soak has shown; times in seconds."""

    plan: Plan
    seconds: float
    injected: dict[str, int]
    outcomes: dict[str, int]
    waiting: dict[str, float]
    recovery: dict[str, float]
    violations: dict[str, int]
    details: Sequence[str]

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        asked, answered = sum(self.outcomes.values()), self.outcomes.get("answer", 0)
        if not self.details:
            return f"{answered} of {asked} answered once, in order, nothing left over."
        return f"{answered} of {asked} answered once; {len(self.details)} promises broken."

    def markdown(self) -> str:
        """Return it for people."""
        plan = self.plan
        lines = [
            f"# Soak: {self.sentence}",
            "",
            (
                f"{plan.mentions} mentions in {plan.threads} threads by {plan.mode}, "
                f"{plan.workers} workers, leases of {plan.lease:g} s, seed {plan.seed}, "
                f"{self.seconds:.0f} s."
            ),
            "",
            "| injected | times |",
            "|---|---|",
            *(f"| {what} | {times} |" for what, times in self.injected.items()),
            "",
            "| what people saw | |",
            "|---|---|",
            *(f"| {what} | {times} |" for what, times in self.outcomes.items()),
            f"| waiting, median / 95 % / longest | {_triple(self.waiting)} |",
            (
                f"| a dead worker's question taken up again, median / 95 % / longest | "
                f"{_triple(self.recovery)} |"
            ),
            "",
            "| invariant | violations |",
            "|---|---|",
            *(f"| {i}: {INVARIANTS[i]} | {n} |" for i, n in self.violations.items()),
        ]
        if self.details:
            lines += ["", *(f"- {detail}" for detail in self.details)]
        return "\n".join([*lines, ""])


def report_of(soak: Soak, seconds: float) -> Report:
    """Judge a soak that has ended."""
    history = soak.deployment.history
    violations: Sequence[Violation] = check(history)
    dead = [process.name for process in soak.deployment.processes if process.ended_by_itself]
    return Report(
        plan=soak.plan,
        seconds=seconds,
        injected={
            "workers killed (kill -9)": soak.kills,
            "questions that they held": sum(len(struck.jobs) for struck in history.struck),
            "workers frozen for 1.5 leases": soak.freezes,
            "workers replaced (SIGTERM)": soak.replaced,
            "Redis killed (kill -9)": soak.redis_kills,
            **{f"Slack: {kind}": times for kind, times in sorted(soak.slack_failures.items())},
        },
        outcomes=dict(Counter(outcomes(history).values())),
        waiting=_spread(waiting_times(history)),
        recovery=_spread(recovery_times(history)),
        violations=counted(violations),
        details=[
            *map(str, violations),
            *(f"{name} ended by itself" for name in dead),
            *(f"after {soak.plan.settling:g} s, {what}" for what in soak.unsettled),
        ],
    )


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {"median": 0.0, "95 %": 0.0, "longest": 0.0}
    ordered = sorted(values)
    return {
        "median": round(statistics.median(ordered), 2),
        "95 %": round(ordered[int(len(ordered) * 0.95)], 2),
        "longest": round(ordered[-1], 2),
    }


def _triple(spread: dict[str, float]) -> str:
    return " / ".join(f"{seconds:.1f} s" for seconds in spread.values())


async def soak(plan: Plan, folder: Path) -> Report:
    """Run a soak in *folder*; its history stays there."""
    start = time.monotonic()
    deploying = deploy(folder, mode=plan.mode, lease=plan.lease, patience=plan.patience)
    async with deploying as deployment:
        run = Soak(plan, deployment)
        await run.run()
        deployment.history.save(folder / "history.json")
        return report_of(run, time.monotonic() - start)


@click.command(help=__doc__)
@click.option("--mentions", default=1000, show_default=True)
@click.option("--threads", default=50, show_default=True)
@click.option("--workers", default=3, show_default=True)
@click.option("--rate", default=5.0, show_default=True, help="Mentions a second.")
@click.option("--kill-every", default=6.0, show_default=True, help="Seconds between kills.")
@click.option("--lease", default=5.0, show_default=True, help="Seconds of a worker's lease.")
@click.option("--patience", default=2.0, show_default=True, help="Seconds, more on a busy machine.")
@click.option("--seed", default=0, show_default=True, help="Repeats a run's chances.")
@click.option("--mode", type=click.Choice(["socket", "http"]), default="socket", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=Path(".kotae/faults"))
def main(*, output: Path, **options: object) -> None:
    """Parse the options and run."""
    plan = Plan(**options)  # type: ignore[arg-type] # click has checked them
    folder = Path(tempfile.mkdtemp(prefix="kotae-soak-"))
    click.echo(f"{plan.mentions} mentions, seed {plan.seed}; history and logs: {folder}")
    quieten()
    report = asyncio.run(soak(plan, folder))
    output.mkdir(parents=True, exist_ok=True)
    (output / "soak.md").write_text(report.markdown(), "utf-8")
    text = json.dumps(asdict(report), ensure_ascii=False, indent=1)
    (output / "soak.json").write_text(text, "utf-8")
    click.echo(f"\n{report.markdown()}\nWritten to {output / 'soak.md'}")
    sys.exit(1 if report.details else 0)


if __name__ == "__main__":
    main()

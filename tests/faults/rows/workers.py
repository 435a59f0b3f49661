"""Workers that die or freeze, at every step of a question's way and at random."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bot.slack.answers import texts as answer_texts
from tests.faults.brain import thorough_brain
from tests.faults.deployment import Deployment, Process
from tests.faults.redis_proxy import Phase, ScriptCall
from tests.faults.rows.row import Row

Matches = Callable[[Mapping[str, object]], bool]

SLOW = 1.3
"""Seconds of each model call with which a placeholder comes, and a step changes it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A step of a question's way, and whether the worker stops short of it or right behind it.

    Attributes:
        step: A script's name, with the note that it saves; a Web API method; or `model`.
        final: Of a message: what shows the outcome, not the work; None for whichever comes.
    """

    where: str
    phase: Phase
    step: str
    note: str = ""
    final: bool | None = None

    def arm(self, deployment: Deployment, spring: Callable[[Process], None]) -> None:
        """Have *spring* run on the worker that comes by next."""
        if self.step == "model":
            deployment.when_model(lambda: spring(_at_work(deployment)))
        elif "." in self.step:
            worker = partial(_at_work, deployment)
            deployment.when_slack(self.step, self.phase, self._is_call, lambda: spring(worker()))
        else:
            deployment.when_script(self.phase, self.step, spring, self._is_meant)

    def _is_call(self, arguments: Mapping[str, object]) -> bool:
        if self.final is None:
            return True
        working = arguments.get("text") in {answer_texts.THINKING.ja, answer_texts.THINKING.en}
        return self.final != working

    def _is_meant(self, call: ScriptCall) -> bool:
        if self.step == "take":
            return isinstance(call.reply, list) and call.reply[0] == 1
        return not self.note or self.note in call.arguments[2::2]


CHECKPOINTS: Sequence[Checkpoint] = (
    Checkpoint("the job is taken", "after", "take"),
    Checkpoint("before the intent to post is stored", "before", "save", "posting.0"),
    Checkpoint("the intent to post is stored", "after", "save", "posting.0"),
    Checkpoint("before the placeholder is posted", "before", "chat.postMessage"),
    Checkpoint("the placeholder is posted, its ts unknown", "after", "chat.postMessage"),
    Checkpoint("the placeholder's ts is stored", "after", "save", "ts.0"),
    Checkpoint("the model is asked", "before", "model"),
    Checkpoint("a step is being shown", "before", "chat.update", final=False),
    Checkpoint("a step is shown", "after", "chat.update", final=False),
    Checkpoint("before the answer is stored", "before", "save", "answer"),
    Checkpoint("the answer is stored", "after", "save", "answer"),
    Checkpoint("the answer is recorded", "after", "record"),
    Checkpoint("before the answer is shown", "before", "chat.update", final=True),
    Checkpoint("the answer is shown", "after", "chat.update", final=True),
    Checkpoint("before `done` is stored", "before", "save", "done"),
    Checkpoint("`done` is stored", "after", "save", "done"),
    Checkpoint("the turn is remembered", "after", "remember"),
    Checkpoint("before the job is finished", "before", "finish"),
    Checkpoint("the job is finished", "after", "finish"),
)
TWICE = (4, 5, 10, 13, 15)
QUICK = (4, 13, 17)

AT_ONCE: Sequence[Checkpoint] = (
    Checkpoint("the answer is stored", "after", "save", "answer"),
    Checkpoint("before the intent to post is stored", "before", "save", "posting.0"),
    Checkpoint("the intent to post is stored", "after", "save", "posting.0"),
    Checkpoint("before the answer is posted", "before", "chat.postMessage"),
    Checkpoint("the answer is posted, its ts unknown", "after", "chat.postMessage"),
    Checkpoint("its ts is stored", "after", "save", "ts.0"),
    Checkpoint("`done` is stored", "after", "save", "done"),
)
"""The steps of an answer that comes before a placeholder is due."""

GIVES_WAY: Sequence[Checkpoint] = (
    Checkpoint("that it leaves is stored", "after", "save", "leaving"),
    Checkpoint("before it is removed", "before", "chat.delete"),
    Checkpoint("it is removed", "after", "chat.delete"),
    Checkpoint("before the answer is posted", "before", "chat.postMessage", final=True),
    Checkpoint("the answer is posted, its ts unknown", "after", "chat.postMessage", final=True),
)
"""The steps of a placeholder that may not change, as too much has changed."""


def _at_work(deployment: Deployment) -> Process:
    """Return the worker that holds a question of the row."""
    return next(p for p in deployment.processes if deployment.history.in_work(p.name))


def _killed(
    checkpoint: Checkpoint,
    times: int,
    *,
    quick: bool = False,
    pause: float = SLOW,
    crowded: bool = False,
    when: str = "",
) -> Row:
    async def run(deployment: Deployment) -> None:
        deployment.model.pause = pause
        if checkpoint.final is False:
            deployment.model.brain = thorough_brain
        if crowded:
            deployment.workspace.faults.add(
                "chat.update", "ratelimited", times=10**6, retry_after=30
            )

        def kill(process: Process) -> None:
            deployment.kill(process)
            if len(deployment.history.struck) < times:
                checkpoint.arm(deployment, kill)

        checkpoint.arm(deployment, kill)
        question = await deployment.ask()
        await deployment.ask(thread=question)
        await deployment.settled()
        assert len(deployment.history.struck) == times, "the worker never came by"

    again = " and its successor again" if times > 1 else ""
    name = f"worker killed{again}{when}: {checkpoint.where}"
    return Row(name, "kill -9", run, times + 1, quick=quick)


async def killed_at_random(deployment: Deployment) -> None:
    """Forty questions in eight threads, and every second or so a worker dies."""
    deployment.model.pause = 0.3
    roots = [await deployment.ask() for _ in range(8)]
    for _ in range(4):
        for root in roots:
            await deployment.ask(thread=root)
    for _ in range(4):
        await asyncio.sleep(deployment.random.uniform(0.5, 1.5))
        deployment.kill(deployment.random.choice(deployment.alive("work")))
        await deployment.staff(workers=3)
    await deployment.settled(120)


async def frozen_with_the_model(deployment: Deployment) -> None:
    """A worker sleeps while the model answers, and wakes up when another has answered."""
    question = await _freeze_at(deployment, Checkpoint("", "before", "model"))
    await _thaw_when_answered(deployment, question)


async def frozen_with_the_intent(deployment: Deployment) -> None:
    """A worker sleeps between its intent and its post, and wakes up ready to post."""
    deployment.model.pause = SLOW
    question = await _freeze_at(deployment, Checkpoint("", "after", "save", "posting.0"))
    await _thaw_when_answered(deployment, question)


async def frozen_with_the_answer(deployment: Deployment) -> None:
    """A worker sleeps before it shows its answer; it must not show it over the other's."""
    question = await _freeze_at(deployment, Checkpoint("", "after", "save", "answer"))
    await _thaw_when_answered(deployment, question)


async def frozen_briefly(deployment: Deployment) -> None:
    """A worker sleeps for less than its lease and goes on."""
    await _freeze_at(deployment, Checkpoint("", "before", "model"))
    await asyncio.sleep(deployment.history.lease / 2)
    _thaw(deployment)


async def _freeze_at(deployment: Deployment, checkpoint: Checkpoint) -> str:
    checkpoint.arm(deployment, deployment.freeze)
    question = await deployment.ask()
    await deployment.ask(thread=question)
    await deployment.until(lambda: bool(deployment.history.struck))
    return deployment.job_of(question)


async def _thaw_when_answered(deployment: Deployment, job: str) -> None:
    await deployment.until(lambda: deployment.is_done(job))
    _thaw(deployment)
    await asyncio.sleep(2.0)  # time to do something wrong


def _thaw(deployment: Deployment) -> None:
    for process in deployment.processes:
        if process.frozen:
            deployment.thaw(process)


ROWS = (
    *(_killed(c, 1, quick=index in QUICK) for index, c in enumerate(CHECKPOINTS)),
    *(_killed(CHECKPOINTS[index], 2) for index in TWICE),
    *(
        _killed(one, 1, pause=0.0, when=", answer at once", quick="ts unknown" in one.where)
        for one in AT_ONCE
    ),
    *(
        _killed(
            one, 1, crowded=True, when=", placeholder gives way", quick=one.where == "it is removed"
        )
        for one in GIVES_WAY
    ),
    Row("workers killed at random", "kill -9 of one of 3, four times", killed_at_random, 3, 120),
    Row(
        "worker frozen longer than its lease, the model being asked",
        "SIGSTOP, SIGCONT when another has answered",
        frozen_with_the_model,
        quick=True,
    ),
    Row(
        "worker frozen longer than its lease, about to post",
        "SIGSTOP, SIGCONT when another has answered",
        frozen_with_the_intent,
    ),
    Row(
        "worker frozen longer than its lease, about to show its answer",
        "SIGSTOP, SIGCONT when another has answered",
        frozen_with_the_answer,
    ),
    Row("worker frozen for half a lease", "SIGSTOP, SIGCONT", frozen_briefly),
)

"""Workers that die or freeze, at every step of a question's way and at random."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.slack import texts
from tests.faults.house import House, Process
from tests.faults.redis_proxy import Phase, ScriptCall
from tests.faults.rows.row import Row

Matches = Callable[[Mapping[str, object]], bool]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A step of a question's way, and whether the worker stops short of it or right behind it.

    Attributes:
        step: A script's name, with the note that it saves; a Web API method; or `model`.
        final: Of `chat.update`: the one that shows the outcome, not the steps.
    """

    where: str
    phase: Phase
    step: str
    note: str = ""
    final: bool = False

    def arm(self, house: House, spring: Callable[[Process], None]) -> None:
        """Have *spring* run on the worker that comes by next."""
        if self.step == "model":
            house.when_model(lambda: spring(_at_work(house)))
        elif "." in self.step:
            house.when_slack(self.step, self.phase, self._is_call, lambda: spring(_at_work(house)))
        else:
            house.when_script(self.phase, self._is_script, spring)

    def _is_call(self, arguments: Mapping[str, object]) -> bool:
        if self.step != "chat.update":
            return True
        return self.final != (arguments.get("text") in {texts.THINKING.ja, texts.THINKING.en})

    def _is_script(self, call: ScriptCall) -> bool:
        if call.name != self.step:
            return False
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
    Checkpoint("a step is being shown", "before", "chat.update"),
    Checkpoint("a step is shown", "after", "chat.update"),
    Checkpoint("before the answer is stored", "before", "save", "answer"),
    Checkpoint("the answer is stored", "after", "save", "answer"),
    Checkpoint("the books are kept", "after", "record"),
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


def _at_work(house: House) -> Process:
    """Return the worker that has a question of the row in its hands."""
    return next(p for p in house.processes if house.history.in_work(p.name))


def _killed(checkpoint: Checkpoint, times: int, *, quick: bool = False) -> Row:
    async def run(house: House) -> None:
        house.model.pause = 0.1  # so that steps are shown

        def kill(process: Process) -> None:
            house.kill(process)
            if len(house.history.struck) < times:
                checkpoint.arm(house, kill)

        checkpoint.arm(house, kill)
        question = await house.ask()
        await house.ask(thread=question)
        await house.settled()
        assert len(house.history.struck) == times, "the worker never came by"

    again = " and its successor again" if times > 1 else ""
    return Row(f"worker killed{again}: {checkpoint.where}", "kill -9", run, times + 1, quick=quick)


async def killed_at_random(house: House) -> None:
    """Forty questions in eight threads, and every second or so a worker dies."""
    house.model.pause = 0.3
    roots = [await house.ask() for _ in range(8)]
    for _ in range(4):
        for root in roots:
            await house.ask(thread=root)
    for _ in range(4):
        await asyncio.sleep(house.random.uniform(0.5, 1.5))
        house.kill(house.random.choice(house.alive("work")))
        await house.staff(workers=3)
    await house.settled(120)


async def frozen_with_the_model(house: House) -> None:
    """A worker sleeps while the model answers, and wakes up when another has answered."""
    question = await _freeze_at(house, Checkpoint("", "before", "model"))
    await _thaw_when_answered(house, question)


async def frozen_with_the_intent(house: House) -> None:
    """A worker sleeps between its intent and its post, and wakes up ready to post."""
    question = await _freeze_at(house, Checkpoint("", "after", "save", "posting.0"))
    await _thaw_when_answered(house, question)


async def frozen_with_the_answer(house: House) -> None:
    """A worker sleeps before it shows its answer; it must not show it over the other's."""
    question = await _freeze_at(house, Checkpoint("", "after", "save", "answer"))
    await _thaw_when_answered(house, question)


async def frozen_briefly(house: House) -> None:
    """A worker sleeps for less than its lease and goes on."""
    await _freeze_at(house, Checkpoint("", "before", "model"))
    await asyncio.sleep(house.history.lease / 2)
    _thaw(house)


async def _freeze_at(house: House, checkpoint: Checkpoint) -> str:
    checkpoint.arm(house, house.freeze)
    question = await house.ask()
    await house.ask(thread=question)
    await house.until(lambda: bool(house.history.struck))
    return house.job_of(question)


async def _thaw_when_answered(house: House, job: str) -> None:
    await house.until(lambda: house.is_done(job))
    _thaw(house)
    await asyncio.sleep(2.0)  # time to do something wrong


def _thaw(house: House) -> None:
    for process in house.processes:
        if process.frozen:
            house.thaw(process)


ROWS = (
    *(_killed(c, 1, quick=index in QUICK) for index, c in enumerate(CHECKPOINTS)),
    *(_killed(CHECKPOINTS[index], 2) for index in TWICE),
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

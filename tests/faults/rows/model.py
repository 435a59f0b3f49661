"""The model is away, hangs, breaks off, talks nonsense, never ends."""

from collections.abc import Callable
from itertools import count

from tests.faults.brain import tagging_brain
from tests.faults.deployment import Deployment
from tests.faults.rows.row import Row, Run
from tests.support.llm_brains import Brain, Call, Conversation, Turn
from tests.support.llm_server import Fault

Kind = Callable[[], Fault]


def _faults(*faults: Fault) -> Run:
    async def run(deployment: Deployment) -> None:
        deployment.model.faults.extend(faults)
        question = await deployment.ask()
        await deployment.settled()
        await deployment.ask(thread=question)

    return run


async def away(deployment: Deployment) -> None:
    """The model is away for good: one failure message, and the thread goes on when it is back."""
    deployment.model.faults.extend([Fault(status=500)] * 9)
    question = await deployment.ask(expected=("failure_message",))
    deployment.history.injected_deaths.add(deployment.job_of(question))
    await deployment.until(lambda: deployment.is_done(deployment.job_of(question)), 60)
    deployment.model.faults.clear()
    await deployment.ask(thread=question)


async def refused(deployment: Deployment) -> None:
    """The key was taken away: no second try, one failure message."""
    deployment.model.faults.append(Fault(status=401))
    question = await deployment.ask(expected=("failure_message",))
    deployment.history.injected_deaths.add(deployment.job_of(question))
    await deployment.until(lambda: deployment.is_done(deployment.job_of(question)))
    await deployment.ask(thread=question)


async def silent_and_endless(deployment: Deployment) -> None:
    """One answer never begins, another never ends; both meet a time limit."""
    deployment.model.faults.extend([Fault("hang"), Fault("endless")] + [Fault("hang")] * 4)
    await deployment.ask(expected=("answer", "explanation", "failure_message"))
    await deployment.ask(expected=("answer", "explanation", "failure_message"))
    deployment.history.injected_deaths |= {asked.job for asked in deployment.history.asked}
    await deployment.all_done(290)


def _babble(brain: Brain) -> Run:
    """A model that talks nonsense; people get an honest handoff, and then answers again."""

    async def run(deployment: Deployment) -> None:
        deployment.model.brain = brain
        question = await deployment.ask(expected=("explanation", "failure_message"))
        job = deployment.job_of(question)
        deployment.history.injected_deaths.add(job)
        await deployment.until(lambda: deployment.is_done(job), 100)
        deployment.model.brain = tagging_brain
        await deployment.ask(thread=question)

    return run


def _unknown_tool(_: Conversation) -> Turn:
    return Turn(calls=(Call("launch_rocket", {"at": "dawn"}),))


def _broken_arguments(_: Conversation) -> Turn:
    return Turn(calls=(Call("search_knowledge", '{"query": "recep'), Call("finish", "[[[")))


def _only_text(_: Conversation) -> Turn:
    return Turn(text="Fnord. <!channel> 42 [99]")


_numbers = count()


def _never_finishes(_: Conversation) -> Turn:
    return Turn(calls=(Call("search_knowledge", {"query": f"reception {next(_numbers)}"}),))


ROWS = (
    Row("the model fails twice", "500, 500", _faults(Fault(), Fault()), quick=True),
    Row(
        "the model limits the rate",
        "429",
        _faults(Fault(status=429, headers=(("Retry-After", "1"),))),
    ),
    Row("the model is away", "500 until the tries are used up", away, seconds=90),
    Row("the model refuses the key", "401", refused),
    Row(
        "the model's stream is cut",
        "stream ends in the middle",
        _faults(Fault("cut"), Fault("cut")),
    ),
    Row("the model's connection is dropped", "reset in the middle", _faults(Fault("drop"))),
    Row("the model reports an error in its stream", "error event", _faults(Fault("error_event"))),
    Row("the model sends what is no JSON", "garbage in the stream", _faults(Fault("garbage"))),
    Row("the model calls a tool that is none", "unknown tool", _babble(_unknown_tool)),
    Row("the model's arguments are broken", "half a JSON, wrong JSON", _babble(_broken_arguments)),
    Row("the model talks without evidence", "text with <!channel>", _babble(_only_text)),
    Row("the model never finishes", "searches for ever", _babble(_never_finishes), seconds=120),
    Row(
        "the model hangs, or never stops talking",
        "no byte; endless stream",
        silent_and_endless,
        seconds=300,
    ),
)

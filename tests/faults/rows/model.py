"""The model is away, hangs, breaks off, talks nonsense, never ends."""

from collections.abc import Callable
from itertools import count

from tests.faults.brain import tagging_brain
from tests.faults.house import House
from tests.faults.rows.row import Row, Run
from tests.support.llm_brains import Brain, Call, Conversation, Turn
from tests.support.llm_server import Fault

Kind = Callable[[], Fault]


def _faults(*faults: Fault) -> Run:
    async def run(house: House) -> None:
        house.model.faults.extend(faults)
        question = await house.ask()
        await house.settled()
        await house.ask(thread=question)

    return run


async def away(house: House) -> None:
    """The model is away for good: one apology, and the thread goes on when it is back."""
    house.model.faults.extend([Fault(status=500)] * 9)
    question = await house.ask(expected=("failure_message",))
    house.history.injected_deaths.add(house.job_of(question))
    await house.until(lambda: house.is_done(house.job_of(question)), 60)
    house.model.faults.clear()
    await house.ask(thread=question)


async def refused(house: House) -> None:
    """The key was taken away: no second try, one apology."""
    house.model.faults.append(Fault(status=401))
    question = await house.ask(expected=("failure_message",))
    house.history.injected_deaths.add(house.job_of(question))
    await house.until(lambda: house.is_done(house.job_of(question)))
    await house.ask(thread=question)


async def silent_and_endless(house: House) -> None:
    """One answer never begins, another never ends; both meet a time limit."""
    house.model.faults.extend([Fault("hang"), Fault("endless")] + [Fault("hang")] * 4)
    await house.ask(expected=("answer", "explanation", "failure_message"))
    await house.ask(expected=("answer", "explanation", "failure_message"))
    house.history.injected_deaths |= {asked.job for asked in house.history.asked}
    await house.until(lambda: all(house.is_done(a.job) for a in house.history.asked), 290)


def _babble(brain: Brain) -> Run:
    """A model that talks nonsense; people get an honest hand-over, and then answers again."""

    async def run(house: House) -> None:
        house.model.brain = brain
        question = await house.ask(expected=("explanation", "failure_message"))
        job = house.job_of(question)
        house.history.injected_deaths.add(job)
        await house.until(lambda: house.is_done(job), 100)
        house.model.brain = tagging_brain
        await house.ask(thread=question)

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

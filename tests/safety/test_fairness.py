"""One person floods the bot: others are answered, experts are left in peace, budgets hold."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count, cycle

import pytest

from bot.agent.agent import Agent
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunLimits
from bot.agent.verification.judge import JudgeVerifier
from bot.answering.budgeted_model import paid_by
from bot.answering.spend_limits import DailyLimits, Payer
from bot.core.errors import OverBudgetError, PersonFullError
from bot.core.types import Answer, Job, Question, QuestionId, ThreadId
from bot.entries.translation import translator
from bot.evaluation.cases import Case
from bot.handoff.handler import HandoffHandler
from bot.handoff.reminders import GatheredQuestions, HandoffReminders
from bot.handoff.service import HandoffService
from bot.handoff.store import HandoffStore
from bot.limits.person_limits import PersonLimits
from bot.queue.lua_scripts import QueueLimits
from bot.queue.redis_queue import RedisQueue
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from bot.rollout.replay import ask_again
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal
from tests.answering.test_budgeted_model import call, price, wrapped
from tests.safety.tally import Tally
from tests.support.handoffs import HandoffMessages, Team
from tests.support.scripted_model import ScriptedModel, says

ROOM = QueueLimits(partition=100, person=10_000)
"""The flood is let in, so that only the turns of the queue stand against it."""

SLOTS = 2
Flood = Callable[[int], Job]


def in_threads(threads: int, person: str = "U-mallory") -> Flood:
    """Return a flood of questions over so many threads."""
    return lambda n: Job(f"q{n}", f"thread {n % threads}", "question", {"person": person})


FLOODS: dict[str, Flood] = {
    "thirty threads": in_threads(30),
    "three threads of ten": in_threads(3),
    "one thread": in_threads(1),
    "names that sort before everybody's": in_threads(30, person="!"),
    "names that sort behind everybody's": in_threads(30, person="～"),
    "commands": lambda n: Job(f"n{n}", f"t{n}", "notice", {"question": {"person": "U-mallory"}}),
    "forms": lambda n: Job(f"e{n}", f"entries:{n}", "entry", {"person": "U-mallory"}),
    "presses on buttons": lambda n: Job(
        f"h{n}", f"handoff:{n}", "handoff", {"person": "U-mallory"}
    ),
    "questions and commands in turn": lambda n: [in_threads(30), FLOODS["commands"]][n % 2](n),
}


async def overtaken_by(
    queues: list[RedisQueue], flood: Flood, size: int, served: int, victim: Job
) -> int:
    """Return how many jobs of *flood* start between the victim's question and its start.

    Several workers have one slot each. *served* jobs are done before the victim asks.
    """
    for number in range(size):
        await queues[0].put(flood(number))
    workers = cycle(queues)
    running = [lease for _ in range(SLOTS) if (lease := await next(workers).take(0))]
    for _ in range(served):
        await running.pop(0).finish()
        if lease := await next(workers).take(0):
            running.append(lease)
    await queues[0].put(victim)
    for started in count():
        await running.pop(0).finish()
        lease = await next(workers).take(0)
        assert lease is not None, "the victim's question is lost"
        if lease.job.id == victim.id:
            return started
        running.append(lease)
    raise AssertionError


@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.parametrize("served", [0, 7])
async def test_a_flood_of_one_person_holds_nobody_up(
    store: RedisConnection, tally: Tally, name: str, served: int
) -> None:
    """Another person's question starts in one of the next two slots that become free."""
    queues = [RedisQueue(store, limits=ROOM) for _ in range(SLOTS)]
    victim = Job("victim", "thread of the victim", "question", {"person": "U-bob"})
    overtaking = await overtaken_by(queues, FLOODS[name], 30, min(served, 25), victim)
    problems = [f"{overtaking} of the flood came first"] if overtaking > 1 else []
    for queue in queues:
        await queue.aclose()
    row = "others wait while one person floods the queue"
    assert not tally.add(row, f"{name}, {served} done before", problems)


@pytest.mark.parametrize("people", [2, 5, 20])
async def test_every_one_of_many_is_served_in_the_first_round(
    store: RedisConnection, tally: Tally, people: int
) -> None:
    """Behind a flood, everybody who asks one question waits for one of each other person's."""
    queue = RedisQueue(store, limits=ROOM)
    for number in range(50):
        await queue.put(in_threads(50)(number))
    for number in range(people):
        about = {"person": f"U{number}"}
        await queue.put(Job(f"victim {number}", f"thread of {number}", "question", about))
    order = list[str]()
    while lease := await queue.take(0):
        order.append(lease.job.id)
        await lease.finish()
    last = max(order.index(f"victim {number}") for number in range(people))
    problems = [f"the last one came at {last}"] if last > people else []
    await queue.aclose()
    row = "others wait while one person floods the queue"
    assert not tally.add(row, f"{people} others", problems)


@pytest.mark.parametrize("name", ["thirty threads", "three threads of ten", "one thread"])
async def test_one_person_cannot_fill_the_queue(
    store: RedisConnection, tally: Tally, name: str
) -> None:
    """By default twenty questions are open; the next one is refused, and others have room."""
    queue, taken, refused = RedisQueue(store), 0, 0
    for number in range(30):
        try:
            await queue.put(FLOODS[name](number))
            taken += 1
        except PersonFullError:
            refused += 1
    other = await queue.put(Job("victim", "thread of the victim", "question", {"person": "U-bob"}))
    problems = [] if (taken, refused, other) == (20, 10, True) else [f"{taken} were taken"]
    await queue.aclose()
    assert not tally.add("open questions of one person", name, problems)


SIGHTS: dict[str, tuple[str, str]] = {
    "of one asker": ("C{n}", "U9"),
    "of many askers": ("C{n}", "U{n}99"),
    "in one channel": ("C1", "U{n}99"),
    "in direct messages": ("D{n}", "U{n}99"),
}


@pytest.mark.parametrize("name", SIGHTS)
async def test_an_expert_is_left_in_peace(store: RedisConnection, tally: Tally, name: str) -> None:
    """Within an hour twelve messages notify them, reminders included; one gathers the rest."""
    queue, handoffs, messages = RedisQueue(store), HandoffStore(store.commands), HandoffMessages()
    team, ledger, limits = Team(), Ledger(store.commands), PersonLimits(store.commands)
    service = HandoffService(
        handoffs, queue, ledger, team, team, QuestionSimilarity(), limits=limits
    )
    channel, person = SIGHTS[name]
    notified = 0
    for n in range(32):
        place = f"slack:T1:{channel.format(n=n)}:{n}.0"
        reader = Principal(channel.format(n=n), member=True)
        asked = Question(
            QuestionId(place),
            ThreadId(place),
            f"Where is the {chr(97 + n % 26) * (3 + n)}?",
            reader,
            person.format(n=n),
        )
        given = Answer("handed_over", "Nothing found.", owner="@keiko", experts=("@keiko",))
        answer = await service.ask(asked, given)
        if channel.startswith("D"):
            await service.agree(asked.id, asked.person)
        elif answer.owner and not answer.asked_later and not answer.joined:
            notified += 1
    handler = HandoffHandler(service, messages)
    for _ in range(40):
        await work_off_or_wait(queue, handler)
    day = 86_400.0
    for hours in (5, 30, 80):
        reminders = HandoffReminders(service, messages, [4 * 3_600.0, day])
        await reminders((await service.pending())[0].at + hours * 3_600.0)
        await GatheredQuestions(service, messages)(float(hours))
    notified += len(messages.asked) + len(messages.reminded) + len(messages.gathered)
    problems = [f"{notified} messages"] if notified > 12 else []
    await queue.aclose()
    assert not tally.add("messages that notify one expert in an hour", name, problems)


async def work_off_or_wait(queue: RedisQueue, handler: HandoffHandler) -> None:
    """Do a job; one whose expert is not to be notified now waits."""
    lease = await queue.take(0)
    if lease is None:
        return
    try:
        await handler(lease)
    except Exception:  # noqa: BLE001 - any failure puts the job off, as in a worker
        await lease.retry(3_600, "later", counts=False)
    else:
        await lease.finish()


class Spender:
    """Everything that calls the model, with the money of one person and of the day used up."""

    def __init__(self, store: RedisConnection, limits: DailyLimits) -> None:
        self.endpoint = ScriptedModel(says("What is the code?"))
        self.model, self.spending = wrapped(store, limits, self.endpoint)

    async def translate(self) -> None:
        """Open the form."""
        await translator(self.model)("暗証番号は？", "U1")

    async def judge(self) -> None:
        """Have a sentence judged in a check."""
        with paid_by("U1"):
            await JudgeVerifier(self.model).verify([])

    async def check(self) -> None:
        """Ask a question again for the check of an entry."""
        agent = Agent(self.model, (), RunLimits(), Prompt.load(), price)
        question = Question(QuestionId("q"), ThreadId("q"), "暗証番号は？", Principal("U1"))
        with paid_by("U1"):
            await ask_again(agent, Case(id="q", question=question.text), question)

    async def by_itself(self) -> None:
        """Call the model for nobody, as a periodic task might."""
        await call(self.model)


WAYS = ("translate", "judge", "check", "by_itself")
EMPTY = {
    "no money for the day": DailyLimits(day=0.0),
    "no calls for the day": DailyLimits(calls=0),
    "no money for the person": DailyLimits(person=0.0),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", EMPTY)
async def test_no_model_call_is_outside_the_budgets(
    store: RedisConnection, tally: Tally, way: str, name: str
) -> None:
    """With nothing left, nothing reaches the endpoint."""
    spender = Spender(store, EMPTY[name])
    with suppress(OverBudgetError):
        await getattr(spender, way)()
    calls = len(spender.endpoint.requests)
    own = way == "by_itself" and name == "no money for the person"
    problems = [f"{calls} calls"] if calls and not own else []
    assert not tally.add("model calls outside the budgets", f"{way}, {name}", problems)


@pytest.mark.parametrize("way", WAYS)
async def test_every_model_call_is_in_the_totals(
    store: RedisConnection, tally: Tally, way: str
) -> None:
    """What it cost is missing from the day's budget afterwards."""
    spender = Spender(store, DailyLimits(day=1.0, answer=1.0))
    await getattr(spender, way)()
    left = (await spender.spending.reserve(Payer("next"))).most_usd
    problems = [] if left < 1.0 else ["the totals have not changed"]
    assert not tally.add("model calls outside the budgets", f"{way} is in the totals", problems)

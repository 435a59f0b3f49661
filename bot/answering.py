"""How a question becomes an answer: read this first."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.agent import wording
from bot.agent.loop import Agent
from bot.gate import Gate
from bot.language import language_of
from bot.protocols import Examples, Experts, Lease, Ledger, Memory, Reply, Spending, Surface
from bot.records import answer_from, answer_json, question_from
from bot.types import Answer, Event, Question, Turn


class Answerer:
    """Answers questions with an agent, remembers the talk, and keeps the books.

    Attributes:
        gate: Decides whether a draft is shown.
        spending: What answers may cost.
        examples: Approved answers for the prompt, None for a strategy without any.
        experts: Whom questions are handed over to, None where nobody can be asked.
    """

    def __init__(
        self,
        agent: Agent,
        memory: Memory,
        ledger: Ledger,
        generation: Callable[[], str],
        *,
        gate: Gate,
        spending: Spending,
        examples: Examples | None = None,
    ) -> None:
        self.agent = agent
        self.memory = memory
        self.ledger = ledger
        self.generation = generation
        self.gate = gate
        self.spending = spending
        self.examples = examples
        self.experts: Experts | None = None

    async def answer(self, question: Question, reply: Reply, lease: Lease) -> Answer:
        """Answer *question* in *reply*, so that a crash at any point ends in one visible answer.

        What was worked out is stored before it is shown: a later try shows it again and pays for
        no second run.
        """
        await reply.start()
        if "answer" in lease.notes:
            answer = answer_from(lease.notes["answer"])
        else:
            answer = await self.work_out(question, reply.show)
            await lease.save(answer=answer_json(answer))
        if answer.status == "handed_over" and self.experts is not None:
            answer = await self.experts.ask(question, answer)  # after a crash: the same again
        await self.ledger.record(question, answer)  # before it shows: a vote may come at once
        places = await reply.finish(answer)
        await self.keep(question, answer, places)
        return answer

    async def work_out(
        self, question: Question, show: Callable[[Event], Awaitable[None]]
    ) -> Answer:
        """Run the agent on *question* with the thread's history, showing each step.

        Money is set aside first. A run that fails leaves it so: its next try uses it, and what
        it has spent is not forgotten.
        """
        allowance = await self.spending.reserve(question)
        if allowance.scope:
            text = wording.over_budget(question.language or language_of(question.text), allowance)
            return Answer("failed", text, termination_reason="budget")
        history = await self.memory.recall(question.thread)
        examples = await self.examples.similar(question) if self.examples else ()
        run = self.agent.start(question, history, examples=examples, most_usd=allowance.most_usd)
        async for event in run.events():
            await show(event)
        answer = replace(run.answer(), index_generation=self.generation())
        await self.spending.settle(question, allowance, answer.cost_usd)
        return await self.gate.passed(question, answer)

    async def keep(self, question: Question, answer: Answer, places: Sequence[str]) -> None:
        """Remember the turn and record the answer; repeating it changes nothing."""
        turn = Turn(question.text, answer.text, question.id)
        await self.memory.remember(question.thread, turn)
        await self.ledger.record(question, answer, places)


class QuestionHandler:
    """Does the jobs of the kind `question`: where the worker's world meets the answerer's."""

    def __init__(self, answerer: Answerer, surface: Surface) -> None:
        self.answerer = answerer
        self.surface = surface

    async def __call__(self, lease: Lease) -> None:
        """Answer the question of `lease.job` where it was asked."""
        question = await self.surface.question(lease.job)
        reply = self.surface.reply(question, lease)
        answer = await self.answerer.answer(question, reply, lease)
        if answer.status == "clarify":
            await self.surface.expect(question)

    async def tell_place(self, lease: Lease, place: int) -> None:
        """Tell the asker how many questions come first, or that theirs was stopped (-1)."""
        question = question_from(lease.job.payload)
        await self.surface.reply(question, lease).wait(place)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell the asker that there will be no answer."""
        question = await self.surface.question(lease.job)
        await self.surface.reply(question, lease).fail(message)

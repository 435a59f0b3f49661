"""How a question becomes an answer: read this first."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.agent import texts
from bot.agent.agent import Agent
from bot.answering.adapter import ChatAdapter, Reply
from bot.answering.budgeted_model import prepaid
from bot.answering.examples import ApprovedExamples
from bot.answering.gate import Gate
from bot.answering.kept_answer import kept_answer
from bot.answering.late_sources import LateSources
from bot.answering.memory import ThreadMemory
from bot.answering.no_documents import NoDocuments
from bot.answering.rights import AnswerRights
from bot.answering.small_talk import SmallTalkReplies
from bot.answering.spend_limits import Payer, SpendLimits
from bot.core.serialization import answer_from, answer_json, question_from
from bot.core.types import Answer, Event, Question, Turn
from bot.handoff.service import HandoffService
from bot.queue.queue import Lease
from bot.records.ledger import Ledger


class Answerer:
    """Answers questions with an agent, remembers the conversation, and records every answer.

    Attributes:
        gate: Decides whether a draft is shown.
        spending: What answers may cost.
        rights: Says what may still be shown, however long ago it was answered.
        examples: Approved answers for the prompt, None for a strategy without any.
        experts: Whom questions are handed over to, None where nobody can be asked.
        small_talk: Replies to what asks nothing; None leaves that to the agent.
        late: Says which sources may be out of date; None where nobody knows.
    """

    def __init__(  # noqa: PLR0913 - one for each step of an answer
        self,
        agent: Agent,
        memory: ThreadMemory,
        ledger: Ledger,
        index_version: Callable[[], str],
        *,
        gate: Gate,
        spending: SpendLimits,
        rights: AnswerRights,
        examples: ApprovedExamples | None = None,
        experts: HandoffService | None = None,
        small_talk: SmallTalkReplies | None = None,
        late: LateSources | None = None,
        no_documents: NoDocuments | None = None,
    ) -> None:
        self.agent = agent
        self.memory = memory
        self.ledger = ledger
        self.index_version = index_version
        self.gate = gate
        self.spending = spending
        self.rights = rights
        self.examples = examples
        self.experts = experts
        self.small_talk = small_talk
        self.late = late
        self.no_documents = no_documents

    async def answer(self, question: Question, reply: Reply, lease: Lease) -> Answer:
        """Answer *question* in *reply*, so that a crash at any point ends in one visible answer.

        An answer is stored before it is shown: a later try shows it again and pays for
        no second run.
        """
        await reply.start()
        answer = await self.worked_out(question, lease, reply.show)
        answer = await self.permitted(question, answer)
        return await self.shown(question, answer, reply)

    async def worked_out(
        self,
        question: Question,
        lease: Lease,
        show: Callable[[Event], Awaitable[None]] | None = None,
    ) -> Answer:
        """Return the answer that an earlier try has stored in *lease*, else work it out."""
        if "answer" in lease.notes:
            return answer_from(lease.notes["answer"])
        answer = await self.work_out(question, show or _show_nothing)
        await lease.save(answer=answer_json(answer))
        return answer

    async def permitted(self, question: Question, answer: Answer) -> Answer:
        """Return *answer* as the readers of *question* may see it now, with people's names."""
        # Its readers may be others by now.
        return await self._with_names(await self.rights.shown(question, answer))

    async def shown(self, question: Question, answer: Answer, reply: Reply) -> Answer:
        """Show *answer*, ask an expert if it says so, and keep it; repeating it changes nothing."""
        if answer.status == "handed_over" and self.experts is not None:
            answer = await self.experts.ask(question, answer)  # after a crash: the same again
        kept = kept_answer(answer)
        await self.ledger.record(question, kept)  # before it shows: a vote may come at once
        places = await reply.finish(answer)
        await self.keep(question, answer, places)
        return answer

    async def answer_now(self, question: Question, lease: Lease | None = None) -> Answer:
        """Answer *question* for a program that waits for the outcome and shows nothing else.

        Nobody is asked. The answer is recorded before it is returned; there is no thread to
        remember. With a *lease*, it is stored there first, so that a later try returns it again.
        """
        if lease is None:
            answer = await self.work_out(question, _show_nothing)
        else:
            answer = await self.worked_out(question, lease)
        answer = await self.permitted(question, answer)
        await self.ledger.record(question, kept_answer(answer))
        return answer

    async def work_out(
        self, question: Question, show: Callable[[Event], Awaitable[None]]
    ) -> Answer:
        """Run the agent on *question* with the thread's history, showing each step.

        What asks nothing is replied to at once. Money is set aside first. A failed run keeps it
        set aside for the next try, so that what it has spent still counts.
        """
        turns = await self.memory.recall(question.thread)
        if self.small_talk and (
            said := await self.small_talk.reply(question, in_thread=bool(turns))
        ):
            return said
        payer = Payer.of(question)
        allowance = await self.spending.reserve(payer)
        if allowance.scope:
            text = texts.over_budget(question.reply_language, allowance)
            return Answer("failed", text, termination_reason="budget")
        history = await self.rights.turns(turns, question.asker, self.ledger)
        examples = await self.examples.similar(question) if self.examples else ()
        run = self.agent.start(question, history, examples=examples, most_usd=allowance.most_usd)
        with prepaid():
            async for event in run.events():
                await show(event)
        answer = replace(run.answer(), index_version=self.index_version())
        await self.spending.settle(payer, allowance, answer.cost_usd)
        answer = await self.gate.passed(question, answer)
        if self.no_documents:
            answer = await self.no_documents.noted(answer, question.reply_language)
        return await self.late.noted(answer) if self.late else answer

    async def _with_names(self, answer: Answer) -> Answer:
        """Name who said what was saved: an id says nothing to people, and a mention calls them."""
        if self.experts is None or not any(one.saved_by for one in answer.citations):
            return answer
        named = [
            replace(one, saved_by=await self.experts.people.named(one.saved_by))
            for one in answer.citations
        ]
        return replace(answer, citations=tuple(named))

    async def keep(self, question: Question, answer: Answer, places: Sequence[str]) -> None:
        """Remember the turn and record the answer; repeating it changes nothing.

        A greeting is no turn: what follows it stands on the question before.
        """
        kept = kept_answer(answer)
        if answer.status != "chat":
            turn = Turn(question.text, kept.text, question.id)
            await self.memory.remember(question.thread, turn)
        await self.ledger.record(question, kept, places)


async def _show_nothing(_: Event) -> None:
    """Show no steps."""


class QuestionHandler:
    """The handler of jobs of the kind `question`."""

    def __init__(self, answerer: Answerer, adapter: ChatAdapter) -> None:
        self.answerer = answerer
        self.adapter = adapter

    async def handle(self, question: Question, lease: Lease) -> Answer:
        """Answer *question*, for which `lease.job` is there, where it was asked; repeatable."""
        question = await self.adapter.prepared(question)
        reply = self.adapter.reply(question, lease)
        answer = await self.answerer.answer(question, reply, lease)
        if answer.status == "clarify":
            await self.adapter.expect(question)
        return answer

    async def tell_place(self, lease: Lease, place: int) -> None:
        """Tell the asker how many questions come first, or that theirs was stopped (-1)."""
        question = question_from(lease.job.payload)
        await self.adapter.reply(question, lease).wait(place)

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell the asker that there will be no answer."""
        await self.fail(question_from(lease.job.payload), lease, message)

    async def fail(self, question: Question, lease: Lease, message: str) -> None:
        """Say *message* where *question* was asked, for which `lease.job` is there."""
        await self.adapter.reply(question, lease).fail(message)

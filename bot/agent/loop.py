"""The agent: reason, act, observe, until an answer stands on its evidence."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bot.agent import grounding, marks, wording
from bot.agent.actions import Actions
from bot.agent.budget import Budget
from bot.agent.evidence import Evidence
from bot.agent.finish import FINISH, Finish, UnusableFinishError, finish_of
from bot.agent.prompt import Prompt
from bot.agent.toolbox import Toolbox
from bot.agent.transcript import Transcript, calls_finish
from bot.errors import ContextTooLongError, ModelUnavailableError
from bot.language import language_of
from bot.links import disarmed
from bot.protocols import ChatModel, Limits, Tool
from bot.types import (
    Answer,
    Event,
    ModelTurn,
    Question,
    Step,
    TerminationReason,
    ToolFinished,
    ToolStarted,
    Turn,
    Usage,
)

CLOSEST_SOURCES = 3
"""How many sources a hand-over names."""

_NUDGE = "Call `finish` with your answer and its citations, or search on."
_UNCITED = (
    "no statement cites a passage: add marks such as [1], or finish with insufficient_evidence"
)
_UNSUPPORTED = (
    "the cited passages do not say what these sentences say; correct them or leave them out"
)


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True, slots=True)
class Agent:
    """Answers questions with a model and tools.

    Attributes:
        price: What some tokens cost in US dollars, or None where nobody knows.
    """

    model: ChatModel
    tools: Sequence[Tool]
    limits: Limits
    prompt: Prompt
    price: Callable[[Usage], float | None]
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], date] = _today

    def start(self, question: Question, history: Sequence[Turn] = ()) -> "Run":
        """Begin to work on *question*, asked after the turns of *history*."""
        return Run(self, question, history)


class Run:
    """One question on its way to its answer."""

    def __init__(self, agent: Agent, question: Question, history: Sequence[Turn]) -> None:
        self._agent = agent
        self._question = question
        self._specs = [*(tool.spec for tool in agent.tools), FINISH]
        self._budget = Budget(agent.limits, agent.price, agent.clock)
        self._actions = Actions()
        self._tools = Toolbox(agent.tools, self._budget, self._actions)
        self._evidence = Evidence()
        messages = agent.prompt.transcript(question.text, history, agent.today())
        pictures = tuple(file for file in question.files if file.picture)
        messages[-1] = replace(messages[-1], pictures=pictures)
        self._transcript = Transcript(messages, self._evidence)
        self._steps = list[Step]()
        self._model = agent.model.name
        self._may_nudge = self._may_repair = True
        self._answer: Answer | None = None

    async def events(self) -> AsyncIterator[Event]:
        """Reason, act and observe until there is an answer; yield the acts as they happen.

        A last turn must finish. Only a nudge and one repair may come on top of `limits.steps`.

        Raises:
            ModelUnavailableError: the model failed; the whole run may be tried again later.
            ModelRejectedError: the model will never take the request.
            ContextTooLongError: the question and the thread alone do not fit the model.
        """
        while self._answer is None:
            reason = self._budget.reason_to_finish() or self._actions.reason_to_finish()
            self._budget.begin_turn()
            turn = await self._think(force=FINISH.name if reason else "")
            if turn is None:
                self._hand_over("deadline")
            elif not turn.calls and self._may_nudge:
                self._may_nudge = False
                self._transcript.object(turn, _NUDGE)
            elif reason or not turn.calls or calls_finish(turn):
                self._conclude(turn, reason)
            else:
                async for event in self._act(turn):
                    yield event

    def answer(self) -> Answer:
        """Return the answer; `events` must have come to its end."""
        assert self._answer is not None, "the events of the run have not been read to their end"
        return self._answer

    async def _think(self, force: str) -> ModelTurn | None:
        """Ask the model for its next turn; None when the time is up."""
        try:
            async with asyncio.timeout(self._budget.seconds_left):
                while True:
                    try:
                        return await self._said(force)
                    except ContextTooLongError:
                        if not self._transcript.drop_oldest_observation():
                            raise
        except TimeoutError:
            return None

    async def _said(self, force: str) -> ModelTurn:
        """Return one whole reply of the model."""
        turn: ModelTurn | None = None
        messages = self._transcript.messages
        async for part in self._agent.model.stream(messages, self._specs, force=force):
            turn = part if isinstance(part, ModelTurn) else turn
        if turn is None:
            raise ModelUnavailableError("The model's reply ended too early.")
        self._budget.spend(turn.usage)
        self._model = turn.model or self._model
        # A server that gives two calls one id would refuse two results for it.
        return replace(turn, calls=tuple({call.id: call for call in turn.calls}.values()))

    async def _act(self, turn: ModelTurn) -> AsyncIterator[Event]:
        """Do the calls of *turn* together and answer each, in order."""
        self._transcript.say(turn)
        acts = [self._tools.check(call) for call in turn.calls]
        for act in acts:
            if act.tool:
                yield ToolStarted(act.call.id, act.call.name, act.arguments)
        question = replace(self._question, links=self._evidence.links)
        limits, known = self._agent.limits, len(self._evidence.passages)
        seconds = min(limits.tool_seconds, self._budget.seconds_left)
        async with asyncio.TaskGroup() as group:
            uses = [group.create_task(self._tools.use(act, question, seconds)) for act in acts]
        for act, use in zip(acts, uses, strict=True):
            result, error = use.result()
            seen = self._transcript.observe(act.call, result, error, limits.observation_tokens)
            passages = tuple(item.passage for item in seen.passages)
            ids = tuple(passage.id for passage in passages)
            self._steps.append(Step(act.call.name, act.arguments, ids, error))
            if act.tool:
                yield ToolFinished(act.call.id, act.call.name, act.arguments, passages, error)
        self._actions.end_turn(new_passages=len(self._evidence.passages) - known)

    def _conclude(self, turn: ModelTurn, reason: TerminationReason | None) -> None:
        """Take *turn* as the answer if it holds; object to it once if it does not."""
        try:
            finish = finish_of(turn)
            self._take(finish, reason or ("finished" if turn.calls else "plain_text"))
        except UnusableFinishError as error:
            if self._may_repair:
                self._may_repair = False
                self._transcript.object(turn, f"error: {error}")
            else:
                self._hand_over("invalid_finish")

    def _take(self, finish: Finish, reason: TerminationReason) -> None:
        """Make *finish* the answer. Raises `UnusableFinishError` when it does not hold."""
        if finish.status == "insufficient_evidence":
            self._hand_over(reason, finish)
            return
        text = self._evidence.marked(finish.answer, finish.citations)
        if finish.status == "answered":
            text = self._grounded(text)
        checked = self._evidence.checked(text, finish.citations)
        if finish.status == "answered" and not checked.citations:
            raise UnusableFinishError(_UNCITED)
        answer = Answer(finish.status, checked.text, checked.citations, finish.confidence)
        self._settle(answer, reason)

    def _grounded(self, text: str) -> str:
        """Leave out what the evidence does not carry, after one objection to it."""
        rejected = grounding.unsupported(text, self._evidence.passages)
        if rejected and self._may_repair:
            sentences = "; ".join(
                f"{item.sentence!r} ({', '.join(item.figures)})" for item in rejected
            )
            raise UnusableFinishError(f"{_UNSUPPORTED}: {sentences}")
        return grounding.without(text, rejected)

    def _hand_over(self, reason: TerminationReason, finish: Finish | None = None) -> None:
        """Say that there is no answer, with what comes closest and who may know."""
        language = language_of(self._question.text)
        if self._steps and all(step.error for step in self._steps):
            text = wording.failed(language, self._steps[-1].error)
            self._settle(Answer("failed", text), reason)
            return
        closest = self._evidence.closest(CLOSEST_SOURCES)
        citations = self._evidence.cite(closest)
        owner = closest[0].owner if closest else ""
        missing = marks.normalised(finish.missing, ()) if finish else ""
        text = wording.handed_over(
            language, missing=disarmed(missing, ()), closest=citations, owner=owner
        )
        confidence = finish.confidence if finish else None
        self._settle(Answer("handed_over", text, citations, confidence, owner=owner), reason)

    def _settle(self, answer: Answer, reason: TerminationReason) -> None:
        """End the run with *answer*, and with what is known of its making."""
        self._answer = replace(
            answer,
            steps=tuple(self._steps),
            termination_reason=reason,
            usage=self._budget.usage,
            cost_usd=self._budget.cost_usd,
            latency_ms=round(self._budget.seconds * 1000),
            model=self._model,
            prompt_version=self._agent.prompt.version,
        )

"""The agent: reasons, acts and observes until its evidence supports an answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bot.agent import found, grounding, search_first, texts
from bot.agent.chat_model import ChatModel
from bot.agent.confidence import Weights, retrieval_features
from bot.agent.evidence import Evidence
from bot.agent.expert_candidates import candidates
from bot.agent.finish import FINISH, Finish, UnusableFinishError, finish_of
from bot.agent.loop_guard import LoopGuard
from bot.agent.prompt import Prompt
from bot.agent.run_limits import RunBudget, RunLimits
from bot.agent.tool import Tool
from bot.agent.toolbox import Toolbox
from bot.agent.transcript import Transcript, calls_finish
from bot.agent.verification.numbers import NumbersVerifier
from bot.agent.verification.overlap import OverlapVerifier
from bot.agent.verification.quotations import QuotationsVerifier
from bot.agent.verifier import Verifier
from bot.core.errors import ContextTooLongError, ModelUnavailableError
from bot.core.i18n import Text
from bot.core.language import Language, is_written_in
from bot.core.links import linkable, safe_markdown
from bot.core.types import (
    WEB,
    Answer,
    Event,
    ModelTurn,
    Question,
    Step,
    TerminationReason,
    ToolCall,
    ToolFinished,
    ToolStarted,
    Turn,
    Usage,
)
from bot.text import citation_markers, conflicts
from knowledge.model.settings import ENTRIES, ExpertSettings
from knowledge.model.types import Passage

CLOSEST_SOURCES = 3
"""Sources that a handoff names."""

MOST_CONTRADICTIONS = 2
"""Contradicting sources that an answer names."""

_NUDGE = "Call `finish` with your answer and its citations, or search on."
_EMPTY = "error: your reply was empty. " + _NUDGE
_UNCITED = (
    "no statement cites a passage: add marks such as [1], or finish with insufficient_evidence"
)
_UNSUPPORTED = (
    "the cited passages do not say what these sentences say; correct them or leave them out"
)
_OUTDATED = "passage [{newer}] is newer than [{older}] and says otherwise: answer by it, name both"

LEXICAL: tuple[Verifier, ...] = (NumbersVerifier(), QuotationsVerifier(), OverlapVerifier())
"""The layers of grounding that need no model."""


def _today() -> date:
    return datetime.now(UTC).astimezone().date()


@dataclass(frozen=True, slots=True)
class Agent:
    """Answers questions with a model and tools.

    Attributes:
        price: What some tokens cost in US dollars, or None where nobody knows.
        verifiers: The layers of grounding, cheapest first.
        weights: How features become a confidence; None: the model's own word is taken.
        experts: Whom to ask what the documents do not say, besides the owners of documents.
    """

    model: ChatModel
    tools: Sequence[Tool]
    limits: RunLimits
    prompt: Prompt
    price: Callable[[Usage], float | None]
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], date] = _today
    verifiers: Sequence[Verifier] = LEXICAL
    weights: Weights | None = None
    experts: Callable[[], Sequence[ExpertSettings]] = tuple

    def start(
        self,
        question: Question,
        history: Sequence[Turn] = (),
        *,
        examples: Sequence[Turn] = (),
        most_usd: float | None = None,
    ) -> "AgentRun":
        """Begin to work on *question*, asked after the turns of *history*.

        Args:
            question: What is asked.
            history: Earlier turns of the thread.
            examples: Approved answers to similar questions, for strategies that show some.
            most_usd: What the run may cost, where that is less than its limit.
        """
        limits = self.limits
        if most_usd is not None:
            limits = replace(limits, cost_usd=min(limits.cost_usd, most_usd))
        return AgentRun(replace(self, limits=limits), question, history, examples)


class AgentRun:
    """One question on its way to its answer."""

    def __init__(
        self,
        agent: Agent,
        question: Question,
        history: Sequence[Turn],
        examples: Sequence[Turn] = (),
    ) -> None:
        self._agent = agent
        self._question = question
        self._asked = " ".join([*(turn.question for turn in history[-1:]), question.text])
        tools = [tool for tool in agent.tools if _is_for(tool, question)]
        self._budget = RunBudget(agent.limits, agent.price, agent.clock)
        self._actions = LoopGuard()
        self._tools = Toolbox(tools, self._budget, self._actions)
        self._specs = [*self._tools.specs.values(), FINISH]
        self._evidence = Evidence()
        messages = agent.prompt.transcript(
            question.text, history, agent.today(), question.reply_language, examples
        )
        pictures = tuple(file for file in question.files if file.picture)
        messages[-1] = replace(messages[-1], pictures=pictures)
        self._transcript = Transcript(messages, self._evidence)
        self._question = replace(question, earlier=tuple(turn.question for turn in history))
        self._steps = list[Step]()
        self._model = agent.model.name
        self._may_nudge, self._repaired = True, False
        self._answer: Answer | None = None

    async def events(self) -> AsyncIterator[Event]:
        """Search, then reason, act and observe until there is an answer; yield the acts.

        The first search is for the question itself, so that most runs take one turn. A last turn
        must finish. Only a nudge and one repair may come on top of `limits.steps`.

        Raises:
            ModelUnavailableError: the model failed; the whole run may be tried again later.
            ModelRejectedError: the model will never take the request.
            ContextTooLongError: the question and the thread alone do not fit the model.
        """
        if search_first.TOOL in self._tools.specs:
            earlier = self._question.earlier
            calls = search_first.first_calls(self._question.text, earlier)
            async for event in self._act(calls, own=True):
                yield event
        while self._answer is None:
            reason = self._budget.reason_to_finish() or self._actions.reason_to_finish()
            self._budget.begin_turn()
            turn = await self._think(force=FINISH.name if reason else "")
            if turn is None:
                self._hand_over("deadline")
            elif self._may_nudge and self._is_no_answer(turn):
                self._may_nudge = False
                self._transcript.object(turn, _NUDGE if turn.text else _EMPTY)
            elif reason or not turn.calls or calls_finish(turn):
                await self._conclude(turn, reason)
            else:
                self._transcript.say(turn)
                known = len(self._evidence.passages)
                async for event in self._act(turn.calls):
                    yield event
                self._actions.end_turn(new_passages=len(self._evidence.passages) - known)

    def answer(self) -> Answer:
        """Return the answer; `events` must have come to its end."""
        assert self._answer is not None, "the events of the run have not been read to their end"
        return self._answer

    def _is_no_answer(self, turn: ModelTurn) -> bool:
        """Tell whether *turn* says nothing, or only what the model thinks."""
        return not turn.calls and (self._agent.prompt.thinks_aloud or not turn.text.strip())

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
        """Return one complete reply of the model."""
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

    async def _act(self, calls: Sequence[ToolCall], *, own: bool = False) -> AsyncIterator[Event]:
        """Do *calls* together and answer each, in order; *own* ones the model has not made."""
        acts = [self._tools.check(call) for call in calls]
        for act in acts:
            if act.tool:
                yield ToolStarted(act.call.id, act.call.name, act.arguments)
        question = replace(self._question, links=self._evidence.links, private=self._sees_private)
        limits = self._agent.limits
        seconds = min(limits.tool_seconds, self._budget.seconds_left)
        async with asyncio.TaskGroup() as group:
            uses = [group.create_task(self._tools.use(act, question, seconds)) for act in acts]
        for act, use in zip(acts, uses, strict=True):
            result, error = use.result()
            seen = self._transcript.observe(
                act.call, result, error, limits.observation_tokens, own=own
            )
            passages = tuple(item.passage for item in seen.passages)
            ids = tuple(passage.id for passage in passages)
            self._steps.append(Step(act.call.name, act.arguments, ids, error))
            if act.tool:
                yield ToolFinished(act.call.id, act.call.name, act.arguments, passages, error)

    async def _conclude(self, turn: ModelTurn, reason: TerminationReason | None) -> None:
        """Take *turn* as the answer if it holds; object to it once if it does not."""
        try:
            finish = finish_of(turn)
            await self._take(finish, reason or ("finished" if turn.calls else "plain_text"))
        except UnusableFinishError as error:
            if self._may_repair:
                self._repaired = True
                self._transcript.object(turn, f"error: {error}")
            else:
                self._hand_over("invalid_finish")

    @property
    def _may_repair(self) -> bool:
        """Whether the model may correct its answer: once, and while there is time for it."""
        return not self._repaired and self._budget.has_room

    async def _take(self, finish: Finish, reason: TerminationReason) -> None:
        """Make *finish* the answer. Raises `UnusableFinishError` when it does not hold."""
        if finish.quotes_only:
            self._show_found(finish, reason)
            return
        if finish.denies:
            self._hand_over(reason, finish)
            return
        if finish.status in {"clarify", "chat"}:
            text = self._evidence.marked(finish.answer, finish.citations)
            checked = self._evidence.checked(text, finish.citations)
            answer = Answer(finish.status, checked.text, checked.citations, finish.confidence)
            self._settle(answer, reason)
            return
        text = await self._marked(finish)
        if not _states(text):
            if self._may_repair:
                raise UnusableFinishError(_UNCITED)
            self._hand_over("unsupported", finish, draft=text)
            return
        examination = await self._examined(text)
        kept = grounding.without(text, examination.rejected)
        if examination.spoilt or not _states(kept):
            self._hand_over("unsupported", finish, draft=text)
            return
        kept, contradicted = self._with_contradictions(kept)
        checked = self._evidence.checked(kept, finish.citations)
        features = examination.features() | self._features(kept, finish, contradicted=contradicted)
        experts = self._experts(
            self._evidence.passages[n] for n in citation_markers.numbers_in(kept)
        )
        weights = self._agent.weights
        self._settle(
            Answer(
                "answered",
                checked.text,
                checked.citations,
                weights.score(features) if weights else finish.confidence,
                owner=next(iter(experts), ""),
                experts=experts,
                features=features,
                score_version=weights.version if weights else "",
            ),
            reason,
        )

    async def _marked(self, finish: Finish) -> str:
        """Return the answer of *finish* with a mark at each statement that a passage carries."""
        passages = self._evidence.passages
        text = citation_markers.normalised(finish.answer, passages)
        listed = tuple(dict.fromkeys(q.n for q in finish.citations if q.n in passages))
        marked = await grounding.with_marks(text, passages, LEXICAL, otherwise=listed)
        return citation_markers.in_cells(marked)

    async def _examined(self, text: str) -> grounding.GroundingResult:
        """Examine *text*; object to it once if the evidence does not support it."""
        passages, verifiers = self._evidence.passages, self._agent.verifiers
        examination = await grounding.examine(text, passages, verifiers)
        self._budget.spend(examination.usage)
        if self._may_repair:
            rejected = "; ".join(
                f"{one.claim.text!r} ({one.verdict.reason})" for one in examination.rejected
            )
            marked = any(
                citation_markers.numbers_in(text[slice(*one.span)]) for one in examination.rejected
            )
            if rejected and (marked or examination.spoilt):
                raise UnusableFinishError(f"{_UNSUPPORTED}: {rejected}")
            if not is_written_in(citation_markers.stripped(text), self._language):
                wanted = texts.ANSWER_IN_LANGUAGE.to(self._language)
                raise UnusableFinishError(wanted)
        return examination

    def _with_contradictions(self, text: str) -> tuple[str, bool]:
        """Add the sources that contradict what *text* cites, with their dates.

        A newer source than the one that is cited is objected to once: the model may not have seen
        what it means.
        """
        cited = {n: self._evidence.passages[n] for n in citation_markers.numbers_in(text)}
        notes, contradicted = list[str](), False
        for number, passage in cited.items():
            for other, rival in self._evidence.passages.items():
                if not conflicts.contradict(passage, rival):
                    continue
                contradicted = True
                newer = conflicts.older_and_newer(passage, rival)[1] is rival
                if other in cited:
                    continue
                if newer and self._may_repair:
                    raise UnusableFinishError(_OUTDATED.format(newer=other, older=number))
                notes.append(texts.otherwise(self._language, rival, other, newer=newer))
        added = list(dict.fromkeys(notes))[:MOST_CONTRADICTIONS]
        return "\n\n".join([text, *added]), contradicted

    def _features(self, text: str, finish: Finish, *, contradicted: bool) -> dict[str, float]:
        """Describe *text* for its confidence, by the best passage that it cites."""
        cited = [self._evidence.passages[n] for n in citation_markers.numbers_in(text)]
        best: Passage = max(cited, key=lambda passage: passage.signals.coverage)
        everything = list(self._evidence.passages.values())
        quote = next(
            (q.quote for q in finish.citations if self._evidence.passages.get(q.n) is best), ""
        )
        sources = len({passage.document_id for passage in cited})
        features = retrieval_features(
            self._question.text, citation_markers.stripped(text), best, everything, quote
        ) | {
            "sources": float(sources),
            "several_sources": float(sources > 1),
            "contradicted": float(contradicted),
            "wrong_language": float(
                not is_written_in(citation_markers.stripped(text), self._language)
            ),
        }
        if self._agent.weights is None or finish.confidence is None:
            return features  # what the model says is the confidence then, not one of its reasons
        return features | {"said": finish.confidence}

    @property
    def _sees_private(self) -> bool:
        """Whether the model has read what is not public: a document, or an earlier answer."""
        read = any(passage.source != WEB for passage in self._evidence.passages.values())
        return read or bool(self._question.earlier)

    @property
    def _language(self) -> Language:
        return self._question.reply_language

    def _hand_over(
        self, reason: TerminationReason, finish: Finish | None = None, draft: str = ""
    ) -> None:
        """Hand over: name the closest passages and the experts."""
        if self._failed_to_search(reason):
            return
        closest = self._evidence.closest(CLOSEST_SOURCES)
        citations = self._evidence.cite(closest)
        experts = self._experts(closest)
        owner = next(iter(experts), "")
        missing = citation_markers.normalised(finish.missing, ()) if finish else ""
        missing = safe_markdown(missing)
        text = texts.handed_over(
            self._language,
            missing=missing,
            closest=citations,
            owner=owner,
            withheld=bool(draft),
            why=_why(reason, finish),
        )
        text = safe_markdown(text, linkable(citations))
        answer = Answer(
            "handed_over",
            text,
            citations,
            finish.confidence if finish else None,
            owner=owner,
            draft=safe_markdown(citation_markers.stripped(draft)),
            withheld="unsupported" if draft else "",
            missing=missing,
            experts=experts,
        )
        self._settle(answer, reason)

    def _show_found(self, finish: Finish, reason: TerminationReason) -> None:
        """End with the passages that probably hold the answer, or hand over if there is none."""
        if self._failed_to_search(reason):
            return
        quotes = {quotation.n: quotation.quote for quotation in finish.citations}
        shown = [self._evidence.passages[n] for n in quotes if n in self._evidence.passages]
        citations = self._evidence.cite(shown, list(quotes.values()))
        experts = self._experts(shown)
        owner = next(iter(experts), "")
        text = found.said(self._language, shown, citations, owner)
        answer = Answer(
            "found" if shown else "handed_over",
            safe_markdown(text, linkable(citations)),
            citations,
            finish.confidence,
            owner=owner,
            experts=experts,
        )
        self._settle(answer, reason)

    def _failed_to_search(self, reason: TerminationReason) -> bool:
        """End the run, and say why, if nothing could be searched."""
        if not self._steps or not all(step.error for step in self._steps):
            return False
        text = safe_markdown(texts.failed(self._language, self._steps[-1].error))
        self._settle(Answer("failed", text), reason)
        return True

    def _experts(self, closest: Iterable[Passage]) -> tuple[str, ...]:
        passages = list(closest)
        found = candidates(
            self._question, [passage.owner for passage in passages], self._agent.experts()
        )
        # Whoever has answered already is not asked again while their answer is the closest.
        answered = {one.owner for one in passages[:1] if one.source == ENTRIES}
        return tuple(name for name in found if name not in answered)

    def _settle(self, answer: Answer, reason: TerminationReason) -> None:
        """End the run with *answer*, and add its steps, usage and cost."""
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


def _why(reason: TerminationReason, finish: Finish | None) -> Text:
    """Return why there is no answer: that it is not there, only a model that has read says."""
    if finish:
        return texts.UNANSWERED
    return texts.OUT_OF_TIME if reason == "deadline" else texts.UNREADABLE


def _is_for(tool: Tool, question: Question) -> bool:
    """Tell whether *tool* may be offered for who reads the answer to *question*."""
    spec = tool.spec
    if spec.needs_leave and not question.action_token:
        return False
    return spec.readers is None or spec.readers.permits(question.asker)


def _states(text: str) -> bool:
    """Tell whether *text* cites a passage for some words: marks alone are no answer."""
    words = any(map(str.isalnum, citation_markers.stripped(text)))
    return words and bool(citation_markers.numbers_in(text))

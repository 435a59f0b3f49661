"""Every seam of the bot on one page. `app.py` chooses the implementations."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import BaseModel

from bot.channels.choices import Choices
from bot.evaluation.cases import Case
from bot.learning.evolution.objective import Trial
from bot.types import (
    Answer,
    DeadLetter,
    Event,
    Feedback,
    HandOver,
    HandOverState,
    Job,
    Label,
    Language,
    Message,
    ModelTurn,
    Policy,
    Question,
    QuestionId,
    TextDelta,
    ThreadId,
    Turn,
    Usage,
    Waiter,
)
from knowledge.types import Passage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """How a tool is told to the model; `arguments` gives its JSON schema."""

    name: str
    description: str
    arguments: type[BaseModel]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool brings back: passages become numbered evidence, `text` is shown before them."""

    text: str = ""
    passages: tuple[Passage, ...] = ()


class Tool(Protocol):
    """Something the agent can do. Read-only, always."""

    @property
    def spec(self) -> ToolSpec: ...

    async def use(self, arguments: BaseModel, question: Question) -> ToolResult:
        """Do it, with the rights of `question.asker`.

        Args:
            arguments: An instance of `spec.arguments`.
            question: The question that is being answered.

        Raises:
            ToolError: when it cannot be done; the text is told to the model.
        """
        ...


class ChatModel(Protocol):
    """A language model behind one wire format."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], *, force: str = ""
    ) -> AsyncIterator[TextDelta | ModelTurn]:
        """Say the next turn: text as it comes, then one `ModelTurn` as the last item.

        Args:
            messages: The transcript.
            tools: What may be called.
            force: Name of the tool that must be called, or "".

        Raises:
            ModelUnavailableError: the endpoint failed after its retries, or the stream was cut.
            ModelRejectedError: the request will never be accepted (key, model name, ...).
            ContextTooLongError: the transcript does not fit.
        """
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a draft, without its marks, and the passages that have to carry it."""

    text: str
    evidence: tuple[Passage, ...]

    @property
    def said(self) -> str:
        """Everything that the evidence says, titles and dates included."""
        return "\n".join(map(_said, self.evidence))


def _said(passage: Passage) -> str:
    date = passage.date.isoformat() if passage.date else ""
    return "\n".join([passage.title, *passage.headings, date, passage.text])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier thinks of a claim; the reason is told to the model when it is a bad one."""

    finding: Literal["supported", "unsupported", "contradicted", "unsure"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One verdict a claim, in their order, and the tokens that they cost."""

    verdicts: tuple[Verdict, ...]
    usage: Usage = field(default_factory=Usage)


class Verifier(Protocol):
    """One layer of grounding. Layers are asked in turn, each about what is still open."""

    async def verify(self, claims: Sequence[Claim]) -> Judgement:
        """Judge each of *claims*; `unsure` leaves it to the next layer.

        It never fails: what cannot be asked is unsure.
        """
        ...


class Memory(Protocol):
    """What was said in a thread."""

    async def recall(self, thread: ThreadId) -> tuple[Turn, ...]:
        """Return the turns that fit the token budget, oldest first."""
        ...

    async def remember(self, thread: ThreadId, turn: Turn) -> None:
        """Add *turn*; a turn whose `question_id` is already there is not added again."""
        ...

    async def join(self, *threads: ThreadId) -> None:
        """Note that the bot takes part in *threads*, from the first accepted question on."""
        ...

    async def joined(self, *threads: ThreadId) -> bool:
        """Tell whether the bot takes part in all of *threads*."""
        ...

    async def forget(self, thread: ThreadId) -> None:
        """Drop the thread's turns; the bot is no longer part of it."""
        ...


class Ledger(Protocol):
    """What was answered, and what people said of it."""

    async def record(self, question: Question, answer: Answer, places: Sequence[str] = ()) -> None:
        """Keep *answer* under `question.id`; idempotent.

        *places* are where it can be seen (`slack:T1:C1:ts`), to find it from a reaction.
        """
        ...

    async def find(self, place: str) -> QuestionId | None:
        """Return the question whose answer is shown at *place*, or None."""
        ...

    async def get(self, answer_id: QuestionId) -> Mapping[str, object] | None:
        """Return the record (question, answer, feedback) as plain JSON data, or None."""
        ...

    async def rate(self, feedback: Feedback) -> bool:
        """Store a vote; the last one of a person wins. False if there is no such answer."""
        ...

    async def recent(self, limit: int) -> list[Mapping[str, object]]:
        """Return the newest records, newest first."""
        ...

    def since(self, at: float) -> AsyncIterator[Mapping[str, object]]:
        """Yield what was first recorded at *at* (seconds since the epoch) or later, oldest first.

        Only a page of it is in memory at a time.
        """
        ...

    async def counts(self) -> Mapping[str, int]:
        """Return totals: answers by status, `up`, `down`."""
        ...


class Channels(Protocol):
    """What each channel has chosen; a channel is an id with its surface in front."""

    async def choices(self, channel: str) -> Choices:
        """Return the choices of *channel*, the defaults if it never chose."""
        ...

    async def choose(self, channel: str, choices: Choices) -> None:
        """Keep *choices* for *channel*, in place of those before."""
        ...


class Consents(Protocol):
    """Who does not want to be learnt from. Without a word, a person's channel decides."""

    async def refuse(self, person: str) -> None:
        """Keep what *person* writes out of every export, what they wrote before, too."""
        ...

    async def allow(self, person: str) -> None:
        """Take a refusal back."""
        ...

    async def refused(self) -> frozenset[str]:
        """Return who has refused."""
        ...


class Policies(Protocol):
    """What each channel wants of answers that are not proven."""

    async def of(self, place: str) -> Policy:
        """Return the policy of *place*, an id of who reads there (`Principal.id`)."""
        ...


class ChosenPolicies(Policies, Protocol):
    """Policies that channels choose for themselves."""

    async def choose(self, place: str, policy: Policy) -> None:
        """Let *policy* hold in *place* from now on."""
        ...


Scope = Literal["person", "channel", "day"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one answer may cost; 0 when a budget is used up.

    Attributes:
        most_usd: US dollars.
        day: Days since the epoch (UTC): the day that it is counted on.
        scope: Whose budget is used up, "" where none is.
        limit_usd: That budget.
        hours: Until the next day.
    """

    most_usd: float
    day: int
    scope: Scope | Literal[""] = ""
    limit_usd: float = 0.0
    hours: float = 0.0


class Spending(Protocol):
    """Money a day, for a person, a channel, and everybody."""

    async def reserve(self, question: Question) -> Allowance:
        """Set aside what an answer may cost; for the same question the same again."""
        ...

    async def settle(
        self, question: Question, allowance: Allowance, cost_usd: float | None
    ) -> None:
        """Replace what was set aside by what was spent; a cost that nobody knows is all of it."""
        ...


class Examples(Protocol):
    """Approved answers, to show a model how."""

    async def similar(self, question: Question) -> tuple[Turn, ...]:
        """Return the most similar ones that whoever reads the answer has seen, best first."""
        ...


class Labels(Protocol):
    """Judgements on single answers, by people who know the subject: the truth of certificates."""

    async def put(self, label: Label) -> None:
        """Keep *label* in place of what the same person said of the same answer before."""
        ...

    async def all(self) -> Sequence[Label]:
        """Return the last label of each person on each answer, in the order of their making."""
        ...


class HandOvers(Protocol):
    """Questions that people were asked. Every change may be repeated."""

    async def open(self, handover: HandOver) -> bool:
        """Keep *handover*; False if its question was handed over before."""
        ...

    async def join(self, handover_id: QuestionId, waiter: Waiter) -> bool:
        """Let *waiter* wait, too; False if there is nothing open to wait for.

        A hand-over of the waiter's own question is open no longer: the two become one.
        """
        ...

    async def get(self, handover_id: QuestionId) -> HandOver | None:
        """Return the hand-over of a question, of one that joined it, too."""
        ...

    async def of_thread(self, thread: ThreadId) -> HandOver | None:
        """Return the newest hand-over of *thread*, whatever became of it.

        That is where a person was asked, and where those ask who joined.
        """
        ...

    async def pending(self) -> Sequence[HandOver]:
        """Return what is open, in the order of its opening."""
        ...

    async def since(self, at: float) -> Sequence[HandOver]:
        """Return what was handed over at *at* or later, oldest first."""
        ...

    async def assign(
        self, handover_id: QuestionId, owner: str, thread: ThreadId, *, declined: str = ""
    ) -> bool:
        """Note that *owner* is asked in *thread* now; False if it is not open.

        *declined* is who said that it is not for them.
        """
        ...

    async def remind(self, handover_id: QuestionId, number: int) -> bool:
        """Note reminder *number* (from 1); False if it was noted before or nothing is open."""
        ...

    async def end(
        self, handover_id: QuestionId, state: HandOverState, *, by: str = "", entry: str = ""
    ) -> bool:
        """Note what became of it; False if that, or something later, was noted before.

        From `open` over `expired` and `answered` to `saved`; nothing becomes less than it was. Who
        answered first (*by*) stays.
        """
        ...


class People(Protocol):
    """Those whom a surface knows."""

    async def find(self, name: str) -> str:
        """Return the id of the person or group that is written as *name*, "" for none."""
        ...

    async def named(self, owner: str) -> str:
        """Return how people write *owner*, an id or a name that nobody has: `@keiko`."""
        ...

    async def stands_for(self, owner: str, person: str) -> bool:
        """Tell whether *owner* is *person*, or a group with nobody else in it."""
        ...


class Experts(Protocol):
    """Those who know what the documents do not say."""

    async def ask(self, question: Question, answer: Answer) -> Answer:
        """Hand *question* over, or let it join the same one that is open.

        Returns:
            *answer* with `owner` (whom it is handed to) and `joined` as they are for this asker.
            Repeatable: the same question is handed over once.
        """
        ...


class Lease(Protocol):
    """One job in one worker's hands. Every method raises `LeaseLostError` when it no longer is."""

    @property
    def job(self) -> Job: ...
    @property
    def attempt(self) -> int:
        """1 for the first try."""
        ...

    @property
    def notes(self) -> Mapping[str, str]:
        """What earlier tries and this one saved with `save`."""
        ...

    @property
    def lost(self) -> asyncio.Event:
        """Set when the lease is lost or the job was cancelled: stop the work."""
        ...

    async def save(self, **notes: str) -> None:
        """Make *notes* durable before going on (only while the lease is owned)."""
        ...

    async def check(self) -> None:
        """Raise if the lease is lost: call before every effect that others see."""
        ...

    async def finish(self) -> None:
        """Done: take the job off its lane; the lane's next job becomes ready."""
        ...

    async def retry(self, delay: float, reason: str, *, counts: bool = True) -> None:
        """Try again in *delay* seconds; the lane waits, so that order holds.

        *counts* is False for a try that failed for no reason of its own; see `attempt`.
        """
        ...

    async def bury(self, reason: str) -> None:
        """Move the job to the dead letters and let the lane go on."""
        ...

    async def hand_back(self) -> None:
        """Make the job ready for another worker at once (shutdown)."""
        ...


class Inbox(Protocol):
    """The durable mailbox: order within a lane, many lanes at once."""

    async def put(self, job: Job, *, spare: bool = False) -> bool:
        """Store *job*; False if its id was seen before (nothing is stored then).

        Args:
            job: What is to be done.
            spare: Use the room that is kept for telling senders that there is no room.

        Raises:
            RedisUnavailableError: nothing was stored; the sender must be told to send again.
            InboxFullError: nothing was stored; there are too many jobs in its lane, or in all.
        """
        ...

    async def take(self, wait: float) -> Lease | None:
        """Return the next job whose lane is free, or None after *wait* seconds."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Ask whoever runs or will run the job to stop; False if it is not open."""
        ...

    async def open_jobs(self, lanes: str) -> list[Job]:
        """Return what is not done in all lanes whose names begin with *lanes*, in lanes' order."""
        ...

    async def cancel_first(self, order: str, job_ids: Iterable[str]) -> str:
        """Cancel the first of *job_ids* that is open and not cancelled; return its id, or "".

        An *order* that comes again (it is an id, as that of a job) returns the same and cancels
        nothing more.
        """
        ...

    async def backlog(self) -> Mapping[str, int]:
        """Return `ready`, `running`, `delayed`, `dead` counts."""
        ...

    async def dead_letters(self) -> list[DeadLetter]:
        """Return the jobs that were given up, oldest first."""
        ...


class Reply(Protocol):
    """How one question's progress and outcome become visible, once, whatever crashes."""

    async def start(self) -> None:
        """Show at once that the question was seen (adopting what an earlier try has shown)."""
        ...

    async def wait(self, place: int) -> None:
        """Show that *place* questions come first; -1: it was stopped and none will be answered."""
        ...

    async def show(self, event: Event) -> None:
        """Show a step."""
        ...

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        """Show the answer and return the places where it can be seen; repeatable."""
        ...

    async def fail(self, message: str) -> None:
        """Tell the asker, in plain words, that there will be no answer; repeatable."""
        ...


class Surface(Protocol):
    """A place where people talk with the bot."""

    async def question(self, job: Job) -> Question:
        """Read the question out of *job*, with the rights that its readers have now."""
        ...

    def reply(self, question: Question, lease: Lease) -> Reply:
        """Open the reply to *question*; its durable notes go to *lease*."""
        ...

    async def expect(self, question: Question) -> None:
        """Note that the answer to *question* asked back: what is said next is for the bot."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """When a run has to come to an end. Tokens are input plus output, summed over its calls."""

    steps: int = 6
    tool_calls: int = 12
    tokens: int = 120_000
    cost_usd: float = 1.0
    seconds: float = 120.0
    tool_seconds: float = 20.0
    observation_tokens: int = 3_000


WEB = "web"
"""The `Passage.source` of what comes from the public web."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """The readable part of a page: Markdown text, title, final address, ISO date or ""."""

    url: str
    title: str
    text: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class WebResult:
    """One result of a web search."""

    url: str
    title: str
    snippet: str
    date: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


class WebSearch(Protocol):
    """A web search provider."""

    async def search(self, query: str, limit: int) -> list[WebResult]:
        """Return at most *limit* results. Raises `ToolError` when the provider fails."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class Workbench(Protocol):
    """What an optimiser of prompts works with. All of it may raise `BudgetUsedUpError`."""

    @property
    def languages(self) -> tuple[Language, ...]:
        """Whose texts can be improved."""
        ...

    @property
    def tune(self) -> Sequence[Case]:
        """The cases whose failures may be looked at."""
        ...

    @property
    def select(self) -> Sequence[Case]:
        """The cases that candidates are chosen by."""
        ...

    async def trials(self, candidate: Mapping[Language, str], cases: Sequence[Case]) -> list[Trial]:
        """Answer *cases* under *candidate*, in their order; what was answered before is free."""
        ...

    async def rewritten(
        self, language: Language, texts: Sequence[str], trials: Sequence[Trial]
    ) -> str | None:
        """Have a text made of one, or of two, in view of *trials*; None if it was refused."""
        ...

    async def choose(self, candidate: Mapping[Language, str]) -> float:
        """Keep of *candidate* what is better than the best so far; return the best's score."""
        ...

    async def end_generation(self, tune_score: float | None = None) -> None:
        """Note how far it is; *tune_score* is the best on all of `tune`, where that is known."""
        ...


class Optimiser(Protocol):
    """Improves prompts by trying others, told in words what went wrong."""

    @property
    def name(self) -> str: ...

    async def improve(self, seed: Mapping[Language, str], bench: Workbench) -> None:
        """Try candidates until its rounds are over; the bench keeps the best.

        The same seed, the same answers and the same writing give the same candidates.

        Args:
            seed: The texts to begin with, by language.
            bench: Answers, writes, and chooses.

        Raises:
            BudgetUsedUpError: the rounds did not fit the budget.
        """
        ...

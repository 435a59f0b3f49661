"""The types that all features share: frozen dataclasses, validated at the edges."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NewType

from bot.core.language import Language, wanted_language
from knowledge.model.types import Passage, Principal

ThreadId = NewType("ThreadId", str)
"""A conversation and its platform: `slack:T1:C1:1700000000.000100`, `terminal:local`."""

QuestionId = NewType("QuestionId", str)
"""The id of a question, the same for every delivery: `slack:T1:C1:1700000000.000200`."""

WEB = "web"
"""The `Passage.source` of pages from the public web."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along with a question, and where it can be fetched."""

    name: str
    media_type: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """An attachment that was fetched: a document's text, or a picture's bytes.

    Attributes:
        media_type: Of a picture, such as `image/png`.
        pieces: The document's text in pieces that can be cited.
        anchors: Where each piece stands in it, "" for no closer place; empty if all have none.
        problem: Why there is neither: `unreadable`, `too_heavy` (takes too much time or memory to
            read), `no_pictures` (the model sees none), `too_many`, `over_limit` (the person has
            sent too much within an hour), `no_rights` (a link that not all readers of the answer
            may open); "" when there is.
        url: Where it can be opened, "" for what came with the message.
    """

    name: str
    text: str = ""
    picture: bytes = b""
    media_type: str = ""
    pieces: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    problem: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked.

    Attributes:
        text: Plain text in Markdown, mentions of the bot removed.
        asker: Who will *read* the answer (in a channel: the channel), for permissions.
        person: Who asked, for feedback and budgets; an id of the surface.
        received_at: When the program was handed it, in seconds since the epoch by its own clock.
        attachments: Files that came along.
        files: The same, fetched, while the question is answered; never stored.
        links: Addresses that its evidence came from so far; with those in `text`, the only web
            pages that may be opened for it.
        sources: Names of the sources to answer from; empty for all.
        language: The reply's language, where its channel has chosen one; see `reply_language`.
        asked_in: Place of the channel where it was asked in private, so that its answer can be
            shared there; "" for a question that everybody saw.
        earlier: What was asked before in its thread.
        private: Whether the model that works on it has read what is not public.
        action_token: Slack's leave to search for it, for a short time; kept with its job only.
        unaddressed: Whether it was put to everybody in a channel, and not to the bot: it gets an
            answer that is proven, or none.
    """

    id: QuestionId
    thread: ThreadId
    text: str
    asker: Principal
    person: str = ""
    received_at: float = 0.0
    attachments: tuple[Attachment, ...] = ()
    files: tuple[ReadFile, ...] = ()
    links: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    language: Language | None = None
    asked_in: str = ""
    earlier: tuple[str, ...] = ()
    private: bool = False
    action_token: str = field(default="", repr=False)
    unaddressed: bool = False

    @property
    def reply_language(self) -> Language:
        """The language of the answer and of every text around it."""
        return self.language or wanted_language(self.text)


_PAGE = re.compile(r"#page=([0-9]{1,9})$")


@dataclass(frozen=True, slots=True)
class Citation:
    """A source that an answer rests on; `number` is what `[1]` in the text means.

    `saved_by` is who said it, of a saved answer: an id of the surface, or a name. `author` changed
    the document on its date, as its source says: a name of anybody's making.
    """

    number: int
    title: str
    url: str
    quote: str
    document_id: str
    date: str = ""
    saved_by: str = ""
    author: str = ""

    @property
    def changed(self) -> str:
        """Return when and by whom the document was changed, as far as that is known."""
        return ", ".join(filter(None, (self.date, self.author)))

    @property
    def page(self) -> str:
        """Return the number of the page of a PDF that the address leads to, or ""."""
        found = _PAGE.search(self.url)
        return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of all model calls of one answer, and how many calls there were."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
            self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call of a run: what was asked, which passages (by id) came back, what went wrong."""

    tool: str
    arguments: Mapping[str, object]
    passages: tuple[str, ...] = ()
    error: str = ""


AnswerStatus = Literal["answered", "found", "handed_over", "clarify", "chat", "failed"]
"""How a question ended.

`found`: no answer is claimed, the passages that probably hold it are shown; `handed_over`: a person
is asked; `clarify`: a question back; `chat`: a greeting or thanks, which asks nothing.
"""
TerminationReason = Literal[
    "finished",
    "max_steps",
    "max_tool_calls",
    "max_tokens",
    "max_cost",
    "deadline",
    "repeated_actions",
    "no_new_evidence",
    "invalid_finish",
    "plain_text",
    "model_error",
    "rejected_input",
    "unsupported",
    "budget",
    "not_readable",
]

Policy = Literal["certified", "best-effort", "draft"]
"""What a channel shows while no certificate holds: certified answers, checked answers, or none."""

Withheld = Literal["", "unsupported", "below_threshold", "not_certified", "draft_only"]
"""Why a draft is withheld: the documents do not support it, or the channel's policy forbids it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question.

    Attributes:
        text: Markdown with `[n]` marks; every n is in `citations`.
        confidence: 0..1, or None where nothing measured it.
        calibrated: Whether a certificate says what the confidence means; else nobody sees it.
        owner: The expert for its subject, "" if nobody is known.
        cost_usd: None when the price of the model is not known (never 0 for unknown).
        prompt_version: Hash of the prompt files that were used.
        index_version: The version of the index that was searched.
        features: The inputs of the confidence by name; see `bot.agent.confidence`.
        score_version: Version of the weights that made it.
        draft: What the bot would have answered, for the expert; "" unless it was withheld.
        withheld: Why the draft is not the answer.
        missing: For a handoff, what the documents do not say.
        experts: Whom to ask, the best first, as `knowledge.toml` and the documents write them.
        expert_not_found: The expert whom the surface does not know, so that `owner` stands in.
        joined: The handoff of the same question that was open before.
        asked_later: Seconds until the owner hears of it, together with other questions, because
            they have been asked a lot; without an owner, until its asker may have it passed on.
            0.0 when it is asked at once.
        late_since: Since when what it rests on may be out of date, in seconds since the epoch; 0.0
            if it is not.
        headings_of: Ids of the documents whose headings its text names, with nothing cited.
    """

    status: AnswerStatus
    text: str
    citations: tuple[Citation, ...] = ()
    confidence: float | None = None
    steps: tuple[Step, ...] = ()
    termination_reason: TerminationReason = "finished"
    usage: Usage = Usage()
    cost_usd: float | None = None
    latency_ms: int = 0
    model: str = ""
    owner: str = ""
    prompt_version: str = ""
    index_version: str = ""
    features: Mapping[str, float] = field(default_factory=dict)
    score_version: str = ""
    draft: str = ""
    withheld: Withheld = ""
    missing: str = ""
    experts: tuple[str, ...] = ()
    joined: QuestionId = QuestionId("")
    asked_later: float = 0.0
    calibrated: bool = False
    expert_not_found: str = ""
    late_since: float = 0.0
    headings_of: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """Ids of the documents that were read on the way to it."""
        passages = (passage for step in self.steps for passage in step.passages)
        return tuple(dict.fromkeys(passage.rpartition("#")[0] for passage in passages))

    @property
    def behind(self) -> tuple[str, ...]:
        """Ids of the documents that its text may tell of.

        Those that it cites or names headings of; and where nothing holds its words to citations,
        all that were read.
        """
        cited = tuple(citation.document_id for citation in self.citations)
        if self.status == "answered" and cited:
            return tuple(dict.fromkeys(cited))
        return tuple(dict.fromkeys((*cited, *self.read, *self.headings_of)))


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a thread: the question and what was answered."""

    question: str
    answer: str
    question_id: QuestionId = QuestionId("")


FeedbackReason = Literal["wrong", "outdated", "missing_source", "unclear", "not_a_question"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One person's last word on one answer; `verdict` None takes it back.

    Attributes:
        reason: What was wrong with it, of a verdict `down` that was explained.
        comment: The same in the person's own words.
    """

    answer_id: QuestionId
    person: str
    verdict: Literal["up", "down"] | None
    via: Literal["button", "reaction", "terminal"]
    at: float = 0.0
    reason: FeedbackReason | Literal[""] = ""
    comment: str = ""


LabelVerdict = Literal["right", "partly", "wrong"]


@dataclass(frozen=True, slots=True)
class Label:
    """What one person, who knows the subject, said of one answer; `at` in seconds since the epoch.

    The last label of a person on an answer counts.

    Attributes:
        correction: What the answer should have been, in Markdown; "" where nobody wrote it.
    """

    answer_id: str
    verdict: LabelVerdict
    person: str
    at: float
    correction: str = ""


# Handoffs to people.


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who waits for a person's answer; times in seconds since the epoch."""

    question_id: QuestionId
    thread: ThreadId
    person: str
    at: float


HandoffState = Literal["open", "answered", "saved", "expired"]
"""`answered`: a person replied; `saved`: the reply is an entry; `expired`: nobody answered."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """A question that waits for an expert, and the people who wait for the answer.

    Attributes:
        id: Of the question that came first.
        text: Its words.
        asker: Who reads the answer (`Question.asker`); only questions of the same readers join.
        owner: Who was asked, "" while nobody is known; an id of the surface, or a name that it
            does not know.
        thread: Where the person is asked, and answers.
        private: It was asked in private, so that the owner sees it only once the asker agrees.
        at: When, in seconds since the epoch, as all times here.
        language: Of everything that is said about it.
        waiting: Who waits, the first asker first.
        reminders: How many reminders the owner has had.
        answered_by: Who has answered.
        reply: What they wrote, in Markdown, if somebody in a terminal waits for it.
        entry: Document id of the answer that was saved.
        declined: Who has declined.
    """

    id: QuestionId
    text: str
    asker: Principal
    owner: str
    thread: ThreadId
    at: float
    language: Language = field(kw_only=True)
    private: bool = False
    state: HandoffState = "open"
    waiting: tuple[Waiter, ...] = ()
    reminders: int = 0
    answered_at: float = 0.0
    answered_by: str = ""
    reply: str = ""
    entry: str = ""
    declined: tuple[str, ...] = ()


# Events of a run.


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call begins; `call_id` is the same in its `ToolFinished`."""

    call_id: str
    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool call ended, with what it found or why it failed."""

    call_id: str
    tool: str
    arguments: Mapping[str, object]
    passages: tuple[Passage, ...] = ()
    error: str = ""


Event = ToolStarted | ToolFinished


# Messages between the agent and a chat model.


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asks for. `arguments` is the raw JSON text, valid or not.

    `extra` is vendor data that must be sent back unchanged (Gemini's thought signature).
    """

    id: str
    name: str
    arguments: str
    extra: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class NumberedPassage:
    """A passage with its number in this run; the number never changes."""

    number: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of the transcript.

    Attributes:
        role: `system`, `user`, `assistant`, or `tool` (an observation).
        calls: Of an assistant message, the tool calls that it made; of a tool message, the call
            that it answers where the program made that by itself.
        call_id: Of a tool message, the call that it answers.
        passages: Of a tool message, what its text shows, for models that need no text.
        question: Of a user message, the person's own words in it, for models that need no frame.
        language: Of a user message with a question, the language of the reply to it.
        pictures: Of a user message, what comes with it; read files with their bytes.
        opaque: Of an assistant message, the vendor's own items, sent back unchanged
            (the Responses wire's reasoning).
    """

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    passages: tuple[NumberedPassage, ...] = ()
    opaque: tuple[Mapping[str, object], ...] = ()
    question: str = ""
    language: Language = "en"
    pictures: tuple[ReadFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the model's text as it arrives."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """The end of one model call: everything it said. Always the last item of a stream.

    `truncated` is True when the output limit cut it.
    """

    text: str
    calls: tuple[ToolCall, ...]
    usage: Usage
    truncated: bool = False
    opaque: tuple[Mapping[str, object], ...] = ()
    model: str = ""


# The queue.

JobKind = Literal[
    "question",
    "reindex",
    "notice",
    "periodic",
    "handoff",
    "entry",
    "weekly",
    "auto_answer",
    "workflow_step",
]
"""`periodic`: a periodic task, such as reminders; `handoff`: what
experts say and do, and what those who wait are told; `entry`: what is to be done about saved
knowledge; `weekly`: the weekly post; `auto_answer`: a question that was put to everybody in a
channel, or the end of such answers; `workflow_step`: a question of a workflow."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of accepted work.

    Attributes:
        id: Claimed once for ever: a second job with the same id is a duplicate.
        partition: Jobs of a partition run in order, one at a time; a thread is a partition.
        payload: JSON object; small (ids and the question's text, no files).
    """

    id: str
    partition: str
    kind: JobKind
    payload: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up; `at` is when, in seconds since the epoch."""

    job: Job
    reason: str
    at: float


SpendScope = Literal["person", "channel", "day"]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one answer may cost; 0 when a budget is used up.

    Attributes:
        most_usd: US dollars.
        day: Days since the epoch (UTC): the day that it is counted on.
        scope: Whose budget is used up, "" where none is.
        limit_usd: That budget.
        hours: Until the next day.
        limit_calls: The day's model calls, where those are used up and not the money.
    """

    most_usd: float
    day: int
    scope: SpendScope | Literal[""] = ""
    limit_usd: float = 0.0
    hours: float = 0.0
    limit_calls: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by all names that are known; `id` is the surface's, "" for none."""

    id: str
    names: tuple[str, ...]

"""One run of the step, as Slack's event tells it and as its job keeps it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from pydantic import TypeAdapter

from bot.core.language import wanted_language
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import STEP, MessageRef
from bot.core.types import Job, QuestionId
from bot.slack.client.payloads import readable
from bot.slack.client.permissions import WORKFLOW
from bot.slack.workflow_steps.definition import ASK_STEP
from bot.text.small_talk import small_talk_in

StepProblem = Literal["", "unknown_step", "no_question", "too_long", "full"]
"""Why a run cannot be done."""

_LONGEST_RAW = len("&amp;") * LONGEST_QUESTION
"""Characters of a question as Slack sends it, where a sign may be written as an entity."""

_ID = re.compile(r"[A-Za-z0-9]{1,64}")


@dataclass(frozen=True, slots=True)
class StepRun:
    """What a workflow asks.

    Attributes:
        execution: Slack's id of this run, which it is to be told the outcome of.
        at: When Slack sent it, a ts of Slack.
        person: Id of who has acted in the workflow, as Slack says; "" for nobody.
        channel: Id of the channel in which to answer; "" to answer to the workflow alone.
        text: The question, "" where there is a problem.
        length: Characters of the question.
        asked: The ts of the message that shows the question in the channel; "" before.
    """

    execution: str
    at: str
    person: str = ""
    channel: str = ""
    text: str = ""
    length: int = 0
    problem: StepProblem = ""
    asked: str = ""

    @property
    def id(self) -> QuestionId:
        """The id of the job; and of the question, where no message stands for it."""
        return QuestionId(f"{STEP}{self.execution}")

    @property
    def job(self) -> Job:
        """The job; a run has a partition of its own."""
        # To say that somebody has too many open questions is not one more of them.
        counted = "" if self.problem == "full" else self.person or WORKFLOW
        language = wanted_language(self.text) if self.text else ""
        told = {"person": counted, "language": language}
        return Job(self.id, str(self.id), "workflow_step", asdict(self) | told)

    def job_at(self, place: MessageRef) -> Job:
        """The job to answer below *place*, where the question is shown.

        It has the name and the partition of a question that was asked there: so it is stopped as
        one, and what is asked below it waits for it.
        """
        shown = replace(self, asked=place.ts).job
        return replace(shown, id=place.question, partition=place.thread)

    @classmethod
    def of(cls, job: Job) -> Self:
        """Rebuild a run from its job."""
        run = TypeAdapter(cls).validate_python(dict(job.payload))
        return replace(run, person="") if run.person == WORKFLOW else run


def run_of(body: Mapping[str, Any]) -> StepRun | None:
    """Read the body of an event delivery; None if it is no run, or none that could be answered.

    https://docs.slack.dev/reference/events/function_executed

    The event's `bot_access_token` and the person's secret are not read: the bot's own token may do
    all that is needed, and what is not kept cannot leak.
    """
    event: Mapping[str, Any] = body.get("event") or {}
    execution = event.get("function_execution_id")
    if event.get("type") != "function_executed" or not _is_id(execution):
        return None
    run = StepRun(str(execution), str(event.get("event_ts") or "0"))
    function = event.get("function")
    if not isinstance(function, Mapping) or function.get("callback_id") != ASK_STEP:
        return StepRun(run.execution, run.at, problem="unknown_step")
    told = event.get("inputs")
    inputs: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    return _asked(run, inputs)


def _asked(run: StepRun, inputs: Mapping[str, Any]) -> StepRun:
    written = inputs.get("question")
    raw = written if isinstance(written, str) else ""
    text = readable(raw).strip() if len(raw) <= _LONGEST_RAW else ""
    length, problem = len(text or raw), _problem(text)
    if length > LONGEST_QUESTION:
        problem = "too_long"
    return StepRun(
        run.execution,
        run.at,
        person=_person(inputs.get("person")),
        channel=_channel(inputs.get("channel")),
        text="" if problem else text,
        length=length,
        problem=problem,
    )


def _problem(text: str) -> StepProblem:
    """Tell whether *text* asks anything: a greeting does not, nor do marks alone."""
    return "no_question" if small_talk_in(text) else ""


def _person(told: object) -> str:
    """Return the id in a user context; a bare id is nobody: whoever builds a workflow writes it."""
    if not isinstance(told, Mapping) or not told.get("secret"):
        return ""
    return str(told["id"]) if _is_id(told.get("id")) else ""


def _channel(told: object) -> str:
    """Return the id of a channel; a value that is none still names one, in which nobody is."""
    if told is None or told == "":
        return ""
    return str(told) if _is_id(told) else "none"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(_ID.fullmatch(value))

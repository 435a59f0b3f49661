"""Does the runs of the step: the answer goes to the workflow, or into a channel.

The job is durable, and so is the answer in it. Slack takes the outcome of a run once: a worker that
was killed after it had told Slack is refused the second time, and that is the end of the job.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.answering.answerer import QuestionHandler
from bot.core.errors import AdapterUnavailableError, CancelledByPersonError
from bot.core.language import Language
from bot.core.limits import LONGEST_QUESTION
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Question, ThreadId
from bot.queue.queue import Lease, Queue
from bot.slack.answers.access import AccessCheck
from bot.slack.answers.blocks import Posting
from bot.slack.client.clients import error_of, reaching_slack
from bot.slack.client.connection import SlackConnection
from bot.slack.client.escape import mrkdwn, plain
from bot.slack.client.permissions import WORKFLOW
from bot.slack.client.split import one_line
from bot.slack.workflow_steps import texts
from bot.slack.workflow_steps.outputs import outputs, posted
from bot.slack.workflow_steps.rich_text import text_element
from bot.slack.workflow_steps.run import StepRun
from knowledge.model.types import Principal

LONGEST_ERROR = 1_000
"""Characters of what Slack shows of a run that failed."""

_OVER = frozenset(
    {"access_denied", "execution_not_in_running_state", "function_execution_not_found"}
)
"""Errors after which Slack takes no outcome of a run any more: it has one, or the time is up.
https://docs.slack.dev/reference/methods/functions.completeSuccess
"""

_CLOSED = frozenset({"is_archived", "not_in_channel", "channel_not_found", "no_permission"})
"""Errors with which Slack takes no message in a channel, now or later; and `restricted_action…`.
https://docs.slack.dev/reference/methods/chat.postMessage
"""

_QUOTED = 2_000
"""Characters of a question that are shown above its answer."""

_PERSON = "\0"
"""Holds the place of a person in a text; it is in no text."""

_log = structlog.get_logger(__name__)


class StepHandler:
    """The handler of jobs of the kind `workflow_step`."""

    def __init__(self, access: AccessCheck, slack: SlackConnection, queue: Queue) -> None:
        self._access = access
        self._slack = slack
        self._queue = queue

    @property
    def _answering(self) -> QuestionHandler:
        return self._access.answering

    async def __call__(self, lease: Lease) -> None:
        """Do a run, and tell Slack its outcome."""
        run = StepRun.of(lease.job)
        question = await self._question(run)
        if run.asked:
            await self._answer_in_channel(lease, run, question)
            return
        try:
            refusal = await self._refusal(run, question)
            if not (refusal or run.channel):
                readers = await self._slack.principals.of_output(run.person)
                question = replace(question, asker=readers)
        except AdapterUnavailableError:
            refusal = await self._access.too_late(question, lease)
            if not refusal:
                raise
        if refusal:
            await self._fail(lease, run, refusal)
        elif run.channel:
            await self._ask_in_channel(lease, run, question)
        else:
            answer = await self._answering.answerer.answer_now(question, lease)
            if answer.status == "failed":
                await self._fail(lease, run, answer.text)
            else:
                await self._succeed(lease, run, outputs(answer, question.reply_language))

    async def give_up(self, lease: Lease, message: str) -> None:
        """Tell the workflow, and the channel if it is shown there, that there is no answer."""
        run = StepRun.of(lease.job)
        if run.asked:
            await self._answering.fail(await self._question(run), lease, message)
        await self._fail(lease, run, message)

    async def _question(self, run: StepRun) -> Question:
        """Return what is asked; in a channel as it is asked there."""
        asker = Principal(run.person or WORKFLOW)
        thread = ThreadId(str(run.id))
        question = Question(run.id, thread, run.text, asker, run.person, float(run.at))
        if not run.channel:
            return replace(question, language=question.reply_language)
        place = MessageRef(self._slack.me.team, run.channel, run.asked or run.at)
        settings = await self._access.channels.of(place)
        question = settings.applied_to(replace(question, id=place.question, thread=place.thread))
        return replace(question, language=question.reply_language)

    async def _refusal(self, run: StepRun, question: Question) -> str:
        """Return why *run* gets no answer, in words, or ""."""
        match run.problem:
            case "unknown_step":
                return texts.UNKNOWN_STEP.in_both()
            case "no_question":
                return texts.NO_QUESTION.in_both()
            case "too_long":
                return texts.TOO_LONG.in_both(length=run.length, limit=LONGEST_QUESTION)
            case "full":
                return texts.FULL.in_both()
        if run.channel:
            if not await self._both_are_in(run.channel, run.person):
                return texts.NOT_IN_CHANNEL.to(question.reply_language)
            return await self._access.refusal(question)
        if run.person:
            language = question.reply_language
            return await self._access.personal_refusal(run.person, run.id, language)
        return await self._access.over_limit(WORKFLOW, run.id, question.reply_language)

    async def _both_are_in(self, channel: str, person: str) -> bool:
        """Tell whether the bot and *person* are in *channel*.

        No workflow speaks where its person could not, and without a person it speaks nowhere.
        """
        if not person or not channel.startswith(("C", "G")):
            return False
        try:
            with reaching_slack():
                people = await self._slack.principals.facts.people_in(channel)
        except SlackApiError as error:
            _log.info("channel_of_step_unknown", error=error_of(error))
            return False
        return {person, self._slack.me.user} <= people

    async def _ask_in_channel(self, lease: Lease, run: StepRun, question: Question) -> None:
        """Show the question to the channel's members, and leave the answer to a job of its own."""
        place, language = MessageRef.parse(question.id), question.reply_language
        try:
            ts = await self._slack.outbox.post_once(
                lease, replace(place, ts=""), _shown(run, language), question.received_at
            )
        except SlackApiError as error:
            await self._refused(lease, run, error, language)
            return
        await self._queue.put(run.job_at(replace(place, ts=ts)), spare=True)

    async def _answer_in_channel(self, lease: Lease, run: StepRun, question: Question) -> None:
        """Answer below the message that shows the question."""
        place, language = MessageRef.parse(question.id), question.reply_language
        try:
            asked = replace(question, asker=await self._slack.principals.of(question))
            answer = await self._answering.handle(asked, lease)
        except CancelledByPersonError:
            await self._fail(lease, run, texts.STOPPED.to(language))
            return
        except SlackApiError as error:
            await self._refused(lease, run, error, language)
            return
        shown = replace(place, ts=lease.notes.get("ts.0") or place.ts)
        link = await self._slack.outbox.permalink(str(shown))
        if not await self._may_be_told(run, answer):
            await self._succeed(lease, run, posted(language, link))
        elif answer.status == "failed":
            await self._fail(lease, run, answer.text)
        else:
            await self._succeed(lease, run, outputs(answer, language, link))

    async def _may_be_told(self, run: StepRun, answer: Answer) -> bool:
        """Tell whether the workflow may learn the outcome; of a closed channel, nothing at all."""
        principals = self._slack.principals
        if not await principals.is_open(run.channel):
            return False
        reader = await principals.of_output(run.person)
        return await self._answering.answerer.rights.permits(answer, reader)

    async def _refused(
        self, lease: Lease, run: StepRun, error: SlackApiError, language: Language
    ) -> None:
        """End a run that Slack does not let us post for.

        Raises:
            SlackApiError: *error* itself, if it may be another time.
        """
        code = error_of(error)
        if code not in _CLOSED and not code.startswith("restricted_action"):
            raise error
        _log.info("channel_of_step_closed", run=run.id, error=code)
        await self._fail(lease, run, texts.CANNOT_POST.to(language, error=code))

    async def _succeed(self, lease: Lease, run: StepRun, told: Mapping[str, Any]) -> None:
        """Hand *told* over."""
        plainer = {name: value for name, value in told.items() if name != "answer"}
        try:
            await self._end(lease, run, "functions.completeSuccess", outputs=told)
        except SlackApiError as error:
            if error_of(error) != "parameter_validation_failed":
                raise
            _log.warning("outputs_refused", run=run.id)
            await self._end(lease, run, "functions.completeSuccess", outputs=plainer)

    async def _fail(self, lease: Lease, run: StepRun, message: str) -> None:
        told = plain(message)[:LONGEST_ERROR]
        await self._end(lease, run, "functions.completeError", error=told)

    async def _end(self, lease: Lease, run: StepRun, method: str, **told: object) -> None:
        """Tell Slack the outcome of *run*.

        Raises:
            AdapterUnavailableError: Slack cannot be reached; the job comes back.
            SlackApiError: Slack refuses the outcome.
        """
        await lease.check()
        try:
            with reaching_slack():
                # As JSON: slack_sdk's own method writes the outputs into the address.
                await self._slack.clients.repeating.api_call(
                    method, json={"function_execution_id": run.execution, **told}
                )
        except SlackApiError as error:
            if error_of(error) not in _OVER:
                raise
            _log.info("run_is_over", run=run.id, error=error_of(error))


def _shown(run: StepRun, language: Language) -> Posting:
    """Return the question as it is shown: all of it in a quotation, in which nothing acts."""
    before, _, behind = texts.ASKED.to(language, person=_PERSON).partition(_PERSON)
    said = [text_element(part) for part in (before, behind) if part]
    said.insert(bool(before), {"type": "user", "user_id": run.person})
    question = "\n".join(run.text[:_QUOTED].splitlines())
    elements = [
        {"type": "rich_text_section", "elements": said},
        {"type": "rich_text_quote", "elements": [text_element(question)]},
    ]
    text = f"{before}<@{run.person}>{behind} {mrkdwn(one_line(question, _QUOTED))}"
    return Posting(text, [{"type": "rich_text", "elements": elements}])

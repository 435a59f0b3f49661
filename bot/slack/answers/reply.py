"""The reply to one question: a placeholder that becomes the answer, in spite of crashes.

Before a message is posted its intent is noted; after it, its ts. A later try that finds an intent
without a ts looks for the message by its metadata and takes it over. Slack has no key that would
make posting repeatable, so a post that failed in doubt is looked for before it is tried again.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterUnavailableError, CancelledByPersonError, LeaseLostError
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Event, Question
from bot.queue.queue import Lease
from bot.slack.answers import texts
from bot.slack.answers.blocks import Posting, answer_postings, notice, progress
from bot.slack.answers.steps import Steps
from bot.slack.client.clients import UNCERTAIN, reaching_slack, unavailable, uncertain
from bot.slack.client.escape import mrkdwn
from bot.slack.client.messages import MessageMark, Messages


@dataclass(frozen=True, slots=True)
class ReplyPace:
    """The pauses of a reply, in seconds.

    Attributes:
        between_updates: `chat.update` allows about 50 calls a minute and workspace.
        look_ups: Pauses before each look for a message that may have been posted: what Slack has
            accepted needs a moment to show. When the last one has not found it, or Slack does not
            let us look, it is posted again, because two messages are better than none.
    """

    between_updates: float = 1.0
    look_ups: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0)


STEADY = ReplyPace()
_log = structlog.get_logger(__name__)


class SlackReply:
    """Shows the progress and the outcome of one question in its thread."""

    def __init__(
        self, question: Question, lease: Lease, messages: Messages, pace: ReplyPace = STEADY
    ) -> None:
        self.question = question
        self.lease = lease
        self.messages = messages
        self.pace = pace
        self.asked = MessageRef.parse(question.id)
        self.thread = MessageRef.parse(question.thread)
        self.language = question.reply_language
        self._steps = Steps(self.language)
        self._unshown = False
        self._next_update = 0.0
        self._updating: asyncio.Task[None] | None = None
        self._concluding = asyncio.Event()
        self._deleted = False

    async def start(self, text: str = "") -> None:
        """Post the placeholder, or take over the one that an earlier try has posted."""
        if "done" in self.lease.notes:
            return
        with reaching_slack():
            await self._show_first(progress(text or texts.THINKING.to(self.language), ()))
        await self.messages.set_status(self.thread, texts.STATUS.to(self.language))

    async def wait(self, place: int) -> None:
        """Show how many questions come first, in the message that will be the answer; -1: none do.

        A mere decoration, so that it fails in silence.

        Raises:
            CancelledByPersonError: the message was deleted.
        """
        if "done" in self.lease.notes:
            return
        try:
            if place < 0:
                await self._conclude([notice(texts.STOPPED.to(self.language))])
            else:
                waiting = texts.NEXT if place == 0 else texts.WAITING
                await self._show_plain(progress(waiting.to(self.language, count=place), ()))
        except (SlackApiError, *UNCERTAIN, AdapterUnavailableError) as error:
            _log.info("place_not_shown", question=self.question.id, error=str(error))

    async def show(self, event: Event) -> None:
        """Show a step; steps that come quickly are shown together.

        Raises:
            CancelledByPersonError: the placeholder was deleted.
        """
        if self._deleted:
            raise CancelledByPersonError
        if not self._steps.add(event):
            return
        self._unshown = True
        if self._updating is None or self._updating.done():
            self._updating = asyncio.create_task(self._update_steps())

    async def finish(self, answer: Answer) -> tuple[str, ...]:
        """Show *answer* in place of the placeholder, its further parts below.

        Raises:
            CancelledByPersonError: the placeholder was deleted.
        """
        return await self._conclude(answer_postings(self.question, answer, self.language))

    async def fail(self, message: str) -> None:
        """Show *message*, a plain text, in place of an answer."""
        await self.tell(mrkdwn(message))

    async def tell(self, text: str) -> None:
        """Show *text*, in Slack's own markup, in place of an answer."""
        await self._conclude([notice(text)])

    async def _show_first(self, posting: Posting) -> None:
        """Show the first sign of work."""
        await self._show_plain(posting)

    async def _show_plain(self, posting: Posting) -> None:
        """Post the placeholder; one that is there already changes, if Slack has time for it."""
        ts, fresh = await self._ensure(0, posting)
        if not fresh:
            await self.lease.check()
            await self._decorate(ts, posting)
            if self._deleted:
                raise CancelledByPersonError

    async def _conclude(self, postings: list[Posting]) -> tuple[str, ...]:
        self._concluding.set()
        if self._updating is not None:
            # An update on its way must not overwrite the conclusion.
            await asyncio.wait({self._updating})
        if "done" not in self.lease.notes:
            with reaching_slack():
                for part, posting in enumerate(postings):
                    await self._put(part, posting)
                await self._withdraw(len(postings))
            await self.lease.save(done="1")
            await self.messages.set_status(self.thread, "")
        return self._places()

    async def _put(self, part: int, posting: Posting) -> None:
        """Make *part* show *posting*."""
        ts, fresh = await self._ensure(part, posting)
        if not fresh:
            await self.lease.check()
            await self.messages.update(self.thread.channel, ts, posting)

    async def _ensure(self, part: int, posting: Posting) -> tuple[str, bool]:
        """Return the ts of *part*, and whether it was posted just now with *posting*."""
        notes = self.lease.notes
        if known := notes.get(f"ts.{part}"):
            return known, False
        adopted = None
        if f"posting.{part}" in notes:
            adopted = await self._look_up(part, doubtful=False)
        ts = adopted or await self._post(part, posting)
        await self.lease.save(**{f"ts.{part}": ts})
        return ts, adopted is None

    async def _post(self, part: int, posting: Posting) -> str:
        await self.lease.save(**{f"posting.{part}": "1"})
        await self.lease.check()
        try:
            return await self.messages.post(self.thread, posting, self._mark(part))
        except (SlackApiError, *UNCERTAIN) as error:
            if not uncertain(error):
                raise
            _log.warning("post_in_doubt", question=self.question.id, error=str(error))
        adopted = await self._look_up(part, doubtful=True)
        await self.lease.check()
        return adopted or await self.messages.post(self.thread, posting, self._mark(part))

    async def _look_up(self, part: int, *, doubtful: bool) -> str | None:
        """Look for a message that an earlier try, or (*doubtful*) the last call, may have posted.

        Only right after a call may a message be there and not be seen yet.

        Raises:
            AdapterUnavailableError: Slack could not be asked; the job comes back and asks again.
        """
        failure: Exception | None = None
        for pause in self.pace.look_ups:
            await asyncio.sleep(pause)
            try:
                ts = await self.messages.find(self.thread, self.asked.ts, self._mark(part))
            except (SlackApiError, *UNCERTAIN) as error:
                _log.warning("look_up_failed", question=self.question.id, error=str(error))
                failure = error
                continue
            failure = None
            if ts is not None or not doubtful:
                return ts
        if failure is not None and unavailable(failure):
            with reaching_slack():
                raise failure
        return None

    def _mark(self, part: int) -> MessageMark:
        return MessageMark(self.question.id, part)

    async def _withdraw(self, first: int) -> None:
        """Delete the parts from *first* on, which a longer answer of an earlier try has left."""
        part = first
        while ts := self.lease.notes.get(f"ts.{part}"):
            await self.messages.delete(self.thread.channel, ts)
            await self.lease.save(**{f"ts.{part}": ""})
            part += 1

    def _places(self) -> tuple[str, ...]:
        places: list[str] = []
        while ts := self.lease.notes.get(f"ts.{len(places)}"):
            places.append(str(MessageRef(self.thread.team, self.thread.channel, ts)))
        return tuple(places)

    async def _update_steps(self) -> None:
        """Show the steps so far, each time that the last update is old enough."""
        while self._unshown:
            pause = max(0.0, self._next_update - time.monotonic())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._concluding.wait(), pause)
            ts = self.lease.notes.get("ts.0")
            if ts is None or self._concluding.is_set() or self.lease.lost.is_set():
                return
            self._unshown = False
            self._next_update = time.monotonic() + self.pace.between_updates
            await self._show_steps(ts)

    async def _show_steps(self, ts: str) -> None:
        await self._decorate(ts, progress(texts.THINKING.to(self.language), self._steps.lines))

    async def _decorate(self, ts: str, posting: Posting) -> None:
        try:
            # After a sleep, a step would stay on top of the answer of whoever has the job now.
            await self.lease.check()
            await self.messages.update(self.thread.channel, ts, posting, decoration=True)
        except LeaseLostError:
            _log.info("step_not_shown", question=self.question.id, error="the lease is lost")
        except CancelledByPersonError:
            self._deleted = True
        except (SlackApiError, *UNCERTAIN) as error:
            self._next_update += 5 * self.pace.between_updates
            _log.info("step_not_shown", question=self.question.id, error=str(error))

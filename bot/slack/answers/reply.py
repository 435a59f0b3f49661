"""The reply to one question: one message, in spite of crashes.

What is answered at once is posted as it is. Only who has to wait sees a placeholder, which becomes
the answer: Slack lets a workspace post each second in each channel, but change some fifty messages
a minute in all of them together. When it may not be changed, it gives way to a new message.

Before a message is posted its intent is noted; after it, its ts. A later try that finds an intent
without a ts looks for the message by its metadata and takes it over. Slack has no key that would
make posting repeatable, so a post that failed in doubt is looked for before it is tried again.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.errors import AdapterUnavailableError, CancelledByPersonError, LeaseLostError
from bot.core.message_ref import MessageRef
from bot.core.types import Answer, Event, Question
from bot.queue.queue import Lease
from bot.slack.answers import texts
from bot.slack.answers.blocks import Posting, answer_postings, notice, progress
from bot.slack.answers.steps import Steps
from bot.slack.client.clients import (
    RATE_LIMITED,
    UNCERTAIN,
    error_of,
    reaching_slack,
    unavailable,
    uncertain,
)
from bot.slack.client.escape import mrkdwn
from bot.slack.client.messages import MessageMark, Messages


@dataclass(frozen=True, slots=True)
class ReplyPace:
    """The pauses of a reply, in seconds.

    Attributes:
        quiet: An answer that comes so soon needs no placeholder.
        between_updates: The pause before the second update; each further one is twice as long:
            `chat.update` allows about 50 calls a minute and workspace.
        after_refusal: The pause after progress that Slack, or its budget, did not let us show.
        look_ups: Pauses before each look for a message that may have been posted: what Slack has
            accepted needs a moment to show. When the last one has not found it, or Slack does not
            let us look, it is posted again, because two messages are better than none.
    """

    quiet: float = 1.0
    between_updates: float = 1.0
    after_refusal: float = 5.0
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
        self._pause = pace.between_updates
        self._updating: asyncio.Task[None] | None = None
        self._concluding = asyncio.Event()
        self._deleted = False
        self._changed = False
        self._noticed: Callable[[], None] | None = None

    async def start(self, noticed: Callable[[], None] | None = None) -> None:
        """Show a placeholder from some time on, until there is an answer.

        *noticed* is called when that, or the answer, shows first.
        """
        if "done" in self.lease.notes or self.lease.notes.get("leaving"):
            return
        self._noticed = noticed
        self._unshown = True
        self._next_update = time.monotonic() + self.pace.quiet
        self._updating = asyncio.create_task(self._update_steps())
        if work := asyncio.current_task():  # a try that has failed shows no more of itself
            work.add_done_callback(lambda _: self._concluding.set())

    async def announce(self, text: str) -> None:
        """Show *text*, in Slack's own markup, in the message that will tell the outcome."""
        if "done" in self.lease.notes:
            return
        posting = progress(text, ())
        with reaching_slack():
            ts, fresh = await self._ensure(0, posting)
        if not fresh:
            await self._decorate(ts, posting)
            await self._raise_if_deleted()

    async def wait(self, place: int) -> None:
        """Show how many questions come first, in the message that will be the answer; -1: none do.

        A mere decoration, so that it fails in silence. While Slack has no time for messages that
        change later, the status tells it.

        Raises:
            CancelledByPersonError: the message was deleted.
        """
        if "done" in self.lease.notes:
            return
        try:
            if place < 0:
                await self._conclude([notice(texts.STOPPED.to(self.language))])
            else:
                waiting = texts.WAITING if place else texts.NEXT
                posting = progress(waiting.to(self.language, count=place), ())
                if not await self._show_placeholder(posting):
                    status = texts.STATUS_WAITING if place else texts.STATUS_NEXT
                    await self.messages.set_status(
                        self.thread, status.to(self.language, count=place)
                    )
        except (SlackApiError, *UNCERTAIN, AdapterUnavailableError) as error:
            _log.info("place_not_shown", question=self.question.id, error=str(error))

    async def show(self, event: Event) -> None:
        """Show a step; steps that come quickly are shown together.

        Raises:
            CancelledByPersonError: the placeholder was deleted.
        """
        await self._raise_if_deleted()
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

    async def _raise_if_deleted(self) -> None:
        if self._deleted:
            await self._end_session()
            raise CancelledByPersonError

    async def _begin_session(self) -> None:
        """Note the session before it begins, so that whoever ends the job ends it."""
        if "session" in self.lease.notes:
            return
        await self.lease.save(session="1")
        title = " ".join(self.question.text.split())
        await self.messages.begin_session(self.thread, title, self.question.person)

    async def _end_session(self) -> None:
        if self.lease.notes.get("session"):
            await self.messages.end_session(self.thread)

    async def _show_placeholder(self, posting: Posting) -> bool:
        """Show *posting* in the message that will be the answer; False if there is no room for it.

        Raises:
            CancelledByPersonError: the message was deleted.
        """
        if ts := self.lease.notes.get("ts.0"):
            await self._decorate(ts, posting)
            await self._raise_if_deleted()
            return True
        if not await self.messages.has_room():
            return False
        await self._ensure(0, posting, decoration=True)
        return True

    async def _conclude(self, postings: list[Posting]) -> tuple[str, ...]:
        self._concluding.set()
        if self._updating is not None:
            # An update on its way must not overwrite the conclusion.
            await asyncio.wait({self._updating})
        if "done" not in self.lease.notes:
            try:
                with reaching_slack():
                    for part, posting in enumerate(postings):
                        await self._put(part, posting)
                    await self._withdraw(len(postings))
            except CancelledByPersonError:
                await self._end_session()
                raise
            await self.lease.save(done="1")
            if self._changed:  # a new message has taken the status away
                await self.messages.set_status(self.thread, "")
        await self._end_session()  # each time: an earlier try may have died right before it
        return self._places()

    async def _put(self, part: int, posting: Posting) -> None:
        """Make *part* show *posting*."""
        if part == 0 and self.lease.notes.get("leaving"):
            await self._remove_placeholder(self.lease.notes["leaving"])
        ts, fresh = await self._ensure(part, posting)
        if fresh:
            return
        await self.lease.check()
        if not await self._updated(part, ts, posting):
            await self._ensure(part, posting)

    async def _updated(self, part: int, ts: str, posting: Posting) -> bool:
        """Make the message *ts* show *posting*; False if it was removed instead.

        It is removed when Slack would have us wait long for changing a message, and not for
        removing one; never from above other parts, below which it would come to stand.
        """
        update = partial(self.messages.update, self.thread.channel, ts, posting)
        self._changed = True
        with _unless_rate_limited():
            await update(haste="soon")
            return True
        if part == 0 and not self.lease.notes.get("ts.1"):
            await self.lease.save(leaving=ts)
            with _unless_rate_limited():
                await self._remove_placeholder(ts, ours=True)
                self._changed = False
                return False
            await self.lease.save(leaving="")
        await self.lease.check()
        await update()
        return True

    async def _remove_placeholder(self, ts: str, *, ours: bool = False) -> None:
        """Delete the placeholder *ts*, and note that nothing is posted.

        Raises:
            CancelledByPersonError: it is gone, and only a person can have deleted what is *ours*:
                no earlier try has begun to.
        """
        await self.lease.check()
        there = await self.messages.delete(
            self.thread.channel, ts, haste="soon" if ours else "patient"
        )
        if ours and not there:
            raise CancelledByPersonError
        await self.lease.save(**{"ts.0": "", "posting.0": "", "leaving": ""})

    async def _ensure(
        self, part: int, posting: Posting, *, decoration: bool = False
    ) -> tuple[str, bool]:
        """Return the ts of *part*, and whether it was posted just now with *posting*."""
        notes = self.lease.notes
        if known := notes.get(f"ts.{part}"):
            return known, False
        adopted = None
        if notes.get(f"posting.{part}"):
            adopted = await self._look_up(part, doubtful=False)
        ts = adopted or await self._post(part, posting, decoration=decoration)
        await self.lease.save(**{f"ts.{part}": ts})
        if adopted is None:
            self._notice()
        return ts, adopted is None

    def _notice(self) -> None:
        """Let it be known that the first sign of this reply can be seen."""
        if self._noticed is not None:
            self._noticed()
        self._noticed = None

    async def _post(self, part: int, posting: Posting, *, decoration: bool) -> str:
        """Post *part*; as *decoration* without waiting, and without a second try."""
        await self.lease.save(**{f"posting.{part}": "1"})
        await self.lease.check()
        post = partial(self.messages.post, self.thread, posting, self._mark(part))
        try:
            return await post(decoration=decoration)
        except (SlackApiError, *UNCERTAIN) as error:
            if not uncertain(error):
                await self.lease.save(**{f"posting.{part}": ""})
                raise
            _log.warning("post_in_doubt", question=self.question.id, error=str(error))
            doubt = error
        adopted = await self._look_up(part, doubtful=True)
        if decoration and not adopted:
            raise doubt
        await self.lease.check()
        return adopted or await post()

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
            if self._concluding.is_set() or self.lease.lost.is_set():
                return
            self._unshown = False
            self._next_update = time.monotonic() + self._pause
            self._pause *= 2
            await self._show_progress()

    async def _show_progress(self) -> None:
        """Show the steps so far in the placeholder, or the first sign of work; it may fail."""
        try:
            if ts := self.lease.notes.get("ts.0"):
                await self._show_steps(ts)
                await self._begin_session()  # new where only the place in the queue was shown
                return
            if not await self._show_first():
                self._unshown = True
            await self._begin_session()
            await self.messages.set_status(self.thread, texts.STATUS.to(self.language))
        except (LeaseLostError, ReferenceError):
            _log.info("step_not_shown", question=self.question.id, error="the lease is lost")
        except CancelledByPersonError:
            self._deleted = True
        except (SlackApiError, *UNCERTAIN, AdapterUnavailableError) as error:
            if not self.lease.notes.get("ts.0"):
                self._unshown = True
            self._put_off(str(error))

    async def _show_first(self) -> bool:
        """Show the placeholder; False if there is no room for it now."""
        shown = await self._show_placeholder(self._progress())
        if not shown:
            self._put_off("no room for a placeholder")
        return shown

    async def _show_steps(self, ts: str) -> None:
        await self._decorate(ts, self._progress())

    def _progress(self) -> Posting:
        return progress(texts.THINKING.to(self.language), self._steps.lines)

    async def _decorate(self, ts: str, posting: Posting) -> None:
        try:
            # After a sleep, a step would stay on top of the answer of whoever has the job now.
            await self.lease.check()
            await self.messages.update(self.thread.channel, ts, posting, haste="decoration")
        except LeaseLostError:
            _log.info("step_not_shown", question=self.question.id, error="the lease is lost")
        except CancelledByPersonError:
            self._deleted = True
        except (SlackApiError, *UNCERTAIN) as error:
            self._put_off(str(error))

    def _put_off(self, reason: str) -> None:
        """Show less often what Slack has no time for now."""
        self._next_update = time.monotonic() + self.pace.after_refusal
        _log.info("step_not_shown", question=self.question.id, error=reason)


@contextmanager
def _unless_rate_limited() -> Iterator[None]:
    """Pass over a call for which Slack has no time soon; all else is raised."""
    try:
        yield
    except SlackApiError as error:
        if error_of(error) != RATE_LIMITED:
            raise

"""A reply in direct messages, where its reader sees it grow: task cards, then the checked text.

The answer is checked before any of it shows, so what streams is never taken back. Whatever goes
wrong with the stream, the reply goes on as an ordinary one in the same message.
"""

import re
import time
from collections.abc import Sequence

import structlog
from slack_sdk.errors import SlackApiError

from bot.core.types import Question
from bot.queue.queue import Lease
from bot.slack.answers import texts
from bot.slack.answers.blocks import Posting
from bot.slack.answers.reply import STEADY, ReplyPace, SlackReply
from bot.slack.answers.steps import Task
from bot.slack.client.clients import UNCERTAIN, error_of, uncertain
from bot.slack.client.messages import Messages
from bot.slack.client.streams import LONGEST_SECONDS, MOST_BYTES, Streams

_PIECES = 6
"""Into how many appends a text is cut at most: a hundred a minute serve the whole workspace."""

_FENCE = re.compile(r"[\s>*+.)\d-]*(`{3,}|~{3,})(.*)")
"""A line that may open or close a code block, also in a list or a quotation."""

_log = structlog.get_logger(__name__)


class StreamedReply(SlackReply):
    """A `SlackReply` whose first message is a stream where Slack allows it.

    Beside the notes of every reply it keeps `stream`, from before the stream is started until it
    has ended: a later try ends what it finds, and goes on with `chat.update`.
    """

    def __init__(
        self,
        question: Question,
        lease: Lease,
        messages: Messages,
        streams: Streams,
        bot_user: str,
        pace: ReplyPace = STEADY,
    ) -> None:
        super().__init__(question, lease, messages, pace)
        self.streams = streams
        self.bot_user = bot_user
        self._live = ""
        self._started_at = 0.0
        self._shown: dict[str, Task] = {}

    async def _show_first(self) -> bool:
        notes = self.lease.notes
        if not notes.get("posting.0") or notes.get("stream"):
            await self._begin()
        if self._live:
            return True
        await self._leave_stream()
        return await super()._show_first()

    async def _begin(self) -> None:
        """Start the stream, or find the one that an earlier try has started and lost."""
        found = None
        if self.lease.notes.get("stream"):
            found = await self._find()
        elif self.streams.available:
            # A stream begins a session itself, and one without a title.
            await self._begin_session()
            await self.lease.save(**{"posting.0": "1", "stream": "1"})
            await self.lease.check()
            try:
                found = await self.streams.start(self.thread, texts.THINKING.to(self.language))
                self._live, self._started_at = found, time.monotonic()
                self._notice()
            except (SlackApiError, *UNCERTAIN) as error:
                _log.info("stream_not_started", question=self.question.id, error=str(error))
                if not uncertain(error):
                    await self.lease.save(**{"posting.0": "", "stream": ""})
                    return
                found = await self._find()
        if found:
            await self.lease.save(**{"ts.0": found})
        elif self.lease.notes.get("stream"):
            await self.lease.save(stream="")

    async def _find(self) -> str | None:
        return await self.streams.find(self.thread, self.asked.ts, self.bot_user)

    async def _show_steps(self, ts: str) -> None:
        if not self._live:
            await super()._show_steps(ts)
            return
        try:
            await self._show_cards(ts)
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("step_not_shown", question=self.question.id, error=str(error))
            limited = isinstance(error, SlackApiError) and error_of(error) == "ratelimited"
            self._live = self._live if limited else ""

    async def _show_cards(self, ts: str) -> None:
        """Show the steps that have changed since the last time."""
        changed = [task for task in self._steps.tasks if self._shown.get(task.id) != task]
        if changed:
            await self.streams.show(self.thread.channel, ts, changed)
        self._shown |= {task.id: task for task in changed}

    async def _put(self, part: int, posting: Posting) -> None:
        if part == 0 and self._live and await self._written(self._live, posting):
            return
        if part == 0:
            if self.lease.notes.get("stream") and not self.lease.notes.get("ts.0"):
                await self._begin()
            await self._leave_stream()
        await super()._put(part, posting)

    async def _written(self, ts: str, posting: Posting) -> bool:
        """Write *posting* into the stream and end it; False when that did not go all the way."""
        text = str(posting.blocks[0].get("text", "")) if posting.blocks else ""
        fits = posting.blocks and posting.blocks[0].get("type") == "markdown"
        young = time.monotonic() - self._started_at < LONGEST_SECONDS
        if not fits or not young or len(text.encode()) > MOST_BYTES:
            return False
        await self.lease.check()
        try:
            await self._show_cards(ts)
            looked_into = texts.LOOKED_INTO.to(self.language)
            await self.streams.entitle(self.thread.channel, ts, looked_into)
            for piece in pieces(text):
                await self.streams.write(self.thread.channel, ts, piece)
            await self.streams.end(self.thread.channel, ts, posting.blocks[1:], self._mark(0))
        except (SlackApiError, *UNCERTAIN) as error:
            _log.info("stream_broke", question=self.question.id, error=str(error))
            return False
        self._live = ""
        await self.lease.save(stream="")
        return True

    async def _leave_stream(self) -> None:
        """End the stream, if there is one, so that its message can be changed like any other.

        Its note stays when Slack cannot be reached: the next try ends it then.
        """
        self._live = ""
        ts = self.lease.notes.get("ts.0")
        if ts and self.lease.notes.get("stream"):
            await self.streams.abandon(self.thread.channel, ts)
            await self.lease.save(stream="")


def pieces(text: str) -> Sequence[str]:
    """Cut Markdown between its paragraphs into a few pieces that are shown one after another.

    No piece ends inside a code block, so that each can be read by itself as well as in the whole.
    """
    paragraphs = _paragraphs(text)
    size = -(-len(paragraphs) // _PIECES)
    groups = [paragraphs[i : i + size] for i in range(0, len(paragraphs), size)]
    last = len(groups) - 1
    return ["\n\n".join(group) + ("\n\n" if n < last else "") for n, group in enumerate(groups)]


def _paragraphs(text: str) -> Sequence[str]:
    found, fence = list[list[str]](), ""
    for part in text.split("\n\n"):
        if fence:
            found[-1].append(part)
        else:
            found.append([part])
        for line in part.split("\n"):
            fence = _fence_after(fence, line)
    return ["\n\n".join(parts) for parts in found]


def _fence_after(fence: str, line: str) -> str:
    """Return the fence of the code block that goes on after *line*, "" for none."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return "" if "`" in found[1] and "`" in found[2] else found[1]
    return "" if found[1].startswith(fence) and not found[2].strip() else fence

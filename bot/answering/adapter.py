"""The chat platform, as the answerer sees it."""

from collections.abc import Callable
from typing import Protocol

from bot.core.types import Answer, Event, Question
from bot.queue.queue import Lease


class Reply(Protocol):
    """Shows the progress and the outcome of one question, exactly once in spite of crashes."""

    async def start(self, noticed: Callable[[], None] | None = None) -> None:
        """Show that the question is being worked on, once the answer takes longer than a moment.

        *noticed* is called when that, or the answer, shows first; an earlier try may have shown
        something before.
        """
        ...

    async def wait(self, place: int) -> None:
        """Show that *place* questions come first; -1 if the question was stopped."""
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


class ChatAdapter(Protocol):
    """A chat platform."""

    async def prepared(self, question: Question) -> Question:
        """Return *question* with its files."""
        ...

    def reply(self, question: Question, lease: Lease) -> Reply:
        """Open the reply to *question*; its durable notes go to *lease*."""
        ...

    async def expect(self, question: Question) -> None:
        """Note that the bot asked back, so the next message in the thread is for it."""
        ...

"""A place where people talk with the bot, as the answerer sees it."""

from typing import Protocol

from bot.core.types import Answer, Event, Question
from bot.queue.queue import Lease


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


class ChatAdapter(Protocol):
    """A place where people talk with the bot."""

    async def prepared(self, question: Question) -> Question:
        """Return *question* with its files, and with the rights that its readers have now."""
        ...

    def reply(self, question: Question, lease: Lease) -> Reply:
        """Open the reply to *question*; its durable notes go to *lease*."""
        ...

    async def expect(self, question: Question) -> None:
        """Note that the answer to *question* asked back: what is said next is for the bot."""
        ...

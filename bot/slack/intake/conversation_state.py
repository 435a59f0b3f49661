"""Remembers with whom the bot talks in a thread, so that a follow-up needs no mention.

A talk is between the bot and those who mentioned it. As soon as anybody else speaks, or somebody
else is mentioned, people talk with each other: the bot steps aside until its next mention.
"""

from bot.answering.memory import ThreadMemory
from bot.core.types import ThreadId


class ConversationState:
    """Keeps who is in a talk; a thread's parts are kept in the memory under names of their own."""

    def __init__(self, memory: ThreadMemory) -> None:
        self.memory = memory

    async def begin(self, thread: ThreadId, person: str) -> None:
        """Note that *person* addressed the bot in *thread*."""
        await self.memory.join(thread, _with(thread, person), _going_on(thread))

    async def joined(self, thread: ThreadId) -> bool:
        """Tell whether the bot was ever addressed in *thread*."""
        return await self.memory.joined(thread)

    async def goes_on(self, thread: ThreadId, person: str) -> bool:
        """Tell whether *person* is still talking with the bot in *thread*."""
        return await self.memory.joined(_with(thread, person), _going_on(thread))

    async def step_aside(self, thread: ThreadId) -> None:
        """Stay out of *thread* until the next mention."""
        await self.memory.forget(_going_on(thread))

    async def expect(self, thread: ThreadId) -> None:
        """Note that the bot has asked back: whatever is said next is the answer."""
        await self.memory.join(_expected(thread))

    async def expected(self, thread: ThreadId) -> bool:
        """Tell whether the bot waits for an answer in *thread*; from now on it no longer does."""
        waits = await self.memory.joined(_expected(thread))
        if waits:
            await self.memory.forget(_expected(thread))
        return waits


def _expected(thread: ThreadId) -> ThreadId:
    return ThreadId(f"{thread}:expected")


def _with(thread: ThreadId, person: str) -> ThreadId:
    return ThreadId(f"{thread}:with:{person}")


def _going_on(thread: ThreadId) -> ThreadId:
    return ThreadId(f"{thread}:going on")

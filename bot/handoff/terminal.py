"""The people and rights of a terminal: one person, who knows the others by name."""

from collections.abc import Awaitable, Callable, Sequence

from bot.core.message_ref import is_direct
from bot.core.types import QuestionId, Waiter
from bot.handoff.people import OwnerKind
from knowledge.model.types import Principal

MayRead = Callable[[Sequence[str], Principal], Awaitable[bool]]
"""Tells whether a reader may read every one of some documents (ids)."""


class TerminalPeople:
    """The person at the keyboard, and the names that settings and documents use.

    Nobody else is known by more than a name: whether `@keiko` is a person or a group, only a chat
    can tell.

    Args:
        user: How the operating system calls the person.
    """

    def __init__(self, user: str) -> None:
        self._user = user

    def kind(self, owner: str) -> OwnerKind:
        return "person" if owner == self._user else "name"

    async def find(self, name: str) -> str:
        bare = name.strip().removeprefix("@").casefold()
        return self._user if bare == self._user.casefold() else ""

    async def named(self, owner: str) -> str:
        return f"@{owner}" if owner == self._user else owner

    async def stand_ins(self) -> Sequence[str]:
        return ()

    async def members(self, owner: str) -> frozenset[str]:  # noqa: ARG002 - no group is known
        return frozenset()


class TerminalReaders:
    """The rights of the person at the keyboard; everybody who runs commands belongs to the team.

    Args:
        reader: Their rights.
        may_read: Tells which documents may be read.
    """

    def __init__(self, reader: Principal, may_read: MayRead) -> None:
        self._reader = reader
        self._may_read = may_read

    def is_private(self, question_id: QuestionId) -> bool:
        return is_direct(question_id)

    async def of_person(self, person: str) -> Principal:  # noqa: ARG002 - there is one
        return self._reader

    async def of_waiter(self, waiter: Waiter) -> Principal:  # noqa: ARG002 - there is one
        return self._reader

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        return await self._may_read(documents, reader)

    async def is_member(self, person: str) -> bool:  # noqa: ARG002 - there is one
        return True

    async def has_left(self, person: str) -> bool:  # noqa: ARG002 - there is one
        return False

    async def is_operator(self, person: str) -> bool:  # noqa: ARG002 - there is one
        return True

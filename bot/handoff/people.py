"""Who can be asked, and who may read what: the two things that a handoff needs to know."""

from collections.abc import Sequence
from typing import Literal, Protocol

from bot.core.types import QuestionId, Waiter
from knowledge.model.types import Principal

OwnerKind = Literal["person", "group", "name"]
"""`name`: nobody with that name is known, so nobody can be notified."""


class People(Protocol):
    """The people and groups that an adapter knows."""

    def kind(self, owner: str) -> OwnerKind:
        """Return what *owner* is, by its form alone."""
        ...

    async def find(self, name: str) -> str:
        """Return the id of the person or group that is written as *name*; "" for none."""
        ...

    async def named(self, owner: str) -> str:
        """Return how people write *owner*: `@keiko`. A name that nobody has stays as it is."""
        ...

    async def stand_ins(self) -> Sequence[str]:
        """Return the ids of the operators, who are asked where no expert is found."""
        ...

    async def members(self, owner: str) -> frozenset[str]:
        """Return the members of the group *owner*; empty for everything else."""
        ...


class Readers(Protocol):
    """Who may read what."""

    def is_private(self, question_id: QuestionId) -> bool:
        """Tell whether only the asker sees the question."""
        ...

    async def of_person(self, person: str) -> Principal:
        """Return the rights of a person."""
        ...

    async def of_waiter(self, waiter: Waiter) -> Principal:
        """Return the rights of everybody who reads the thread in which *waiter* waits."""
        ...

    async def may_read(self, documents: Sequence[str], reader: Principal) -> bool:
        """Tell whether *reader* may read every one of *documents* (ids)."""
        ...

    async def is_member(self, person: str) -> bool:
        """Tell whether a person is a full member of the team."""
        ...

    async def has_left(self, person: str) -> bool:
        """Tell whether a person is not there any more."""
        ...


async def includes(people: People, owner: str, person: str) -> bool:
    """Tell whether *person* is *owner*, or a member of that group; nobody is asked as ""."""
    return bool(person) and (owner == person or person in await people.members(owner))


async def is_only(people: People, owner: str, person: str) -> bool:
    """Tell whether *owner* is *person*, or a group that has no other member."""
    return owner == person or await people.members(owner) == {person}

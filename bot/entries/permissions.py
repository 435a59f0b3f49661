"""Who may change an entry."""

from typing import Protocol

from bot.entries.entry import Entry
from knowledge.model.types import Principal


class EntryPermissions(Protocol):
    """The rights of the people who save and change entries."""

    async def of_person(self, person: str) -> Principal:
        """Return the rights of a person."""
        ...

    async def is_member(self, person: str) -> bool:
        """Tell whether a person is a full member of the team."""
        ...

    async def is_operator(self, person: str) -> bool:
        """Tell whether a person may operate the bot."""
        ...


async def may_change(entry: Entry, person: str, permissions: EntryPermissions) -> bool:
    """Tell whether *person* is its author, saved it, or is an operator who may read it."""
    if not await permissions.is_member(person):
        return False
    if person in {entry.author, entry.saved_by}:
        return True
    reader = await permissions.of_person(person)
    return entry.permits(reader) and await permissions.is_operator(person)

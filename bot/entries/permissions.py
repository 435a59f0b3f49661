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
    """Tell whether *person* may read it, and is its author, saved it, or is an operator.

    Who wrote it and may not read it any more, as after leaving its channel, would read in the form
    what others have made of it.
    """
    if not await permissions.is_member(person) or not await may_see(entry, person, permissions):
        return False
    return person in {entry.author, entry.saved_by} or await permissions.is_operator(person)


async def may_see(entry: Entry, person: str, permissions: EntryPermissions) -> bool:
    """Tell whether *person* may see what *entry* says now."""
    return entry.permits(await permissions.of_person(person))

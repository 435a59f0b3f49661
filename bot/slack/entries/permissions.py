"""Who may change what was saved."""

from bot.entries.entry import Entry
from bot.slack.client.permissions import Principals


async def may_change(entry: Entry, person: str, principals: Principals) -> bool:
    """Tell whether *person* said it, saved it, or operates the bot and may read it."""
    if not await principals.is_member(person):
        return False
    if person in {entry.author, entry.saved_by}:
        return True
    reader = await principals.of_person(person)
    return entry.permits(reader) and await principals.is_operator(person)

"""The Protocol of the messenger that tells people about entries."""

from collections.abc import Collection
from typing import Protocol

from bot.entries.entry import Entry
from bot.entries.jobs import SaveEntry, TellAboutEntry
from bot.entries.regression_check import RegressionReport
from bot.queue.queue import Lease


class EntryMessenger(Protocol):
    """Tells people about entries where they are.

    With a lease it tells each thing once: the next try of the same job does not repeat it.
    Somebody who cannot be written to is logged. All raise `AdapterUnavailableError` when nobody
    can be told now, so that the job is tried again.
    """

    async def tell(self, news: TellAboutEntry, entry: Entry, lease: Lease) -> None:
        """Tell `news.person` what has become of *entry*."""
        ...

    async def tell_held_back(
        self, work: SaveEntry, report: RegressionReport, hidden: Collection[str], lease: Lease
    ) -> None:
        """Tell `work.person` that their entry is held back; questions with *hidden* ids unsaid."""
        ...

    async def tell_failure(self, person: str, message: str, lease: Lease) -> None:
        """Tell *person* that nothing came of what they asked for."""
        ...

    async def link(self, place: str) -> str:
        """Return the address of the message at *place*, "" if there is none."""
        ...

"""How far the changes of a list are known whose deletions the vendor only counts."""

import datetime as dt
from collections.abc import Iterable

from pydantic import AwareDatetime, BaseModel

from knowledge.model.errors import CursorExpiredError
from knowledge.sync.source import SourceChanges, SourceFile

AGE = dt.timedelta(hours=24)
"""Time after which a complete listing is due, whatever was told since."""


class FeedMark(BaseModel):
    """A place in the changes of a list.

    The vendor tells what is new or changed, newest first or since a moment, and how many items
    there are, but not which ones are gone. As long as the number grows by what is new, none is
    gone; otherwise only a complete listing can tell which. An item that comes back unchanged from
    an archive, in the same minutes in which another one goes, is noticed by the daily listing.

    Attributes:
        newest: The last change that is known.
        total: How many items there were.
        listed: When the mark was first made, before a complete listing.
        readers: Who could read what, in a form that differs when it changes.
    """

    newest: AwareDatetime
    total: int
    listed: AwareDatetime
    readers: str = ""

    def after(
        self, changed: Iterable[tuple[dt.datetime, dt.datetime]], total: int, readers: str = ""
    ) -> "FeedMark":
        """Return the mark after *changed*, the moments of creation and of change of each item.

        Raises:
            CursorExpiredError: when something may be gone, who may read has changed, or a complete
                listing is due.
        """
        moments = list(changed)
        new = sum(created > self.newest for created, _ in moments)
        is_old = dt.datetime.now(dt.UTC) - self.listed > AGE
        if total != self.total + new or readers != self.readers or is_old:
            raise CursorExpiredError("a complete listing is due")
        newest = max([self.newest, *(updated for _, updated in moments)])
        return self.model_copy(update={"newest": newest, "total": total})


def told(files: Iterable[SourceFile], removed: Iterable[str], cursor: str) -> SourceChanges:
    """Return changes in which *files* that are passed over count as removed."""
    listed = list(files)
    gone = [file.document_id for file in listed if file.passed_over]
    read = tuple(file for file in listed if not file.passed_over)
    return SourceChanges(read, (*removed, *gone), cursor)

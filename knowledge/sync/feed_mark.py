"""How far the changes of a list are known whose deletions the vendor only counts."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, Field

from knowledge.model.errors import CursorExpiredError

AGE = dt.timedelta(hours=24)
"""Time after which a complete listing is due, whatever was told since; also before that time, which
a wrong clock noted."""

_START = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ChangeStamp:
    """When an item of a list came to be, and when it last changed."""

    key: str
    created: dt.datetime
    updated: dt.datetime


class FeedMark(BaseModel):
    """A place in the changes of a list.

    The vendor tells what is new or changed since a moment, and how many items there are, but not
    which ones are gone. As long as the number grows by what is new, none is gone; otherwise only a
    complete listing can tell which. An item that comes back unchanged from an archive, between two
    syncs in which another one goes, is noticed by the daily listing.

    Attributes:
        newest: The moment of the last change that is known.
        at: Keys of the items that changed at that moment; vendors tell whole seconds.
        total: How many items there were.
        listed: When the mark was first made, before a complete listing.
        readers: Who could read what, in a form that differs when it changes.
    """

    newest: AwareDatetime
    at: frozenset[str]
    total: int
    listed: AwareDatetime = Field(default_factory=lambda: dt.datetime.now(dt.UTC))
    readers: str = ""

    @classmethod
    def of(cls, newest: Sequence[ChangeStamp], total: int, readers: str = "") -> "FeedMark":
        """Return the mark of now, from the items that changed last."""
        moment = max((stamp.updated for stamp in newest), default=_START)
        return cls(newest=moment, at=_keys_at(newest, moment), total=total, readers=readers)

    def after(self, changed: Sequence[ChangeStamp], total: int, readers: str = "") -> "FeedMark":
        """Return the mark after *changed*, all items that changed at `newest` or later.

        Raises:
            CursorExpiredError: when something may be gone, who may read has changed, or a complete
                listing is due.
        """
        new = sum(
            stamp.created > self.newest
            or (stamp.created == self.newest and stamp.key not in self.at)
            for stamp in changed
        )
        is_old = not dt.timedelta() <= dt.datetime.now(dt.UTC) - self.listed <= AGE
        if total != self.total + new or readers != self.readers or is_old:
            raise CursorExpiredError("a complete listing is due")
        newest = max([self.newest, *(stamp.updated for stamp in changed)])
        at = _keys_at(changed, newest)
        return self.model_copy(update={"newest": newest, "at": at, "total": total})


def _keys_at(stamps: Iterable[ChangeStamp], moment: dt.datetime) -> frozenset[str]:
    return frozenset(stamp.key for stamp in stamps if stamp.updated == moment)


def changed_since(
    pages: Iterable[Sequence[Item]],
    updated: Callable[[Item], dt.datetime],
    since: dt.datetime | None,
) -> list[Item]:
    """Return the first items of a list that is ordered by change, newest first.

    Args:
        pages: The list; no more pages are fetched than are needed.
        updated: Returns when an item changed.
        since: The moment from which on items are wanted; None for that of the newest one.
    """
    found = list[Item]()
    for page in pages:
        since = since or (updated(page[0]) if page else None)
        new = [item for item in page if since and updated(item) >= since]
        found += new
        if len(new) < len(page):
            break
    return found

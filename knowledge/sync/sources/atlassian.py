"""What Confluence and Jira have in common: their tokens, their groups, and listings by numbers."""

import base64
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from knowledge.model.errors import SourceError
from knowledge.model.readers import group
from knowledge.sync.http_client import HttpClient

_RESTARTS = 3

Item = TypeVar("Item")
NumberedPage = tuple[Sequence[Item], bool]
"""Some items of a listing, and whether more follow."""


def atlassian_client(name: str, site: str, user: str, token: str) -> HttpClient:
    """Return a client of the source *name*.

    Cloud takes an API token with the address of its account, Data Center a personal access token
    (developer.atlassian.com/cloud/confluence/basic-auth-for-rest-apis,
    confluence.atlassian.com/enterprise/using-personal-access-tokens-1026032365.html).
    """
    if user:
        pair = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
        return HttpClient(name, site, {"Authorization": f"Basic {pair}"})
    return HttpClient(name, site, {"Authorization": f"Bearer {token}"})


def atlassian_group(name: str) -> str:
    """Return the name of a group for `SourceFile.readers`.

    The group's name identifies it, in Cloud, too: Data Center has no ids, and an id that Cloud
    returns is looked up first.
    """
    return group("atlassian", name)


def numbered_items(
    source: str, fetch: Callable[[int], NumberedPage[Item]], identity: Callable[[Item], object]
) -> Iterator[Item]:
    """Yield all items of a listing whose pages begin at a number, each once.

    What is deleted meanwhile moves everything behind it up, so that a plain reader would miss one
    item for each. So each page begins with the last item of the page before. If another stands
    there, the listing begins again.

    Args:
        source: The source's name, for messages.
        fetch: Returns the page that begins with the item of that number, from 0.
        identity: Returns what an item is recognised by.

    Raises:
        SourceError: when the listing changes again and again.
    """
    seen = set[object]()
    for _ in range(1 + _RESTARTS):
        start, last, more = 0, None, True
        while more:
            items, more = fetch(start)
            has_moved = last is not None and (not items or identity(items[0]) != last)
            if has_moved or start > len(seen):  # or the site ignores the number
                break
            for item in items:
                if identity(item) not in seen:
                    seen.add(identity(item))
                    yield item
            if not items:
                return
            last = identity(items[-1]) if len(items) > 1 else None
            start += max(1, len(items) - 1)
        else:
            return
    raise SourceError(f"source {source!r} kept changing while it was listed: sync it again")


def day_of(moment: str) -> dt.date | None:
    """Return the day that a time stamp states, such as `2026-03-01T23:15:00.000+0900`."""
    try:
        return dt.date.fromisoformat(moment[:10])
    except ValueError:
        return None

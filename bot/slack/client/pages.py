"""Reading lists that Slack hands out page by page."""

from collections.abc import Awaitable, Callable
from typing import Any

_PAGE = 999


async def pages(
    method: Callable[..., Awaitable[Any]], field: str, **arguments: object
) -> list[Any]:
    """Return all items under *field* of what *method* tells. Raises what it raises."""
    items: list[Any] = []
    cursor = ""
    while True:
        page = await method(limit=_PAGE, cursor=cursor or None, **arguments)
        items += page[field]
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return items

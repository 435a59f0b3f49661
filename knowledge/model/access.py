"""Parses the `audience` of a source or of a document."""

import re
import reprlib

from knowledge.model.types import Access

_GROUP = re.compile(r"[#@]\S+|[A-Z][A-Z0-9]{2,}")


def parse_audience(value: object) -> Access:
    """Read an `audience` value: `anyone`, `members`, or a list of channels and user groups.

    Raises:
        ValueError: for anything else; the text says what to write. We never guess, because a
            wrong guess would show a document to the wrong people.
    """
    if value == "anyone":
        return Access("anyone")
    if value == "members":
        return Access("members")
    if isinstance(value, list) and value and all(isinstance(group, str) for group in value):
        return Access("groups", frozenset(map(parse_group, value)))
    raise ValueError(
        f'audience must be "anyone", "members", or a list such as ["#hr", "C0123"] '
        f"with each name in quotes, not {reprlib.repr(value)}"
    )


def parse_group(name: str) -> str:
    """Return the name of a channel or user group in its comparable form (lower case).

    Raises:
        ValueError: when *name* is neither `#name`, `@group` nor an id.
    """
    if not _GROUP.fullmatch(name):
        raise ValueError(f'audience has {name!r}: write "#name", "@group", or an id such as C0123')
    return name.lower() if name[0] in "#@" else name

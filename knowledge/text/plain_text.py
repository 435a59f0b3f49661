"""Removes the characters that break storage, transport or display of text."""

import re
from typing import Any

MOST_LEVELS = 64
"""Maximum nesting of JSON; real messages have about a dozen levels."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(text: str) -> str:
    """Return *text* without the characters that break storage or display, in linear time.

    Lone surrogates, which UTF-8 cannot encode, become U+FFFD. Control characters, including NUL,
    become spaces, except for tabs and line ends.
    """
    return _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))


def plain_json(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Return *value* with `plain_text` applied to all its strings and names.

    Values nested deeper than *levels* become None. Values that are not JSON (bytes, files) stay.
    """
    if isinstance(value, str):
        return plain_text(value)
    if not isinstance(value, dict | list | tuple):
        return value
    if levels <= 0:
        return None
    if isinstance(value, dict):
        return {plain_json(name, 0): plain_json(item, levels - 1) for name, item in value.items()}
    return [plain_json(item, levels - 1) for item in value]

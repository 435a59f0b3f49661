"""Text that can be stored, sent and shown everywhere."""

import re
from typing import Any

MOST_LEVELS = 64
"""Levels of nesting in JSON; what we are sent in earnest has about a dozen."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain_text(text: str) -> str:
    """Return *text* without what breaks storage and display, in linear time.

    Lone surrogates, which UTF-8 cannot encode, become U+FFFD; control characters, NUL among
    them, become spaces. Tabs and line ends stay.
    """
    return _CONTROL.sub(" ", _SURROGATE.sub("\ufffd", text))


def plain_json(value: Any, levels: int = MOST_LEVELS) -> Any:
    """Return *value* with all its texts and names plain; see `plain_text`.

    What lies deeper than *levels* becomes None. What is not JSON (bytes, open files) stays.
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

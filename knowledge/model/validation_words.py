"""What a validation error means, in words that need no knowledge of the validator."""

from collections.abc import Mapping
from typing import Any

_TYPES = {
    "int": "write a whole number",
    "float": "write a number",
    "bool": "write true or false",
    "string": "write text in quotes",
    "list": 'write a list, such as ["one", "two"]',
    "dict": "write a table",
    "model": "write a table",
    "path": "write a path",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "write {} or more"),
    "greater_than": ("gt", "write more than {}"),
    "less_than_equal": ("le", "write {} or less"),
    "less_than": ("lt", "write less than {}"),
    "too_short": ("min_length", "write at least {}"),
    "string_too_short": ("min_length", "write at least {} character(s)"),
    "string_too_long": ("max_length", "write at most {} characters"),
    "literal_error": ("expected", "use {}"),
    "string_pattern_mismatch": ("pattern", "use letters, digits, - and _ only"),
}


def in_plain_words(error: Mapping[str, Any]) -> str:
    """Return what to do about *error*, an item of pydantic's `ValidationError.errors()`."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return text.format(_shown(context.get(name, "")))
    if kind.endswith(("_type", "_parsing", "_from_float")):
        return _TYPES.get(kind.partition("_")[0], "write another kind of value")
    return str(error["msg"]).removeprefix("Value error, ")


def _shown(bound: object) -> str:
    return f"{bound:g}" if isinstance(bound, float) else str(bound)

"""JSON as models write it: single quotes, trailing commas, missing ends, prose around it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

MOST_BRACKETS = 100
"""Opening brackets of a piece that is repaired: the time to repair grows with their square."""

LONGEST_REPAIRED = 20_000
"""Characters; a longer piece is read strictly."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object inside a text.

    Attributes:
        start: Where it begins in the text.
        end: Where it ends.
        value: Its content.
        cut: Whether it ends inside a string: the model was cut off there.
    """

    start: int
    end: int
    value: dict[str, object]
    cut: bool


def read_object(text: str) -> JsonObject | None:
    """Return the JSON object that *text* is, repaired where needed; None if it is none."""
    start = len(text) - len(text.lstrip())
    found = next(objects_in(text[start:]), None)
    return found if found and found.start == 0 and not text[start + found.end :].strip() else None


def objects_in(text: str) -> Iterator[JsonObject]:
    """Yield the outermost JSON objects in *text*, in order; what cannot be read is skipped."""
    place = text.find("{")
    while place >= 0:
        end, cut = _end_of(text, place)
        piece = text[place:end]
        value = _value(piece)
        if value is None:
            inner = end < len(text) and _brackets(piece) <= MOST_BRACKETS
            place = text.find("{", place + 1 if inner else end)
        else:
            yield JsonObject(place, end, value, cut)
            place = text.find("{", end)


def _end_of(text: str, start: int) -> tuple[int, bool]:
    """Return where the object that begins at *start* ends, and whether a string is open there."""
    depth, inside, escaped = 0, False, False
    for place in range(start, len(text)):
        character = text[place]
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return place + 1, False
    return len(text), inside


def _value(piece: str) -> dict[str, object] | None:
    try:
        value = json.loads(piece)
    except (ValueError, RecursionError):
        value = _repaired(piece)
    return value if isinstance(value, dict) and value else None


def _repaired(piece: str) -> object:
    if _brackets(piece) > MOST_BRACKETS or len(piece) > LONGEST_REPAIRED:
        return None
    import json_repair

    try:
        return json_repair.loads(piece.replace("“", '"').replace("”", '"'))
    except (ValueError, RecursionError):
        return None


def _brackets(piece: str) -> int:
    return piece.count("{") + piece.count("[")

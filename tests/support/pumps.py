"""Makes inputs on which a regular expression may take superlinear time, from its own parts.

A backtracking matcher is slow where it can divide the same run in several ways, or where each of
many beginnings reads the same rest. So the inputs are runs: of each character and each repeated
part of the pattern, after each of its beginnings, alone and two by two.
"""

import importlib
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_ALWAYS = (" ", "\n", "a", "A", "1", "-", ".", "|", "あ", "漢", "\u3000")
_CATEGORIES = {
    "CATEGORY_DIGIT": "1",
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": "a",
    "CATEGORY_NOT_DIGIT": "a",
    "CATEGORY_NOT_SPACE": "a",
    "CATEGORY_NOT_WORD": "-",
}
_SINGLES = 24
_PAIRED = 5
_BEGINNINGS = 6
_ENDS = ("", "\x01")


class _Parts:
    """The parts of a pattern that may be repeated, as texts that match them."""

    def __init__(self, pattern: "re.Pattern[Any]") -> None:
        written = pattern.pattern
        text = written.decode("latin-1") if isinstance(written, bytes) else written
        self.letters = dict[str, None]()
        self.bodies = dict[str, None]()
        self.beginnings = dict[str, None]()
        flags = pattern.flags & ~re.UNICODE if isinstance(written, bytes) else pattern.flags
        self.whole = self._sequence(_parser.parse(text, flags), "")

    def _sequence(self, nodes: Any, before: str) -> str:
        made = ""
        for operator, argument in nodes:
            made += self._one(str(operator), argument, before + made)
        return made

    def _one(self, operator: str, argument: Any, before: str) -> str:
        made = ""
        match operator:
            case "LITERAL":
                made = self._letter(chr(argument))
            case "NOT_LITERAL":
                made = self._letter(next(c for c in "a-\n" if ord(c) != argument))
            case "ANY":
                made = self._letter("a")
            case "IN":
                made = self._class(argument)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                made = self._repeat(argument, before)
            case "SUBPATTERN":
                made = self._sequence(argument[3], before)
            case "ATOMIC_GROUP":
                made = self._sequence(argument, before)
            case "BRANCH":
                made, *_ = (self._sequence(branch, before) for branch in argument[1])
            case "ASSERT":
                self._sequence(argument[1], before)
        return made

    def _repeat(self, argument: Any, before: str) -> str:
        least, most, nodes = argument
        body = self._sequence(nodes, before)
        if most == _parser.MAXREPEAT or most > 50:
            self.bodies.setdefault(body)
            self.beginnings.setdefault(before)
            if len(nodes) == 1 and str(nodes[0][0]) == "IN":
                for letter in self._members(nodes[0][1]):
                    self.bodies.setdefault(letter)
        return body * max(1, min(int(least), 20))

    def _letter(self, letter: str) -> str:
        self.letters.setdefault(letter)
        return letter

    def _class(self, items: Any) -> str:
        members = self._members(items)
        for member in members:
            self.letters.setdefault(member)
        return members[0]

    def _members(self, items: Any) -> list[str]:
        """Return a few characters of a class."""
        if str(items[0][0]) == "NEGATE":
            excluded = self._members(items[1:])
            return [c for c in ("a", " ", "-", "\n", "1", "あ") if c not in excluded] or ["\x02"]
        found = list[str]()
        for operator, argument in items:
            match str(operator):
                case "LITERAL":
                    found.append(chr(argument))
                case "RANGE":
                    found.append(chr(argument[0]))
                case "CATEGORY":
                    found.append(_CATEGORIES[str(argument)])
        return found[:6]


def inputs(pattern: "re.Pattern[Any]", length: int) -> Iterator[str]:
    """Yield texts of about *length* characters, always the same ones in the same order."""
    parts = _Parts(pattern)
    bodies = [body for body in parts.bodies if body]
    letters = [letter for letter in parts.letters if letter not in parts.bodies]
    usual = [letter for letter in _ALWAYS if letter not in parts.letters]
    singles = list(dict.fromkeys([*bodies, *letters, *usual, parts.whole]))[:_SINGLES]
    beginnings = list(dict.fromkeys(["", *parts.beginnings]))[:_BEGINNINGS]
    for pump in filter(None, singles):
        for end in _ENDS:
            yield _run(pump, length) + end
    for beginning, body, end in product(beginnings[1:], bodies[:_PAIRED], _ENDS[1:]):
        yield beginning + _run(body, length) + end
        yield _run(beginning + body, length) + end
    paired = list(dict.fromkeys([*bodies, *letters]))[:_PAIRED]
    for one, other in product(paired, repeat=2):
        if one != other:
            yield _run(one, length // 2) + _run(other, length // 2) + "\x01"
            yield _run(one + other, length) + "\x01"


def _run(pump: str, length: int) -> str:
    return pump * (length // len(pump) + 1)

"""The people that the workspace knows, and where a text names them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from bot.learning.exporting.recognising import Found, shadow

_WORDS = frozenset(
    re.findall(
        r"\w+",
        """april art august bill bot chase chip crystal dawn dean drew earl faith frank gene grace
        grant guy hope ivy jack joy june major mark max may miles mike misty pat penny rich rob rose
        ruby sage sky sue summer sunny team will admin support general office it hr""",
    )
)
"""Names that are words, too: alone they are no names."""

_LATIN = re.compile(r"[A-Za-zÀ-ɏ'’.-]+")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by all names that are known; `id` is the surface's, "" for none."""

    id: str
    names: tuple[str, ...]


class KnownPeople:
    """Finds the names of *people*: whole, in either order, and single Latin ones with a capital.

    A family name in kanji alone is found by how it is addressed (`佐藤さん`), not here: it may be
    a place or a company as well.
    """

    def __init__(self, people: Sequence[Person] = ()) -> None:
        self._keys = dict[str, str]()
        for number, person in enumerate(people):
            key = person.id or f"person {number}"
            for name in person.names:
                for written in _written(name):
                    self._keys.setdefault(_flat(written), key)
        names = sorted(self._keys, key=len, reverse=True)
        latin = [name for name in names if _LATIN.match(name)]
        other = [name for name in names if not _LATIN.match(name)]
        self._whole = _either(other)
        self._latin = _either([name for name in latin if " " in name], r"\b", r"\b")
        self._single = _either([name for name in latin if " " not in name], r"@?\b", r"\b")
        self.count = len(people)

    def find(self, text: str) -> Iterator[Found]:
        """Yield where *text* names somebody; the same person has the same key."""
        seen = shadow(text)
        for pattern in (self._whole, self._latin, self._single):
            for match in pattern.finditer(seen):
                name = match[0].removeprefix("@")
                if pattern is self._single and not (match[0][0] == "@" or name[0].isupper()):
                    continue
                yield Found(*match.span(), "person", self._keys[_flat(name)])


def read_names(lines: Iterable[str]) -> list[Person]:
    """Read people from lines: a person each, other names of the same after commas."""
    names = (tuple(part.strip() for part in re.split(r"[,，、]", line)) for line in lines)
    return [Person("", tuple(filter(None, parts))) for parts in names if any(parts)]


def _written(name: str) -> Iterator[str]:
    """Yield the ways in which *name* is written."""
    plain = unicodedata.normalize("NFKC", name).strip().lstrip("@")
    parts = plain.split()
    if len(parts) == 1 or not _LATIN.match(plain):
        joined = "".join(parts)
        if len(joined) >= _SHORTEST and joined.casefold() not in _WORDS:
            yield joined
    if len(parts) > 1:
        yield from (" ".join(order) for order in permutations(parts[:3]))
        if _LATIN.match(plain):
            yield from (part for part in parts if len(part) > 2 and part.casefold() not in _WORDS)  # noqa: PLR2004
        else:
            yield parts[-1]


def _flat(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _either(names: Sequence[str], before: str = "", after: str = "") -> re.Pattern[str]:
    if not names:
        return re.compile(r"(?!)")
    escaped = (re.escape(name).replace(r"\ ", r"\s+") for name in names)
    return re.compile(f"{before}(?:{'|'.join(escaped)}){after}", re.IGNORECASE)

"""The people of the workspace, and where a text names them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

from bot.core.types import Person
from bot.training_export.pii import PiiMatch, shadow

_WORDS = frozenset(
    re.findall(
        r"\w+",
        """april art august bill bot chase chip crystal dawn dean drew earl faith frank gene grace
        grant guy hope ivy jack joy june major mark max may miles mike misty pat penny rich rob rose
        ruby sage sky sue summer sunny team will admin support general office it hr""",
    )
)
"""Names that are also words: alone they do not count as names."""

_PLACES = frozenset(
    re.findall(
        r"\w+",
        """秋田 山形 福島 千葉 富山 石川 福井 長野 岐阜 静岡 三重 滋賀 奈良 鳥取 島根 岡山 広島 山口
        徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 宮城 青森 岩手 山梨 神戸 横浜
        川崎 品川 大宮""",
    )
)
"""Family names that are also places."""

_KANJI = "[々ヶ一-龯]"
_LETTER = "[A-Za-zÀ-ɏ0-9]"
_LATIN = re.compile(r"[A-Za-zÀ-ɏ'’.-]+")
_SHORTEST, _LONGEST = 2, 60
_Tree: TypeAlias = "dict[str, _Tree]"


class KnownPeople:
    """Finds the names of *people*: full ones in either order, and single Latin ones.

    A single Latin name needs a capital. A family name in kanji counts if no other kanji is next to
    it (`佐藤電機` is a company), unless it is also a prefecture.
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
        parts = {_flat(part) for person in people for name in person.names for part in _parts(name)}
        self._whole = _either([name for name in other if name not in parts])
        alone = [name for name in other if name in parts]
        self._alone = _either(alone, f"(?<!{_KANJI})", f"(?!{_KANJI})")
        before, after = rf"(?<!{_LETTER})", rf"(?!{_LETTER})"
        self._latin = _either([name for name in latin if " " in name], before, after)
        self._single = _either([name for name in latin if " " not in name], f"{before}@?", after)
        self.count = len(people)

    def find(self, text: str) -> Iterator[PiiMatch]:
        """Yield the spans in which *text* names somebody; the same person has the same key."""
        seen = shadow(text)
        for pattern in (self._whole, self._alone, self._latin, self._single):
            for match in pattern.finditer(seen):
                name = match[0].removeprefix("@")
                if pattern is self._single and not (match[0][0] == "@" or name[0].isupper()):
                    continue
                yield PiiMatch(*match.span(), "person", self._keys[_flat(name)])


def read_names(lines: Iterable[str]) -> list[Person]:
    """Read people from lines: one person each, with variants of the name after commas."""
    names = (tuple(part.strip() for part in re.split(r"[,，、]", line)) for line in lines)
    return [Person("", tuple(filter(None, parts))) for parts in names if any(parts)]


def _written(name: str) -> Iterator[str]:
    """Yield the spellings of *name*."""
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
            yield from _parts(name)


def _parts(name: str) -> list[str]:
    """Return the parts of a Japanese name that identify somebody alone."""
    parts = unicodedata.normalize("NFKC", name).strip().lstrip("@").split()
    if len(parts) < 2 or _LATIN.match(parts[0]):  # noqa: PLR2004 - nothing to part
        return []
    return [part for part in parts if len(part) >= _SHORTEST and part not in _PLACES]


def _flat(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _either(names: Sequence[str], before: str = "", after: str = "") -> re.Pattern[str]:
    """Return a pattern for any of *names*: a prefix tree, since long alternations are slow."""
    if not names:
        return re.compile(r"(?!)")
    tree: _Tree = {}
    for name in names:
        branch = tree
        for character in name[:_LONGEST]:
            branch = branch.setdefault(character, {})
        branch[""] = {}
    return re.compile(f"{before}{_pattern(tree)}{after}", re.IGNORECASE)


def _pattern(tree: _Tree) -> str:
    ways = [
        (r"\s+" if character == " " else re.escape(character)) + _pattern(branch)
        for character, branch in sorted(tree.items())
        if character
    ]
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)}){'?' if '' in tree else ''}"

"""Tells the names of several things of one kind apart: offices in one paragraph, Falcon Light.

A passage may name what a question asks about, and say what is asked of another thing beside it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.text.japanese_names import places_in
from knowledge.text.analysis import STOP_WORDS, normalise
from knowledge.text.highlight import sentences

_WORD = re.compile(r"[^\W_](?:[\w'’&-]*\w)?")
_NOT_PARTS = frozenset(
    re.findall(
        r"\w+",
        """monday tuesday wednesday thursday friday saturday sunday january february march april may
        june july august september october november december""",
    )
)
_BEFORE_A_PLACE = frozenset(("in", "at"))


class _Name(NamedTuple):
    """A name, and the words beside it in its sentence; "" where there is none."""

    word: str
    before: str
    behind: str

    def is_of_kind(self, other: "_Name") -> bool:
        """Tell whether both name things of one kind: the London office, the Cardiff office."""
        if self.behind and self.behind == other.behind and self.behind not in STOP_WORDS:
            return True
        return self.before == other.before and (
            self.before in _BEFORE_A_PLACE or bool(self.before and self.before not in STOP_WORDS)
        )


def is_said_of_another(
    keys: Sequence[str], quote: str, above: str, met: Callable[[str], bool] | None = None
) -> bool:
    """Tell whether *quote* names the thing that is asked about, and says what is asked of another.

    Args:
        keys: The words that the question is about, normalised.
        quote: What could be quoted.
        above: Titles and headings that it stands under.
        met: Whether a text has the kind of thing that is asked for, such as a time.
    """
    parts = _sentences(quote)
    if len(parts) == 1:
        return False
    named = {*_places(quote), *(name.word for name in _names(quote))}
    told = [key for key in keys if not any(_has(name, (key,)) for name in named)]
    telling = [part for part in parts if met and met(part)] or parts
    counts = [sum(_stands(key, part) for key in told) for part in telling]
    most = max(counts, default=0)
    core = [part for part, count in zip(telling, counts, strict=True) if count == most]
    known = most > 0 or len(telling) < len(parts)
    return known and all(_names_another(keys, part, quote, above) for part in core)


def _names_another(keys: Sequence[str], part: str, quote: str, above: str) -> bool:
    """Tell whether *part* names one thing, and only another sentence the one with *keys*."""
    said = normalise(f"{above}\n{part}")
    absent = [key for key in keys if key not in said]
    if any(not _has(place, keys) for place in _places(part)) and any(
        _has(place, absent) for place in _places(quote)
    ):
        return True
    own = [name for name in _names(part) if not _has(name.word, keys)]
    return any(_has(name.word, absent) and any(map(name.is_of_kind, own)) for name in _names(quote))


def in_longer_only(names: Iterable[str], asked: str, text: str, everything: str) -> list[str]:
    """Return those of *names* that *text* has as the beginning of longer ones: Falcon Light.

    Args:
        names: The names in a question.
        asked: The question.
        text: A piece of a passage, with its title and headings.
        everything: All that was found: the name has to stand alone somewhere, or it is no other.
    """
    wanted = frozenset(_WORD.findall(normalise(asked)))
    return [
        name
        for name in names
        if _always_goes_on(name, text, wanted) and not _always_goes_on(name, everything, wanted)
    ]


def _always_goes_on(name: str, text: str, wanted: frozenset[str]) -> bool:
    following = _following(name, unicodedata.normalize("NFKC", text))
    return bool(following) and all(word and normalise(word) not in wanted for word in following)


@lru_cache(maxsize=512)
def _following(name: str, text: str) -> tuple[str, ...]:
    """Return the capitalised word behind each mention of *name*, "" for none."""
    found = re.finditer(rf"(?<![\w-]){re.escape(name)}(?![\w-])(?:[ ]([A-Z][\w-]{{0,40}}))?", text)
    return tuple(match[1] or "" for match in found)


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(text[one.start : one.end] for one in sentences(text))


def _stands(key: str, sentence: str) -> bool:
    return _whole(key).search(normalise(sentence)) is not None


@lru_cache(maxsize=256)
def _whole(key: str) -> re.Pattern[str]:
    if not key.isascii():
        return re.compile(re.escape(key))
    return re.compile(rf"(?<![a-z]){re.escape(key)}(?:s|es|ed|ing)?(?![a-z])")


def _has(name: str, keys: Iterable[str]) -> bool:
    return any(key == name if key.isascii() else key in name for key in keys)


@lru_cache(maxsize=512)
def _places(text: str) -> tuple[str, ...]:
    return places_in(text)


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[_Name, ...]:
    """Return the words with a capital letter inside the sentences of *text*."""
    plain = unicodedata.normalize("NFKC", text)
    found = list[_Name]()
    for span in sentences(plain):
        words = _WORD.findall(plain[span.start : span.end])
        for place, word in enumerate(words):
            if not place or not word[0].isupper() or not word.isascii() or word.isupper():
                continue
            if normalise(word) in _NOT_PARTS:
                continue
            behind = words[place + 1] if place + 1 < len(words) else ""
            found.append(_Name(normalise(word), normalise(words[place - 1]), normalise(behind)))
    return tuple(found)

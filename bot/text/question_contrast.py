"""Tells two questions apart that are made of nearly the same words.

Who does what to whom stands in the order of the words, and one word in the place of another makes
another question: "Do customers pay suppliers?", "Do suppliers pay customers?", "…pay the bank?".
"""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from knowledge.text.analysis import normalise, stem

LONGEST_ORDER = 60
"""Words of a question whose order is looked at: a longer one is not the same in another order."""

LONGEST_REPLACED = 200
"""Words (in Japanese, signs) of questions that are laid over each other."""

_TOKEN = re.compile(
    r"[a-z0-9]+(?:['-][a-z0-9]+)*|[\u30a1-\u30faー]+|[\u3400-\u9fff々]+|[ぁ-ゖー]+|[^\W_]+"
)
_LAST_HIRAGANA = re.compile(r"[ぁ-ゖー\W]+\Z")
_NO_ROLE = frozenset(
    re.findall(
        r"\w+",
        """a an the my your his her its our their do does did can could may might must shall should
        will would is are was were be been am please""",
    )
)
_PERSONS = {"me": "i", "we": "i", "us": "i", "him": "he", "her": "she", "them": "they"}
_SYMMETRIC = frozenset({"and", "or", "vs", "versus", "nor", "と", "や", "か", "も", "または"})
_WHOM = re.compile(
    r"\bwhom\b|\bwho\s+(?:do|does|did)\s+\w"
    r"|\bwho\s+(?:should|can|could|may|must|will|would|shall)\s+(?:i|you|we|they|he|she)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho\b", re.IGNORECASE)

_PLACES = {
    **{word: word for word in ("on", "off", "out", "under", "over", "up", "down", "behind")},
    "in": "in",
    "into": "in",
    "inside": "in",
    "outside": "out",
    "onto": "on",
}
_OWNERS = {
    "my": "mine",
    "our": "mine",
    "your": "yours",
    "his": "his",
    "her": "hers",
    "their": "theirs",
}
_TIMES = {"was": "past", "were": "past", "did": "past", "will": "future"}
_SMALL_SETS = (_PLACES, _OWNERS, _TIMES)
_WORD = re.compile(r"[a-z]+")
_AMOUNT = frozenset(("long", "length", *"数分額金円量値"))
"""Say that a number is asked for: 何台分, 台数."""
_ONLY_KANA = re.compile(r"[\u3041-\u30ffー]+")
_ONLY_KANJI = re.compile(r"[\u3400-\u9fff々]+")


def turned_round(one: str, other: str) -> bool:
    """Tell whether two questions say the same words of each other: A pays B, and B pays A."""
    first, second = _in_order(one), _in_order(other)
    if _asks_whom(one) != _asks_whom(other) and _same_words(first, second):
        return True
    if sorted(first) != sorted(second) or len(first) > LONGEST_ORDER:
        return False
    return first != second and _exchanged(list(first), list(second))


def _asks_whom(text: str) -> bool | None:
    """Tell whether *text* asks whom, and not who; None for neither."""
    return bool(_WHOM.search(text)) if _WHO.search(text) or _WHOM.search(text) else None


def _same_words(one: Sequence[str], other: Sequence[str]) -> bool:
    left_out = {"i", "you", "to", "whom", "who"}
    return {*one} - left_out == {*other} - left_out


@lru_cache(maxsize=2048)  # one question is held against many
def _in_order(text: str) -> tuple[str, ...]:
    """Return the words of *text* that say who does what, in their order."""
    plain = _LAST_HIRAGANA.sub("", normalise(unicodedata.normalize("NFKC", text)))
    words = (word for word in _TOKEN.findall(plain) if word not in _NO_ROLE)
    return tuple(stem(_PERSONS.get(word, word)) for word in words)


def _exchanged(one: list[str], other: list[str]) -> bool:
    """Tell whether two parts have changed places around one that has stayed: X M Y and Y M X."""
    start = next(place for place, pair in enumerate(zip(one, other, strict=True)) if _unlike(pair))
    end = len(one) - next(
        place
        for place, pair in enumerate(zip(reversed(one), reversed(other), strict=True))
        if _unlike(pair)
    )
    first, second = one[start:end], other[start:end]
    for left in range(1, len(first) - 1):
        if second[-left:] != first[:left]:
            continue
        for right in range(1, len(first) - left):
            middle = first[left : len(first) - right]
            if second[:right] == first[-right:] and second[right:-left] == middle:
                return not _SYMMETRIC.issuperset(middle)
    return False


def _unlike(pair: tuple[str, str]) -> bool:
    return pair[0] != pair[1]


def other_small_words(one: str, other: str) -> bool:
    """Tell whether place, owner or time are other ones: on and off, my and your, was and will."""
    words = [set(_WORD.findall(normalise(text).replace("out of", ""))) for text in (one, other)]
    for kinds in _SMALL_SETS:
        first, second = ({kinds[word] for word in found & kinds.keys()} for found in words)
        if first - second and second - first:
            return True
    return False


def replaced(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether words of *one* stand in *other* in the place of words that it lacks.

    *one* and *other* are what two questions are about, in order. The same word in kanji and in
    kana is no other word.
    """
    if max(len(one), len(other)) > LONGEST_REPLACED:
        return False
    there, missing = set(one), set(other)
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind != "replace":
            continue
        lost = [word for word in one[a:b] if word not in missing and word not in _AMOUNT]
        new = [word for word in other[c:d] if word not in there and word not in _AMOUNT]
        if lost and new and not _spelt_otherwise(lost, new):
            return True
    return False


def _spelt_otherwise(one: Sequence[str], other: Sequence[str]) -> bool:
    kana = [bool(_ONLY_KANA.fullmatch("".join(words))) for words in (one, other)]
    kanji = [bool(_ONLY_KANJI.fullmatch("".join(words))) for words in (one, other)]
    return (kana[0] and kanji[1]) or (kana[1] and kanji[0])

"""Tokens for Japanese, English and mixed text, without a dictionary.

The analysis depends on the script of each part of a text and not on its language, so that
`ABC社のERR-4012` gives the tokens of both. There are three kinds of token, each for a field of the
index:

- `terms`: character bigrams of Japanese, Chinese and Korean, single kanji, stems of other words;
- `runs`: whole runs of kanji or katakana, whole words, and codes without their hyphens;
- `grams`: 5-grams of other text, across its spaces.

`query_terms` chooses and weights the tokens to search for.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from itertools import chain
from operator import add
from typing import Literal, NamedTuple

import Stemmer

Field = Literal["terms", "runs", "grams"]

VERSION = 2
"""Increase when the tokens of the same text change; it makes syncs rebuild the index."""

_KANJI = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆〇\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30faー-ヿ"
_HANGUL = "\uac00-\ud7af"
_UNSPACED = _KANJI + _HIRAGANA + _KATAKANA + _HANGUL

_WORD_PATTERN = rf"[^\W_{_UNSPACED}]++"
_WORD = re.compile(_WORD_PATTERN)
_BETWEEN_SPACED = re.compile(rf"[{_UNSPACED}]+")
# A run includes the character before it: `3月` and `a社` are bigrams, too.
_UNSPACED_STRETCH = re.compile(rf"[a-z0-9]?[{_UNSPACED}]+")
_RUN = re.compile(rf"[{_KANJI}]+|[{_KATAKANA}]+|[{_HANGUL}]+")
_SINGLE_KANJI = re.compile(rf"[{_KANJI}]")
_ONLY_HIRAGANA = re.compile(rf"[{_HANGUL}{_HIRAGANA}]+")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

_CODE = re.compile(
    rf"(?<![^\W_{_UNSPACED}]){_WORD_PATTERN}(?:[-_./:@&']{_WORD_PATTERN}|(?<=\d),(?=\d){_WORD_PATTERN})+"
    r"|(?<![^\W_])[a-z](?:\+\+|\#)"
)
_CODE_SEPARATOR = re.compile(r"[-_/:@&',]|(?<!\d)\.|\.(?!\d)")
_LETTERS_OR_DIGITS = re.compile(r"\d{2,}|[^\W\d]{2,}")
_POSSESSIVE = re.compile(r"'s(?!\w)")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]+|[\u0300-\u036f]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")

GRAM = 5
"""Characters per gram."""

_LONG_KATAKANA = 4
_LONGEST_TOKEN = 64
_ROUND_WORDS = ".,;:!?\"'()[]"
_REMEMBERED_STEMS = 200_000

STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about am an and any are as at be been being but by can could did do does for from had
        has have he her here him his how i if in into is it its just me my no not of on or our
        shall she should so some such than that the their them then there these they this those to
        too us was we were what when where which while who whom whose why will with would you
        your""",
    )
)
"""English words without a subject of their own: indexed, but not searched for."""


class LetterKind(IntEnum):
    """What a letter is to the analysis; the last two kinds are of scripts without spaces."""

    NONE = 0
    WORD = 1
    DIGIT = 2
    UNSPACED = 3
    KANJI = 4


class Tokens(NamedTuple):
    """The tokens of a text by field, in order, with repetitions, without white space."""

    terms: list[str]
    runs: list[str]
    grams: list[str]


class IndexedTokens(NamedTuple):
    """The tokens of a text for an index, which makes the grams of the stretches itself.

    Attributes:
        stretches: What stands between writing without spaces, each `_word_word_`; "" for no words.
    """

    terms: list[str]
    runs: list[str]
    stretches: list[str]


class QueryTerm(NamedTuple):
    """A token to search for; `weight` is the value of a match in its field."""

    field: Field
    token: str
    weight: float


class _Stems(dict[str, str]):
    """A cache of the stems of words."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("english", 0)

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED_STEMS:
            self.clear()
        stem: str = self._stemmer.stemWord(word)
        self[word] = stem
        return stem


class _English(threading.local):
    """One cache per thread, since a Snowball stemmer is not thread-safe."""

    def __init__(self) -> None:
        self.stems = _Stems()


_english = _English()


def normalise(text: str) -> str:
    """Return *text* in comparable form: NFKC, lower case, Latin letters without accents."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
        text = _ACCENTED.sub(lambda match: _without_accents(match[0]), text)
    text = text.lower()
    return _POSSESSIVE.sub("", text) if "'s" in text else text


def analyse(text: str) -> Tokens:
    """Return the tokens of *text*, by field."""
    terms, runs, stretches = indexed(text)
    return Tokens(terms, runs, [gram for stretch in stretches for gram in _grams(stretch)])


def indexed(text: str) -> IndexedTokens:
    """Return the terms and runs of *text*, and its stretches in place of grams."""
    text = normalise(text)
    words = words_of(text)
    found_codes = codes(text)
    terms = [*map(_english.stems.__getitem__, words), *found_codes, *code_parts(words)]
    runs = [*words, *found_codes]
    if _STARTS_UNSPACED.search(text):
        terms += _bigrams(text)
        terms += _SINGLE_KANJI.findall(text)
        runs += map(_without_long_vowel, _RUN.findall(text))
        stretches = [_padded(words_of(spaced)) for spaced in _BETWEEN_SPACED.split(text)]
    else:
        stretches = [_padded(words)]
    if max(map(len, runs), default=0) > _LONGEST_TOKEN:
        terms = [token[:_LONGEST_TOKEN] for token in terms]
        runs = [token[:_LONGEST_TOKEN] for token in runs]
    return IndexedTokens(terms, runs, stretches)


def token_set(text: str) -> frozenset[str]:
    """Return the distinct tokens of *text*, over all fields."""
    return frozenset(chain(*analyse(text)))


def words_of(text: str) -> list[str]:
    """Return the words of a normalised *text* in scripts that separate words by spaces."""
    return _WORD.findall(text)


def stem(word: str) -> str:
    """Return the English stem of a normalised *word*."""
    return _english.stems[word]


def codes(text: str) -> list[str]:
    """Return the codes in a normalised *text* without their separators: `err-4012` as `err4012`."""
    return [
        _CODE_SEPARATOR.sub("", code)
        for word in text.split()
        if not word.strip(_ROUND_WORDS).isalnum()
        for code in _CODE.findall(word)
    ]


def content_terms(text: str) -> frozenset[str]:
    """Return the terms of *text* without its stop words: what it is about."""
    return frozenset(analyse(text).terms) - STOP_WORDS


def code_parts(words: Iterable[str]) -> Iterator[str]:
    """Yield the letters and the digits of `err4012`; nothing for words of only one kind."""
    for word in words:
        if not (word.isalpha() or word.isdigit()):
            yield from _LETTERS_OR_DIGITS.findall(word)


def is_unspaced(token: str) -> bool:
    """Tell whether *token* is in a script without spaces between words."""
    return bool(_STARTS_UNSPACED.search(token))


def letter_kinds() -> bytes:
    """Return the `LetterKind` of each character up to U+FFFF, the last for all beyond it, too.

    Most letters beyond it are rare kanji.
    """
    characters = "".join(map(chr, range(0x10000)))
    kinds = bytearray(len(characters))
    patterns = {
        LetterKind.WORD: _WORD_PATTERN,
        LetterKind.DIGIT: r"\d+",
        LetterKind.UNSPACED: f"[{_UNSPACED}]+",
        LetterKind.KANJI: f"[{_KANJI}]+",
    }
    for kind, pattern in patterns.items():
        for found in re.finditer(pattern, characters):
            kinds[found.start() : found.end()] = [kind] * len(found[0])
    kinds[-1] = LetterKind.KANJI
    return bytes(kinds)


def query_terms(text: str) -> list[QueryTerm]:
    """Return the tokens to search for a question, each token of a field once.

    Excludes stop words unless there are no other words. The weight of a repeated token is
    multiplied by its count.
    """
    tokens = analyse(text)
    weights: dict[tuple[Field, str], float] = {}
    fields: tuple[tuple[Field, list[str]], ...] = (
        ("terms", _searched(tokens.terms)),
        ("runs", _searched(tokens.runs)),
        ("grams", tokens.grams),
    )
    for field, found in fields:
        for token in found:
            key = (field, token)
            weights[key] = weights.get(key, 0.0) + _weight(field, token)
    return [QueryTerm(field, token, weight) for (field, token), weight in weights.items()]


def _searched(tokens: list[str]) -> list[str]:
    return [token for token in tokens if token not in STOP_WORDS] or tokens


def _weight(field: Field, token: str) -> float:
    """Return the weight of a match; tuned with `benchmarks/retrieval/quality.py`."""
    match field:
        case "terms":
            if _SINGLE_KANJI.fullmatch(token):
                return 0.4
            return 0.5 if _ONLY_HIRAGANA.fullmatch(token) else 1.0
        case "runs":
            return 1.0 if _STARTS_UNSPACED.match(token) else 0.3
        case "grams":
            return 0.2


def _without_accents(text: str) -> str:
    return _ACCENT.sub("", unicodedata.normalize("NFD", text))


def _bigrams(text: str) -> list[str]:
    bigrams: list[str] = []
    for stretch in _UNSPACED_STRETCH.findall(text):
        bigrams += map(add, stretch, stretch[1:])
    return bigrams


def _without_long_vowel(run: str) -> str:
    """Turn サーバー into サーバ, its other spelling; short words such as コピー keep their ー."""
    return run[:-1] if len(run) >= _LONG_KATAKANA and run.endswith("ー") else run


def _padded(words: Sequence[str]) -> str:
    return f"_{'_'.join(words)}_" if words else ""


def _grams(stretch: str) -> Iterator[str]:
    return (stretch[start : start + GRAM] for start in range(len(stretch) - GRAM + 1))

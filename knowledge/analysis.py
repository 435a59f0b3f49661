"""Tokens for Japanese, English and everything between, without a dictionary.

A text is read by stretches of script, not by its language, so that `ABC社のERR-4012` gives the
tokens of both. Every text yields three kinds of token, which an index keeps in three fields:

- `terms`: character bigrams of Japanese (and Chinese, Korean), stems of other words;
- `runs`: whole stretches of kanji or katakana, whole words, and codes without their hyphens;
- `grams`: single kanji, and 5-grams of other text that run across its spaces.

`query_terms` chooses among them what a question should look for, and how much each counts.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from itertools import chain
from operator import add
from typing import Literal, NamedTuple

import Stemmer

Field = Literal["terms", "runs", "grams"]

VERSION = 1
"""Counts up when the same text gives other tokens: every index is then built anew."""

_KANJI = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆〇\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u309f"
_KATAKANA = "\u30a1-\u30faー-ヿ"
_HANGUL = "\uac00-\ud7af"
_UNSPACED = _KANJI + _HIRAGANA + _KATAKANA + _HANGUL

_WORD_PATTERN = rf"[^\W_{_UNSPACED}]++"
_WORD = re.compile(_WORD_PATTERN)
_SPACED_STRETCH = re.compile(rf"[^{_UNSPACED}]+")
# The character before a stretch belongs to it: `3月` and `a社` are bigrams too.
_UNSPACED_STRETCH = re.compile(rf"[a-z0-9]?[{_UNSPACED}]+")
_RUN = re.compile(rf"[{_KANJI}]+|[{_KATAKANA}]+|[{_HANGUL}]+")
_SINGLE_KANJI = re.compile(rf"[{_KANJI}]")
_ONLY_HIRAGANA = re.compile(rf"[{_HANGUL}{_HIRAGANA}]+")
_STARTS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

_CODE = re.compile(
    rf"{_WORD_PATTERN}(?:[-_./:@&']{_WORD_PATTERN}|(?<=\d),(?=\d){_WORD_PATTERN})+"
    r"|(?<![^\W_])[a-z](?:\+\+|\#)"
)
_CODE_SEPARATOR = re.compile(r"[-_/:@&',]|(?<!\d)\.|\.(?!\d)")
_LETTERS_OR_DIGITS = re.compile(r"\d{2,}|[^\W\d]{2,}")
_POSSESSIVE = re.compile(r"'s(?!\w)")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]+|[\u0300-\u036f]+")
_ACCENT = re.compile(r"[\u0300-\u036f]+")

_GRAM = 5
_LONG_KATAKANA = 4
_LONGEST_TOKEN = 64

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
"""English words that say nothing about a subject. They are indexed, but not searched for."""


class Tokens(NamedTuple):
    """The tokens of a text, by field, in order and with repetitions; none holds white space."""

    terms: list[str]
    runs: list[str]
    grams: list[str]


class QueryTerm(NamedTuple):
    """A token that a question looks for; `weight` says how much a match in its field counts."""

    field: Field
    token: str
    weight: float


class _Stemmers(threading.local):
    """A Snowball stemmer a thread, since its cache of words is not shared safely."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english", 50_000)


_stemmers = _Stemmers()


def normalise(text: str) -> str:
    """Bring *text* to the form in which it is compared: NFKC, lower case, no accents on Latin."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'")
        text = _ACCENTED.sub(lambda match: _without_accents(match[0]), text)
    return _POSSESSIVE.sub("", text.lower())


def analyse(text: str) -> Tokens:
    """Split *text* into the tokens under which it is found."""
    text = normalise(text)
    words = _WORD.findall(text)
    codes = list(_codes(text))
    terms = [*_stemmers.english.stemWords(words), *codes, *_code_parts(words)]
    runs = [*words, *codes]
    grams = _character_grams(text)
    if not text.isascii():
        terms.extend(_bigrams(text))
        runs.extend(map(_without_long_vowel, _RUN.findall(text)))
        grams.extend(_SINGLE_KANJI.findall(text))
    if max(map(len, chain(terms, runs)), default=0) > _LONGEST_TOKEN:
        terms = [token[:_LONGEST_TOKEN] for token in terms]
        runs = [token[:_LONGEST_TOKEN] for token in runs]
    return Tokens(terms, runs, grams)


def token_set(text: str) -> frozenset[str]:
    """Return the distinct tokens of *text*, of all fields together."""
    return frozenset(chain(*analyse(text)))


def query_terms(text: str) -> list[QueryTerm]:
    """Return what a question should look for, each token of a field once.

    Stop words are left out unless nothing else is there. A token that occurs several times
    weighs as often.
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
    """Say how much a match counts; measured with `benchmarks/retrieval/quality.py`."""
    match field:
        case "terms":
            return 0.5 if _ONLY_HIRAGANA.fullmatch(token) else 1.0
        case "runs":
            return 1.0 if _STARTS_UNSPACED.match(token) else 0.3
        case "grams":
            return 0.4 if _STARTS_UNSPACED.match(token) else 0.2


def _without_accents(text: str) -> str:
    return _ACCENT.sub("", unicodedata.normalize("NFD", text))


def _codes(text: str) -> Iterator[str]:
    """Give what is written with separators inside as one: `ERR-4012` becomes `err4012`."""
    for word in text.split():
        if not word.isalnum():
            for code in _CODE.findall(word):
                yield _CODE_SEPARATOR.sub("", code)


def _code_parts(words: list[str]) -> Iterator[str]:
    """Give the letters and the digits of `err4012`; words of one kind have no parts."""
    for word in words:
        if not (word.isalpha() or word.isdigit()):
            yield from _LETTERS_OR_DIGITS.findall(word)


def _bigrams(text: str) -> list[str]:
    bigrams: list[str] = []
    for stretch in _UNSPACED_STRETCH.findall(text):
        bigrams += map(add, stretch, stretch[1:])
    return bigrams


def _without_long_vowel(run: str) -> str:
    """Write サーバー and サーバ alike; short words such as コピー keep their ー."""
    return run[:-1] if len(run) >= _LONG_KATAKANA and run.endswith("ー") else run


def _character_grams(text: str) -> list[str]:
    grams: list[str] = []
    for stretch in _SPACED_STRETCH.findall(text):
        if words := _WORD.findall(stretch):
            padded = f"_{'_'.join(words)}_"
            grams += [padded[i : i + _GRAM] for i in range(len(padded) - _GRAM + 1)]
    return grams

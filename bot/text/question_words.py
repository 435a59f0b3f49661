"""The words of a question, by how much each says about where its answer stands.

A word that few of the passages found have tells them apart; one that none has tells nothing.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from bot.text import numbers
from bot.text.hiragana_nouns import has_noun, hiragana_nouns, topic_in_hiragana
from bot.text.japanese_names import others_named
from bot.text.labels import labels_missing
from knowledge.text.analysis import (
    GRAM,
    STOP_WORDS,
    indexed,
    is_unspaced,
    normalise,
    query_terms,
    stem,
    words_of,
)
from knowledge.text.numbers import NumberInText, numbers_in
from knowledge.text.question_subject import subject_of
from knowledge.text.spellings import respelt

_GENERAL_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """many much long often far big old high get give go take make have use work do day time
        year month week hour minute person people thing way kind sort type cost price pay fee money
        amount number name date place need want must may might allow possible happen know find say
        tell ask if else new old own next last first every each per still already there other
        different one two company office team policy rule anyone someone everyone us me let please
        during before after between without within once again only even also ever never always
        anything something anywhere somewhere keep kept find exactly
        over under until off through away up down out around along across near three four five six
        seven eight nine ten twelve come bring put run open close show start stop begin end cover
        today tomorrow yesterday""",
    )
)
_GENERAL_JAPANESE = re.compile(
    r"料金|費用|値段|金額|価格|方法|手順|手続|場合|場所|時間|日数|期間|期限|曜日|何[日時分月年曜枚本個人回件円歳階]?"
    r"|必要|可能|申請|利用|使用|確認|対象|条件|内容|規定|規則|制度|会社|自分|最大|最低|上限|年度?|月|日|時|円|人|回|出|使"
    r"|担当|お客様?|教|頼|行|来|入|取|買|持|分|前|後|中|上|下|今|件|方|者|用|問|名|数|一|二|三|誰|私|僕"
)
_LETTER = r"[^\W_\u3041-\u30ff\u3400-\u9fff々]"
_EMPTY = frozenset(
    re.findall(
        r"\w+",
        """many much long often far big old high get give go take make have use do come bring put
        need want must may might allow possible happen know find say tell ask if there here other
        thing way kind sort exactly me let us please only even also ever never always today
        tomorrow yesterday time day year anything something everyone anyone someone hello hi thanks
        thank okay ok yes no""",
    )
)
"""English words that name nothing, not even together with others such as these."""

_EMPTY_JAPANESE = re.compile(
    r"何[日時分月年曜枚本個人回件円歳階]*|誰|今日|明日|昨日|今|私|僕|曜日|自分"
)
_LEAST_WORDS = 2
"""General words that name something together: opening hours, 利用 and 料金."""

_NAME = re.compile(
    rf"(?<![_'’.-])(?<!{_LETTER})[A-Z](?:{_LETTER}|[_'’&-])*(?:\s+[A-Z0-9](?:{_LETTER}|[_'’&-])*)*"
)
_ACRONYM = re.compile(rf"(?<!{_LETTER})(?:[A-Z]{{2,}}|[A-Z][a-z]*[A-Z]{_LETTER}*)(?!{_LETTER})")
_SENTENCE = re.compile(r"(?:^|[.?!:;\n]\s{0,3}|[\"“(]\s{0,3})$")
_KANJI_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff々]+|[\u30a1-\u30faー]{2,}")
_NUMERAL = re.compile(r"\d")
_KANA_FIRST = re.compile(r"[\u3041-\u309f]")
_UNITS = {"リットル": "l", "キロ": "kg", "パーセント": "%"}
_LABEL = re.compile(r"(?<![\w-])([A-Za-z][\w-]{0,40})\s{1,3}(\d{1,4}|[A-Z])\b")


_SHORTEST_PART = 2
"""Letters up to which a word is in many others by chance."""

_Below = tuple[str, ...]
"""Texts that stand below each other, such as a title and a sentence; they are read as one."""


class QuestionWords:
    """What *question* looks for, weighed by the passages found for it.

    Args:
        question: As it was asked.
        texts: The pieces that are compared, each with its title and headings.
    """

    def __init__(self, question: str, texts: Iterable[_Below]) -> None:
        terms = _terms(question)
        self._wanted = frozenset(token for token, _ in terms)
        self._grams = tuple(token for token in self._wanted if len(token) == GRAM)
        self._found: dict[_Below, frozenset[str]] = {}
        found = list(map(self._in, texts))
        counts, total = Counter(chain.from_iterable(found)), len(found)
        self._weights = {
            token: weight * math.log(1 + (total - counts[token] + 0.5) / (counts[token] + 0.5))
            for token, weight in terms
            if counts[token]
        }
        self._total = sum(self._weights.values()) or 1.0

    def share(self, *texts: str) -> float:
        """Return the share of the question's weight that *texts* have, 0..1."""
        there = self._in(texts)
        found = sum(weight for token, weight in self._weights.items() if token in there)
        return found / self._total

    def _in(self, texts: _Below) -> frozenset[str]:
        """Return the tokens of the question that *texts* have."""
        found = self._found.get(texts)
        if found is None:
            tokens = _tokens(*texts)
            grams = (token for token in self._grams if token in tokens.stretches)
            found = self._found[texts] = (self._wanted & tokens.words).union(grams)
        return found


@lru_cache(maxsize=64)
def _terms(question: str) -> tuple[tuple[str, float], ...]:
    weights = dict[str, float]()
    for term in query_terms(subject_of(question)):
        weights[term.token] = max(weights.get(term.token, 0.0), term.weight)
    return tuple(weights.items())


class _Tokens(NamedTuple):
    """The tokens of a text as `token_set` has them, without a copy of each gram."""

    normal: str
    words: frozenset[str]
    stretches: str

    def has(self, token: str) -> bool:
        return token in self.words or (len(token) == GRAM and token in self.stretches)


@lru_cache(maxsize=64)  # of one piece several things are asked, one after the other
def _tokens(*texts: str) -> _Tokens:
    """Return the tokens of *texts*: words at the edges of two are beside each other."""
    if len(texts) == 1:
        return _tokens_of(texts[0])
    parts = [_tokens_of(text) for text in texts if text]
    return _Tokens(
        "\n".join(part.normal for part in parts),
        frozenset[str]().union(*(part.words for part in parts)),
        "".join(part.stretches for part in parts).replace("__", "_"),
    )


@lru_cache(maxsize=2048)  # passages are found for one question after the other
def _tokens_of(text: str) -> _Tokens:
    terms, runs, stretches = indexed(text)
    return _Tokens(normalise(text), frozenset(terms).union(runs), "\n".join(stretches))


@lru_cache(maxsize=64)
def names_in(question: str) -> tuple[str, ...]:
    """Return the names in *question*: capitalised words, acronyms, labels such as `Aspen 1`."""
    plain = unicodedata.normalize("NFKC", subject_of(question))
    found = dict[str, None]()
    for match in _NAME.finditer(plain):
        words = match[0].split()
        if _SENTENCE.search(plain[: match.start()]):
            words = words[1:]  # a sentence begins with a capital letter, whatever its first word is
        found |= dict.fromkeys(
            word for word in words if word not in {"I", "A"} and normalise(word) not in STOP_WORDS
        )
    found |= dict.fromkeys(match[0] for match in _ACRONYM.finditer(plain))
    return tuple(found)


def names_missing(question: str, *texts: str) -> int:
    """Return how many names, codes and numbers of *question* are not in *texts*."""
    named = _named(question)
    absent = unlabelled = 0
    if named.names:
        known = _tokens(*texts)
        absent = sum(
            not (stemmed in known.words or whole.search(known.stretches))
            for whole, stemmed in named.names
        )
    text = "\n".join(texts)
    absent += len(_parts_of_names(named, text)) + len(others_named(named.asked, text))
    absent += len(labels_missing(named.asked, text))
    if named.labels:
        plain = unicodedata.normalize("NFKC", text)
        unlabelled = sum(not label.search(plain) for label in named.labels)
    return (
        absent + unlabelled + len({*numbers.missing(named.asked, text), *_of_others(named, text)})
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """What a question names.

    Attributes:
        asked: Its subject.
        names: What matches each name among the words of a text, and its stem.
        labels: What matches a label, such as `Aspen 1`.
        counted: Its numbers with a unit.
        words: What it is about that has no capital letter.
    """

    asked: str
    names: tuple[tuple[re.Pattern[str], str], ...]
    labels: tuple[re.Pattern[str], ...]
    counted: tuple[NumberInText, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=64)
def _named(question: str) -> _Named:
    asked, names = unicodedata.normalize("NFKC", subject_of(question)), names_in(question)
    return _Named(
        asked,
        tuple((_whole(name), stem(normalise(name))) for name in names),
        tuple(
            re.compile(rf"\b{re.escape(match[1])}\W+{match[2]}\b", re.IGNORECASE)
            for match in _LABEL.finditer(asked)
            if match[1] in names
        ),
        tuple(number for number in numbers_in(asked) if number.unit),
        tuple(
            key
            for key in keys_of(question)
            if len(key) > _SHORTEST_PART and key.isascii() and key.isalpha()
        ),
    )


def _parts_of_names(named: _Named, text: str) -> list[str]:
    """Return the words of a question that are only part of a name in *text*: tina in Martina."""
    if not named.words:
        return []
    words, proper = _names_said(text)
    return [
        word
        for word in named.words
        if stem(word) not in words
        and any(one != word and (one.startswith(word) or one.endswith(word)) for one in proper)
    ]


@lru_cache(maxsize=256)
def _names_said(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of *text* and its names: words with a capital inside a sentence."""
    plain = unicodedata.normalize("NFKC", text)
    proper = (
        match[0].split()
        for match in _NAME.finditer(plain)
        if not _SENTENCE.search(plain[max(0, match.start() - 8) : match.start()])
    )
    return _tokens(text).words, frozenset(normalise(word) for words in proper for word in words)


def _of_others(named: _Named, text: str) -> set[str]:
    """Return the numbers of a question that *text* has of other things only: 2 tons, 2 weeks."""
    if not named.counted:
        return set()
    counted = dict[str, set[str]]()
    for value, unit in numbers_in(text):
        counted.setdefault(value, set()).add(unit[:1])
    return {
        f"{value}{unit}"
        for value, unit in named.counted
        if value in counted and not counted[value] & {"", _UNITS.get(unit, unit)[:1]}
    }


@lru_cache(maxsize=256)
def _whole(name: str) -> re.Pattern[str]:
    """Return what matches *name* in stretches of words, in one word or several: Wi-Fi, WiFi."""
    letters = "_?".join(map(re.escape, "".join(words_of(normalise(name)))))
    return re.compile(rf"_{letters}(?:_?s|es)?_")


@lru_cache(maxsize=64)
def as_written(question: str, text: str) -> str:
    """Return *question* with its slips of spelling as *text* has the words, if it has them."""
    if keys_missing(question, text) == 0:
        return question
    tokens = _tokens(text)
    normal = tokens.normal
    said = frozenset(words_of(normalise(question))).difference(keys_of(question))
    words = frozenset(words_of(normal))

    def known(word: str) -> int:
        if _KANA_FIRST.match(word):
            return int(re.search(rf"(?<![\u3041-\u309f]){word}", normal) is not None)
        if is_unspaced(word):
            return int(word in normal)
        if " " in word:
            return int(f" {word}" in normal)
        if word in words or word in said:
            return 2
        return int(tokens.has(stem(word)))

    return respelt(question, known, commoner=1)


def has_other_letters(question: str, written: str) -> bool:
    """Tell whether *written* has other letters than *question*, not only in another order.

    "Hansen" may be a slip for "Hanson", or somebody else.
    """
    return sorted(_letters(question)) != sorted(_letters(written))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, filter(str.isascii, text.lower())))


@lru_cache(maxsize=64)
def keys_of(question: str) -> tuple[str, ...]:
    """Return the words that a question is about, without those that any question may have."""
    subject = unicodedata.normalize("NFKC", subject_of(question))
    normal = normalise(subject)
    english = [
        word
        for word in words_of(normal)
        if word not in STOP_WORDS
        and word not in _GENERAL_ENGLISH
        and stem(word) not in _GENERAL_ENGLISH
        and not word.isdigit()
        and len(word) > 1
    ]
    japanese = [
        piece
        for run in _KANJI_RUN.findall(normal)
        for piece in _GENERAL_JAPANESE.sub(" ", run).split()
    ]
    kana = (*hiragana_nouns(normal), *topic_in_hiragana(normalise(question)))
    return tuple(dict.fromkeys([*english, *japanese, *kana]))


def names_nothing(question: str, *texts: str) -> bool:
    """Tell whether *question* has nothing by which *texts* could be known to answer it.

    A name, a number or a key is something. Words that any question may have are something together
    if all of them are there: opening hours.
    """
    if keys_of(question) or names_in(question) or _NUMERAL.search(question):
        return False
    general, known = _general_words(question), _tokens(*texts)
    parts = sum(len(word) // 2 if is_unspaced(word) else 1 for word in general)
    return parts < _LEAST_WORDS or any(_has(word, known) < 1 for word in general)


@lru_cache(maxsize=64)
def _general_words(question: str) -> tuple[str, ...]:
    """Return what any question may have, without the words that name nothing."""
    normal = normalise(subject_of(question))
    english = [
        word
        for word in words_of(normal)
        if word not in STOP_WORDS and not {word, stem(word)} & _EMPTY and len(word) > 1
    ]
    japanese = [
        piece
        for run in _KANJI_RUN.findall(normal)
        for piece in _EMPTY_JAPANESE.sub(" ", run).split()
    ]
    return tuple(dict.fromkeys([*english, *japanese]))


def keys_missing(question: str, *texts: str) -> float:
    """Return the share of the words that *question* is about that *texts* do not have, 0..1."""
    return _missing(keys_of(question), texts)


def nouns_missing(question: str, *texts: str) -> float:
    """Return the share of the things that *question* names that *texts* do not have, 0..1.

    In Japanese those are the compounds and the katakana words: 連れる is put in other words, 昼寝
    is not. In English verbs cannot be told from nouns, and count as well.
    """
    return _missing([key for key in keys_of(question) if len(key) > 1 or key.isascii()], texts)


def _missing(keys: Sequence[str], texts: _Below) -> float:
    if not keys:
        return 0.0
    known = _tokens(*texts)
    return sum(1.0 - _has(key, known) for key in keys) / len(keys)


def _has(key: str, known: _Tokens) -> float:
    if not is_unspaced(key):
        return float(known.has(stem(key)))
    if key in known.normal:
        return 1.0
    if _KANA_FIRST.match(key):
        return float(has_noun(key, known.normal))
    pairs = [key[place : place + 2] for place in range(len(key) - 1)]
    return 0.9 * sum(pair in known.normal for pair in pairs) / len(pairs) if pairs else 0.0

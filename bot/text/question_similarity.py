"""Tells whether two questions ask the same in other words.

Joining two that are not is worse than asking twice, so that everything counts against it: what
differs in figures, codes, negation, direction or in what is asked for (when, where, who) makes
them two. What is left is compared by its words and, where the embedder understands more than
words, by its meaning. How near is near enough differs from one embedder to the next, and from one
language to the other: each is first shown pairs that are nearly the same and are not, and only
what it finds nearer than all of those is the same. Measured on `tests/data/same_questions.jsonl`.
"""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np

from bot.core.language import language_of
from bot.text.hiragana_words import placed_words
from bot.text.numbers import missing
from bot.text.question_contrast import other_small_words, replaced, turned_round
from knowledge.model.types import Vector
from knowledge.text.analysis import STOP_WORDS, codes, normalise, stem, words_of

EmbedTexts = Callable[[Sequence[str]], Awaitable[Sequence[Vector] | None]]
"""Embeds questions; None if its vectors say no more than the words."""

SAME = 0.9
"""Similarity from which on two questions count as the same."""

MARGIN = 0.02
"""How much nearer (in cosine) than the nearest of `NEAR_MISSES` the same questions have to be."""

LEAST = 0.8
"""Cosine below which no questions are the same, whatever the near misses are."""

BLIND = 0.99
"""Where so near is not near enough, the embedder does not know the language."""

NEAR_MISSES: Mapping[str, Sequence[tuple[str, str]]] = {
    "en": (
        ("Who signs contracts with suppliers?", "Who signs contracts with customers?"),
        ("How do I lock my account?", "How do I unlock my account?"),
        ("Is maternity leave paid?", "Is paternity leave paid?"),
        ("How do I upload a wiki page?", "How do I delete a wiki page?"),
        ("What does the gym in Osaka cost?", "What does the gym in Kyoto cost?"),
        ("How do I order business cards?", "How do I order name badges?"),
        ("Can interns work from home?", "Can managers work from home?"),
        ("What is the maximum length of a contract?", "What is the minimum length of a contract?"),
    ),
    "ja": (
        ("取引先との契約は誰が署名しますか？", "従業員との契約は誰が署名しますか？"),
        ("育児休業は有給ですか？", "介護休業は有給ですか？"),
        ("アカウントを凍結するには？", "アカウントを削除するには？"),
        ("大阪のジムの料金はいくらですか？", "京都のジムの料金はいくらですか？"),
        ("資料の公開手順を教えてください", "資料の削除手順を教えてください"),
        ("名刺の注文はどうすればいいですか？", "名札の注文はどうすればいいですか？"),
        ("契約期間の上限は？", "契約期間の下限は？"),
        ("新入社員は在宅勤務できますか？", "管理職は在宅勤務できますか？"),
    ),
    "en ja": (
        ("Who signs contracts with suppliers?", "従業員との契約は誰が署名しますか？"),
        ("How do I lock my account?", "アカウントを削除するには？"),
        ("What does the gym in Osaka cost?", "京都のジムの料金はいくらですか？"),
        ("Is maternity leave paid?", "病気休暇は有給ですか？"),
        ("Can interns work from home?", "管理職は在宅勤務できますか？"),
        ("How do I order business cards?", "名札の注文はどうすればいいですか？"),
    ),
}
"""Pairs that ask different things in nearly the same words, by the languages that they are in."""

LONGEST = 2_000
"""Characters of a question that are compared: what is asked stands in them, and every open question
is compared with every new one."""

_MOST_KEPT = 2_000
_LEAST_STEP = 0.001

_FILLERS_JAPANESE = re.compile(
    r"教え|知り|知って|方法|やり方|仕方|手順|(?<=[ぁ-ん])方|場合|際|対処|可能|何|誰|下さい|願い|質問|"
    r"時(?=[はにのも、]|$)|お?手数|恐れ入り|済み|行って|来て|出来"
)
_FILLERS_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        """ani anyon exact explain find get hello help hi know like mean need ok okay pleas possibl
        someon tell thank want way wonder""",
    )
)
_KANJI = re.compile(r"[\u3400-\u9fff々]")
_DIGITS = "〇一二三四五六七八九"
_KANJI_DIGIT = re.compile(rf"(?<![{_DIGITS}十百千])[{_DIGITS}](?![{_DIGITS}十百千])")
_KATAKANA = re.compile(r"[\u30a1-\u30faー]{2,}")
_LABEL = re.compile(
    r"(?<=.)(?<![A-Za-z'’])[A-HJ-Z](?![A-Za-z'’])|(?<![A-Za-z])[A-Z](?=[\u3041-\u30ff\u3400-\u9fff])"
)

_POLITE = re.compile(
    r"(?:ません|ない(?:です|でしょう)?)か[?？。]*$|(?:ないと(?:いけ|だめ|駄目)|なければ(?:なら|いけ))"
    r"|(?:かも|す)しれ(?:ない|ません)|don't (?:mind|know)|\bwhy not\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"[^\W\d_](?:ない|なく|なかった|なければ|なきゃ|ません|ずに)|(?:不要|禁止|以外)"
    r"|\b(?:not|cannot|never|without|no|none|except|unable)\b|n['’]t\b",
    re.IGNORECASE,
)
_ASKED = {
    "when": (
        r"いつ|何時|何日に|何月|何曜|期限|締め?切り?"
        r"|\bwhen\b|\bdeadline\b|what (?:time|date|day)"
    ),
    "where": r"どこ|何処|場所|\bwhere\b|which (?:room|building|floor|place)",
    "who": r"誰|だれ|どなた|担当者|\bwho(?:m|se)?\b",
    "why": r"なぜ|何故|どうして|理由|原因|\bwhy\b|\breasons?\b",
    "money": r"いくら|何円|料金|費用|値段|金額|\bhow much\b|\bprice\b|\bcosts?\b|\bfees?\b",
}
_ASKS = {kind: re.compile(words, re.IGNORECASE) for kind, words in _ASKED.items()}
_START = "from"
_WAYS = {"から": _START, "まで": "to", "へ": "to", "前": "before", "中": "during", "後": "after"}
_DIRECTION = re.compile(r"\b(from|to|before|during|after)\s+(?:the |a |an |my )?([a-z0-9]+)")
_DIRECTION_JAPANESE = re.compile(
    r"([\u30a1-\u30faー\u3400-\u9fff々a-z0-9]{1,20}?)(から|まで|へ|前|中|後)"
)


class QuestionSimilarity:
    """Compares questions; remembers the vectors of those that it has seen.

    Args:
        embed: Of the knowledge base; absent, words alone count.
    """

    def __init__(self, embed: EmbedTexts | None = None) -> None:
        self._embed = embed
        self._known: dict[str, Vector] = {}
        self._floors: dict[str, float] = {}

    async def same(self, question: str, texts: Sequence[str]) -> list[int]:
        """Return which of *texts* (by position) ask the same as *question*, nearest first."""
        found = await self.of(question, texts)
        order = sorted(range(len(texts)), key=lambda place: -found[place])
        return [place for place in order if found[place] >= SAME]

    async def of(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how alike *question* each text is, 0..1; from `SAME` on they are the same.

        Without vectors, or when the embedder fails, words alone decide.
        """
        vectors = await self._vectors([question, *texts])
        if vectors is None:
            return [by_words(question, text) for text in texts]
        scores = list[float]()
        for text, vector in zip(texts, vectors[1:], strict=True):
            floor = await self._floor(question, text)
            scores.append(by_meaning(question, text, float(vectors[0] @ vector), floor))
        return scores

    async def pairs(self, texts: Sequence[str]) -> dict[tuple[int, int], float]:
        """Return how alike those pairs of *texts* are that are the same, by position, lower first.

        What `of` says of each pair; but what has to be looked at closely is found by its words and
        vectors first, so that a thousand texts take a second.
        """
        contents, languages = list(map(_content, texts)), list(map(language_of, texts))
        vectors = await self._vectors(texts) if texts else None
        matrix = np.stack(vectors) if vectors else None
        found = dict[tuple[int, int], float]()
        for place, text in enumerate(texts):
            await asyncio.sleep(0)  # others take their turn
            cosines = [] if matrix is None else (matrix @ matrix[place]).tolist()
            floors = {
                language: 1.0 if vectors is None else await self._floor(text, texts[first])
                for language, first in _firsts(languages)
            }
            for other in range(place + 1, len(texts)):
                floor = floors[languages[other]]
                near = bool(cosines) and floor < BLIND and cosines[other] > floor
                if near or _shared(contents[place], contents[other]) >= SAME:
                    cosine = cosines[other] if cosines else 0.0
                    score = by_meaning(text, texts[other], cosine, floor)
                    if score >= SAME:
                        found[place, other] = score
        return found

    async def _floor(self, question: str, text: str) -> float:
        """Return the nearest that the embedder finds questions of these languages that differ."""
        languages = " ".join(sorted({language_of(question), language_of(text)}))
        if languages not in self._floors:
            pairs = NEAR_MISSES[languages]
            vectors = await self._vectors([one for pair in pairs for one in pair])
            if vectors is None:
                return 1.0
            nearest = max(float(a @ b) for a, b in zip(vectors[::2], vectors[1::2], strict=True))
            self._floors[languages] = max(nearest + MARGIN, LEAST)
        return self._floors[languages]

    async def _vectors(self, texts: Sequence[str]) -> list[Vector] | None:
        """Return a vector for each text, None where there is no model of meaning."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if self._embed is None:
            return None
        if new:
            vectors = await self._embed(new)
            if vectors is None:
                return None
            self._known |= zip(new, vectors, strict=True)
        found = [self._known[text] for text in texts]
        if len(self._known) > _MOST_KEPT:
            self._known.clear()
        return found


def _firsts(languages: Sequence[str]) -> list[tuple[str, int]]:
    """Return each language with the position at which it comes first."""
    return [(language, languages.index(language)) for language in dict.fromkeys(languages)]


def by_words(one: str, other: str) -> float:
    """Return the similarity of two questions by their words, 0..1."""
    return 0.0 if differ(one, other) else _by_content(one, other)


def _by_content(one: str, other: str) -> float:
    """Return how much two questions share; less than `SAME` if each has a word of its own."""
    first, second = _content(one), _content(other)
    shared = _shared(first, second)
    apart = bool(first - second and second - first) or other_small_words(one, other)
    return min(shared, SAME - _LEAST_STEP) if apart else shared


def by_meaning(one: str, other: str, cosine: float, floor: float) -> float:
    """Return the similarity of two questions by their words or the *cosine* of their vectors.

    *floor* is the nearest that questions are which differ; a cosine above it means the same.
    """
    if differ(one, other):
        return 0.0
    words = _by_content(one, other)
    if floor >= BLIND:
        return words
    over = (cosine - floor) / (1.0 - floor)
    nearest = SAME - _LEAST_STEP
    meaning = SAME + (1.0 - SAME) * over if over > 0 else min(SAME * cosine / floor, nearest)
    return max(words, min(meaning, 1.0), 0.0)


def contrast(one: str, other: str) -> bool:
    """Tell whether a word of one question stands in the other in the place of another one.

    Of what is the same otherwise, that makes two: who orders toner, and who orders paper.
    """
    first, second = _in_order(one), _in_order(other)
    return other_small_words(one, other) or replaced(first, second)


def differ(one: str, other: str) -> bool:
    """Tell whether two questions differ in something that makes them two, however alike."""
    first, second = _plain(one), _plain(other)
    if missing(first, second) or missing(second, first):
        return True
    if set(_LABEL.findall(first)) != set(_LABEL.findall(second)):
        return True
    if _negated(first) != _negated(second):
        return True
    counted = [set(_KANJI_DIGIT.findall(text)) for text in (first, second)]
    if counted[0] - counted[1] and counted[1] - counted[0]:
        return True
    if _asked(first).isdisjoint(_asked(second)) or _turned(first.lower(), second.lower()):
        return True
    return turned_round(first, second)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:LONGEST]).strip()


def _negated(text: str) -> bool:
    return bool(_NEGATION.search(_POLITE.sub("", text)))


def _asked(text: str) -> set[str]:
    """Return what is asked for; whatever it is where that cannot be seen."""
    return {kind for kind, asks in _ASKS.items() if asks.search(text)} or set(_ASKS)


def _turned(one: str, other: str) -> bool:
    """Tell whether the same words lead elsewhere: from A to B and from B to A, before and after."""
    first, second = _ways(one), _ways(other)
    turned = any(first[word] != second[word] for word in first.keys() & second.keys())
    starts = [{word for word, way in ways.items() if way == _START} for ways in (first, second)]
    return turned or (all(starts) and starts[0].isdisjoint(starts[1]))


def _ways(text: str) -> dict[str, str]:
    """Return where the words of *text* stand: what it goes from or to, before or after."""
    english = {stem(word): way for way, word in _DIRECTION.findall(text) if word not in STOP_WORDS}
    japanese = {word: _WAYS.get(way, way) for word, way in _DIRECTION_JAPANESE.findall(text)}
    return english | japanese


def _content(text: str) -> frozenset[str]:
    """Return the content of *text*: kanji, words in kana, stems, codes and numbers."""
    return frozenset(_in_order(text))


@lru_cache(maxsize=_MOST_KEPT)  # one question is held against many
def _in_order(text: str) -> tuple[str, ...]:
    """Return the content of *text* as it stands; codes stand at its end."""
    whole = _plain(text)
    plain = _FILLERS_JAPANESE.sub(lambda filler: " " * len(filler[0]), whole)
    plain = _KANJI_DIGIT.sub(lambda digit: str(_DIGITS.index(digit[0])), plain)
    normal = normalise(plain)
    found, place = list[tuple[int, str]](), 0
    for word in words_of(normal):
        place = normal.index(word, place)
        if word not in STOP_WORDS and (stemmed := stem(word)) not in _FILLERS_ENGLISH:
            found.append((place, stemmed))
        place += len(word)
    katakana = ((word.start(), word[0].rstrip("ー")) for word in _KATAKANA.finditer(plain))
    kanji = ((one.start(), one[0]) for one in _KANJI.finditer(plain))
    found += (*katakana, *kanji, *placed_words(whole))
    return (*(word for _, word in sorted(found)), *codes(normal))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of words in common (Dice); two that speak of nothing are not alike."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0

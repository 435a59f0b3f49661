"""Statements with values, and whether two of them give one thing different values.

Seen without understanding, so precision comes first. Two sentences speak of the same attribute of
the same subject when one says nothing that the other does not say too, save words such as "staff"
or "up to". What differs otherwise, a name, a weekday or a kind, makes them two subjects.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from knowledge.text.analysis import STOP_WORDS, normalise, stem
from knowledge.text.cases import of_other_cases
from knowledge.text.highlight import sentences
from knowledge.text.years import without_years, years_in

SAME_STATEMENT = 0.65
"""Share of the weight of all their words that two statements of one thing have in common."""

_FEWEST = 2
"""Words that they have in common at least."""

_JAPANESE_UNITS: Mapping[str, str] = {
    "か月": "month", "ヶ月": "month", "ヵ月": "month", "カ月": "month", "ケ月": "month",
    "日間": "day", "日": "day", "時間制": "", "時間": "hour", "分間": "minute", "分": "minute",
    "秒": "second", "週間": "week",
    "週": "week", "年間": "year", "年": "year", "万円": "yen", "千円": "yen",
    "億円": "yen", "円": "yen", "ユーロ": "eur", "ドル": "usd", "パーセント": "%", "割": "割",
    "名": "person", "人": "person", "回": "time", "文字": "character", "件": "件", "個": "個",
    "枚": "枚", "台": "台", "部": "部", "冊": "冊", "本": "本", "室": "室", "席": "席", "階": "階",
    "倍": "倍", "歳": "歳", "泊": "泊", "点": "点", "箇所": "箇所", "か所": "箇所", "メートル": "m",
    "キロ": "km", "度": "度",
}  # fmt: skip
_UNITS: Mapping[str, str] = {
    "eur": "eur", "euro": "eur", "euros": "eur", "€": "eur", "usd": "usd", "dollars": "usd",
    "dollar": "usd", "$": "usd", "yen": "yen", "jpy": "yen", "¥": "yen", "£": "gbp", "gbp": "gbp",
    "percent": "%", "people": "person", "persons": "person", "person": "person", "h": "hour",
    "min": "minute", "minutes": "minute", "days": "day", "day": "day", "hrs": "hour",
}  # fmt: skip
_LONG_NUMBER = re.compile(r"\d{3,12}")
"""A number without a measure that says something alone: of a door, a telephone, a room."""

_TIMES = frozenset({"hours", "hour", "minute", "weeks", "week", "months", "month", "years", "year"})
_MONEY = frozenset({"eur", "usd", "yen", "gbp"})
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
"""How some countries write thousands; no sum of money has three places."""
_FACTORS = {"万円": 10_000, "千円": 1000, "億円": 100_000_000}
_ANY_UNIT = "|".join(sorted(_JAPANESE_UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<currency>[€$£¥]\s?)?(?<![a-z0-9_.,:/-])(?P<value>\d+(?:[.,]\d+)*)(?![\d:/-])"
    rf"(?:[\s-]?(?P<unit>%|{_ANY_UNIT}|[a-z]{{1,20}}))?"
)
_CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-4]):[0-5]\d(?!\d)|(?<!\d)\d{1,2}\s?[ap]\.?m\b\.?")
_CLOCK_JA = re.compile(r"(?:午前|午後)?(?<!\d)(?:[01]?\d|2[0-4])時(?!間)(?:[0-5]?\d分|半)?")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?:\d{4}年\s?)?\d{1,2}\s?月\s?\d{1,2}\s?日"
    r"|(?:\d{1,2}(?:st|nd|rd|th)?\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
    r"\s\d{1,4}(?:st|nd|rd|th)?(?:,?\s\d{4})?(?!\w)"
)
_ENUMERATOR = re.compile(
    r"\s*(?:[*_|>-]\s*)*(?:\(?\d{1,3}(?:\.\d{1,3}){0,4}[.)]?(?=\s)|[第§]\s?\d{1,4}(?:[条項章節号])?"
    r"|(?:step|section|article|clause|chapter|lab|level|table|figure)\s\d{1,3}[.:)]?)"
)
_PICTURE = re.compile(r"!\[[^\[\]\n]{0,500}\]")
_CODE = re.compile(r"`([^`\n]{1,200})`")
_LABEL = re.compile(r"\b([A-Z][A-Za-z-]{0,30}) \d{1,4}(?=\.?(?: [A-Z(]|[,;:)]|\.?\s*$))")
"""A number that belongs to a name: Tier 2, Lab 3."""

_DEICTIC = re.compile(
    r"\W*(?:(?:this|these|that|it|they|he|she)\b|これ|この|それ|その|同|当)", re.IGNORECASE
)
"""How a sentence begins whose subject stands in another one."""

_LINK = re.compile(r"\]\([^()\s]{1,500}\)|https?://\S{1,500}")
_SOUGHT = re.compile(r"[a-z][a-z0-9'&+#]*|[\u30a1-\u30faー]{2,}|[\u4e00-\u9fff々]{2,}|\d+")
_KANA = re.compile(r"[\u3041-\u30ff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_PROPER = re.compile(r"(?<=[\w,;)] )[A-Z][\w-]+")
_SENTENCE_END = re.compile(r"[.。!！」)）]\s*\Z")

_SOFT = frozenset(
    re.findall(
        r"[a-z]+",
        """staff employee employees everybody everyone person people member members colleague
        colleagues worker workers each every all any per get gets have has receive receives
        received grant granted give given entitled allow allowed may must can should need needs
        needed require required pay pays paid cost costs last lasts up least most maximum minimum
        max min within after before about around total currently now also only use uses used using
        keep kept free end ends ended year years annually yearly day days week weeks month months
        period hour hours minute minutes please new note we our you your they their he she it its
        one two""",
    )
) | frozenset(
    [
        "付与",
        "支給",
        "取得",
        "可能",
        "必要",
        "最大",
        "上限",
        "限度",
        "以内",
        "以下",
        "以上",
        "最長",
        "最短",
        "合計",
        "原則",
        "社員",
        "従業",
        "業員",
        "職員",
        "全員",
        "年間",
        "毎年",
        "一人",
        "保管",
        "保存",
        "規定",
        "場合",
        "使用",
        "利用",
        "当該",
        "支払",
        "認可",
        "許可",
        "期限",
        "程度",
        "現在",
        "約束",
        "スタッ",
        "タッフ",
        "メンバ",
        "ンバー",
    ]
)
"""Words that say nothing about the subject, and Japanese ones by pairs of characters."""

_QUALIFIERS = frozenset(
    re.findall(
        r"[a-z]+",
        """monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays
        thursdays fridays saturdays sundays weekend weekends weekday weekdays holiday holidays
        night nights morning except unless if without not no first second third extra additional
        more manager managers trainee trainees intern interns guest guests contractor part""",
    )
) | frozenset(
    [
        "土曜",
        "日曜",
        "月曜",
        "火曜",
        "水曜",
        "木曜",
        "金曜",
        "平日",
        "休日",
        "祝日",
        "週末",
        "夜間",
        "早朝",
        "以外",
        "例外",
        "管理",
        "役員",
        "追加",
        "初回",
        "二回",
        "学生",
        "派遣",
        "契約",
        "海外",
        "国内",
    ]
)
"""Words that make a statement one of another case."""

_GENRES = re.compile(
    r"\b(?:policy|policies|guide|guidelines?|handbook|faqs?|questions|manual|rules?|overview|notes?"
    r"|index|readme|about|home|new|old|draft|final|copy|version|v\d+|archive[d]?|legacy|basics|the"
    r"|our|how|to|what|is|are|and|of|for|in|a|an)\b|規程|規則|規定|案内|手引き|手引|マニュアル|ガイド|お知らせ|概要|一覧"
    r"|よくある質問|質問|補足|改訂|改定|新版|旧版|最新|要領|ルール"
)  # fmt: skip
"""Words of titles that name a kind of document or an edition, and no subject."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with values.

    Attributes:
        values: The values by what they measure, such as `day`, `yen`, `clock`.
        words: What it speaks of: stems, and pairs of kanji or katakana, without values.
        proper: Of these, names in Latin letters.
        years: The years that it names.
        codes: What it writes as code.
        frame: All that it says but its values.
        is_sentence: Whether it is more than a label with a value.
        is_deictic: Whether its subject stands in another sentence.
    """

    text: str
    values: Mapping[str, frozenset[str]]
    words: frozenset[str]
    proper: frozenset[str]
    years: frozenset[int]
    codes: frozenset[str]
    frame: str
    is_sentence: bool
    is_deictic: bool


def statements(text: str) -> Iterator[Statement]:
    """Yield the sentences of a Markdown *text* that give values."""
    for span in sentences(text):
        if found := statement(text[span.start : span.end]):
            yield found


def statement(text: str) -> Statement | None:
    """Return the statement of one sentence, None if it gives no value."""
    body = _LABEL.sub(r"\1", _LINK.sub("] ", _PICTURE.sub(" ", text)))
    plain = normalise(body)
    if number := _ENUMERATOR.match(plain):
        plain = plain[number.end() :]
    if not any(map(str.isdigit, plain)):
        return None
    clocks = {_clock(found[0]) for found in _CLOCK_JA.finditer(plain)}
    clocks |= {_clock(found[0]) for found in _CLOCK.finditer(plain)}
    plain = _CLOCK_JA.sub(" ", _CLOCK.sub(" ", _DATE.sub(" ", plain)))
    values = _values(plain, alone="](" not in text and "#" not in text)
    if clocks:
        values["clock"] = frozenset(clocks)
    if not values:
        return None
    # Latin words in a Japanese sentence are nearly always names.
    names = _LATIN.findall(body) if _KANA.search(body) else _PROPER.findall(body)
    proper = {stem(normalise(name)) for name in names}
    frame = _NUMBER.sub(" ", without_years(plain))
    return Statement(
        text,
        values,
        _words(frame) - _SOFT,
        frozenset(proper - _SOFT),
        years_in(text),
        frozenset(_CODE.findall(body)),
        " ".join(frame.split()),
        bool(_SENTENCE_END.search(text)) and not text.lstrip().startswith("|"),
        bool(_DEICTIC.match(text)),
    )


def topic(title: str) -> frozenset[str]:
    """Return what a title or a heading names, without years and kinds of documents."""
    return _words(_GENRES.sub(" ", without_years(title)), digits=True)


def similarity(
    one: Statement, other: Statement, weights: Mapping[str, float] | None = None
) -> float:
    """Return how much of what either says both say, 0..1, weighted by *weights* (else equally)."""
    either, both = one.words | other.words, one.words & other.words
    if weights is None:
        return len(both) / len(either) if either else 0.0
    whole = sum(weights.get(word, 1.0) for word in either)
    return sum(weights.get(word, 1.0) for word in both) / whole if whole else 0.0


def differ_in_value(one: Statement, other: Statement) -> bool:
    """Tell whether they measure the same, and under one measure have no value in common."""
    common = one.values.keys() & other.values.keys()
    return any(one.values[kind].isdisjoint(other.values[kind]) for kind in common)


def same_thing(
    one: Statement,
    other: Statement,
    contexts: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
    weights: Mapping[str, float] | None = None,
) -> bool:
    """Tell whether two statements are about the same attribute of the same subject.

    Args:
        one: A statement.
        other: Another.
        contexts: What titles and headings above each of them say.
        weights: How much each word says; each as much by default.
    """
    if (one.years and other.years and one.years != other.years) or one.codes != other.codes:
        return False
    if of_other_cases(one.text, other.text):
        return False
    mine = one.words - other.words - contexts[1]
    yours = other.words - one.words - contexts[0]
    if (mine and yours) or (mine | yours) & _QUALIFIERS:
        return False
    if (mine & one.proper) or (yours & other.proper):
        return False
    shared = one.words & other.words
    told = one.is_sentence and other.is_sentence and bool(shared & (contexts[0] | contexts[1]))
    told = told or (
        one.words == other.words
        and (len(one.words) >= _FEWEST or one.frame == other.frame)
        and one.is_sentence
        and other.is_sentence
    )
    if _count(shared) < (1 if told else _FEWEST):
        return False
    if (one.is_deictic or other.is_deictic) and one.words != other.words:
        return False
    return similarity(one, other, weights) >= SAME_STATEMENT


def _count(words: frozenset[str]) -> int:
    """Return about how many words *words* are; pairs of characters that overlap are one."""
    starts = {word[0] for word in words if not word.isascii()}
    return sum(word.isascii() or word[1] not in starts for word in words)


def of_parallel_subjects(first: frozenset[str], second: frozenset[str]) -> bool:
    """Tell whether two topics are two of one kind, such as "Lab 2" and "Lab 3"."""
    return bool(first & second and first - second and second - first)


def _clock(written: str) -> str:
    """Return a clock time in one form: 13:30 for 13時半, 午後1時30分 and 1:30 pm."""
    numbers = re.findall(r"\d+", written)
    hour, minute = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0
    minute = 30 if "半" in written else minute
    late = "午後" in written or "p" in written
    early = "午前" in written or "a" in written
    noon = 12
    hour = hour + noon if late and hour < noon else hour % noon if early else hour
    return f"{hour}:{minute:02}"


def _values(plain: str, *, alone: bool) -> dict[str, frozenset[str]]:
    """Return the values in a text; *alone*: also a number that stands for itself, as of a door."""
    found: dict[str, set[str]] = defaultdict(set)
    for match in _NUMBER.finditer(plain):
        unit = (match["currency"] or match["unit"] or "").strip()
        if kind := _kind(unit):
            value = match["value"].replace(",", "")
            if kind in _MONEY and _THOUSANDS.fullmatch(value):
                value = value.replace(".", "")
            factor = _FACTORS.get(unit)
            if factor and value.replace(".", "", 1).isdigit():
                value = f"{float(value) * factor:.0f}"
            found[kind].add(value)
    if not found and alone:
        bare = [match["value"] for match in _NUMBER.finditer(plain)]
        known = {value for value in bare if _LONG_NUMBER.fullmatch(value)}
        if len(bare) == len(known) == 1:
            found["number"] = known
    return {kind: frozenset(values) for kind, values in found.items()}


def _kind(unit: str) -> str:
    """Return what a unit measures, "" for no unit."""
    known = _UNITS.get(unit) or _JAPANESE_UNITS.get(unit) or ("%" if unit == "%" else "")
    if known or not unit.isascii():
        return known
    if unit in _TIMES:
        return stem(unit)
    return "" if unit in STOP_WORDS or unit in _SOFT else stem(unit)


def _words(plain: str, *, digits: bool = False) -> frozenset[str]:
    """Return the stems of Latin words, and the pairs of characters of kanji and katakana."""
    found = set[str]()
    for word in _SOUGHT.findall(normalise(plain)):
        if word.isascii():
            if word.isdigit() and not digits:
                continue
            if word not in STOP_WORDS and (digits or word not in _SOFT):
                found.add(stem(word))
        else:
            found.update(map("".join, pairwise(word)))
    return frozenset(found)

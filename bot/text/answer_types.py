"""The type of answer that a question asks for: an amount, a date, a name.

A passage can speak of the air conditioner's fee and still not say how high it is. The question's
words are all there then; what is missing is an amount. Only kinds that can be seen in a text
without understanding it are known here; of any other question nothing is expected.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

AnswerType = Literal["money", "day", "date", "time", "duration", "number", "phone", "person"]

_NUMBER = r"(?:\d[,.]?|[〇一二三四五六七八九十百千])"
"""The end of a number: what stands before it changes nothing, and a whole run takes a square."""

_WORD_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty"
    r"|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen|half|once"
    r"|twice|no|none|several)"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_UNIT = (
    r"(?:秒|分|時間|日|泊|週|か月|ヶ月|カ月|ヵ月|ケ月|箇月|年|営業日|世紀|学期"
    r"|\s?-?(?:second|minute|hour|day|night|week|month|quarter|year|decade|centur(?:y|ie))s?\b"
    r"|\s(?:working|business|calendar|full|consecutive)\s\w+)"
)

_QUESTIONS: dict[AnswerType, str] = {
    "phone": r"電話番号|内線番号|(?:phone|fax|telephone|extension) number|which extension",
    "time": r"何時(?!間)|(?:what|which) time|at what hour|opening hours",
    "duration": (
        r"何(?:秒|分|時間|日間|週間|か月|ヶ月|カ月|年間|泊|営業日)|何日(?:以内|前|後)"
        r"|どの(?:くらい|ぐらい)の期間|有効期間|保存期間"
        r"|how long|within how many|how many (?:seconds|minutes|hours|days|weeks|months|years)"
        r"|for what period"
    ),
    "money": (
        r"いくら|何円|何ドル|何ユーロ|(?:料金?|手数料|費用|値段|価格|[金代]額?|代金|年会費)は(?:$|[、?？。])"
        r"|how much (?:is|are|does|do|did|was|were|will)\b.{0,200}\b(?:cost|pay|charge|price|get"
        r"|fee|spend|worth|earn|come to|amount to|claim|receive|owe)|how much money"
        r"|what does .{1,200} (?:cost|pay)\b"
        r"|what do .{1,200} pay\b"
        r"|(?:price|cost|fee|salary|fine|budget|allowance|per diem) (?:of|for|in|at|range)\b"
    ),
    "day": (
        r"何月何日|何日(?!間|以|前|後|ま|あ|か|く|も|分|目)"
        r"|(?:what|which) (?:exact )?dates?\b|on (?:what|which) days?\b"
    ),
    "date": (
        r"いつ|何月|何日|何曜|何年|日付|締め?切り?は|期限は|開始日|発売日"
        r"|^(?:and )?when\b|\bwhen (?:is|are|was|were|did|does|do|will|can|must|should)\b"
        r"|(?:what|which) (?:date|day|year|month|week|century|decade)|on (?:what|which) dates?"
        r"|release date|deadline"
    ),
    "number": (
        r"いくつ|何(?:個|本|枚|人|名|件|回|度|台|基|店|軒|校|冊|社|か所|ヶ所|カ所|箇所|世帯|種類|番|割"
        r"|倍|位|階|歳|才|点|パーセント|%|リットル|キロ|グラム|センチ|メートル|トン|kg|km|cm|g|m)"
        r"|(?:大きさ|重さ|長さ|高さ|広さ|面積|人口|人数|件数|割合|容量)は"
        r"|how (?:many|much|far|high|tall|large|big|old|heavy|deep|wide|fast|often)\b"
        r"|(?:what|which) (?:percentage|percent|share|number|proportion|population)"
    ),
    "person": (
        r"誰|だれ|どなた|何者|人物は|(?:氏名|名前)は"
        r"|\bwho(?:m|se)?\b|(?:the |'s )name of\b"
    ),
}
_ASKS = {kind: re.compile(asks, re.IGNORECASE) for kind, asks in _QUESTIONS.items()}
_HAS: dict[AnswerType, re.Pattern[str]] = {
    "phone": re.compile(r"\d[\dX]{0,30}-[\dX-]{3}|\b\d{3,}\b|\+\d"),
    "time": re.compile(
        rf"\d{{1,2}}[:時]|{_NUMBER}時|\d\s?[ap]\.?m\b|\bnoon\b|\bmidnight\b|正午", re.IGNORECASE
    ),
    "duration": re.compile(rf"(?:{_NUMBER}|\b{_WORD_NUMBER}){_UNIT}|半年|半日|数[日年か]"),
    "money": re.compile(
        rf"[¥€$£]\s?\d|\d\s?[¥€£$]|{_NUMBER}[千百万億兆]{{0,4}}(?:円|ドル|ユーロ|ポンド|元|ウォン)|無料|有料"
        rf"|(?:\d|{_WORD_NUMBER})\s?(?:thousand|million|billion|bn|k)?\s?"
        rf"(?:yen|euros?|dollars?|pounds?|cents?|USD|EUR|JPY|%|percent)|\bfree\b"
        rf"|\|\s*\d[\d,.]*\s*(?=\|)",
        re.IGNORECASE,
    ),
    "day": re.compile(
        rf"{_NUMBER}日|[月火水木金土日]曜|（[月火水木金土日]）|\d{{1,4}}[-/]\d{{1,2}}[-/]?\d*"
        rf"|\d(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b|\b{_MONTH}\s+\d{{1,2}}\b"
        r"|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?s?\b|未定|決まっていません",
        re.IGNORECASE,
    ),
    "date": re.compile(
        rf"{_NUMBER}年|{_NUMBER}月|\d日|{_NUMBER}日|[月火水木金土日]曜|（[月火水木金土日]）|世紀|平日|毎[日週月年]"
        rf"|\b(?:1[0-9]|20)\d\d\b|\d{{1,4}}[-/]\d{{1,2}}[-/]?\d*|\b{_MONTH}\b"
        r"|\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?s?\b"
        r"|\b(?:century|every|each|daily|weekly|monthly|spring|summer|autumn|winter|quarter)\b"
        rf"|(?:{_NUMBER}|{_WORD_NUMBER}){_UNIT}|未定|決まっていません"
        rf"|\bat\s\d|\d:\d\d|{_NUMBER}時|\d\s?[ap]\.?m\b",
        re.IGNORECASE,
    ),
    "number": re.compile(rf"\d|[一二三四五六七八九十百千万]|\b{_WORD_NUMBER}\b", re.IGNORECASE),
    "person": re.compile(
        r"(?<![.!?。]\s)(?<!^)\b[A-Z][a-z'’]+(?:\s[A-Z][\w'’.]*)+|\b[A-Z][a-z]+\b.{0,200}\b[A-Z][a-z]+"
        r"|[\u4e00-\u9fff]{2,5}(?:さん|氏|様|先生|博士|教授|選手|監督|社長|部長|課長)"
        r"|[\u30a1-\u30fa]+[・＝][\u30a1-\u30fa]+|[\u4e00-\u9fff]{3,6}|[\u30a1-\u30faー]{3,}",
    ),
}


_COUNTED = re.compile(
    r"何(個|本|枚|人|名|件|回|度|台|基|店|軒|校|冊|社|世帯|種類|割|倍|階|パーセント|%|リットル|キロ|グラム|センチ"
    r"|メートル|トン|kg|km|cm|g|m|L)"
    r"|how many (?:\w+ )??([a-z]{4,})\b",
    re.IGNORECASE,
)
_SAME_UNIT = {
    "人": "人|名",
    "名": "人|名",
    "パーセント": "%|パーセント",
    "%": "%|パーセント",
    "リットル": "L|リットル",
    "l": "L|リットル",
    "キロ": "kg|キロ|km",
    "kg": "kg|キロ",
    "グラム": "g|グラム",
    "センチ": "cm|センチ",
    "cm": "cm|センチ",
    "メートル": "m|メートル",
    "トン": "t|トン",
    "店": "店|店舗|か所",
}


_ASKED_UNIT = re.compile(
    r"何(?:秒|分|時間|日|泊|週|か月|ヶ月|カ月|年|営業日)"
    r"|(?<=how many )(?:seconds|minutes|hours|days|weeks|months|years)",
    re.IGNORECASE,
)
_CLOCK_TIME = re.compile(
    rf"(?:{_NUMBER}|\b{_WORD_NUMBER})(?:秒|分|時間|\s?-?(?:sec(?:ond)?|min(?:ute)?|hour)s?\b)|半日",
    re.IGNORECASE,
)
_CALENDAR_TIME = re.compile(
    rf"(?:{_NUMBER}|\b{_WORD_NUMBER})(?:日|泊|週|か月|ヶ月|カ月|ヵ月|ケ月|箇月|年|営業日"
    r"|\s?-?(?:[a-z]+\s){0,2}(?:day|night|week|month|quarter|year|decade)s?\b)|半年|半日|数[日年か]"
    rf"|\|\s*{_NUMBER}\s*(?=\||$)",
    re.IGNORECASE,
)


def expectation(question: str) -> Callable[[str], bool] | None:
    """Return a test for the answer type of *question*, or None if any text may answer it."""
    plain = unicodedata.normalize("NFKC", question).strip()
    kind = next((kind for kind, asks in _ASKS.items() if asks.search(plain)), None)
    if kind is None:
        return None
    pattern = _HAS[kind]
    if kind == "number" and (counted := _COUNTED.search(plain)):
        pattern = _count_of(counted[1] or "", counted[2] or "")
    elif kind == "duration" and (unit := _ASKED_UNIT.search(plain)):
        clock = bool(re.match("秒|分|時|sec|min|hour", unit[0].removeprefix("何").strip().lower()))
        pattern = _CLOCK_TIME if clock else _CALENDAR_TIME
    asked = plain.casefold()

    def told(text: str) -> bool:
        """Tell whether *text* says such a thing, other than what the question says itself."""
        said = pattern.finditer(unicodedata.normalize("NFKC", text))
        return any(one[0].strip().casefold() not in asked for one in said)

    return told


def _count_of(unit: str, noun: str) -> re.Pattern[str]:
    """Match a number of just these: 何kg asks for so many kg, "how many lockers" for lockers."""
    if unit:
        units = _SAME_UNIT.get(unit.lower(), re.escape(unit))
        return re.compile(rf"{_NUMBER}[千百万億]{{0,4}}\s{{0,9}}(?:{units})", re.IGNORECASE)
    stem = re.escape(noun.lower().removesuffix("s").removesuffix("e").removesuffix("ie"))
    number = rf"(?:\d|\b{_WORD_NUMBER})"
    return re.compile(
        rf"{number}\W{{1,20}}+(?:[\w'’-]{{1,40}}+\W{{1,20}}+){{0,5}}{stem}"
        rf"|{stem}\w{{0,40}}+\W{{1,20}}{number}",
        re.IGNORECASE,
    )

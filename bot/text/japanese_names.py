"""What a Japanese question names and a text has as part of another thing only.

Japanese does not write spaces between words: 新宿店 stands in 西新宿店, which is another shop, and
in 新宿店の営業時間. A compound is looked at from its end, since its last part says what it is.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from knowledge.text.analysis import normalise

_KANJI = r"\u3400-\u4dbf\u4e00-\u9fff々"
_RUN = re.compile(rf"[{_KANJI}\u30a1-\u30faー]{{2,40}}")
_KANJI_RUN = re.compile(rf"[{_KANJI}]+")
_KATAKANA = re.compile(r"[\u30a1-\u30faー]")
_KANJI_BEFORE = re.compile(rf"[{_KANJI}]{{0,8}}$")
_PERSON = re.compile(rf"([{_KANJI}]{{2,6}}(?=様)|[{_KANJI}]{{1,6}}(?=さん|さま|氏|くん|ちゃん))")
_NO_PERSON = re.compile("[皆奥客娘父母兄姉彼各両諸屋同]|息子|業者|大家|.{1,4}屋")
"""What has さん or 様 behind it and is no name."""

_ASKED = re.compile("[何誰]")

_SAME_THING = frozenset("一各全当同両本毎総御貴弊諸要正約計第他現月火水木金土日年時分円名人回")
"""Kanji before a word that make no other thing of it: 各会議室."""

_NO_HEAD = re.compile(
    "時間|時刻|料金|費用|値段|金額|価格|代金|方法|手順|手続|場所|日数|期間|期限|曜日|番号|日時|条件"
    "|内容|規定|規則|制度|申請|利用|使用|対象|上限|下限|年度|以上|以下|以内|未満|担当|担当者|関係"
    "|情報|一覧|予定|状況|資料|書類"
)
"""What a compound may end in without saying which thing it is."""

_KIND_OF_PLACE = (
    "本社|支社|支店|本店|店|工場|営業所|事業所|出張所|事務所|センター|商事|物産|不動産|工業|銀行"
    "|電機|建設|製作所|商店|商会|産業|大学|高校|病院|駅"
)
_OWN_NAME = rf"(?:[A-Za-z0-9&-]{{1,40}}|[{_KANJI}\u30a1-\u30faー]{{1,20}}?)"
_PLACE = re.compile(rf"({_OWN_NAME})({_KIND_OF_PLACE})(?![{_KANJI}\u30a1-\u30faー])")

_LEAST_HEAD = 2
"""Characters from which on what two compounds end in is a word."""


class _Named(NamedTuple):
    """What a question names: people, places and companies, and other compounds."""

    people: tuple[str, ...]
    places: tuple[tuple[str, re.Pattern[str]], ...]
    compounds: tuple[str, ...]


def others_named(asked: str, text: str) -> list[str]:
    """Return the people, places and companies of *asked* that *text* has as part of others only.

    Args:
        asked: The subject of a question.
        text: A passage, with its title and headings.
    """
    named = _named(asked)
    if not (named.people or named.places):
        return []
    said = _normal(text)
    absent = [name for name in named.people if _is_of_another(name, said)]
    return absent + [name for name, whole in named.places if not whole.search(said)]


def places_in(text: str) -> tuple[str, ...]:
    """Return the offices, shops and companies that *text* names, normalised: 福岡営業所."""
    return tuple(match[0] for match in _PLACE.finditer(normalise(text)))


def other_things(asked: str, text: str) -> list[str]:
    """Return the compounds of *asked* for which *text* has another thing of the same kind only."""
    compounds = _named(asked).compounds
    if not compounds:
        return []
    said = _normal(text)
    runs = _runs(said)
    return [compound for compound in compounds if _is_another(compound, said, runs)]


@lru_cache(maxsize=64)
def _named(asked: str) -> _Named:
    normal = normalise(asked)
    people = tuple(
        found[1] for found in _PERSON.finditer(normal) if not _NO_PERSON.fullmatch(found[1])
    )
    places = tuple((found[0], _whole_place(found)) for found in _PLACE.finditer(normal))
    taken = {*people, *(name for name, _ in places)}
    compounds = (
        run
        for run in dict.fromkeys(_RUN.findall(normal))
        if run not in taken and not _ASKED.search(run) and not _NO_HEAD.fullmatch(run)
    )
    return _Named(people, places, tuple(compounds))


def _whole_place(found: re.Match[str]) -> re.Pattern[str]:
    """Return what matches the whole name of a place or a company: 大阪支店, 大阪の支店."""
    before = "[a-z0-9]" if found[1].isascii() else f"[{_KANJI}]"
    return re.compile(rf"(?<!{before}){re.escape(found[1])}の?{found[2]}")


def _is_of_another(name: str, said: str) -> bool:
    """Tell whether *name* is only part of the names of others: 林 of 小林, 山田太 of 山田太郎.

    A family name or a given name is a part that leaves another whole one.
    """
    holding = [run for run in _KANJI_RUN.findall(said) if name in run]
    return bool(holding) and not any(_is_half(name, run) for run in holding)


def _is_half(name: str, run: str) -> bool:
    rest = len(run) - len(name)
    at_an_end = run.startswith(name) or run.endswith(name)
    is_family_name = run.startswith(name) and len(name) == _LEAST_HEAD
    return not rest or is_family_name or (rest > 1 and at_an_end)


@lru_cache(maxsize=256)
def _normal(text: str) -> str:
    return normalise(text)


@lru_cache(maxsize=256)
def _runs(said: str) -> frozenset[str]:
    return frozenset(_RUN.findall(said))


def _is_another(compound: str, said: str, runs: frozenset[str]) -> bool:
    """Tell whether *said* has only other things that end as *compound* does."""
    if compound in said:
        return all(map(_makes_another, _before(compound, said)))
    return any(_differs(compound, run, said) for run in runs)


def _before(word: str, said: str) -> Iterator[str]:
    """Give the kanji that stand right before each *word*."""
    for found in re.finditer(re.escape(word), said):
        before = _KANJI_BEFORE.search(said[max(0, found.start() - 8) : found.start()])
        yield before[0] if before else ""


def _makes_another(before: str) -> bool:
    """Tell whether one kanji stands there that makes another thing of what follows: 副部長."""
    return len(before) == 1 and before not in _SAME_THING


def _differs(asked: str, run: str, said: str) -> bool:
    """Tell whether *run* is another thing of the same kind: 国内出張 for 海外出張."""
    same = _common_end(asked, run)
    mine, other = asked[: len(asked) - same], run[: len(run) - same]
    head = asked[len(asked) - same :]
    if same < _LEAST_HEAD or _NO_HEAD.fullmatch(head):
        return False
    if _KATAKANA.match(head) and _KATAKANA.search(mine[-1:] + other[-1:]):
        return False  # half of a word: インターン and パターン
    if not other:
        return _makes_another(mine)
    return len(mine) < _LEAST_HEAD or mine not in said


def _common_end(one: str, other: str) -> int:
    length = 0
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first != second:
            break
        length += 1
    return length

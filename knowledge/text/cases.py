"""Tells that two sentences speak of two cases of one kind, whose values may differ.

The daily and the weekly backup, the least and the most, floor 2 and floor 3, 犬 and 猫, 旧 and 新:
each has a value of its own.
"""

import re
from functools import lru_cache

from knowledge.text.analysis import normalise

_KINDS = (
    {
        "day": r"\bdaily\b|毎日|日次",
        "week": r"\bweekly\b|毎週|週次",
        "month": r"\bmonthly\b|毎月|月次",
        "quarter": r"\bquarterly\b|四半期",
        "year": r"\b(?:yearly|annual)\b|毎年|年次",
    },
    {
        "least": (
            r"\bminimum\b|\bmin\b|\bat least\b|\bnot less than\b"
            r"|以上|少なくとも|最低|最小|最短|下限"
        ),
        "most": (
            r"\bmaximum\b|\bmax\b|\bat most\b|\bup to\b|\bnot more than\b"
            r"|以下|以内|多くとも|最高|最大|最長|上限"
        ),
    },
    {"old": r"\b(?:old|former|previous)\b|旧|古い", "new": r"\bnew\b|新(?!着|聞|規|潟|宿)|新しい"},
    {"before": r"\bbefore\b|前(?=は|に|の)", "after": r"\bafter\b|後(?=は|に|の)"},
)
_CASES = tuple({case: re.compile(words) for case, words in kind.items()} for kind in _KINDS)
_LABEL = re.compile(
    r"\b(floor|room|version|level|building|door|gate|line|team|phase|tier|zone|hall|lab"
    r"|area|block|unit|platform|terminal|counter|printer|model|type|class|grade|group|stage|plan"
    r"|lift|dock|shift|release|option)s? (\d{1,4}(?:\.\d+)*|[a-z])(?![\w:])"
)
_NAMED = re.compile(
    r"\A\W*(?:the )?([a-z]+) (\d{1,4}) (?=[a-z]+s\b)(?!\d)(?!day|week|month|year|hour)"
)
_ORDINAL = re.compile(
    r"(第)\s?([0-9〇一二三四五六七八九十]+)(?![0-9条項章節版])|([a-z0-9])(?=号|棟|館|番線|班)"
    r"|(?<=[ァ-ヶー])([a-z])(?=[の はがに])"
)
_SINGLE_KANJI = re.compile(r"(?<![\u3400-\u9fff々0-9])[\u3400-\u9fff](?=[のはがをァ-ヶ])")


def of_other_cases(one: str, other: str) -> bool:
    """Tell whether two sentences speak of cases that exclude each other."""
    first, second = _cases(one), _cases(other)
    if any(
        mine and yours and mine.isdisjoint(yours) for mine, yours in zip(first, second, strict=True)
    ):
        return True
    mine, yours = _labels(one), _labels(other)
    return bool(mine and yours and mine.keys() & yours.keys()) and any(
        mine[name].isdisjoint(yours[name]) for name in mine.keys() & yours.keys()
    )


@lru_cache(maxsize=1024)  # one sentence is held against many
def _cases(text: str) -> tuple[frozenset[str], ...]:
    plain = normalise(text)
    return tuple(
        frozenset(case for case, words in kind.items() if words.search(plain)) for kind in _CASES
    )


@lru_cache(maxsize=1024)
def _labels(text: str) -> dict[str, frozenset[str]]:
    """Return the numbers and letters that belong to names, by the name."""
    plain = normalise(text)
    found = dict[str, frozenset[str]]()
    pairs = [*_LABEL.findall(plain), *_NAMED.findall(plain)]
    pairs += [("第", "".join(groups[1:])) for groups in _ORDINAL.findall(plain)]
    pairs += [("kanji", sign) for sign in _SINGLE_KANJI.findall(plain)]
    for name, label in pairs:
        found[name] = found.get(name, frozenset()) | {label}
    return found

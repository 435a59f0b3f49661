"""What a word before another makes of it: winter tyres are not summer tyres, 法人 not 個人."""

import re
from functools import lru_cache

from knowledge.text.analysis import STOP_WORDS, normalise, stem

_WORDS = re.compile(r"[^\W\d_]+|[^\w\s'’-]|\d+")
_OPENS = frozenset(
    re.findall(
        r"\w+",
        """the a an of for in on at with by from any our my your their its is are was were do does
        did may can must will under between after before during behind and or which what""",
    )
)
"""Words behind which a thing is named."""

_NO_HEAD = frozenset(
    re.findall(
        r"\w+",
        """allow allowed possible available required needed open opens closed day days week weeks
        month months year years hour hours time people person number way kind type""",
    )
)
_NO_MODIFIER = frozenset(
    re.findall(
        r"\w+",
        """many much long often far big high more most same other whole entire full own get give
        there company official exact current usual please i we you people employee employees
        anyone everyone someone staff""",
    )
)


_OPPOSITES = tuple(
    tuple(re.compile(side, re.IGNORECASE) for side in (one, other))
    for one, other in (
        (r"\bmaximum\b", r"\bminimum\b"),
        (r"\b(?:over|above|more than)\s(?=\d)", r"\b(?:under|below|less than|up to)\s(?=\d)"),
        (r"\bafter\b", r"\bbefore\b"),
        (r"\bemployers?\b", r"\bemployees?\b"),
        (r"\b(?:female|women)\b", r"\b(?:male|men)\b"),
        (r"\bincoming\b", r"\boutgoing\b"),
        (r"\binternal\b", r"\bexternal\b"),
        (r"\bupper\b", r"\blower\b"),
        (r"\bleft\b", r"\bright\b"),
        (
            r"(?<=[\d万円名人歳年月日時間gm])(?:以上|を?超)",
            r"(?<=[\d万円名人歳年月日時間gm])(?:未満|以下)",
        ),
        ("上限|最大|最高", "下限|最低|最小"),
        ("個人(?!情報)", "法人"),
        ("本番", "検証|開発環境|テスト環境"),
        ("(?:今|本)年度", "(?:前|昨|来|次)年度"),
        ("[社職学]前|(?<=[用約業])前", "[社職学]後|(?<=[用約業])後"),
        ("左", "右"),
        ("男[子性]", "女[子性]"),
        ("[春夏秋]の|夏[季用期]", "冬の|冬[季用期]"),
        ("上りの", "下りの"),
        ("買主", "売主"),
    )
)
"""Words of which a question has the one and a text that is about something else the other."""


_SHORTEST_DENIED = 4
"""Letters from which on a word behind `un` is one: unopened, but not unit."""

_DENIED = re.compile(r"[未非不]([\u3400-\u4dbf\u4e00-\u9fff]{2})")

_PREDICATE = re.compile(
    r"(?<![a-z])[a-z]++\W*+\Z|[\u3400-\u9fff々]{2,9}(?=(?:です|でしょう|なの|だ)?か?\W*\Z|(?:です|でしょう)か)"
)
"""What is said of the subject at the end of a question: paid, 可能ですか."""

_OTHER_TIMES = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(said, re.IGNORECASE))
    for asked, said in (
        (r"\bwho\b.{0,40}\bnext\b", r"\bnext\b|\bsucce|\bfrom\b|\bas of\b"),
        (r"\bwho\b.{0,40}\b(?:former|previous)\b", r"\bformer|\bprevious|\buntil\b|\bwas\b"),
        (r"\blast year\b", r"\blast year\b|\b(?:19|20)\d\d\b"),
        ("次の.{1,12}誰|次期", "次の|次期|後任|から|就任"),
        ("(?<![のた])前の.{1,12}誰|前任|先代", "前の|前任|先代|まで|だった|でした"),
        ("去年|昨年", r"去年|昨年|\d{4}年|\d{4}[-/]|令和|平成"),
    )
)
"""How a question asks for another time than the present, and what a text says of such a time."""


def has_the_opposite(asked: str, text: str) -> bool:
    """Tell whether *text* has only the opposite of a word of *asked*: under for over."""
    normal, said = normalise(asked), _normal(text)
    return any(
        mine.search(normal)
        and not other.search(normal)
        and other.search(said)
        and not mine.search(said)
        for one, two in _OPPOSITES
        for mine, other in ((one, two), (two, one))
    ) or _is_denied(normal, said)


def is_of_another_time(asked: str, text: str) -> bool:
    """Tell whether *asked* asks for a time of which *text* says nothing: the next CEO."""
    normal, said = normalise(asked), _normal(text)
    return any(mine.search(normal) and not told.search(said) for mine, told in _OTHER_TIMES)


def _is_denied(asked: str, said: str) -> bool:
    """Tell whether one has only the denial of a word of the other: unopened, 未開封.

    What the question asks *about* a thing is left out: "Is leave paid?" is answered by "unpaid".
    """
    asked = _PREDICATE.sub(" ", asked)
    known = frozenset(_WORDS.findall(said))
    for word in frozenset(_WORDS.findall(asked)) - known:
        bare = word.removeprefix("un")
        others = {f"un{word}", bare if len(bare) >= _SHORTEST_DENIED else word}
        if not known.isdisjoint(others):
            return True
    return _only_denies(asked, said) or _only_denies(said, asked)


def _only_denies(one: str, other: str) -> bool:
    """Tell whether *one* has a word only behind 未, 非 or 不, and *other* only without."""
    return any(
        denied[1] in other
        and denied[0] not in other
        and denied[1] not in one.replace(denied[0], "")
        for denied in _DENIED.finditer(one)
    )


@lru_cache(maxsize=256)
def _normal(text: str) -> str:
    return normalise(text)


def has_other_modifier(asked: str, near: str, above: str) -> bool:
    """Tell whether *near* speaks of things that *asked* names, but of other ones.

    Every mention of the thing has another word in front that the question does not have, and the
    word of the question is nowhere.

    Args:
        asked: The subject of a question.
        near: What could be quoted, with what it stands under.
        above: Title and headings.
    """
    pairs = _pairs(asked)
    if not pairs:
        return False
    words = _words(near)
    known = frozenset(words) | frozenset(_words(above))
    wanted = frozenset(_words(asked))
    return any(
        modifier not in known and _is_another(head, words, wanted) for modifier, head in pairs
    )


def _is_another(head: str, words: tuple[str, ...], wanted: frozenset[str]) -> bool:
    before = [words[place - 1] if place else "" for place, word in enumerate(words) if word == head]
    return bool(before) and all(
        word.isalpha() and word.isascii() and word not in STOP_WORDS and word not in wanted
        for word in before
    )


@lru_cache(maxsize=64)
def _pairs(asked: str) -> tuple[tuple[str, str], ...]:
    """Return each thing that is named behind a small word, with the word right before it."""
    words = _WORDS.findall(normalise(asked))
    return tuple(
        (stem(modifier), stem(head))
        for opening, modifier, head in zip(["", *words], words, words[1:], strict=False)
        if (not opening or opening in _OPENS)
        and _names(modifier, _NO_MODIFIER)
        and _names(head, _NO_HEAD)
    )


def _names(word: str, but: frozenset[str]) -> bool:
    return word.isascii() and word.isalpha() and len(word) > 1 and word not in STOP_WORDS | but


@lru_cache(maxsize=512)
def _words(text: str) -> tuple[str, ...]:
    """Return the words of *text* in order: stems, but small words as they are."""
    return tuple(
        word if word in STOP_WORDS else stem(word) for word in _WORDS.findall(normalise(text))
    )

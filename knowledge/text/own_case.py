"""What happened to the person who asks, told in a sentence of its own.

"Tell me about repairs. I broke my phone." asks for repairs of phones. That tells more of the
subject than why somebody asks ("I lost the leaflet.", "My boss wants to know."). Both are
statements of the past or of one's own things; the words of talking, looking things up and of
what is read make one of them a reason.
"""

import re
from functools import cache

from knowledge.text import english_requests, japanese_requests
from knowledge.text.analysis import STOP_WORDS, is_unspaced, words_of
from knowledge.text.phrases.data import words_in

_WORD = re.compile(r"[\w'-]+")
_OPENING = frozenset(
    words_of("because since as so and but also unfortunately yesterday today actually apparently")
)
_ASKER = frozenset(words_of("i we ive weve i've we've"))
_OWN = frozenset(words_of("my our mine ours"))
_STATEMENT = _OWN | frozenset(words_of("the a an this that these those one both"))
_WISHED = frozenset(words_of("want wants wanted need needs needed have"))
_SHORTEST = 3
_MANNER = ("ed", "ly", "ing")
_ENDINGS = ("", "s", "es", "d", "ed", "ing")

_PARTICLE = re.compile(
    r"[^\s、。]{1,40}?(?:[をがもはにへ]|で(?!す))(?=[^\s、。])"
    r"|[\u30a1-\u30faー]{2,20}(?=[\u3400-\u9fff])"
)
"""A thing, and that something follows; in speech without a particle: 「スマホ落とした」."""

_TROUBLE = re.compile(r"[てで](?:困|こま)って(?:[いお]り?)?(?:ます|る).{0,8}$")
_EVENT = re.compile(
    r"(?:(?:た|んだ|ません|ない|たい)(?:です|でした|[のん]です|んだ)?|ている|ています|てしまい|ちゃい"
    r"|て|しまって|なくて)(?:が|けど|けれど|けども|ので|から|のに|ね|よ)?[。.…!！\s]*$"
)
"""How a sentence ends that tells what happened, what does not work, or what somebody is up to."""


def tells_case(sentence: str) -> bool:
    """Tell whether *sentence* says what happened to the person who asks, or what they are up to."""
    if is_unspaced(sentence):
        return _tells_in_japanese(sentence)
    return _tells_in_english(sentence)


def _tells_in_english(sentence: str) -> bool:
    words = [match[0].lower() for match in _WORD.finditer(sentence)]
    while words and words[0] in _OPENING:
        words.pop(0)
    if len(words) < _SHORTEST or sentence.rstrip().endswith("?"):
        return False
    if english_requests.introduces(sentence) or any(map(_is_reason, words)):
        return False
    own = not _OWN.isdisjoint(words)
    if words[0] in _ASKER:
        return _happened(words[1:]) or (words[1] in _WISHED and words[2] == "to" and own)
    return own and (words[0] in _STATEMENT or _is_past(words[0]))


def _happened(words: list[str]) -> bool:
    """Tell whether *words* have a verb of the past, and behind it what happened to what."""
    verb = next((n for n, word in enumerate(words) if _is_past(word)), len(words))
    return any(word not in STOP_WORDS and not word.endswith(_MANNER) for word in words[verb + 1 :])


def _is_past(word: str) -> bool:
    return word in words_in("en", "happened") or (word.endswith("ed") and word not in _WISHED)


def _is_reason(word: str) -> bool:
    """Tell whether *word* is of talking, looking up or reading; all words of requests are."""
    if word in words_in("en", "happened") | _WISHED:
        return False
    known = words_in("en", "reasons") | words_in("en", "requests")
    return not known.isdisjoint(_stems(word.partition("'")[0]) | {word})


def _stems(word: str) -> frozenset[str]:
    return frozenset(word.removesuffix(ending) for ending in _ENDINGS)


def _tells_in_japanese(sentence: str) -> bool:
    told = _TROUBLE.sub("て", sentence.strip()).replace("しまって", "しまい")
    if japanese_requests.introduces(sentence) or japanese_requests.limits(sentence):
        return False
    if _reasons().search(told) or japanese_requests.talks(told):
        return False
    return bool(_PARTICLE.search(told) and _EVENT.search(told))


@cache
def _reasons() -> re.Pattern[str]:
    return re.compile("|".join(sorted(words_in("ja", "reasons"), key=len, reverse=True)))

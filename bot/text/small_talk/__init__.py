"""Tells what asks nothing: greetings, thanks, tests, and questions about the bot itself.

The phrases are data, a file for each language beside this one. A message is small talk only if
nothing else is left of it: "Thanks, and how do I claim taxi fares?" is a question.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

SmallTalk = Literal[
    "reply",
    "chatter",
    "greeting",
    "wish",
    "thanks",
    "complaint",
    "test",
    "invitation",
    "about",
    "help",
]
"""`reply`: yes or no, which asks nothing unless something was asked before; `wish`: seasons and
birthdays; `invitation`: a question is announced; `about`: who the bot is; `help`: what it can do.
The later one counts where there are several."""

LONGEST = 120
"""Characters: what is longer has something to say."""

LONGEST_WRITTEN = 500
"""The same with mentions and the names of emoji."""

_SHORTCODE = re.compile(r":[a-z0-9_+'-]+:|<[@#!][^>]{0,80}>|(?<!\w)@[\w.-]+")
_NOISE = re.compile(r"[^\w\s'’]|_")
_REPEATED = re.compile(r"(.)\1+")
_NAME = re.compile(r"[A-Z][a-z'’-]{1,14}(?: [A-Z][a-z'’-]{1,14})?")
_NAME_JAPANESE = re.compile(
    r"[\u3400-\u9fff\u30a1-\u30ffa-z]{1,8}(?:さん|くん|君|ちゃん|様|さま|先生)"
)
_JAPANESE = re.compile(r"[\u3041-\u30ff\u3400-\u9fff]")
_LONG_VOWEL = str.maketrans("", "", "ー〜～ｰっッ")
_SMALL = str.maketrans("ぁぃぅぇぉゃゅょ", "あいうえおやゆよ")
_SHORTEST_TYPO = 4


def small_talk_in(text: str) -> SmallTalk | None:
    """Return what kind of small talk *text* is, or None if there is anything else in it."""
    if len(text) > LONGEST_WRITTEN:
        return None
    plain = unicodedata.normalize("NFKC", _SHORTCODE.sub(" ", text)).strip()
    if not plain or len(plain) > LONGEST:
        return None if plain else "greeting"
    kept = _NOISE.sub(" ", plain)
    if not kept.split():
        return "help" if "?" in plain else "greeting"  # emoji, or marks alone
    return _japanese(kept) if _JAPANESE.search(kept) else _english(kept)


def _english(text: str) -> SmallTalk | None:
    rest = " ".join(map(_corrected, text.replace("’", "'").split()))
    lowered, place, found = rest.lower(), 0, list[SmallTalk]()
    while place < len(lowered):
        best = _longest(lowered, place, "en")
        if best is not None:
            kind, end = best
            found += [kind] if kind else []
        elif found and (name := _NAME.match(rest, place)):
            end = name.end()
        else:
            return None
        place = end + (lowered[end : end + 1] == " ")
    return _telling(found)


def _japanese(text: str) -> SmallTalk | None:
    lowered = _simplified("".join(text.split()).lower())
    place, found = 0, list[SmallTalk]()
    while place < len(lowered):
        best = _longest(lowered, place, "ja") or _longest(lowered, place, "en")
        if best is not None:
            kind, end = best
            found += [kind] if kind else []
        elif name := _NAME_JAPANESE.match(lowered, place):
            end = name.end()
        else:
            return None
        place = end
    return _telling(found)


def _telling(found: list[SmallTalk]) -> SmallTalk | None:
    """Return the kind to reply to: a question about the bot before a greeting."""
    return next((kind for kind in reversed(get_args(SmallTalk)) if kind in found), None)


def _longest(text: str, place: int, language: str) -> tuple[SmallTalk | None, int] | None:
    """Return the kind and the end of the longest phrase at *place*; None for filler words."""
    matches = [
        (match.end(), kind or None)
        for kind, phrase in _phrases(language)
        if (match := phrase.match(text, place)) and match.end() > place
    ]
    if not matches:
        return None
    end, kind = max(matches, key=lambda match: (match[0], match[1] is not None))
    return kind, end


def _corrected(word: str) -> str:
    """Return *word*, or the known word that it is with letters repeated or swapped."""
    lowered = word.lower()
    if len(word) < _SHORTEST_TYPO or lowered in _words():
        return word
    return min(filter(None, map(_alike().get, _forms(lowered))), default=word)


def _forms(word: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return what is the same of a word with its letters repeated, and with them swapped."""
    return ("repeated", _REPEATED.sub(r"\1", word)), ("swapped", "".join(sorted(word)))


@cache
def _alike() -> Mapping[tuple[str, str], str]:
    """Return the first known word with each form."""
    found = dict[tuple[str, str], str]()
    for word in sorted(_words()):
        if len(word) >= _SHORTEST_TYPO:
            for form in _forms(word):
                found.setdefault(form, word)
    return found


def _simplified(text: str) -> str:
    return text.translate(_LONG_VOWEL).translate(_SMALL)


@cache
def _words() -> frozenset[str]:
    lines = (line for line in _data("en").splitlines() if not line.startswith("#"))
    return frozenset(re.findall(r"(?<![\w\\])[a-z']{2,}(?!\w)", "\n".join(lines)))


@cache
def _phrases(language: str) -> tuple[tuple[SmallTalk | Literal[""], re.Pattern[str]], ...]:
    kinds: dict[SmallTalk | Literal[""], list[str]] = {}
    kind: SmallTalk | Literal[""] = ""
    for line in filter(None, map(str.strip, _data(language).splitlines())):
        if line.startswith("["):
            name = line.strip("[]")
            kind = next((one for one in get_args(SmallTalk) if one == name), "")
        elif not line.startswith("#"):
            kinds.setdefault(kind, []).append(line)
    end = r"(?![a-z0-9'])" if language == "en" else ""
    return tuple(
        (name, re.compile(f"(?:{'|'.join(_typed(line, language) for line in lines)}){end}"))
        for name, lines in kinds.items()
    )


def _typed(line: str, language: str) -> str:
    return line if language == "en" else _simplified(line.lower())


def _data(language: str) -> str:
    return (files("bot.text.small_talk") / f"{language}.txt").read_text("utf-8")

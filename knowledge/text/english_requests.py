"""Requests in English: the words that lead to a subject, and those that follow it.

A request is a frame of words that have no subject of their own: "could somebody tell me about ...",
"I was told to ask here for ...". Not its sentences are known, only its words, and how it ends: with
a bridge such as "about", or with a verb such as "explain".
"""

import re
from collections.abc import Sequence

from knowledge.text.analysis import STOP_WORDS, words_of
from knowledge.text.phrases.data import words_in

_WORD = re.compile(r"[\w'-]+")
_QUESTION_WORDS = frozenset(("who", "what", "when", "where", "why", "which", "how", "whose"))
_ABOUT = frozenset(("about", "regarding", "concerning", "on", "re", "around"))
"""Bridges that make whatever leads to them a request, if a person or a thing is asked for."""

_BRIDGES = _ABOUT | {"for", "with", "of", "to", "into", "up", "through", "covering"}
_DETERMINERS = frozenset(words_of("the a an our my your any some this that if whether"))
"""Words between a bridge and its subject."""

_ACTORS = frozenset(words_of("i we you me us my there they who anyone someone anybody somebody"))
_OBJECTS = frozenset(("me", "us"))
_TAKES_OBJECT = frozenset(
    words_of(
        """explain explained explaining describe described clarify clarified summarise summarize
        summarised summarized outline recap remember recall forget forgot forgotten forgetting know
        understand mention mentions mentioned cover covers concerns discuss find finding share
        learn need want remind like"""
    )
)
"""Verbs after which the subject stands at once."""

_LEADS_AWAY = frozenset(words_of("to but for if and so or though because since as"))
"""Words after a subject, with which a request goes on."""


_POLITE = frozenset(
    words_of("please pls plz kindly thanks thank thx ty cheers asap urgently anyone anybody again")
)
"""Words that end a question, and no verb of it: "what is it known as" ends with its own."""

_AMOUNT_OR_TIME = re.compile(
    r"\bhow (?:much|many)\b|\b(?:what|which) (?:time|day|week|month|year)\b", re.IGNORECASE
)
"""What asks for more than a subject though each word of it could be said around one."""


def without_request(clause: str) -> str:
    """Return *clause* without the request around its subject; "" if it has no subject."""
    found = list(_WORD.finditer(clause))
    words = [match[0].lower() for match in found]
    if words[:1] and words[0] in words_in("en", "excuses") and _QUESTION_WORDS.isdisjoint(words):
        return ""
    said = [place for place, word in enumerate(words) if not _is_idle(word)]
    if not said:
        return clause.strip() if _AMOUNT_OR_TIME.search(clause) else ""
    first = _start(words[: said[0]])
    end = next((n for n in range(said[-1] + 1, len(words)) if _goes_on(words[n:])), len(words))
    return clause[found[first].start() : found[end - 1].end()].strip()


def _start(before: Sequence[str]) -> int:
    """Return how many of the words *before* a subject only lead to it."""
    asks = [place for place, word in enumerate(before) if _root(word) in _QUESTION_WORDS]
    if _is_frame(before) and not _asks_for(before, asks):
        return len(before)
    if asks:
        return asks[0]
    return len(before) if STOP_WORDS.issuperset(map(_root, before)) else 0


def _is_frame(before: Sequence[str]) -> bool:
    """Tell whether the words *before* a subject are a request for it, up to its bridge."""
    led = list(map(_root, before))
    while led and led[-1] in _DETERMINERS:
        led.pop()
    if not led:
        return False
    last, actors = led[-1], _ACTORS.intersection(led)
    if last in _TAKES_OBJECT:
        return bool(actors) or led[0] in {last, "does"} or led[0] in _DETERMINERS
    if last == "in":
        return "interested" in led
    if last not in _BRIDGES:
        return False
    asked = any(map(_is_request, led)) or "there" in actors or len(actors - _OBJECTS) < len(actors)
    return asked or last == "about" or (last in _ABOUT and bool(actors))


def _asks_for(before: Sequence[str], asks: Sequence[int]) -> bool:
    """Tell whether the question word of a frame asks for more than its subject.

    "Who do I ask about ...", "what time do I need to ..." do; "who can tell me about ..." does not.
    """
    if not asks:
        return False
    word, rest = _root(before[asks[0]]), before[asks[0] + 1 :]
    if word in {"what", "where", "which"}:
        return bool(rest) and rest[0] in words_in("en", "around")
    return rest[:1] != ["about"] and _OBJECTS.isdisjoint(rest)


def _goes_on(after: Sequence[str]) -> bool:
    """Tell whether the words *after* a subject are a request: "but no luck", "for me", "please"."""
    if after[0] in {"to", "for"} and after[-1] in _OBJECTS:
        return True
    return after[0] in _POLITE or (after[0] in _LEADS_AWAY and any(map(_is_request, after)))


def _root(word: str) -> str:
    return word.partition("'")[0]


def _is_request(word: str) -> bool:
    return word in words_in("en", "requests") or _root(word) in words_in("en", "requests")


def _is_idle(word: str) -> bool:
    around, root = words_in("en", "around"), _root(word)
    return _is_request(word) or not {word, root}.isdisjoint(STOP_WORDS | around)

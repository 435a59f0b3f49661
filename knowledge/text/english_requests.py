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

_BRIDGES = _ABOUT | set(words_of("for with of to into up out through covering down towards toward"))
_LEARNING = frozenset(words_of("find learn read know search look hear"))
"""Verbs with which "how do I ... about" asks for the subject, and for no way."""

_TO_WHOM = (["me"], ["you"])
_OF_THE_MOMENT = frozenset(words_of("these nowadays lately yet seems seem appears"))
"""Words that begin what is said of the moment or of the page: "these days", "seems to be gone"."""

_DETERMINERS = frozenset(words_of("the a an our my your any some this that if whether"))
"""Words between a bridge and its subject."""

_ACTORS = frozenset(
    words_of(
        "i we you me us my there they who anyone someone anybody somebody nobody noone everyone"
    )
)
_OBJECTS = frozenset(("me", "us"))
_TAKES_OBJECT = frozenset(
    words_of(
        """explain explained explaining describe described clarify clarified summarise summarize
        summarised summarized outline recap remember recall forget forgot forgotten forgetting know
        understand mention mentions mentioned cover covers concerns discuss find finding share
        learn need want remind like spot locate comprehend grasp confirm verify seek
        doublecheck"""
    )
) | {"double-check"}
"""Verbs after which the subject stands at once."""

_IF_ASKED = frozenset(("check", "review"))
"""Verbs after which the subject stands if something else in the frame asks for it."""

_TOPIC = re.compile(
    r"\b(?:when it comes to|(?:relating|related|pertaining) to"
    r"|(?:with|in) (?:regards?|respect|reference|relation|connection) (?:to|with)"
    r"|(?:on|about) the (?:topic|subject|matter|issue|question) of|what(?:'s| is|s) up with"
    r"|(?:how (?:it|this|that) (?:goes|works|is)|what (?:is|was) it(?: again)?) with)\b"
    r"|^(?:(?:and|so|but|this|next|another|last|first|my|the|one|other|more|again) ){0,4}"
    r"(?:time|one|question|topic|subject|up)(?:,? (?:it'?s|it is|is|was|would be))\b",
    re.IGNORECASE,
)
"""Bridges of several words; each stands for "about"."""

_TELLING = frozenset(("about", "regarding", "concerning"))
"""Bridges before which a statement may say anything: "a candidate asked me about ..."."""

_OF_ONESELF = re.compile(r"\s*(?:i|we|i'm|we're|i've|we've)\s", re.IGNORECASE)
_ASKERS_TIME = re.compile(
    r"\b(?:a|an|one|two|three|four|five|six|few|some|\d{1,3})"
    r" (?:minute|hour|day|week|month|year)s? ago\b"
    r"|\b(?:before|by|until) (?:(?:mon|tues|wednes|thurs|fri)day|tomorrow|tonight|noon|lunch|eod)$",
    re.IGNORECASE,
)
"""When somebody came, or needs an answer, in a clause about themselves."""

_TALKED = re.compile(
    r"\b(?:asked|told|mentioned|said|brought|talked|talking|discussed|discussing|argued|arguing|heard"
    r"|came up|wondered|chatted|chatting)\b",
    re.IGNORECASE,
)
_OCCASION = re.compile(
    r"\b(?:in|at|during|over|after|before) "
    r"(?:(?:a|an|the|our|my|this|today's|yesterday's|last week's) )?(?:\w{1,20} )?"
    r"(?:interview|meeting|call|stand-?up|lunch|dinner|breakfast|coffee|chat|training|workshop"
    r"|session|presentation|onboarding|review|retro|all-hands|email|e-mail|thread)"
    r"(?: (?:today|yesterday|earlier|(?:this|last|the other) \w{3,9}))?$"
    r"|\b(?:today|yesterday|earlier"
    r"|(?:this|last|the other) (?:morning|afternoon|evening|night|day|week|month))$",
    re.IGNORECASE,
)
"""Where and when people talked of a subject, in a clause that says so."""

_INTRODUCES = re.compile(
    r"(?i:this is|it'?s|my name is|i am|i'm)\s+[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)?"
    r"(?:\s+(?i:here|speaking|from|in|of|at|with)\b.{0,80})?"
)
"""A clause in which the asker says a name: "this is Peter from the office"."""

_HOW_IT_IS = frozenset(
    words_of(
        """work works worked function functions operate operates go goes handled done organised
        organized arranged regulated managed"""
    )
)
"""Verbs of "how does ... work", which asks for the subject as a whole."""

_EVEN = frozenset(("even", "exactly", "actually", "really"))
_HERE = frozenset(words_of("here currently now exactly usually normally actually nowadays"))
_LEADS_AWAY = frozenset(words_of("to but for if and so or though because cos cuz since as"))
"""Words after a subject, with which a request goes on."""


_WRITTEN = frozenset(
    words_of("described covered documented mentioned explained written listed recorded published")
)

_PERSONS = _ACTORS | frozenset(("my", "our"))
_HAVING = frozenset(words_of("have has got find need want there see share"))
_HELD = frozenset(("have", "got", "say"))
_SPOKEN = _PERSONS - {"they", "there", "who"} | frozenset(
    ("please", "pls", "plz", "thanks", "your")
)
_PARTED = re.compile(r"[,:;!.\n]|\s[-–—]\s")
_WISHES = frozenset(
    words_of("want wants wanted wanting need needs needed like love hope hopes help helps helped")
)
"""Words of requests that say nothing about talking."""

_LONGEST_NOUN = 2
"""Words of a noun that a request asks for, as in "the training booklet about"."""

_REPORTS = frozenset(words_of("mentioned mentions discussed raised"))
_BROUGHT = frozenset(words_of("brought bringing brings"))
"""With "up": verbs of those that talked of a subject, and take it as their object."""

_FROM_WISH = 5
"""Words from "I need" to the bridge, as in "I need a line about"."""

_THINGS_ASKED = frozenset(
    words_of("info docs doc documentation explanation explained overview summary link query")
)
"""What is asked for, alone beside a subject: "overtime info", "query: overtime"."""

_DETAILS = frozenset(("details", "information"))

_CLAIMS = frozenset(
    words_of(
        """i we my our he she they his her their it its this that these those the there nobody
        somebody someone everybody a an no because"""
    )
)
"""Words with which a statement begins."""

_SHORTEST_CLAIM = 3
_INTRODUCES_ASKER = re.compile(
    r"\s*(?:(?:hi|hello|hey|so|well|sorry|as)\b[, ]{0,3})?"
    r"(?:i|we|my|our|first|second|third|still|new)\b.{0,60}?\b(?:new|newly|join(?:ed|er|ing)?"
    r"|start(?:ed|ing|er|s)?|hired?|beg(?:an|ins|inning)|intern|trainee|apprentice"
    r"|moved (?:over|here)|transferred|back (?:from|after)|returned|covering|standing in|filling in"
    r"|replacing"
    r"|work (?:in|at|as|for)|(?:day|week|month) here|my feet|out of the loop"
    r"|never (?:done|had|used|tried)|not used to|unfamiliar|promoted)\b",
    re.IGNORECASE,
)
"""How a sentence begins that says who asks: "I'm covering for Ines"."""

_MODALS = frozenset(("must", "should", "may", "shall", "might", "has", "have", "did"))
_AUXILIARIES = (["does"], ["do"], ["did"], ["is"], ["are"], ["was"], ["were"])
_WANTS = frozenset(words_of("does please want wanted need trying hoping wanna"))
_WHERE = frozenset(("what", "where", "is", "are"))

_BEGINS = frozenset(
    words_of(
        """can could would will does do did is are any anyone anybody someone somebody where what
        whats who how i we need help you u"""
    )
)
"""Words with which a second request begins that nothing parts from the subject."""

_SPELLINGS = {
    f"{word}s": word for word in ("what", "where", "who", "how", "when", "why", "there", "that")
} | {
    **dict.fromkeys(("ive", "im"), "i"),
    **dict.fromkeys(("u", "youre", "youve"), "you"),
    **dict.fromkeys(("any1", "ne1"), "anyone"),
    **dict.fromkeys(("abt", "bout", "aboot"), "about"),
    **dict.fromkeys(("teh", "hte"), "the"),
    "weve": "we", "sum1": "someone", "ur": "your", "wrt": "regarding",
}  # fmt: skip

_CANNOT = frozenset(("don't", "dont", "didn't", "didnt", "can't", "cant", "cannot", "never"))
_PLACES = frozenset(
    words_of("page document doc docs guide manual wiki handbook intranet channel thread link was")
)
_THINGS = frozenset(words_of("anything something everything stuff"))
_NOUNS = frozenset(
    words_of("thing deal situation story page state news latest update updates point idea facts")
)
"""Nouns that "what is the ... with" asks for."""

_POLITE = frozenset(
    words_of("""please pls plz kindly thanks thank thx ty cheers asap urgently anyone anybody again
        plse pleez thnx thanx thankyou rn""")
)
"""Words that end a question, and no verb of it: "what is it known as" ends with its own."""

_AMOUNT_OR_TIME = re.compile(
    r"\bhow (?:much|many|long|often|fast|quickly|far|soon|late|early|old|big|large)\b"
    r"|\b(?:what|which) (?:time|day|week|month|year)\b",
    re.IGNORECASE,
)
_PERSON_OR_MOMENT = re.compile(r"\b(?:who|when) (?:do|does|did|should|must|shall)\b", re.IGNORECASE)
"""What asks for more than a subject though each word of it could be said around one."""


def without_request(clause: str) -> str:
    """Return *clause* without the request around its subject; "" if it has no subject."""
    if _INTRODUCES.fullmatch(clause.strip()):
        return ""
    if _OF_ONESELF.match(clause):
        clause = _ASKERS_TIME.sub("", clause)
    if _TALKED.search(clause):
        clause = _OCCASION.sub("", clause)
    if (bridge := _TOPIC.search(clause)) and bridge.end() < len(clause):
        shorter = f"{clause[: bridge.start()]}about{clause[bridge.end() :]}"
        bare = _without_request(shorter)
        return bare if bare and bare in clause[bridge.end() :] else _without_request(clause)
    return _without_request(clause)


def asks(before: str, behind: str) -> bool:
    """Tell whether what stands around a subject asks, or tells, a person of it, and for no more.

    So does a beginning of words that may stand around any subject, if a mark parts it from it.
    """
    frame = f"{before} {behind}"
    words = [_root(match[0].lower()) for match in _WORD.finditer(frame)]
    duty = words[:1] != [] and words[0] in _MODALS and not all(map(_is_idle, words))
    if duty or _asks_for_more(frame):
        return False
    asked = any(_is_request(word) and word not in _WISHES for word in words)
    if asked:
        return not _SPOKEN.isdisjoint(words) or bool(_PARTED.search(frame))
    return not _WORD.search(behind) and all(map(_is_idle, words)) and bool(_PARTED.search(before))


def names_subject(before: str, behind: str) -> bool:
    """Tell whether a sentence with these words around its subject asks for all of that subject."""
    led, rest = ([match[0].lower() for match in _WORD.finditer(one)] for one in (before, behind))
    if _asks_for_more(f"{before} {behind}"):
        return False
    if any(map(_is_request, [*led, *rest])) or not _ABOUT.isdisjoint(led):
        return True
    offered = not _PERSONS.isdisjoint(led) and not _HELD.isdisjoint(led) and all(map(_is_idle, led))
    return offered or (led[:1] == ["how"] and not _HOW_IT_IS.isdisjoint(rest))


def introduces(sentence: str) -> bool:
    """Tell whether *sentence* says who asks: "I started on Monday as an accountant."."""
    return not sentence.rstrip().endswith("?") and bool(_INTRODUCES_ASKER.match(sentence))


def states(sentence: str) -> bool:
    """Tell whether *sentence* asks for nothing: "The link is dead."."""
    words = [match[0].lower() for match in _WORD.finditer(sentence)]
    if sentence.rstrip().endswith("?") or len(words) < _SHORTEST_CLAIM:
        return False
    return _root(words[0]) in _CLAIMS


def _without_request(clause: str) -> str:
    found = list(_WORD.finditer(clause))
    words = [match[0].lower() for match in found]
    if words[:1] and words[0] in words_in("en", "excuses") and _QUESTION_WORDS.isdisjoint(words):
        return ""
    light = words_in("en", "light") if words[:1] and _root(words[0]) == "what" else frozenset()
    said = [n for n, word in enumerate(words) if not (word in light or _is_idle(word))]
    if not said:
        return clause.strip() if _asks_for_more(clause) else ""
    first, last = _start(words[: said[0]]), said[-1] + 1
    if span := _written(words, said[0], last) or _how_it_is(words):
        return clause[found[span[0]].start() : found[span[1] - 1].end()].strip()
    first = max(first, _told([match[0] for match in found], said[0]))
    last = max(last if said[-1] >= first else first, first + 1)
    asks = not _QUESTION_WORDS.isdisjoint(map(_root, words[first:last]))
    end = next((n for n in range(last, len(words)) if _goes_on(words[n:], asks=asks)), len(words))
    while not asks and _is_thing_asked(words[first:end]):
        end -= 1
    return clause[found[first].start() : found[end - 1].end()].strip()


def _is_thing_asked(subject: Sequence[str]) -> bool:
    """Tell whether a *subject* ends in what is asked for: "overtime docs".

    "Details" are of a subject of several words; "bank details" are one themselves.
    """
    if len(subject) > _LONGEST_NOUN and subject[-1] in _DETAILS:
        return True
    return len(subject) > 1 and subject[-1] in _THINGS_ASKED


def _written(words: Sequence[str], first: int, last: int) -> tuple[int, int] | None:
    """Return the subject's span in "where is ... documented" and in "what's ... about"."""
    asks = [n for n in range(first) if _root(words[n]) in _WHERE]
    if not asks:
        return None
    opening, start = _root(words[asks[0]]), asks[-1] + 1
    while words[start] in _DETERMINERS:
        start += 1
    if "what" in map(_root, words[1:first]) and words[last:] in (["is"], ["are"]):
        return start, len(words) - 1
    if opening == "what":
        return (start, len(words) - 1) if words[last:] and words[-1] == "about" else None
    end = next((n for n in range(last, len(words)) if words[n] in _WRITTEN), 0)
    placed = words[end + 1 : end + 2]
    if not end or (opening != "where" and placed[:1] not in (["anywhere"], ["somewhere"])):
        return None
    return start, end - 1 if words[end - 1] in _WHERE else end


def _how_it_is(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the subject's span in "how does ... work" and "how is ... handled"."""
    start = next((n for n, word in enumerate(words[:-2]) if word == "how"), len(words))
    end = len(words)
    while end > start + 2 and words[end - 1] in _HERE:
        end -= 1
    words = words[:end]
    if words[-1] not in _HOW_IT_IS or words[start + 1 : start + 2] not in _AUXILIARIES:
        return None
    start += 2
    while start < len(words) - 1 and words[start] in _DETERMINERS:
        start += 1
    plain = start < len(words) - 1 and words[start] not in _ACTORS | {"it"} and words[-2] != "to"
    return (start, len(words) - 1) if plain else None


def _told(words: Sequence[str], first: int) -> int:
    """Return where the subject begins behind a bridge that anything may lead to; 0 if nowhere.

    In a statement by a person, as in "a candidate asked me about ...", and for the noun of a
    request, as in "where is the booklet about ...". Names and numbers are never led over.

    Args:
        words: As they are written.
        first: The first word that says something of its own.
    """
    led = list(map(_root, map(str.lower, words)))
    end = next((n for n in range(first + 1, len(led)) if _leads(led[: n + 1])), 0)
    lead = led[:end]
    if not end or words[end + 1 : end + 2] == []:
        return 0
    reports = led[end] not in _TELLING
    if not reports and any(map(_is_name, words[1:end])):
        return 0
    if words[end + 1][0].isdigit():
        return 0
    ask = next((n for n, word in enumerate(lead) if word in _QUESTION_WORDS), end)
    told = any(
        _is_request(word) and word not in _WISHES for word in lead
    ) and not _PERSONS.isdisjoint(lead)
    states = ask == end and lead[0] not in (_BEGINS | _MODALS) - _PERSONS
    embedded = ask < end and lead[ask] == "what" and lead[ask + 1] in _ACTORS and ask > 0
    noun = end - first <= _LONGEST_NOUN and _asks_for_a_thing(lead[:first])
    told = told or reports or _wishes(lead)
    if not (told and (states or embedded)) and not noun:
        return 0
    end += 1
    while end < len(words) - 1 and led[end] in _DETERMINERS:
        end += 1
    return end


def _leads(led: Sequence[str]) -> bool:
    """Tell whether the last word leads to what was talked about."""
    return led[-1] in _TELLING | _REPORTS or (led[-1] == "up" and led[-2] in _BROUGHT)


def _wishes(lead: Sequence[str]) -> bool:
    """Tell whether *lead* ends in a wish: "for the newsletter I need a line" (about ...)."""
    last = lead[-_FROM_WISH:]
    return any(last[n] in {"i", "we"} and word in _WISHES for n, word in enumerate(last[1:]))


def _asks_for_a_thing(lead: Sequence[str]) -> bool:
    """Tell whether *lead* asks for whatever is named next: "is there a", "point me to the"."""
    bare = list(lead)
    while bare and (bare[-1] in _DETERMINERS or bare[-1] in words_in("en", "around")):
        bare.pop()
    asked = any(map(_is_request, lead)) or "there" in lead
    return asked and bool(bare) and bare[-1] in _WHERE | _BRIDGES | _OBJECTS | _HAVING


def _is_name(word: str) -> bool:
    return (word[:1].isupper() and _root(word.lower()) != "i") or any(map(str.isdigit, word))


def without_frame(clause: str) -> str:
    """Return what follows a request in a *clause* of idle words; "" if it is only a request.

    "Working hours" and "contact person" may be the subject, if nothing else is.
    """
    found = list(_WORD.finditer(clause))
    words = [match[0].lower() for match in found]
    first = _start(words)
    end = next((n for n in range(first, len(words)) if _goes_on(words[n:], asks=False)), len(words))
    rest = words[first:end]
    if all(_root(word) in STOP_WORDS or _is_request(word) for word in rest):
        return ""
    return clause[found[first].start() : found[end - 1].end()].strip()


def _asks_for_more(clause: str) -> bool:
    """Tell whether *clause* asks for an amount, a time or a person."""
    return bool(_AMOUNT_OR_TIME.search(clause) or _PERSON_OR_MOMENT.search(clause))


def _start(before: Sequence[str]) -> int:
    """Return how many of the words *before* a subject only lead to it."""
    for length in range(len(before), 0, -1):
        led = before[:length]
        asks = [place for place, word in enumerate(led) if _root(word) in _QUESTION_WORDS]
        if _is_frame(led) and not _asks_for(led, asks):
            return length
    asks = [place for place, word in enumerate(before) if _root(word) in _QUESTION_WORDS]
    if asks:
        return asks[0]
    return len(before) if STOP_WORDS.issuperset(map(_root, before)) else 0


def _is_frame(before: Sequence[str]) -> bool:
    """Tell whether the words *before* a subject are a request for it, up to its bridge."""
    led = list(map(_root, before))
    while led and (led[-1] in _DETERMINERS or (led[-1] in _OBJECTS and len(led) > 1)):
        led.pop()
    if not led:
        return False
    if led == ["as", "for"] or _asks_for_a_page(led):
        return True
    last, actors = led[-1], _ACTORS.intersection(map(_root, before))
    if last in _TAKES_OBJECT:
        commands = led[0] == last and not last.endswith("ing")
        return bool(actors) or commands or led[0] in _DETERMINERS | _WANTS
    if last in _IF_ASKED:
        return any(map(_is_request, led[:-1])) or not {"double", "just"}.isdisjoint(led)
    if last in {"get", "but", "in"}:
        return _ends_frame(last, led, before)
    if last not in _BRIDGES:
        return False
    asked = any(map(_is_request, led)) or "there" in actors or len(actors - _OBJECTS) < len(actors)
    return asked or last == "about" or (last in _ABOUT and bool(actors))


def _ends_frame(last: str, led: Sequence[str], before: Sequence[str]) -> bool:
    """Tell whether *led* is "I don't get", "sorry, but", "interested in"."""
    if last == "get":
        return not _CANNOT.isdisjoint(before)
    return any(map(_is_request, led)) if last == "but" else "interested" in led


def _asks_for_a_page(led: Sequence[str]) -> bool:
    """Tell whether *led* is "what's the deal with", "any docs on", "got anything about"."""
    if not led[1:] or led[-1] not in _BRIDGES:
        return _THINGS_ASKED.issuperset(led)
    held = not _HELD.isdisjoint(led) and not _PERSONS.isdisjoint(led)
    if held and led[0] == "what" and led[-1] in _ABOUT | {"for"}:
        return True
    noun, first = led[-2], led[0]
    if first in {"what", "where", "any"} and (noun in _NOUNS or noun in words_in("en", "light")):
        return True
    if led[-1] in _ABOUT and noun in _THINGS:
        return True
    return noun in _PLACES and first not in _DETERMINERS - {"any"} and first != noun


def _asks_for(before: Sequence[str], asks: Sequence[int]) -> bool:
    """Tell whether the question word of a frame asks for more than its subject.

    "Who do I ask about ...", "what time do I need to ..." do; "who can tell me about ..." does not.
    """
    if not asks:
        return False
    word, rest = _root(before[asks[0]]), before[asks[0] + 1 :]
    if rest[:1] and rest[0] in _EVEN:
        rest = rest[1:]
    if word == "who" and rest[:1] and rest[0] in {"know", "knows"}:
        return False
    if word in {"what", "where", "which"}:
        return bool(rest) and rest[0] in words_in("en", "around") and rest[0] not in _PLACES
    if rest[-1:] and rest[-1] in _ABOUT and not _LEARNING.isdisjoint(rest):
        return word in {"who", "when"}
    return rest[:1] != ["about"] and _OBJECTS.isdisjoint(rest)


def _goes_on(after: Sequence[str], *, asks: bool) -> bool:
    """Tell whether the words *after* a subject are a request: "but no luck", "for me", "please".

    Args:
        after: Words behind the last one of the subject.
        asks: Whether the subject is asked for with a question word: then "do I need" is its verb.
    """
    if after[0] in {"to", "for"} and (after[-1] in _OBJECTS or after[1:2] in _TO_WHOM):
        return True
    if after[:2] == ["with", "you"]:
        return not asks
    if after[0] in _OF_THE_MOMENT:
        return not asks
    requested = any(map(_is_request, after))
    if after[0] in _POLITE or (after[0] in _LEADS_AWAY and requested):
        return True
    if after[1:] == [] and after[0].endswith("ly"):
        return not asks
    if after[0] in {"on", "in"} and after[-1] in _PLACES:
        return not asks
    if after[0] in {"anywhere", "somewhere"} or (
        after[0] in {"and", "but"} and _root(after[1] if after[1:] else "") in _ACTORS
    ):
        return not asks
    return not asks and requested and _root(after[0]) in _BEGINS


def _root(word: str) -> str:
    return _SPELLINGS.get(word) or word.partition("'")[0]


def _is_request(word: str) -> bool:
    return word in words_in("en", "requests") or _root(word) in words_in("en", "requests")


def _is_idle(word: str) -> bool:
    around, root = words_in("en", "around"), _root(word)
    return _is_request(word) or not {word, root}.isdisjoint(STOP_WORDS | around)

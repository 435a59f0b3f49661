"""What people say around the subject of a question: greetings, thanks, "does anybody know".

Nobody searches for it. Its words are data, a file for each language in `phrases/`.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from knowledge.text import english_requests, japanese_requests
from knowledge.text.analysis import STOP_WORDS, is_unspaced, normalise, words_of
from knowledge.text.own_case import tells_case
from knowledge.text.phrases.data import lines_in
from knowledge.text.request_frames import subject_in

_CLAUSE = re.compile(
    r"[!?。！？、…]|(?<!\.)\.{2,4}(?!\.)|[,;:.](?=\s|$)|(?<=\s)[-–—](?=\s|$)"
    r"|\s(?=(?:and|but|because|though|although)"
    r" (?:i|i'm|i've|we|we're|nobody|no one|noone|someone|somebody)\b)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"<(?:https?|mailto):[^|>\s]{0,300}\|([^>]{0,200})>|<?(?:https?://|www\.)[^\s<>「」（）、。]+>?"
)
_LINK = re.compile(r"!?\[([^\]\[]{0,200})\]\((?:https?|mailto):[^)\s]{0,300}\)")
_EMOJI = re.compile(r"(?<![\w:]):[a-z+][a-z0-9_+-]{0,40}:(?!\w)")
_EDGE = r"\s、。，．,.!！?？:：;；…~〜・()（）\"'“”「」*_-"
_LEADING, _TRAILING = re.compile(f"^[{_EDGE}]+"), re.compile(f"(?<![{_EDGE}])[{_EDGE}]+$")
_BETWEEN = re.compile(r"(?<![\s,、;:])[\s,、;:]{1,20}([,、.。!?])")
_LONGEST = 600
"""Characters up to which a question is looked at; a longer one has enough words of its own."""


@lru_cache(maxsize=512)
def subject_of(question: str) -> str:
    """Return *question* without what is said around its subject; itself where nothing is left."""
    if len(question) > _LONGEST:
        return question
    plain = unicodedata.normalize("NFKC", question).replace("’", "'")
    plain = _EMOJI.sub(" ", _ADDRESS.sub(r" \1 ", _LINK.sub(r"\1", plain)))
    found = _with_cases(plain)
    return found or (plain.strip() if has_content(plain) else question)


def _with_cases(plain: str) -> str:
    """Return the subject of *plain*, with the sentences in which the asker tells their case.

    "Tell me about repairs. I broke my phone." asks for more than either of its sentences.
    """
    sentences = _sentences(plain)
    parts = {
        n: case
        for n, one in enumerate(sentences)
        if tells_case(one) and (case := _without_requests(one))
    }
    asked = [n for n in range(len(sentences)) if n not in parts]
    subject = _bare(" ".join(sentences[n] for n in asked)) if parts else ""
    if not subject:
        return _bare(plain)
    first = next((n for n in asked if _without_requests(sentences[n])), asked[0])
    return " ".join(part for _, part in sorted({**parts, first: subject}.items()))


def _bare(text: str) -> str:
    """Return *text* without what is said around its subject; "" where nothing is left."""
    found = (_without_requests(text), _without_requests(subject_in(text)))
    return min(filter(has_content, found), key=len, default="")


def _without_requests(plain: str) -> str:
    """Return *plain* without the requests that the grammar knows; "" where nothing is left."""
    sentences = _sentences(plain)
    clauses = [
        [
            kept
            for clause in _CLAUSE.split(_without_phrases(one))
            if (kept := _without_phrases(clause))
        ]
        for one in sentences
    ]
    for said_by in (_said, _framed):
        found = [" ".join(filter(None, map(said_by, one))) for one in clauses]
        if any(found):
            return " ".join(filter(None, _without_circumstances(sentences, found)))
    return ""


def _without_circumstances(sentences: Sequence[str], found: Sequence[str]) -> Sequence[str]:
    """Return the subjects *found*, without those of sentences that tell why somebody asks.

    If one sentence is a request that names its subject, who asks is told before it ("I started
    on Monday."), and whatever is stated behind it is a reason. A question for an amount or a way
    is no such request: what stands around it may be what it turns on.
    """
    pairs = list(zip(sentences, found, strict=True))
    asked = next((n for n, pair in enumerate(pairs) if pair[1] and _requests(*pair)), None)
    if asked is None:
        if len(pairs) > 1 and japanese_requests.is_bare(pairs[0][0]):
            return [found[0], *(one for said, one in pairs[1:] if not _is_reason(said))]
        return found
    return [
        subject
        for place, (sentence, subject) in enumerate(pairs)
        if place == asked or not (_introduces(sentence) if place < asked else _states(sentence))
    ]


def _requests(sentence: str, subject: str) -> bool:
    before, _, behind = sentence.partition(subject)
    if is_unspaced(sentence):
        return japanese_requests.names_subject(f"{before} {behind}")
    return english_requests.names_subject(before, behind)


def _is_reason(sentence: str) -> bool:
    return is_unspaced(sentence) and japanese_requests.is_reason(sentence)


def _introduces(sentence: str) -> bool:
    if is_unspaced(sentence):
        return japanese_requests.introduces(sentence)
    return english_requests.introduces(sentence)


def _states(sentence: str) -> bool:
    if is_unspaced(sentence):
        return japanese_requests.states(sentence)
    return english_requests.states(sentence)


def has_content(text: str) -> bool:
    """Tell whether *text* has a word that could be searched for."""
    normal = normalise(text)
    return is_unspaced(normal) or any(word not in STOP_WORDS for word in words_of(normal))


def _said(clause: str) -> str:
    """Return what *clause* says of the subject; "" if that is nothing."""
    if not has_content(clause):
        return ""
    if is_unspaced(clause):
        return japanese_requests.without_request(clause)
    return english_requests.without_request(clause)


def _framed(clause: str) -> str:
    """Return what a request in *clause* is about, though its words are said around others."""
    if is_unspaced(clause) or not has_content(clause):
        return ""
    return english_requests.without_frame(clause)


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[。！？!?\n])|(?<=\.)\s", text)


def _without_phrases(text: str) -> str:
    for language in ("en", "ja"):
        start, end = _phrases(language)
        text = _stripped(_stripped(text, start, _LEADING), end, _TRAILING)
    return " ".join(_BETWEEN.sub(r"\1", text).strip(" 、,;:").split())


def _stripped(text: str, phrase: re.Pattern[str], edge: re.Pattern[str]) -> str:
    """Take *phrase* off the edge of *text*, as often as it stands there."""
    while True:
        bare = edge.sub("", text)
        match = phrase.search(bare)
        if match is None or match[0] == "":
            return text
        text = bare[: match.start()] + bare[match.end() :]


@cache
def _phrases(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the phrases of *language*: at the start, at the end."""
    start, end = (
        "(?:" + "|".join(line.replace(" ", r"\s+") for line in lines_in(language, name)) + ")"
        for name in ("start", "end")
    )
    before, after = (r"(?<![\w'])", r"(?![\w'])") if language == "en" else ("", "")
    return (
        re.compile(f"^{start}{after}", re.IGNORECASE),
        re.compile(f"{before}{end}$", re.IGNORECASE),
    )

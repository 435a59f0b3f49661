"""What people say around the subject of a question: greetings, thanks, "does anybody know".

Nobody searches for it. The phrases are data, a file for each language in `phrases/`.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from knowledge.text.analysis import STOP_WORDS, is_unspaced, normalise, words_of

_SECTION = re.compile(r"\[(start|anywhere|end|words)\]")
_QUESTION_WORDS = frozenset(("who", "what", "when", "where", "why", "which", "how", "whose"))
_CLAUSE = re.compile(r"[!?。！？、]|[,;:.](?=\s|$)|(?<=\s)[-–—](?=\s|$)")
_LEADS_TO = frozenset(
    re.findall(
        r"\w+",
        """on about of for to with regarding concerning the a an our any my me us explain describe
        clarify understand understanding remind into as""",
    )
)
"""Words before a subject, after which the words of conversation have come to their end."""

_LEADS_AWAY = frozenset(re.findall(r"\w+", "to but for if and so or though because since as"))
"""Words after a subject, with which conversation begins again."""

_WORD = re.compile(r"[\w'-]+")
_CONTENT_JAPANESE = re.compile(r"[^\W\u3041-\u309f_]")
_ADDRESS = re.compile(
    r"<(?:https?|mailto):[^|>\s]{0,300}\|([^>]{0,200})>|<?(?:https?://|www\.)[^\s<>「」（）、。]+>?"
)
_LINK = re.compile(r"!?\[([^\]\[]{0,200})\]\((?:https?|mailto):[^)\s]{0,300}\)")
_EDGE = r"\s、。，．,.!！?？:：;；…~〜・()（）\"'“”「」*_-"
_LEADING, _TRAILING = re.compile(f"^[{_EDGE}]+"), re.compile(f"(?<![{_EDGE}])[{_EDGE}]+$")
_BETWEEN = re.compile(r"(?<![\s,、;:])[\s,、;:]{1,20}([,、.。!?])")
_LONGEST = 600
"""Characters up to which a question is looked at; a longer one has enough words of its own."""


def subject_of(question: str) -> str:
    """Return *question* without what is said around its subject; itself where nothing is left."""
    if len(question) > _LONGEST:
        return question
    plain = unicodedata.normalize("NFKC", question).replace("’", "'")
    plain = _ADDRESS.sub(r" \1 ", _LINK.sub(r"\1", plain))
    lines = [_without_phrases(line) for line in _sentences(plain)]
    clauses = [
        kept
        for line in lines
        for clause in _CLAUSE.split(line)
        if (kept := _said(_without_phrases(clause)))
    ]
    if clauses:
        return " ".join(clauses)
    return plain.strip() if has_content(plain) else question


def has_content(text: str) -> bool:
    """Tell whether *text* has a word that could be searched for."""
    normal = normalise(text)
    return is_unspaced(normal) or any(word not in STOP_WORDS for word in words_of(normal))


def _said(clause: str) -> str:
    """Return *clause* without the words of conversation at its ends; "" if there are no others."""
    if not has_content(clause):
        return ""
    if is_unspaced(clause):
        rest = _conversation("ja").sub("", clause)
        nothing_said = rest == clause  # おむつ is a subject, though it is hiragana
        return clause.strip() if nothing_said or _CONTENT_JAPANESE.search(rest) else ""
    words = list(_WORD.finditer(clause))
    idle = [_is_idle(word[0].lower()) for word in words]
    if all(idle):
        return ""
    first, last = idle.index(False), len(idle) - 1 - idle[::-1].index(False)
    asks = [n for n in range(first) if words[n][0].lower().partition("'")[0] in _QUESTION_WORDS]
    if asks:
        first = asks[0]
    elif not _may_go([word[0].lower() for word in words[:first]]):
        first = 0  # "help page" is a subject
    after = [word[0].lower() for word in words[last + 1 :]]
    if after and (after[0] not in _LEADS_AWAY or STOP_WORDS.issuperset(after)):
        last = len(words) - 1  # "what does it come to" is asked so
    return clause[words[first].start() : words[last].end()].strip()


def _may_go(before: list[str]) -> bool:
    """Tell whether the words *before* a subject only lead to it."""
    return not before or before[-1] in _LEADS_TO or STOP_WORDS.issuperset(before)


def _is_idle(word: str) -> bool:
    return word in STOP_WORDS or word in _words("en") or word.partition("'")[0] in STOP_WORDS


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[。！？!?\n])|(?<=\.)\s", text)


def _without_phrases(text: str) -> str:
    for start, anywhere, end in map(_phrases, ("en", "ja")):
        text = anywhere.sub(" ", _stripped(text, start, _LEADING))
        text = _trimmed(text, start, end)
    return " ".join(_BETWEEN.sub(r"\1", text).strip(" 、,;:").split())


def _stripped(text: str, phrase: re.Pattern[str], edge: re.Pattern[str]) -> str:
    """Take *phrase* off the edge of *text*, as often as it stands there."""
    while True:
        bare = edge.sub("", text)
        match = phrase.search(bare)
        if match is None or match[0] == "":
            return text
        text = bare[: match.start()] + bare[match.end() :]


def _trimmed(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str:
    return _stripped(_stripped(text, start, _LEADING), end, _TRAILING)


@cache
def _phrases(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Compile the phrases of *language*: at the start, anywhere, at the end."""
    sections = _data(language)
    start, anywhere, end = (
        "(?:" + "|".join(line.replace(" ", r"\s+") for line in sections[name]) + ")"
        for name in ("start", "anywhere", "end")
    )
    before, after = (r"(?<![\w'])", r"(?![\w'])") if language == "en" else ("", "")
    return (
        re.compile(f"^{start}{after}", re.IGNORECASE),
        re.compile(f"{before}{anywhere}{after}", re.IGNORECASE),
        re.compile(f"{before}{end}$", re.IGNORECASE),
    )


@cache
def _words(language: str) -> frozenset[str]:
    return frozenset(" ".join(_data(language)["words"]).split())


@cache
def _conversation(language: str) -> re.Pattern[str]:
    longest_first = sorted(_words(language), key=lambda word: -len(word))
    return re.compile("|".join(map(re.escape, longest_first)))


@cache
def _data(language: str) -> dict[str, list[str]]:
    """Read the lines of the file of *language*, by section."""
    sections: dict[str, list[str]] = {}
    section = ""
    text = (files("knowledge.text") / "phrases" / f"{language}.txt").read_text("utf-8")
    for line in filter(None, map(str.strip, text.splitlines())):
        if heading := _SECTION.fullmatch(line):
            section = heading[1]
        elif not line.startswith("#"):
            sections.setdefault(section, []).append(line)
    return sections

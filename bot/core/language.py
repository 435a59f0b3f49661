"""The language of a text, and the language that a question wants."""

import re
from typing import Literal

Language = Literal["ja", "en"]

JAPANESE_SHARE = 0.2
"""Share of Japanese letters from which a text counts as Japanese: product names in Latin letters
are common in Japanese questions, while Japanese words in English ones are short quotations."""

_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f]")
_LETTER = re.compile(r"[^\W\d_]")


def language_of(text: str) -> Language:
    """Tell the language of *text* by its script; a text without letters counts as English."""
    letters = len(_LETTER.findall(text))
    japanese = len(_JAPANESE.findall(text))
    return "ja" if japanese and japanese >= JAPANESE_SHARE * letters else "en"


_NO_WORDS = re.compile(r"^\s*[/!]\w+\s*$|:[\w+-]+:|<[@#!][^>]*>|(?<!\w)@\S+")


def has_words(text: str) -> bool:
    """Tell whether *text* is in a language: more than signs, emoji, mentions, or a command."""
    return _LETTER.search(_NO_WORDS.sub("", text)) is not None


_QUOTED = re.compile(
    r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"\n]*\"|`[^`]*`|^[^\S\n]*>.*$", re.MULTILINE
)
_SENTENCE_END = re.compile(r"[.?!。．？！\n]+")


def _english_wish(language: str) -> re.Pattern[str]:
    """Return what asks in English for an answer in *language*, within one sentence."""
    reply = r"(?:answer|reply|response|explanation|summary|it|this)"
    return re.compile(
        rf"""
        ^\W*(?:(?:and|but|now|again)\s+)?in\s{language}\s*(?:[,)]|$)  # alone, or before a comma
        | [,(:–—]\s*in\s{language}\W*$                     # added at the end
        | \bin\s{language},?\s+please\b | \bplease,?\s+in\s{language}\b
        | (?:^\W*|[,;:–—]\s*|\b(?:please|kindly|just|and|then|you|you\sto)\s+)  # a request
          (?:answer|reply|respond|explain|summari[sz]e|describe|tell|give|write|show|list|say|speak
            |translate|put|provide)\b
          (?:\s+(?!(?:i|we|they|you|whether|if|can)\b)[\w'’/-]+){{0,8}}
          \s+in\s{language}(?=\W*$|\s*[,;:)(–—]|\s+(?:please|and|only|so|because|as|since)\b)
        | \b(?:(?:the|your|an)\s|i\s(?:want|need|prefer)\s|i(?:['’]d|\swould)\slike\s)
          (?:the\s|your\s|an\s)?{reply}\s(?:(?:should|must)\sbe\s)?in\s{language}\W*$
        """,
        re.IGNORECASE | re.VERBOSE,
    )


def _japanese_wish(language: str) -> re.Pattern[str]:
    """Return what asks in Japanese for an answer in *language*, within one sentence."""
    reply = "(?:回答|返答|返事|返信|説明|答え)"
    return re.compile(
        rf"""
        (?:^|[、,(（]|(?<!\s)\s|{reply}は)\s*{language}で(?:す)?\W*$      # alone, or at the end
        | {language}で
          (?:[、,][^。]{{0,40}}?|[^、,るたい]{{0,15}}(?:を|について))?   # what it is about
          (?:(?:答え|教え|書い|まとめ|訳し|返し|話し|(?:回答|返答|返事|返信|説明|要約)し)て
            (?!も(?:い|良|よ|構|かま|大丈夫)|は|い[るた])
          |お答え|ご?(?:回答|返答|返信|説明)(?:を)?(?:お願い|希望|ください|下さい))
        | {language}での?(?:ご|お)?(?:{reply}(?:を|で)?)?(?:お?願い(?!して)|頼|よろしく|どうぞ)
        """,
        re.VERBOSE,
    )


_WISHES: tuple[tuple[re.Pattern[str], Language], ...] = (
    (_english_wish("english"), "en"),
    (_japanese_wish("英語"), "en"),
    (_english_wish("japanese"), "ja"),
    (_japanese_wish("日本語"), "ja"),
)
ENOUGH_LETTERS: dict[Language, int] = {"ja": 8, "en": 20}
"""Letters of a language that make a text count as written in it, beyond a few names."""


def wanted_language(question: str) -> Language:
    """Return the language that *question* wants for its answer: the one it asks for, or its own.

    Quotations count only in a question that has nothing else, and the mere mention of a language
    is no wish.
    """
    own = _QUOTED.sub("", question)
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(own)]
    for wish, language in _WISHES:
        if any(wish.search(sentence) for sentence in sentences):
            return language
    return language_of(own if _LETTER.search(own) else question)


def is_written_in(text: str, language: Language) -> bool:
    """Tell whether *text* is in *language*, leaving out quotations and a few names."""
    own = _QUOTED.sub("", text)
    other: Language = "en" if language == "ja" else "ja"
    letters = len(_JAPANESE.findall(own)) if other == "ja" else len(_LETTER.findall(own))
    return language_of(own) == language or letters < ENOUGH_LETTERS[other]

"""Tells an answer from a question back and from "I'll check", in the thread of a handoff.

Pure, and by words instead of a model.
"""

import re
import unicodedata

_SENTENCE = re.compile(r"[^。．.!！?？\n]+[。．.!！?？]*|\n")
_QUESTION = re.compile(
    r"[?？]\s*$"
    r"|(?:です|ます|でしょう|ました|ません|の|だろう|ない|いい|良い)か[。．.]?\s*$"
    r"|^(?:which|what|when|where|who|why|how|do you|did you|is it|are you|can you|could you)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:はい|yes|sure|ok|okay|hi|hello|hey|ああ|すみません|お疲れ(?:様|さま)です)[\s,、]+",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|sure|thanks|thank you|noted|got it|understood|on it|sorry"
    r"|no problem)\b"
    r"|お疲れ(?:様|さま)|ありがとう|了解|承知|わかりました|分かりました|すみません)\W*.{0,8}$",
    re.IGNORECASE,
)
_ON_THE_WAY = re.compile(
    r"^(?:少々お待ち|少し(?:お)?待|少しお時間|(?:確認|調べ)(?:して|し|て)?(?:みます|おきます|ます|から|折り返)"
    r"|確認中|折り返し"
    r"|(?:let me|i'll|i will|i am going to|i'm going to|we'll) (?:check|look|see|ask|find|get back)"
    r"|(?:checking|looking)\b|one moment|just a (?:moment|second|minute)|give me (?:a|until|some))",
    re.IGNORECASE,
)
_MENTION = re.compile(r"<[@!#][^<>]*>|@\S+")


def is_answer(text: str) -> bool:
    """Tell whether *text* holds an answer, and not only a question back or "I'll check"."""
    said = unicodedata.normalize("NFKC", _MENTION.sub(" ", text))
    sentences = [found.strip(" ,、") for found in _SENTENCE.findall(said)]
    return any(map(_says_something, filter(None, sentences)))


def _says_something(sentence: str) -> bool:
    rest = _OPENING.sub("", sentence)
    if not re.search(r"\w", rest):
        return False
    return not any(words.search(rest) for words in (_QUESTION, _COURTESY, _ON_THE_WAY))

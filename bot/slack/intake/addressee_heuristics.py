"""Guesses from the words of a reply without a mention whether it is for the bot. Pure.

A reply that goes on with a talk is meant for the bot when it asks something. Thanks, notes to
oneself and words to a colleague are not, and a bot that answers those is a nuisance. The words are
a list and not a model, so that they cost nothing and can be corrected; they are measured on written
dialogues in both languages (`tests/data/dialogues.jsonl`).
"""

import re
import unicodedata

from bot.text.called_person import calls_somebody


def _words(text: str) -> str:
    """Return an alternation of the words and phrases in *text*, which `/` separates."""
    return "|".join(re.escape(word.strip()) for word in text.split("/"))


_TO_OTHERS = re.compile(
    r"(?:に聞いて|に確認して|に相談して|に伝えて|と話して)(?:み|お|き|く)"
    rf"|{_words('みんなは/みんな、/皆さん/お二人')}"
    r"|^(?:i'll|i will|let me|we'll|we will|i'm going to|let's)\b(?!.*\?)"
    r"|\bwhat do you (?:all|guys|both) think\b|\bdid you (?:guys|two|both)\b",
    re.IGNORECASE,
)

_ASKS_JAPANESE = re.compile(
    r"[?？]"
    r"|(?:です|ます|でしょう|ました|ません|の|だろう|ない|いい|良い)か[。！!ねな]*$"
    rf"|{_words('かな/かしら/教えて/知りたい/調べて/探して/説明して/まとめて/見せて/ください/下さい')}"
    rf"|{_words('くれる/もらえ/お願い/何/なに/いつ/どこ/どれ/どの/どう/どっち/だれ/誰/なぜ')}"
    rf"|{_words('いくら/いくつ/方法/やり方')}|なん[でのかだと]|って$"
    rf"|(?:{_words('場合/とき/時/ほう/方/ケース/例外/理由/期限/費用/料金/手順/について')})(?:は|も)?[。]?$"
)
_POLITE = _words(
    "ok/okay/thanks/thank you/great/sorry/and/but/so/also/then/hmm/right/well/actually/please/yes"
    "/no/sure/alright/got it"
)
_ASKING = _words(
    "who/whom/whose/what/which/when/where/why/how/what's/who's/where's/how's/is/are/am/was/were/do"
    "/does/did/can/could/would/should/shall/will/may/has/have/isn't/aren't/don't/doesn't/can't"
    "/tell/show/explain/list/give/find/summarise/summarize/compare/translate/check/look up/search"
    "/remind/i want/i need/i'd like/i can't/i cannot/i couldn't/any/same for/if/in case/also/for"
    "/during/after/before/without/even/and if/and for/and on/and in/and at/and with/and what"
    "/and how/and when/or if/or what/or how/or can"
)
_FAILING = _words("doesn't/does not/didn't/isn't/won't/can't/cannot/not working/fail/fails/error")
_ASKS_ENGLISH = re.compile(
    rf"^(?:(?:{_POLITE})[,.!]*\s+)*(?:{_ASKING})\b"
    rf"|.*\b(?:{_FAILING})\b"
    r"|^(?:\S+\s+){1,4}or(?:\s+\S+){1,4}$",
    re.IGNORECASE,
)

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_MUSES = re.compile(
    rf"^(?:{_words('ほー/へえ/へー/へぇ/ふーん/やっぱり/やはり/うーん/そっか/そうか/なーんだ')})"
    r"(?!.*[?？])|(?:でいい|にする|やめる|行く|帰る)か[なあぁ]*[。]?$"
)
_STATES = re.compile(
    rf"(?:{_words('です/ます/ました/ません/でした/した/った/だ/ね/よ/な/なあ/わ/ぞ/さ/い')})"
    r"ね?[。．.!！…ー〜~]*$|[!！…〜~]$"
)
_THANKS_JAPANESE = _words(
    "ありがとう/有難う/有り難う/どうも/助かり/感謝/了解/承知/わかりました/分かりました/わかった"
    "/分かった/なるほど/よかった/良かった/オッケー/おけ/👍/🙏"
)
_THANKS_ENGLISH = _words(
    "okay/ok/thanks/thank you/thx/ty/got it/great/perfect/cool/nice/awesome/understood/makes sense"
    "/good to know/cheers/will do/noted/never mind/nevermind/lgtm"
)
_THANKS = re.compile(rf"{_THANKS_JAPANESE}|\b(?:{_THANKS_ENGLISH})\b", re.IGNORECASE)
_BESIDE_THANKS = 12
"""Characters that may stand beside thanks and still say nothing ("thanks, that's all")."""

_SHORTEST = 4
"""Characters of Japanese; what is shorter and asks nothing is an interjection."""

_FRAGMENT_WORDS = range(2, 5)
_SMALL_TALK = frozenset(
    re.findall(
        r"[\w']+",
        """agreed all alright am awesome bad big bit brb bye cool done enough exactly fair fine
        fixed fun funny glad good great haha happy here hm hmm i interesting it it's joined just
        kidding later lol love mine mind much my never nice no now ok okay oh phew problem really
        right sad
        same seems sent solved sounds strange sure sweet thanks that that's thx too true ugh wait we
        weird well whatever worked works wow yay yeah yep yes you""",
    )
)


def asks_the_bot(text: str, name: str = "kotae") -> bool:
    """Tell whether a reply without a mention asks the one it was talking with.

    Args:
        text: What was written, as plain text.
        name: The bot's name: whoever calls it by it is talking to it.
    """
    said = unicodedata.normalize("NFKC", text).strip()
    if name.lower() in said.lower():
        return True
    if not said or calls_somebody(said) or _TO_OTHERS.search(said):
        return False
    if _only_thanks(said) or _MUSES.search(said):
        return False
    return bool(_ASKS_JAPANESE.search(said) or _ASKS_ENGLISH.match(said)) or _is_fragment(said)


def _only_thanks(said: str) -> bool:
    asks = re.search(r"[?？]", said)
    return bool(_THANKS.search(said)) and not asks and len(_THANKS.sub("", said)) < _BESIDE_THANKS


def _is_fragment(said: str) -> bool:
    """Tell whether *said* only names a thing to be told about: "processing time", "夏季の日数"."""
    if _JAPANESE.search(said):
        return not _STATES.search(said) and len(said) > _SHORTEST
    words = re.findall(r"[\w']+", said.lower())
    return len(words) in _FRAGMENT_WORDS and not _SMALL_TALK.intersection(words)

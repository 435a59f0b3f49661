"""Questions whether something may be done, and whether a text allows or forbids it.

A passage about umbrellas at the door has the thing that "May I write on an umbrella?" names, and
says nothing of writing. It is no answer: only a sentence that allows or forbids that act is.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import partial

from bot.text.question_words import keys_of
from knowledge.text.analysis import normalise, stem, token_set
from knowledge.text.highlight import sentences
from knowledge.text.question_subject import subject_of

_WHO = (
    r"(?:(?:a|an|the|my|our|new|external)\s{1,9})?"
    r"(?:I|we|you|one|they|he|she|people|any(?:one|body)|every(?:one|body)|staff|family|kids|children"
    r"|(?:employee|guest|visitor|contractor|intern|manager|member|dog|pet|partner|friend|student|trainee"
    r"|customer|client|supplier|colleague|person)s?)"
)
_ADVERBS = r"(?:(?:also|still|ever|even|just|actually|already|always|sometimes|only|not)\s{1,9})?"
_OK = r"(?:ok|okay|fine|alright|all right|acceptable|permissible|permitted|allowed|cool|legal)"
_ENGLISH = re.compile(
    rf"\b(?:(?:may|can|could|might)\s{{1,9}}{_WHO}\s{{1,9}}{_ADVERBS}"
    rf"|(?:if|whether)\s{{1,9}}{_WHO}\s{{1,9}}(?:may|can|could|might)\s{{1,9}}{_ADVERBS}"
    rf"|(?:am|are|is|if|whether)\s{{1,9}}{_WHO}\s{{1,9}}(?:(?:am|are|is)\s{{1,9}})?{_ADVERBS}"
    r"(?:allowed|permitted|free|entitled)\s{1,9}to\s{1,9}"
    rf"|(?:is|would)\s{{1,9}}it\s{{1,9}}(?:be\s{{1,9}})?{_OK}\s{{1,9}}(?:for\s{{1,9}}\w{{1,30}}\s{{1,9}})?"
    rf"(?:to|if\s{{1,9}}(?:{_WHO}\s{{1,9}})?)\s{{0,9}}"
    rf"|do\s{{1,9}}{_WHO}\s{{1,9}}have\s{{1,9}}permission\s{{1,9}}to\s{{1,9}})"
    r"(?:(?:kindly|please|just|maybe|also|perhaps)\s{1,9})?(?P<act>[a-z]{2,30})",
    re.IGNORECASE,
)
_ENGLISH_GERUND = re.compile(
    r"\b(?:is|are)\s{1,9}(?P<act>\w{2,30}ing)\b[^?.!]{0,200}\b"
    rf"(?:{_OK}|forbidden|prohibited|banned)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:can|could|might|may)\s{1,9}you\b", re.IGNORECASE)
_WH = re.compile(
    r"\b(?:how|what|which|when|where|who|whom|whose|why)\b|何|いつ|どこ|どの|どれ|誰|だれ|いくら|いくつ|なぜ",
    re.IGNORECASE,
)
"""With one of these, more is asked than yes or no."""

_JAPANESE = re.compile(
    r"(?P<act>[^、。！？\s]{1,30}?)(?:(?:て|で)(?:も|は)?|ちゃ|じゃ)"
    r"(?:いい|良い|よい|よろし|宜し|ええ|構い|構わ|かまい|かまわ|大丈夫|OK|オッケー|平気|問題な|差し支え"
    r"|だめ|ダメ|駄目|いけ|なら)"
)
_JAPANESE_RULED = re.compile(
    r"(?P<act>[^、。！？\s]{1,30}?)(?:の|こと)?(?:は|が|も|って)?"
    r"(?:許可され|許され|認められ|禁止|禁じられ|OK|NG|オッケー|だめ|ダメ|駄目|あり(?:です|でしょう)|可です|可でしょう)"
)
_PARTICLE = re.compile(r"[をにへがはも]|(?<=[\u3400-\u9fff\u30a1-\u30faー])[での]")
_PIECE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff々]+|[\u30a1-\u30faー]{2,}")
_KANA = re.compile(r"^[ぁ-ん]{2}")
_AUXILIARY = frozenset("行来見帰置頂下")
"""Verbs that only accompany another one: 持って行く."""

_ENGLISH_RULE = re.compile(
    r"\b(?:may|can|cannot|can't|could|must|mustn't|should|shouldn't|shall|allow\w*|permi[ts]\w*"
    r"|forbid\w*|prohibit\w*|ban|banned|disallow\w*|free to|fine|ok|okay|welcome|possible"
    r"|impossible"
    r"|yes|no|not|never|don't|doesn't|isn't|aren't|only|unless|without|need\w*|requir\w*|approv\w*"
    r"|please|entitled|eligible|optional|at most|at least|up to|off limits|illegal|legal|acceptable"
    r"|refrain|avoid|have to|has to)\b",
    re.IGNORECASE,
)
_JAPANESE_RULE = re.compile(
    r"可|許|認め|禁|不要|必要|いい|良い|よい|よろし|構い|構わ|かまい|かまわ|大丈夫|差し支え|問題|OK"
    r"|いけ|なりません|ならない|だめ|ダメ|駄目|ください|下さい|お願い|控え|遠慮|できま|できる|出来|でき"
    r"|られま|られる|ません|ない|べき|べから|まで|以内|限り|のみ|だけ|自由|歓迎|原則|義務|はい|いいえ"
    r"|[えけげせてねべめれ](?:ます|る[。、が]|る$)"
)
_GENERAL = frozenset(
    re.findall(
        r"\w+",
        """take use get make keep have do go give put bring be come need want let try start stop
        work see look ask leave change switch move set run""",
    )
)
"""Acts that a text may name in any other word; what is acted on has to be there."""

Met = Callable[[str, str], bool]
"""Tells whether a text, under what stands above it, allows or forbids the act."""


_ASKING = frozenset(
    ("ask", "request", "pick", "bother", "trouble", "disturb", "interrupt", "inquire", "enquire")
)
_ASKED = _ASKING | frozenset(
    re.findall(
        r"\w+",
        """tell share help explain show say know get give have check confirm clarify advise remind
        point send look speak talk let""",
    )
)
_JAPANESE_ASKING = re.compile(
    r"(?<!音楽を)(?<!ラジオを)(?<!曲を)(?<!歌を)聞|訊|尋ね|伺|質問|相談|確認"
    r"|教えて(?:もら|いただ|頂|く)"
)
"""Acts of the question itself: "may I ask", "can you tell me", 「聞いてもいいですか」."""


def permission(question: str) -> Met | None:
    """Return a test for texts that allow or forbid what *question* asks leave for.

    Returns:
        None where it asks for no leave, or for more than yes or no: "which", "how many".
    """
    asked = unicodedata.normalize("NFKC", question)
    subject = unicodedata.normalize("NFKC", subject_of(question))
    act = None if _WH.search(subject) else _english(asked) or _japanese(asked)
    if act is None:
        return None

    def met(text: str, above: str) -> bool:
        plain = unicodedata.normalize("NFKC", text)
        said = [plain[one.start : one.end] for one in sentences(plain)]
        return any(_rules(one) and (act(one) or act(above)) for one in said)

    return met


def _rules(sentence: str) -> bool:
    return bool(_ENGLISH_RULE.search(sentence) or _JAPANESE_RULE.search(sentence))


def _english(question: str) -> Callable[[str], bool] | None:
    for found in (*_ENGLISH.finditer(question), *_ENGLISH_GERUND.finditer(question)):
        verb = normalise(found["act"])
        if verb in (_ASKED if _YOU.search(found[0]) else _ASKING):
            continue
        wanted = {stem(verb)} if verb not in _GENERAL else {stem(key) for key in keys_of(question)}
        return partial(_names_any, wanted)
    return None


def _japanese(question: str) -> Callable[[str], bool] | None:
    for found in (*_JAPANESE.finditer(question), *_JAPANESE_RULED.finditer(question)):
        if _JAPANESE_ASKING.search(found["act"]):
            continue
        verb = _PARTICLE.split(found["act"])[-1]
        pieces, kana = _PIECE.findall(verb), _KANA.match(verb)
        wanted = [one for one in pieces if one not in _AUXILIARY] or pieces
        wanted = wanted or ([kana[0]] if kana else [])
        return partial(_names_all, wanted)
    return None


def _names_any(wanted: Collection[str], text: str) -> bool:
    return not wanted or not token_set(text).isdisjoint(wanted)


def _names_all(wanted: Collection[str], text: str) -> bool:
    return all(one in normalise(text) for one in wanted)

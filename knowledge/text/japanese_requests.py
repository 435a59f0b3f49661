"""Requests in Japanese: what follows a subject (「…について教えてください」).

The end of a request is known by its words and its bridge, not by its sentences: what stands after
「について」 and has no words of its own is said around the subject, however it is put.
"""

import re
from functools import cache

from knowledge.text.phrases.data import words_in

_CONTENT = re.compile(r"[^\W\u3041-\u309fー_]")
_BRIDGE = re.compile(
    r"(?P<about>に(?:つい|つきまし|(?:関|かん|対)し(?:まし)?)て|に(?:関|かん)する|って(?=[、,\s]|$|何|な[にん]|ど[うこんれ]|[教知書載結実誰]|あり|ある)|(?<!こ)とは|(?:という|っていう|っ?ちゅう|ゆう)(?:の|もの|やつ)"
    r"|の?(?:まわり|周り|周辺|関連)(?:で|の(?=ルール|決ま|規[則定程]|手続|方針|情報|資料))|の(?:件|こと|話|説明|概要|情報|資料|詳細|内容|案内|要点|まとめ))"
    r"|に(?=詳し|くわし|精通|明るい|強い(?:方|人))|の(?:ページ|ドキュメント|文書|マニュアル|ガイド|リンク|URL|基本|基礎|全体像|ポイント)"
    r"(?=[をがは、。?？\s]|って|教|くださ|下さ|欲し|ほし|どこ|ありま|ある|ない|見)|を|が|は|も|か(?=[をがは教知分わご聞]|$)|で(?=[検調教])|の(?=確認|質問|相談)|(?<=[\s、])"
    r"|(?=知って|知ら|知りた|ご存[知じ]|教えて|おしえて|(?:わか|分か)(?:りま|る|ら|ん)|どこ(?:に|で|を|か|や|だ|です))"
)
_ASKS = re.compile(
    r"いつ(?!も)|いくら|いくつ|なぜ|何故|どうして|どの(?:くらい|ぐらい)|どれ(?:くらい|ぐらい)"
    r"|(?:誰|だれ|どなた)(?!か)|何(?=[人日時分月年回円個枚本曜歳階件割%度台名冊種])(?!か)|まで"
)
"""What asks for more than a subject: a time, an amount, a person."""

_PERMISSION = re.compile(
    r"(?P<act>[^\s、。]{1,12}?)[てで]も(?:いい|良い|よい|よろし|宜し|ええ|構|かま|大丈夫|OK|問題な|差し支え)"
)
_REQUESTED = re.compile(
    r"聞|訊|尋|たずね|伺|うかが|質問|相談|頼|たの|お?願い|確認|もら|貰|いただ|頂|教|おしえ|くれ|知"
)
"""What is asked of the one who answers; leave for any other act is a question of its own."""

_EXCUSE = re.compile(
    r"(?:申し?訳|恐縮|恐れ入|すみませ|すいませ|お忙し|失礼|お手数)[^\u3400-\u9fff]{0,20}$"
    r"|^忘れ(?:ちゃ|て|た|まし)[^\u3400-\u9fff]{0,20}$"
)
_WHICH_PAGE = re.compile(
    r"どの(?:ページ|資料|文書|書類|マニュアル|ファイル|サイト|章|項目|規程|ドキュメント)[にをで]"
)
_LEADS = (
    (
        re.compile(r"[^\s、。を]{1,10}までに"),
        re.compile(r"理解|把握|[知調読学覚]|おさらい|復習|勉強"),
    ),
    (re.compile(r"[^\s、。を]{1,12}で(?!の)"), re.compile(r"話題|議題|話[にがを]")),
    (re.compile(r"たしか|確か|例の|あの|その"), re.compile("")),
)
"""What leads to a subject, and what the request behind the subject has to say then."""

_LEADS_TO = re.compile(
    r"(?:に|で|から|より|は|の|が|と|も|を|って|けど|ば|か|ながら|やっぱり|念のため|[\Wー〜])$"
)
_QUESTION_WORD = re.compile(r"(?:誰|だれ|どなた|何|なに|どこ|いつ|いくら|どれ|どの|どう)$")
_GIVES_UP = re.compile(r"ず|なくて|ないので|ません")


def without_request(clause: str) -> str:
    """Return *clause* without the request around its subject; "" if it has no subject."""
    if is_around(clause) or _EXCUSE.search(clause):
        return ""
    for bridge in _BRIDGE.finditer(clause):
        subject, tail = clause[: bridge.start()], clause[bridge.end() :]
        about = bridge["about"] is not None
        asked = about or _requests().search(tail) or _WHICH_PAGE.match(tail)
        if subject.strip() and asked and is_around(tail, tail=True):
            return _without_lead(subject, tail).strip()
    return clause.strip()


def _without_lead(subject: str, tail: str) -> str:
    """Return *subject* without when, or on what occasion, the asker came to ask for it."""
    for lead, asks in _LEADS:
        if (found := lead.match(subject)) and found.end() < len(subject) and asks.search(tail):
            return subject[found.end() :]
    return subject


def asks(before: str, subject: str, behind: str) -> bool:
    """Tell whether what stands around *subject* asks, or tells, of it, and for no more.

    The edges are those of words: what leads to a subject ends with a particle or a mark, and what
    follows is no noun of its own (のルール).
    """
    frame = f"{before} {behind}"
    if _ASKS.search(frame.replace("いつも", "")) and not _GIVES_UP.search(frame):
        return False
    if (before and not _LEADS_TO.search(before)) or _QUESTION_WORD.search(subject):
        return False
    if behind.startswith("の") and not _BRIDGE.match(behind):
        return False
    return is_around(frame, tail=True) or bool(_requests().search(frame))


def is_around(text: str, *, tail: bool = False) -> bool:
    """Tell whether *text* has only words that are said around a subject.

    Args:
        text: A clause, or what follows the subject in it.
        tail: Whether it follows one; kana alone may be a subject otherwise, as in おむつ.
    """
    rest = _around().sub("", text)
    asked = _PERMISSION.search(text)
    if asked and not _REQUESTED.search(asked["act"]):
        return False
    if _ASKS.search(text.replace("いつも", "")) and not _GIVES_UP.search(text):
        return False
    return not _CONTENT.search(rest) and (tail or _is_spoken(text, rest))


def _is_spoken(clause: str, rest: str) -> bool:
    """Tell whether a *clause* of words around a subject is speech, and no name such as 人気."""
    return rest != clause and bool(_requests().search(clause) or rest.strip())


@cache
def _requests() -> re.Pattern[str]:
    return _any_of(words_in("ja", "requests"))


@cache
def _around() -> re.Pattern[str]:
    return _any_of(words_in("ja", "requests") | words_in("ja", "words"))


def _any_of(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first)))

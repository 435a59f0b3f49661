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
    r"|の(?:取り?)?扱い(?=[はをがっ]|に(?:つ|関)|$)|の決まり(?=[はをがっ]|に(?:つ|関)|$)"
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
    (re.compile(r"[^\s、。を]{1,12}で(?!の)"), re.compile(r"話題|議題|話[にがを]|耳に|小耳")),
    (
        re.compile(r"[^\s、。を]{1,14}?(?:から|に)(?![はもの])"),
        re.compile(r"(?:言わ|聞か|訊か|頼ま|尋ねら|問われ|質問さ|指示さ|依頼さ)"),
    ),
    (re.compile(r"たしか|確か|例の|あの|その"), re.compile("")),
)
"""What leads to a subject, and what the request behind the subject has to say then."""

_PASSED_ON = re.compile(
    r"[^\s、。]{1,8}?[にへと](?:伝え|説明|話し|話さ|知らせ|案内し|教え|紹介し|答え|報告し|回答し)"
    r"[^\s、。\u3400-\u9fff]{0,16}(?:です|と思い?ます|のですが)?$"
)
"""What follows 「について」 if the asker has to tell others of it."""

_ADVERB = re.compile(
    r"(?:本当|実際|結局|正直|要するに|具体的)(?:の(?:ところ|とこ|こと))?(?:は|に|には)?"
)
_WHY = re.compile(
    r"紙|プリント|チラシ|冊子|資料|文書|メール|ページ|リンク|検索|サイト|電話|回覧板|見つか|分から|わから"
    r"|[聞言頼問]わ?[れか]|説明|伝え|急[ぎが]|助かり|忘れ"
)
"""What a reason for a question is about: where it was looked for, and who wants to know."""

_BARE = re.compile(r"[^\s、。は？?]{4,40}は[？?]")
_NAMED = re.compile(r"につい|に関|につき|の件|のこと|とは|って|どうな|どういう|どんな")
_INTRODUCES = re.compile(
    r"新人|新入|新卒|入[社職所居]し|(?:就職|転職|転勤|異動|着任|赴任|復帰|配属|転入|来日)(?:し|さ|で|直|後)"
    r"|復職|戻った|引っ越して|越してき|移住し|日本に来|住んで|暮らし|(?:初めて|はじめて)(?:です|で[、。]|なの)"
    r"|疎い|不慣れ|慣れて(?:い)?な|任せ|代わりに|(?:当番|係|担当|役員)に(?:な|決ま)"
    r"|(?:係|担当|管理人|当番|役員|スタッフ|学生|者|アルバイト|パート)(?:です|をして|をやって|と申)"
    r"|働いて|勤めて|勤務して|(?:[年月週日]|時間)(?:間|目|半)?です|(?:し|れ|り|っ|い)たばかり"
)
"""What people say of themselves before they ask."""

_STATES = re.compile(
    r"(?:です|ます|ました|ません|でした|ません(?:でした)?|ので|から|のに|なくて|たい|ない|った|した|いた|けど|が)"
    r"[。.…!！\s]*$"
)
_LIMITS = re.compile(r"(?:^|[。！!])\s*(?:特に|とくに|ただし|たとえば|例えば|できれば)")
"""How a sentence begins that says which part of a subject is meant."""

_LEADS_TO = re.compile(
    r"(?:に|で|から|より|は|の|が|と|も|を|って|けど|ば|か|ながら|やっぱり|念のため|[\Wー〜])$"
)
_QUESTION_WORD = re.compile(r"(?:誰|だれ|どなた|何|なに|どこ|いつ|いくら|どれ|どの|どう)$")
_GIVES_UP = re.compile(r"ず|なくて|ないので|ません")


def without_request(clause: str) -> str:
    """Return *clause* without the request around its subject; "" if it has no subject."""
    if is_around(clause) or _EXCUSE.search(clause) or _ADVERB.fullmatch(clause):
        return ""
    for bridge in _BRIDGE.finditer(clause):
        subject, tail = clause[: bridge.start()], clause[bridge.end() :]
        about = bridge["about"] is not None
        asked = about or _requests().search(tail) or _WHICH_PAGE.match(tail)
        passed_on = about and _PASSED_ON.match(tail)
        if subject.strip() and asked and (passed_on or is_around(tail, tail=True)):
            return _without_lead(subject, clause[bridge.start() :]).strip()
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
    if _LIMITS.search(behind):
        return False
    if (before and not _LEADS_TO.search(before)) or _QUESTION_WORD.search(subject):
        return False
    if behind.startswith("の") and not _BRIDGE.match(behind):
        return False
    return is_around(frame, tail=True) or bool(_requests().search(frame))


def names_subject(frame: str) -> bool:
    """Tell whether a sentence with *frame* around its subject asks for all of that subject."""
    if _ASKS.search(frame.replace("いつも", "")):
        return False
    return bool(_requests().search(frame) or _NAMED.search(frame))


def talks(sentence: str) -> bool:
    """Tell whether *sentence* has words of a request, or of what leads to one."""
    return bool(_requests().search(sentence) or _NAMED.search(sentence))


def is_bare(sentence: str) -> bool:
    """Tell whether *sentence* only names its subject: 「粗大ごみは？」."""
    return bool(_BARE.fullmatch(sentence.strip()))


def is_reason(sentence: str) -> bool:
    """Tell whether *sentence* says why somebody asks: 「もらった紙をなくしました。」."""
    return states(sentence) and bool(_WHY.search(sentence))


def introduces(sentence: str) -> bool:
    """Tell whether *sentence* says who asks: 「経理から異動してきた者です。」."""
    return states(sentence) and bool(_INTRODUCES.search(sentence))


def states(sentence: str) -> bool:
    """Tell whether *sentence* asks for nothing, and limits nothing."""
    return bool(_STATES.search(sentence)) and not limits(sentence)


def limits(sentence: str) -> bool:
    """Tell whether *sentence* says which part of a subject is meant: 「特に父親の場合です。」."""
    return bool(_LIMITS.search(sentence))


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

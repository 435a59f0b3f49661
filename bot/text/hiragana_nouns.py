"""Nouns that a question has in hiragana, where no script says which word is what it is about."""

import re
from functools import lru_cache

_PARTICLE = r"には|では|から|まで|[のはをがにでへ]"
_FIRST = re.compile(
    rf"(?<![\u3041-\u30ff\u3400-\u9fff々a-z0-9])([\u3041-\u309fー]{{2,8}}?)(?={_PARTICLE})"
)
_TOPIC = re.compile(r"\s*([\u3041-\u309fー]{2,8}?)[はの][^。．.!?\n]*+[。．.!?\s]*+$")
_AFTER = re.compile(
    rf"(?<=[\u3400-\u9fff々\u30a1-\u30faーa-z0-9])(?:{_PARTICLE})([\u3041-\u309fー]{{2,8}}?)(?=[のはをが])"
)
_NO_NOUN = re.compile(
    r"(?:[こそあど](?:こ|れ|の|ちら|っち|う|んな)|あそこ|いつ|いく|いか|だれ|なに|なん|なぜ|どなた|どう|どん|わたし|ぼく|もの|とき|こと|ため"
    r"|ところ|ほか|ほう|まえ|あと|うち|なか|みな|それ|また|まだ|もう|すで|すぐ|よう|そう|はじめ|おしえ|ください|くださ|すみ|ちなみ|とくに"
    r"|ある|いる|する|なる|くる|した|して|でき|あり|どれ|ひと|みんな|ぜんぶ|たち|さん|くらい|ぐらい|ふだん|いま|きょう|きのう|あした|さっき|ほど|だけ|など|とも|ごと|ずつ)"
)
_VERB = re.compile(r"[\u3041-\u309f]{2}(?:る|た|て|だ|ない|ます|です|たい|う|く)$")
_KATAKANA = str.maketrans({chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F5)})

_OTHER_WRITING = {
    kana: tuple(others.split())
    for kana, others in (
        line.split(maxsplit=1)
        for line in (
            "こども 子供 子ども",
            "おとな 大人",
            "いぬ 犬",
            "ねこ 猫",
            "とり 鳥",
            "かさ 傘",
            "いす 椅子",
            "つくえ 机",
            "くるま 車",
            "かぎ 鍵",
            "かみ 紙",
            "みず 水",
            "おかね お金",
            "くすり 薬",
            "めがね 眼鏡",
            "たばこ 煙草",
            "ごみ 塵",
            "びん 瓶",
            "かん 缶",
            "ふくろ 袋",
            "はこ 箱",
            "ほん 本",
            "くつ 靴",
            "ふく 服",
            "でんわ 電話",
            "ゆうびん 郵便",
            "にもつ 荷物",
            "しょるい 書類",
            "けいたい 携帯",
            "じてんしゃ 自転車",
            "かいぎしつ 会議室",
            "うけつけ 受付",
            "きゅうか 休暇",
            "りょうきん 料金",
        )
    )
}
"""Common words that people write in hiragana, with their kanji."""


@lru_cache(maxsize=64)
def hiragana_nouns(asked: str) -> tuple[str, ...]:
    """Return the nouns in hiragana before a particle: つくえ of つくえはどこ.

    Args:
        asked: The subject of a question, normalised.
    """
    found = [*_FIRST.findall(asked), *_AFTER.findall(asked)]
    return tuple(filter(_is_noun, dict.fromkeys(found)))


def topic_in_hiragana(question: str) -> tuple[str, ...]:
    """Return the noun that a normalised question begins with: かん of かんは何曜日ですか.

    What begins a sentence in front of the question is no topic of it.
    """
    found = _TOPIC.match(question)
    return (found[1],) if found and _is_noun(found[1]) else ()


def _is_noun(word: str) -> bool:
    return not (_NO_NOUN.match(word) or _VERB.search(word))


def has_noun(noun: str, said: str) -> bool:
    """Tell whether a normalised text has *noun*, in either kana or in kanji."""
    if any(other in said for other in _OTHER_WRITING.get(noun, ())):
        return True
    return _whole(noun).search(_soft(said)) is not None


@lru_cache(maxsize=128)
def _whole(noun: str) -> re.Pattern[str]:
    """Return what matches *noun* between particles and other kinds of writing."""
    before = r"(?:(?<![\u3041-\u309f])|(?<=[のはをがにでへもとお]))"
    return re.compile(rf"{before}{noun}(?:(?![\u3041-\u309f])|(?=[のはをがにでへともやだ]))")


@lru_cache(maxsize=256)
def _soft(said: str) -> str:
    return said.translate(_KATAKANA)

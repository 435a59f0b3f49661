"""Finds the words that are written in hiragana alone: びん, つける, はさみ.

Hiragana also write particles, endings and the words of asking, without a space between them. What
is none of these, and no ending of a word in kanji, is a word of its own.
"""

import re
from collections.abc import Iterator

_RUN = re.compile(r"[ぁ-ゖー]+")
_ATTACHED = re.compile(r"[^\W_]")
_FUNCTION = re.compile(
    r"(?:のでしょうか|のですが|のです|(?<=て)(?:いま(?:す|した|せん)か?|いる|いた|きて|きた|きま(?=す|し|せ)|いく|いって|おく|おき|みる|みた|しま)|どうやって|どうすれば|どうしたら|どのように|どのよう|どちら|どこ|どれ|どの|どんな|どなた|どう|いつも|いつ"
    r"|だれ|いくら|いくつ|なぜ|なに|なん|この|その|あの|これ|それ|あれ|ここ|そこ|あそこ|もし|たとえば|また"
    r"|とき|ところ|こと|もの|ほう|よう|ため|たら|なら|ばあい|くらい|ぐらい|など|だけ|だと|について|に関して"
    r"|あり|ある|あっ|いる|おり(?=ま)|すれ|する|しまっ|しまい|して|したい|した|し(?=ます|まし|ませ)|でき|なっ|なり|なる|なくて"
    r"|もらえ|もらい|もらっ|もらう|くれ|いい|よい|よく|よろしい|ほしい|たい|いただけ|いただき|くださ|ください"
    r"|おしえて|わかり|わかる|わから|しりたい|すみません|ありがとう|おねがいします|おねがい|という|といった"
    r"|みたい|そう|らしい|られ|させ|べき|ない|なけれ|なきゃ|だめ|かどうか"
    r"|ましょう|ませんでした|ませんか|ません|ました|ますか|ます|でしょうか|でしょう|ですか|でした|です|だっ"
    r"|けれど|けど|ので|のに|のは|のか|のが|のを|ながら|たり|さん|くん|ちゃん|さま|たち)+"
)
_PARTICLE = re.compile(
    r"(?:っても|ても|てから|ては|には|にも|では|でも|とは|へは|への|からは|からの|から|までに|までの|まで|より|って|は|が|を|に|で|と|へ|も|の|や)"
)
_ENDING = re.compile(r"(?:れば|えば|った|って|んで|んだ|る|た|て|だ|か|ね|よ|な|ば|う)")
_LONGEST_OKURIGANA = 3
_ROWS = (
    "あいうえお かきくけこ がぎぐげご さしすせそ ざじずぜぞ たちつてと だぢづでど なにぬねの"
    " はひふへほ ばびぶべぼ ぱぴぷぺぽ まみむめも らりるれろ"
)
_ROW = {kana: row[0] for row in _ROWS.split() for kana in row}


def hiragana_words(text: str) -> list[str]:
    """Return the words of *text* in hiragana, in order, without what their forms change."""
    return [word for _, word in placed_words(text)]


def placed_words(text: str) -> Iterator[tuple[int, str]]:
    """Give the words of *text* in hiragana, each with where it begins."""
    for run in _RUN.finditer(text):
        attached = run.start() > 0 and bool(_ATTACHED.match(text[run.start() - 1]))
        yield from ((run.start() + place, word) for place, word in _words(run[0], attached))


def _words(run: str, attached: bool) -> Iterator[tuple[int, str]]:  # noqa: FBT001 - one meaning
    place = _after_okurigana(run) if attached else 0
    after_word = attached
    while place < len(run):
        if function := _FUNCTION.match(run, place):
            place, after_word = function.end(), True
        elif after_word and (small := _PARTICLE.match(run, place)):
            place, after_word = small.end(), False
        elif after_word and (small := _ENDING.match(run, place)):
            place = small.end()
        else:
            end = _end_of_word(run, place)
            if end - place > 1:
                yield place, run[place : end - 1] + _ROW.get(run[end - 1], run[end - 1])
            place, after_word = end, True


def _after_okurigana(run: str) -> int:
    """Return where the ending ends of the word in kanji that stands before *run*."""
    for place in range(min(_LONGEST_OKURIGANA, len(run)) + 1):
        if place == len(run) or _begins(run, place) or _ENDING.match(run, place):
            return place
    return 0


def _end_of_word(run: str, start: int) -> int:
    for end in range(start + 2, len(run)):
        if _begins(run, end) or _ENDING.match(run, end):
            return end
    return len(run)


def _begins(run: str, place: int) -> bool:
    return bool(_PARTICLE.match(run, place) or _FUNCTION.match(run, place))

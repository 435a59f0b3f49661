"""A noun in hiragana is a word like others."""

import pytest

from bot.text.hiragana_nouns import has_noun, hiragana_nouns, topic_in_hiragana
from bot.text.question_words import keys_missing


@pytest.mark.parametrize(
    ("asked", "nouns"),
    [
        ("こどもの料金", ("こども",)),
        ("つくえはどこにありますか", ("つくえ",)),
        ("のこぎりはどこで借りられますか", ("のこぎり",)),
        ("会議室にはいすがありますか", ("いす",)),
        ("いつですか", ()),
        ("バイクはどこにありますか", ()),
        ("かかるのはいくらですか", ()),
        ("申し込みはどうすればいいですか", ()),
        ("休みのときはどうしますか", ()),
        ("この書類はどこですか", ()),
        ("Where is the printer", ()),
    ],
)
def test_it_stands_before_a_particle(asked: str, nouns: tuple[str, ...]) -> None:
    assert hiragana_nouns(asked) == nouns


@pytest.mark.parametrize("said", ["犬の登録料", "いぬの登録料", "イヌの登録料", "その犬は"])
def test_it_is_found_in_any_writing(said: str) -> None:
    assert has_noun("いぬ", said)


def test_another_noun_is_missing() -> None:
    assert keys_missing("いぬの登録料は？", "猫の登録料は2,000円です。") == 0.5
    assert keys_missing("めがねは受付で借りられますか？", "かさは受付で借りられます。") > 0.3
    assert keys_missing("たばこはどこ？", "かさは受付で借ります。") == 1
    assert keys_missing("こどもの料金は？", "子供の料金は400円です。") == 0


def test_what_begins_a_sentence_before_the_question_is_no_topic() -> None:
    assert topic_in_hiragana("かんは何曜日ですか?") == ("かん",)
    assert topic_in_hiragana("むすめは母に任せきりです。古紙の出し方は?") == ()
    assert topic_in_hiragana("ふだんは何時ですか") == ()

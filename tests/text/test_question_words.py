"""What a question names has to be there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.japanese_names import other_things
from bot.text.question_words import (
    QuestionWords,
    _tokens,
    as_written,
    keys_missing,
    names_missing,
    names_nothing,
    nouns_missing,
)
from knowledge.text.analysis import token_set


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Which badge opens workshop Birch?", "The badge of workshop Aspen opens the door."),
        ("What is the range of Aspen 1?", "The range of Aspen 0 is 5 km."),
        ("What does ERR-4013 mean?", "ERR-4012: the certificate has expired."),
        ("When is Harbour Day in 2027?", "Harbour Day is on 27 July 2026."),
        ("2トントラック1台分だといくら？", "2週間前まで。軽トラック1台分で2,500円です。"),
        ("令和7年度の通報は何件？", "令和4年度の通報は212件です。"),
    ],
)
def test_a_name_or_number_that_is_not_there_is_missing(question: str, text: str) -> None:
    assert names_missing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who opens Workshop Birch?", "The badge of workshop birch opens the door."),
        ("What does err 4012 mean?", "ERR-4012: the certificate has expired."),
        ("令和8年度の上限は？", "2026年度の上限は3万円です。"),
    ],
)
def test_another_way_to_write_it_is_the_same(question: str, text: str) -> None:
    assert not names_missing(question, text)


def test_the_subject_counts() -> None:
    """Words around it that any passage has do not."""
    assert keys_missing("How many days may I work abroad?", "3 days a week at home") == 1
    assert keys_missing("電球は？", "蛍光管は有害ごみです。") == 1
    assert keys_missing("電球は？", "LED電球は燃やさないごみです。") == 0


def test_a_slip_is_read_as_the_passages_have_the_word() -> None:
    """Other words stay as they are, also where a passage has one like them."""
    gateways = "VPN gateways are in Minatono."

    assert as_written("Where are the gatways?", gateways) == "Where are the gateways?"
    assert as_written("Which gate is it?", gateways) == "Which gate is it?"
    assert as_written("粗大ゴミは？", "粗大ごみの料金は300円です。") == "粗大ごみは？"
    assert as_written("粗大ゴミは？", "粗大ゴミの料金は300円です。") == "粗大ゴミは？"


def test_words_that_any_passage_may_have_are_no_subject() -> None:
    assert keys_missing("How much is the flu vaccination over 65?", "Over 300 people came.") == 1


TEXTS = st.lists(st.text("ab12_ 。、-'’\n日本語カタナあèＡｶ", max_size=12), min_size=1, max_size=4)


@given(TEXTS)
def test_texts_below_each_other_have_the_tokens_of_one_text(texts: list[str]) -> None:
    """The words at the edges of two of them are beside each other, in either kind of writing."""
    together, one = _tokens(*texts), "\n".join(texts)
    tokens = token_set(one)
    assert all(map(together.has, tokens))
    assert together.words == _tokens(one).words
    grams = list(map("".join, zip(*(one[n:] for n in range(5)), strict=False)))
    assert all(_tokens(one).has(gram) == together.has(gram) for gram in grams)


@pytest.mark.parametrize(
    ("question", "above", "below"),
    [
        ("Who opens workshop Birch?", "Workshop Birch", "The badge opens the door."),
        ("電球の捨て方は？", "電球", "燃やさないごみに出します。"),
    ],
)
def test_what_stands_above_counts(question: str, above: str, below: str) -> None:
    """A title says what the sentences below it are about."""
    for missing in (names_missing, keys_missing, nouns_missing):
        assert missing(question, above, below) == missing(question, f"{above}\n{below}")
    assert keys_missing(question, above, below) < keys_missing(question, below)
    words = QuestionWords(question, [(above, below), (below,)])
    assert words.share(above, below) > words.share(below)


PARTS_EN = [
    ("Who closed ticket HR-204?", "Ticket HR-2045 was closed by Maria."),
    ("Who closed ticket hr 204?", "Ticket HR-2045 was closed by Maria."),
    ("Who closed ticket R-2045?", "Ticket HR-2045 was closed by Maria."),
    ("What does error E10 mean?", "Error E-104: the token has expired."),
    ("What does cabinet K-30 hold?", "Cabinet K-300 holds the keys."),
    ("What does error code AB12 mean?", "Error code AB12C: no paper."),
    ("When is model T-1000 delivered?", "Model T-1000X is delivered in May."),
    ("How long does the visa for Niger take?", "The visa for Nigeria takes 20 days."),
    ("how long does the visa for niger take?", "The visa for Nigeria takes 20 days."),
    ("Is it led by Tina Kurz?", "It is led by Martina Kurz."),
    ("is it led by tina kurz?", "It is led by Martina Kurz."),
    ("Who organises the tour in Bern?", "The tour is organised by Bernhard Ritter."),
]
PARTS_JA = [
    ("エラーE-10は何ですか？", "エラーE-104はトークンの期限切れです。"),
    ("エラーＥ－１は何ですか？", "エラーE-104はトークンの期限切れです。"),
    ("機種XR-500はいつ納品されますか？", "機種XR-500Zは5月に納品されます。"),
    ("BC商事の担当は誰ですか？", "ABC商事の担当は森さんです。"),
]


@pytest.mark.parametrize(("question", "text"), [*PARTS_EN, *PARTS_JA])
def test_a_part_of_a_code_or_a_name_is_another_one(question: str, text: str) -> None:
    assert names_missing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Who closed ticket HR 2045?", "Ticket HR-2045 was closed by Maria."),
        ("Who closed ticket hr2045?", "Ticket HR-2045 was closed by Maria."),
        ("Who closed ticket ＨＲ－２０４５?", "Ticket HR-2045 was closed by Maria."),
        ("Who repairs the PX-200?", "The PX-200s are repaired by Ann."),
        ("Who runs the WiFi?", "The Wi-Fi is run by Ann."),
        ("What is GlobalConnect?", "Global Connect is our VPN."),
        ("How many Berliners are there?", "Every Berliner gets a badge."),
        ("複合機ＰＸ２００はどこ？", "複合機PX-200は2階です。"),
        ("ABC商事の担当は誰ですか？", "ABC商事の担当は森さんです。"),
    ],
)
def test_a_whole_code_or_name_is_found_however_it_is_written(question: str, text: str) -> None:
    assert not names_missing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("新宿店の開店時刻は？", "西新宿店の開店時刻は10時です。"),
        ("西新宿店の開店時刻は？", "新宿店の開店時刻は10時です。"),
        ("井物産の担当は誰ですか？", "三井物産の担当は森さんです。"),
        ("ABC物産の担当は誰ですか？", "ABC商事の担当は森さん、三井物産は林さんです。"),
        ("大阪支店の内線は？", "大阪支社の内線は2000です。"),
        ("山田太さんの内線は？", "山田太郎さんの内線は3300です。"),
        ("田太郎さんの内線は？", "山田太郎さんの内線は3300です。"),
        ("林さんの内線は？", "小林さんの内線は3300です。"),
    ],
)
def test_part_of_a_japanese_name_is_another_one(question: str, text: str) -> None:
    assert names_missing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("新宿店の営業時間は？", "新宿店の営業時間は10時からです。"),
        ("新宿店の営業時間は？", "西新宿店は9時から、新宿店は10時からです。"),
        ("大阪支店の内線は？", "大阪の支店の内線は2000です。"),
        ("山田さんの内線は？", "山田太郎さんの内線は3300です。"),
        ("高橋さんの内線は？", "経理部長高橋の内線は3300です。"),
        ("森さんの内線は？", "森健太さんの内線は3300です。"),
        ("部品の仕様は？", "部品の仕上げは資料にあります。"),
    ],
)
def test_a_whole_japanese_name_is_found_in_what_stands_around_it(question: str, text: str) -> None:
    assert not names_missing(question, text)


@pytest.mark.parametrize(
    ("asked", "text", "another"),
    [
        ("海外出張の日当", "国内出張の日当は2,800円です。", True),
        ("検証サーバーの再起動", "本番サーバーの再起動には承認が必要です。", True),
        ("女子トイレの場所", "男子トイレは1階にあります。", True),
        ("部長の承認", "副部長の承認が必要です。", True),
        ("有給休暇の日数", "年次有給休暇は20日です。", False),
        ("電球の捨て方", "LED電球は灰色の箱に入れます。", False),
        ("会議室の予約", "各会議室は前日までに予約します。", False),
        ("営業時間", "開館時間は9時からです。", False),
        ("インターン", "文書のパターンは3つです。", False),
        ("海外出張の日当", "海外への出張の日当は国内出張と同じです。", False),
    ],
)
def test_a_compound_with_another_first_part_is_another_thing(
    asked: str, text: str, *, another: bool
) -> None:
    assert bool(other_things(asked, text)) == another


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("a", "A sentence about sick leave."),
        ("When is it?", "It is on Monday at 9:00."),
        ("how old are you?", "Up to 5 days of sick leave are paid."),
        ("What day is it today?", "Every day we open at 9:00."),
        ("今日は何曜日ですか？", "今日の料理は火曜日にベジタリアンです。"),
        ("こわれました", "食洗機は故障中です。こわれましたら総務課に連絡します。"),
        ("いつですか？", "締め切りは4月10日です。"),
    ],
)
def test_a_question_without_a_content_word_names_nothing(question: str, text: str) -> None:
    assert names_nothing(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What are the opening hours?", "The opening hours are 9 to 18."),
        ("When is the audit?", "The canteen is closed."),
        ("What happened in 2024?", "In 2024 we moved."),
        ("利用料金は？", "利用料金は300円です。"),
        ("電球は？", "蛍光管は青い箱に入れます。"),
    ],
)
def test_a_question_with_one_names_something(question: str, text: str) -> None:
    assert not names_nothing(question, text)

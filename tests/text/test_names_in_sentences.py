"""A name that stands in another sentence than what is asked, or in a longer name."""

import pytest

from bot.text.answer_types import expectation
from bot.text.modifiers import has_the_opposite, is_of_another_time
from bot.text.names_in_sentences import in_longer_only, is_said_of_another
from bot.text.question_words import keys_of, names_in

OFFICES = (
    "The London office pays up to £200 a month for commuting. "
    "The Cardiff office allows cars on the premises."
)
PLACES = (
    "東京本社の通勤手当は月額5万円までです。大阪支社の通勤手当は月額3万5千円までです。"
    "福岡営業所では、自動車通勤を認めています。"
)
CLINICS = "The Hamburg clinic opens at 8:00. The Munich clinic has a pharmacy."
SHOPS = "渋谷店の営業は21時までです。新宿店には営業時間の掲示があります。"
PROJECTS = (
    "Project Falcon moves the billing system to the cloud.",
    "Project Falcon Light builds a mobile app.",
)


@pytest.mark.parametrize(
    ("question", "quote", "is_of_another"),
    [
        ("Can I come to the London office by car?", OFFICES, True),
        ("How much does the Cardiff office pay for commuting?", OFFICES, True),
        ("Are cars allowed in the Cardiff office?", OFFICES, False),
        ("What does the London office pay for commuting?", OFFICES, False),
        ("May I come by car?", OFFICES, False),
        ("When does the Bern office open?", "The Bern office is small. It opens at nine.", False),
        ("東京本社は自動車通勤を認めていますか？", PLACES, True),
        ("大阪支社で車通勤していいですか？", PLACES, True),
        ("福岡の通勤手当はいくらですか？", PLACES, True),
        ("大阪支社の通勤手当はいくらですか？", PLACES, False),
        ("福岡営業所は自動車通勤を認めていますか？", PLACES, False),
        ("大阪支社は何時からですか？", "大阪支社は北区にあります。受付は9時からです。", False),
    ],
)
def test_a_sentence_about_another_thing_is_known(
    question: str, quote: str, *, is_of_another: bool
) -> None:
    assert is_said_of_another(keys_of(question), quote, "") is is_of_another


@pytest.mark.parametrize(
    ("question", "quote", "is_of_another"),
    [
        ("When does the Munich clinic open?", CLINICS, True),
        ("When does the Hamburg clinic open?", CLINICS, False),
        ("新宿店は何時までですか？", SHOPS, True),
        ("渋谷店は何時までですか？", SHOPS, False),
    ],
)
def test_the_sentence_with_what_is_asked_for_counts(
    question: str, quote: str, *, is_of_another: bool
) -> None:
    met = expectation(question)
    assert is_said_of_another(keys_of(question), quote, "", met) is is_of_another


@pytest.mark.parametrize(
    ("question", "text", "longer"),
    [
        ("When is the deadline of Project Falcon?", PROJECTS[1], ["Falcon"]),
        ("When is the deadline of Project Falcon?", PROJECTS[0], []),
        ("When is the deadline of Falcon Light?", PROJECTS[1], []),
        ("When is the deadline of Project Heron?", PROJECTS[1], []),
    ],
)
def test_a_name_that_begins_a_longer_one_is_another(
    question: str, text: str, longer: list[str]
) -> None:
    assert in_longer_only(names_in(question), question, text, "\n".join(PROJECTS)) == longer


def test_a_name_that_is_always_written_long_is_no_other() -> None:
    text = "Acme Corporation is closed on Sundays."
    assert in_longer_only(["Acme"], "When is Acme closed?", text, text) == []


@pytest.mark.parametrize(
    ("question", "text", "is_opposite"),
    [
        ("can i return opened products", "Unopened products may be returned.", True),
        ("can i return unopened products", "Opened products may be returned.", True),
        ("can i return unopened products", "Unopened products may be returned.", False),
        ("is parental leave paid?", "Parental leave is unpaid.", False),
        ("is unpaid leave possible?", "Paid leave is 20 days.", True),
        ("返品は可能ですか？", "返品は不可能です。", False),
        ("利息は課税ですか？", "利息は非課税です。", False),
        ("非会員は入れますか？", "会員は入れます。", True),
        ("is the unit covered", "It is covered.", False),
        ("開封した製品は返品できますか", "未開封の製品は返品できます。", True),
        ("未開封の製品は返品できますか", "開封した製品は返品できます。", True),
        ("開封した製品は返品できますか", "開封後は返品できません。未開封なら返品できます。", False),
    ],
)
def test_a_word_and_its_denial_are_opposites(
    question: str, text: str, *, is_opposite: bool
) -> None:
    assert has_the_opposite(question, text) is is_opposite


@pytest.mark.parametrize(
    ("question", "text", "is_of_another"),
    [
        ("Who is the next CEO?", "The CEO is Midori.", True),
        ("Who is the next CEO?", "Ken is CEO from April.", False),
        ("Who is the CEO?", "The CEO is Midori.", False),
        ("前の社長は誰ですか？", "社長は星川です。", True),
        ("前の社長は誰ですか？", "2020年までの社長は星川です。", False),
        ("去年のカラオケ大会はいつでしたか？", "カラオケ大会は8月10日です。", True),
        ("去年のカラオケ大会はいつでしたか？", "2025年のカラオケ大会は8月10日でした。", False),
        ("駅の前の店は誰の店ですか？", "駅の前の店は林さんの店です。", False),
    ],
)
def test_another_time_is_asked_for(question: str, text: str, *, is_of_another: bool) -> None:
    assert is_of_another_time(question, text) is is_of_another

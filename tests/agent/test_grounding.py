"""Grounding: numbers that no cited passage has, in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.agent.grounding import GroundingResult, examine, with_marks, without
from bot.agent.verification.numbers import NumbersVerifier
from bot.agent.verification.overlap import OverlapVerifier
from bot.text.numbers import missing
from tests.support.shelf import passage

LEAVE = passage("Staff get 10 days of leave.", day="2026-04-01")
FEES = passage("手数料は3万円です。受付は午後5時までです。", "手数料")


async def by_numbers(answer: str) -> GroundingResult:
    return await examine(answer, {1: LEAVE, 2: FEES}, [NumbersVerifier()])


async def sentences(answer: str) -> list[tuple[str, str]]:
    examination = await by_numbers(answer)
    return [(one.claim.text, one.verdict.reason) for one in examination.rejected]


@pytest.mark.parametrize(
    ("sentence", "evidence"),
    [
        ("You get 10 days.", "ten days of leave"),
        ("It costs 30,000 yen.", "手数料は3万円"),
        ("手数料は３万円です。", "30,000 yen"),
        ("1万5000円です。", "15,000円"),
        ("3 million people", "3,000,000 people"),
        ("2026年4月1日から。", "since 2026-04-01"),
        ("Since 2026-04-01.", "April 1, 2026"),
        ("第3条による。", "第三条"),
        ("23日です。", "二十三日"),
        ("2026年です。", "二〇二六年"),
        ("午後5時まで。", "until 17:00"),
        ("Until 17:00.", "午後5時"),
        ("17:30に閉まる。", "closes at 5:30 p.m."),
        ("9:00から。", "9時から"),
        ("ISO-27001 applies.", "ISO 27001"),
        ("書式A-12を使う。", "書式Ａ12"),
        ("Mail hr@example.com.", "to hr@example.com"),
        ("連絡先はhr@example.comです。", "hr@example.com"),
        ("It is 9.50.", "9.5"),
        ("No figures at all.", ""),
        ("2026年度から。", "令和8年度から"),
        ("令和8年4月1日から。", "since 2026-04-01"),
        ("平成元年の規則。", "the rule of 1989"),
        ("毎週月曜日です。", "毎週（月）"),
        ("Every Monday.", "毎週月曜"),
        ("水曜日も開いています。", "月曜日から金曜日まで開いています"),
        ("Open on Wednesdays.", "Mon-Fri"),
        ("Open on Tuesday.", "平日"),
        ("10 working days.", "10 days"),
        ("10日間です。", "ten days, that is 10 days"),
    ],
)
async def test_numbers_are_found_however_they_are_written(sentence: str, evidence: str) -> None:
    assert missing(sentence, evidence) == ()


@pytest.mark.parametrize(
    ("sentence", "evidence", "numbers"),
    [
        ("You get 12 days.", "10 days of leave", ("12",)),
        ("年次有給休暇は12日です。", "年次有給休暇は10日です。", ("12",)),
        ("It costs 3,000 yen.", "30,000 yen", ("3,000",)),
        ("3億円です。", "3万円です。", ("3億",)),
        ("Use form B-13.", "Use form B-12.", ("B-13",)),
        ("Mail it@example.com.", "Mail hr@example.com.", ("it@example.com",)),
        ("Until 18:00.", "until 17:00", ("18",)),
        ("2025年4月です。", "2026年4月", ("2025",)),
        ("令和7年度です。", "令和8年度", ("2025",)),
        ("10 weeks.", "10 days", ("10 (week)",)),
        ("10週間です。", "10日間です", ("10 (week)",)),
        ("30%です。", "30円です", ("30 (percent)",)),
        ("土曜日も開いています。", "月曜日から金曜日まで", ("土曜",)),
        ("On Tuesdays.", "every Monday", ("Tuesdays",)),
    ],
)
async def test_numbers_that_the_evidence_lacks_are_named(
    sentence: str, evidence: str, numbers: tuple[str, ...]
) -> None:
    assert missing(sentence, evidence) == numbers


@given(st.text(max_size=200))
async def test_every_text_supports_its_own_numbers(text: str) -> None:
    assert missing(text, text) == ()


async def test_a_sentence_is_held_against_what_it_cites() -> None:
    """The figure of another passage does not carry it."""
    assert await sentences("You get 10 days [1].") == []
    assert await sentences("You get 10 days [2].") == [("You get 10 days.", "10")]


async def test_a_mark_behind_the_full_stop_belongs_to_the_sentence() -> None:
    assert await sentences("10日です。[1] 3万円です。[2]") == []
    assert await sentences("10日です。[2] 3万円です。[1]") == [
        ("10日です。", "10"),
        ("3万円です。", "3万"),
    ]


async def test_a_sentence_without_a_mark_is_held_against_all_that_is_cited() -> None:
    assert await sentences("It costs 30,000 yen. You get 10 days [1] [2].") == []
    assert await sentences("It costs 40,000 yen. You get 10 days [1] [2].") != []


async def test_the_date_and_title_of_a_passage_count() -> None:
    assert await sentences("The rule of 2026-04-01 gives 10 days [1].") == []


@pytest.mark.parametrize("lead", ["There are 3 ways:", "次の3つです："])
async def test_a_line_that_leads_in_is_no_claim(lead: str) -> None:
    assert await sentences(f"{lead}\n\n- 10 days [1]") == []


async def test_a_rejected_list_item_leaves_no_empty_line() -> None:
    answer = "休暇：\n\n- 10日 [1]\n- 12日 [1]\n- 3万円 [2]"

    kept = without(answer, (await by_numbers(answer)).rejected)

    assert kept == "休暇：\n\n- 10日 [1]\n- 3万円 [2]"


@given(
    st.lists(st.sampled_from(["10 days [1].", "12 days [1].", "有給は12日です。", "\n", "- ", " "]))
)
async def test_what_is_kept_holds(pieces: list[str]) -> None:
    """After taking out what is unsupported, nothing unsupported is left."""
    answer = "".join(pieces)

    kept = without(answer, (await by_numbers(answer)).rejected)

    assert all("12" not in reason for _, reason in await sentences(kept + " [1]"))


@pytest.mark.parametrize(
    "answer",
    [
        "“Leave” says:\n\n> Staff get 10 days of leave.\n> 手数料は3万円です。 [1]",
        "“Leave” [1] says:\n\n```\nsudo apt install leave\nleave --days 10 --all\n```",
        "| who | days |\n|---|---|\n| all staff of the house | 10 | [1]",
        "Staff get 10 days of leave. They ask for them by mail in time [1].",
        "It costs this much:\n\n- Staff get 10 days of leave [1]",
    ],
)
async def test_a_mark_holds_for_its_paragraph(answer: str) -> None:
    """Nothing is marked twice, no line of a quotation is left out, and code stays as it is."""
    passages = {1: LEAVE, 2: FEES}
    assert await with_marks(answer, passages, [NumbersVerifier()]) == answer
    examination = await examine(answer, passages, [])
    assert examination.rejected == ()


async def test_an_item_of_a_list_without_a_mark_needs_its_own() -> None:
    answer = "- Staff get 10 days of leave [1]\n- The moon is made of green cheese"
    examination = await examine(answer, {1: LEAVE}, [])
    assert [one.claim.text for one in examination.rejected] == ["The moon is made of green cheese"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("How much leave is there? Staff get 10 days of leave [1].", ["How much leave is there?"]),
        ("休暇は何日ですか？ 10 days of leave [1].", ["休暇は何日ですか？"]),
        ("Leave policy [1]", ["Leave policy"]),
        ("See “Leave policy” [1]. Staff get 10 days of leave [1].", []),
    ],
)
async def test_an_echo_of_the_question_or_of_a_title_states_nothing(
    answer: str, left: list[str]
) -> None:
    """Small models repeat what they were asked, or list what they were shown."""
    examination = await examine(answer, {1: LEAVE}, [OverlapVerifier()])
    assert [one.claim.text.strip() for one in examination.rejected] == left


async def test_a_question_that_a_document_asks_may_be_quoted() -> None:
    faq = passage("May I carry days over? Yes, five.", "FAQ")
    examination = await examine("> May I carry days over? Yes, five [1].", {1: faq}, [])
    assert examination.rejected == ()

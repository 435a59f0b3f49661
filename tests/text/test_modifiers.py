"""Another word before the same thing makes another thing of it."""

import pytest

from bot.text.modifiers import has_other_modifier, has_the_opposite


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("hotel limit for foreign trips", "The hotel limit for domestic trips is 90 euros."),
        ("When are the summer tyres changed", "The winter tyres are changed in November."),
        ("What is the maximum order", "The minimum order is 30 euros."),
        ("When does the monthly backup run", "The daily backup runs at 2:00."),
        ("Is the right dishwasher broken", "The left dishwasher is broken."),
        ("How long is the warranty of new laptops", "The warranty of refurbished laptops is 1."),
    ],
)
def test_it_is_another_thing(asked: str, near: str) -> None:
    assert has_other_modifier(asked, near, "Rules")


@pytest.mark.parametrize(
    ("asked", "near", "above"),
    [
        ("hotel limit for domestic trips", "The limit for domestic trips is 90 euros.", ""),
        ("hotel limit for foreign trips", "The hotel limit is 90 euros a night.", ""),
        ("hotel limit for foreign trips", "For longer trips it is 90 euros.", "Foreign trips"),
        ("the maximum order", "An order may have 30 items.", ""),
        ("the spare keys", "The keys are in the vault.", ""),
        ("国内出張の上限", "海外出張の上限は9,000円です。", ""),
    ],
)
def test_it_is_the_same_or_said_of_all(asked: str, near: str, above: str) -> None:
    assert not has_other_modifier(asked, near, above)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("Are parcels over 10 kg free", "Parcels under 10 kg are shipped for free."),
        ("What is the lower limit", "The upper limit is 25 years."),
        ("whom do I tell after the audit", "Before the audit, tell Anna."),
        ("10kg以上の荷物の送料", "10kg未満の荷物は無料です。"),
        ("個人カードの年会費", "法人カードの年会費は1万円です。"),
        ("宿泊費の下限", "宿泊費の上限は9,000円です。"),
        ("入社前の研修", "入社後の研修は2週間です。"),
        ("右の扉", "左の扉は非常口です。"),
    ],
)
def test_the_opposite_is_another_thing(asked: str, text: str) -> None:
    assert has_the_opposite(asked, text)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("Are parcels over 10 kg free", "Under 10 kg: free. Over 10 kg: 5 euros."),
        ("10kg以上の荷物の送料", "10kg未満は無料、10kg以上は500円です。"),
        ("個人情報の保存期間", "法人の個人情報の保存期間は5年です。"),
        ("the upper limit", "The limit is 25 years."),
    ],
)
def test_a_text_with_both_or_none_is_not(asked: str, text: str) -> None:
    assert not has_the_opposite(asked, text)

"""The lines of a PDF are joined where only the page's width broke them."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.parsing.parsers.pdf import join_lines


def test_a_japanese_sentence_is_joined_without_a_space() -> None:
    """Otherwise search would not find a word across two lines."""
    page = (
        "従業員は入社日から起算して六か月間継続勤務したときは有\n給休暇を取得できる。\n次の段落。"
    )

    assert join_lines(page) == (
        "従業員は入社日から起算して六か月間継続勤務したときは有給休暇を取得できる。\n次の段落。"
    )


def test_an_english_sentence_is_joined_with_a_space() -> None:
    """A hyphenated word becomes whole again."""
    page = "Employees may take leave after the pro\ufffe\nbation, which is long, and they\nask."

    assert join_lines(page) == (
        "Employees may take leave after the probation, which is long, and they\nask."
    )


def test_lists_and_short_lines_stay() -> None:
    """Breaks by the author are kept."""
    page = "持ち物は以下のとおりですので必ず忘れずに持参すること\n・社員証\n・印鑑\n1. 受付に行く"

    assert join_lines(page) == page


@given(st.text(alphabet="あA1 .\n。・-"))
def test_joining_removes_only_line_ends(page: str) -> None:
    """Every visible character stays, in order."""
    assert "".join(join_lines(page).split()) == "".join(page.split())

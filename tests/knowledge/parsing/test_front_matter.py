"""Front matter is parsed strictly, since it may contain the audience."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import ParseError
from knowledge.parsing.dates import iso_date
from knowledge.parsing.front_matter import split_front_matter


def test_yaml_between_dashes_is_separated() -> None:
    """Keys become lower case, and the rest is the text."""
    metadata, text = split_front_matter("---\nTitle: 休暇\naudience: ['#hr']\n---\n本文\n")

    assert (metadata["title"], metadata["audience"]) == ("休暇", ["#hr"])
    assert text == "本文\n"


def test_toml_between_plus_signs_is_separated() -> None:
    """Static site generators use it."""
    metadata, text = split_front_matter('+++\ntitle = "休暇"\ndate = 2024-04-01\n+++\n本文')

    assert (metadata["title"], metadata["date"], text) == ("休暇", "2024-04-01", "本文")


@pytest.mark.parametrize(
    "text", ["", "本文", "---\n区切り線のあと\n---\n本文", "----\n", "a\n---\nb: c\n---\n"]
)
def test_a_text_without_front_matter_stays_unchanged(text: str) -> None:
    """A line of dashes can be a thematic break."""
    assert split_front_matter(text) == ({}, text)


@pytest.mark.parametrize(
    "text",
    [
        "---\naudience: [#hr]\n---\nsecret",
        "---\naudience: '#hr\n---\nsecret",
        "---\naudience: members\nsecret, and never closed",
        "+++\naudience = [\n+++\nsecret",
        '---\nowner: "\\ud800"\n---\n',
    ],
)
def test_invalid_front_matter_is_an_error(text: str) -> None:
    """It never counts as text, since its audience would be lost."""
    with pytest.raises(ParseError, match="front matter"):
        split_front_matter(text)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-04-01", "2024-04-01"),
        ("2024/4/1 更新", "2024-04-01"),
        ("2024年4月1日", "2024-04-01"),
        ("<2026-01-02 Fri>", "2026-01-02"),
        ("改訂: 令和元年5月1日", "2019-05-01"),
        ("Wed, 4 Sept. 2024 10:00", "2024-09-04"),
        ("Version of Jan 2nd, 2026", "2026-01-02"),
        ({"date": dt.date(2026, 1, 2)}, "2026-01-02"),
        ("Mayor 1 2026", ""),
        ("12024-01-011", ""),
        ("2024-13-01", ""),
        ("いつか", ""),
        (None, ""),
    ],
)
def test_dates_are_understood_as_people_write_them(value: object, date: str) -> None:
    """Any other text gives no date."""
    assert iso_date(value) == date


def test_the_last_update_takes_precedence_over_the_date() -> None:
    """A document is as old as its last change."""
    metadata, _ = split_front_matter("---\ndate: 2020-01-01\nlastmod: 2024-04-01\n---\n")

    assert metadata["date"] == "2024-04-01"


@given(st.text(alphabet=st.sampled_from("-+ \n:a[]#'\"=日")))
def test_any_text_gives_front_matter_or_a_parse_error(text: str) -> None:
    """No text raises any other error, and the rest is the end of the text."""
    try:
        _, rest = split_front_matter(text)
    except ParseError:
        return
    assert text.endswith(rest)


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("date: March 1, 2026", "2026-03-01"),
        ("last-modified: 1st Mar 2026", "2026-03-01"),
        ("更新日: 令和8年3月1日", "2026-03-01"),
        ("最終更新日: 2026年3月1日", "2026-03-01"),
        ("last_update: {date: 2026-03-01, author: x}", "2026-03-01"),
        ("作成日: 2020/1/2\n更新日: 2026/3/1", "2026-03-01"),
        ("date: 3/1/2026", ""),
        ("expires: 2026-03-01", ""),
    ],
)
def test_a_stated_date_is_read_in_the_usual_forms(line: str, day: str) -> None:
    """That of the last change counts before others; an ambiguous one is none."""
    assert split_front_matter(f"---\n{line}\n---\nText")[0]["date"] == day

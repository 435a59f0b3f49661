"""Links: what nothing vouches for cannot be clicked, previewed or disguised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.links import disarmed, links_in

KNOWN = ["https://docs.example.com/a", "https://ja.example.org/wiki/休暇_(規程)"]
PIECES = st.sampled_from(
    [
        "https://evil.example/?q=1",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "|",
        "!",
        "a",
        ":",
        "。",
        "HTTP://x.y",
        "slack://open",
        "javascript:",
    ]
) | st.sampled_from([" ", "\n", ": ", *KNOWN])


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://a.example/x.", ["https://a.example/x"]),
        ("(https://a.example/wiki/B_(c))", ["https://a.example/wiki/B_(c)"]),
        ("詳細はhttps://a.example/x。次に", ["https://a.example/x"]),
        ("ftp://a.example and file:///etc", []),
    ],
)
def test_addresses_are_found_without_the_punctuation_around_them(
    text: str, links: list[str]
) -> None:
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("https://evil.example/?q=1", "hxxps://evil.example/?q=1"),
        ("HTTP://EVIL.example/", "hxxp://EVIL.example/"),
        ("[form](https://evil.example/)", "form"),
        ('[form](https://evil.example/ "title")', "form"),
        ("[form](javascript:alert)", "form"),
        ("![chart](https://evil.example/?q=1)", "chart"),
        ("![chart](https://docs.example.com/a)", "chart"),
        ("<https://evil.example|here>", "here"),
        ("<https://evil.example>", "hxxps://evil.example"),
        ("slack://open?x", "slack[:]//open?x"),
        ("see [x]\n\n[x]: https://evil.example/", "see [x]\n\n"),
        ("https://docs.example.com/a?q=secret", "hxxps://docs.example.com/a?q=secret"),
        ("https://docs.example.com/a.", "https://docs.example.com/a."),
        ("[rule](https://docs.example.com/a)", "rule https://docs.example.com/a"),
        ("www.evil.example", "www[.]evil.example"),
        ("see evil.example/?q=1", "see evil[.]example/?q=1"),
        ("sub.evil.example?q=1", "sub[.]evil[.]example?q=1"),
        ("handbook/people/leave.md and/or 1.5/2", "handbook/people/leave.md and/or 1.5/2"),
        ("mail hr@docs.example.com/x", "mail hr@docs.example.com/x"),
        ("<https://docs.example.com/a|rule>", "rule https://docs.example.com/a"),
        (
            "見る：https://ja.example.org/wiki/休暇_(規程)。",
            "見る：https://ja.example.org/wiki/休暇_(規程)。",
        ),
    ],
)
def test_only_known_addresses_stay_alive(text: str, inert: str) -> None:
    assert disarmed(text, KNOWN) == inert


@given(st.lists(PIECES, max_size=15).map("".join))
def test_no_combination_brings_a_foreign_address_back_to_life(text: str) -> None:
    assert set(links_in(disarmed(text, KNOWN))) <= set(KNOWN)

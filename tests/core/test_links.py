"""Links: what nobody allows cannot be clicked, previewed or disguised."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.links import links_in, safe_markdown, safe_text
from tests.support.link_readers import in_markdown, in_mrkdwn, shown

DOCS, WIKI = "https://docs.example.com/a", "https://ja.example.org/wiki/休暇_(規程)"
KNOWN = [DOCS, WIKI]
TARGETS = (DOCS, WIKI, "https://ja.example.org/wiki/%E4%BC%91%E6%9A%87_(%E8%A6%8F%E7%A8%8B)")
PIECES = st.sampled_from(
    """https://evil.example/?q=1|[|]|(|)|<|>|!|a|:|。|HTTP://x.yy|slack://open|javascript:|https|
    //|evil.com|ｅｖｉｌ．ｃｏｍ|&#58;|&colon;|&lbrack;|&rbrack;|&lpar;|&#x29;|&lt;|&amp;#58;|\\|\\]|\\[|`|``|
    **|_|~~|.|/|@|#|-|www.|mailto:|x@y.jp|host:8080/x|](|][|]:|![|<a href=|<img src="|">|1|答え|と|
    \u200b|\u00ad|\u202e|［|］|（|：／／""".replace("\n    ", "").split("|")
) | st.sampled_from([" ", "\n", "\n\n", "    ", "> ", "- ", "```\n", "| x |", "|", "\t", *KNOWN])
TEXTS = st.lists(PIECES, max_size=25).map("".join)


def foreign(links: list[str]) -> list[str]:
    """Return the links that lead elsewhere; signs that end an address may follow a known one."""
    ends = re.compile(r"_*(?:[^\w/?#&=%-].*)?", re.DOTALL)
    return [
        link
        for link in links
        if not any(one.startswith(link) for one in TARGETS)
        and not any(link.startswith(one) and ends.fullmatch(link, len(one)) for one in TARGETS)
    ]


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
    ("text", "safe"),
    [
        ("https://evil.example/?q=1", "hxxps://evil[.]example/?q=1"),
        ("HTTP://EVIL.example/", "hxxp://EVIL[.]example/"),
        ("[form](https://evil.example/)", "form"),
        ('[form](https://evil.example/ "title")', "form"),
        ("[form](javascript:alert)", "form"),
        ("[floor\\] 3](https&#58;//evil.example/?q=1)", "floor\\] 3"),
        ("[a[b]](<https://evil.example/ x>)", "a[b]"),
        ("![chart](https://evil.example/?q=1)", "chart"),
        ("![chart](https://docs.example.com/a)", "chart"),
        ("<https://evil.example|here>", "here"),
        ("<https://evil.example>", "hxxps://evil[.]example"),
        ("slack://open?x", "slack[:]//open?x"),
        ("see [x]\n\n[x]: https://evil.example/", "see [x]\n\n[x]\\: hxxps://evil[.]example/"),
        ("https://docs.example.com/a?q=secret", "hxxps://docs[.]example[.]com/a?q=secret"),
        ("https://docs.example.com/a.", "https://docs.example.com/a."),
        ("[rule](https://docs.example.com/a)", "[rule](https://docs.example.com/a)"),
        ("[`a.md`](https://docs.example.com/a)", "[`a.md`](https://docs.example.com/a)"),
        (
            "[evil.example/x](https://docs.example.com/a)",
            "[evil[.]example/x](https://docs.example.com/a)",
        ),
        ("www.evil.example", "www[.]evil[.]example"),
        ("see evil.example/?q=1", "see evil[.]example/?q=1"),
        ("sub.evil.example?q=1", "sub[.]evil[.]example?q=1"),
        ("詳細はevil.example/xと", "詳細はevil[.]example/xと"),
        ("SECRET.evil.com と evil。com", "`SECRET.evil.com` と `evil。com`"),
        ("ask hr@acme.com", "ask `hr@acme.com`"),
        ("メールはhr@acme.comです。", "メールは `hr@acme.com` です。"),
        ("メールは、hr@acme.example。", "メールは、`hr@acme.example`。"),
        ("総務hr@acme.com", "総務 `hr@acme.com`"),
        ("例えhr@例え.jpです", "`例えhr@例え.jpです`"),
        ("host:8080/x", "host[:]8080/x"),
        ("<b>x</b> and <img src=x>", "&lt;b>x&lt;/b> and &lt;img src=x>"),
        ("`curl https://evil.example`", "`curl hxxps://evil[.]example`"),
        ("<https://docs.example.com/a|rule>", "rule https://docs.example.com/a"),
        (
            "見る：https://ja.example.org/wiki/休暇_(規程)。",
            "見る：https://ja.example.org/wiki/休暇_(規程)。",
        ),
    ],
)
def test_only_known_addresses_stay_links(text: str, safe: str) -> None:
    assert safe_markdown(text, KNOWN) == safe


@pytest.mark.parametrize(
    "text",
    [
        "**10 days** of *leave* [1][2], ~~not 12~~.\n\n- one\n  - two\n1. three\n- [x] done",
        "# 休暇\n\n年次有給休暇は**10日**です[1]。※詳細は第3条（2）を参照。次に、AIです",
        "| plan | price |\n|---|---:|\n| a | $1,234.50 |\n| b | 7.5% |",
        "```python\nif a[0] < b and c > d: f(x)[1](y)\n```\n\n`rm -rf x` and `<tag>`",
        "> quoted: 9:00–18:30, 10:30/11:00 (A[1]) & a < b && c > d -> e",
        "handbook/people/leave.md and/or 1.5/2, e.g. v1.2.3, Node.js, 3.5.4, No.12, #hr @keiko",
        "C:\\Users\\x and \\*literal\\* and f(x)",
        "&lt;b&gt; &amp; AT&T; R&D",
        "最大5,000円（税込）：2024年4月1日〜2025/3/31、比率は3:10です．次に、[1]。",
    ],
)
def test_what_an_answer_is_written_with_stays_as_it_is(text: str) -> None:
    assert safe_markdown(text, KNOWN) == text


def test_a_known_address_must_not_be_the_beginning_of_another_host() -> None:
    """Some programs go on after a quotation mark, and take `。` for a dot."""
    known = ["https://docs.example"]

    assert safe_markdown("https://docs.example", known) == "https://docs.example"
    for end in ("。evil.com/x", "'.evil.com/x", "@evil.com", ".evil.com", "|.evil.com"):
        assert "https:" not in safe_markdown(f"https://docs.example{end}", known), end


@given(TEXTS)
def test_no_combination_makes_a_foreign_link_in_markdown(text: str) -> None:
    """An independent parser must agree."""
    assert foreign(in_markdown(safe_markdown(text, KNOWN))) == []


@given(TEXTS)
def test_no_combination_makes_a_foreign_link_in_plain_text(text: str) -> None:
    assert foreign(in_mrkdwn(safe_text(text, KNOWN).replace("<", "&lt;"))) == []


@given(TEXTS)
def test_what_is_safe_stays_the_same(text: str) -> None:
    """Answers are made safe when they are made, and again where they are shown."""
    safe, plain = safe_markdown(text, KNOWN), safe_text(text, KNOWN)

    assert safe_markdown(safe, KNOWN) == safe
    assert safe_text(plain, KNOWN) == plain


WORDS = st.sampled_from(
    ["leave", "10日", " ", "\n", "\n\n", "**a**", "`x[0](y)`", "- ", "[1]", "(b)"]
)


@given(
    st.lists(
        WORDS | st.sampled_from(["[rule](https://evil.example)", "&amp;", "!", "*"]), max_size=20
    )
)
def test_the_words_of_a_text_stay(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert shown(safe_markdown(text, KNOWN)) == shown(text)


UNITS = [
    *r"""[ ]( ![ < &# * ` http:// a. a@ [](a \ &amp; [x]( ( ]: \[ <a: a- :/ ． 。 _ &#91; ](" ](y)
    [[x](y) <https://a| [x](https://a.b)""".split(),  # noqa: SIM905
    *("`` ` ", "]( ", "a b.c ", "```\n", "> [", "ﾟ", "[ ", "<a ", "https://docs.example.com/a"),
]


@pytest.mark.parametrize("unit", UNITS)
def test_the_time_is_linear(unit: str) -> None:
    """Anybody can make a model or a document repeat something."""

    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            safe_markdown(text, KNOWN)
            best = min(best, time.process_time() - begin)
        return best

    short, long = seconds(10_000), seconds(40_000)

    assert long < max(10 * short, 0.1)

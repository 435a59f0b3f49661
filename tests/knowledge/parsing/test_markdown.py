"""Markdown is read as its readers see it, in all the dialects that teams write."""

import pytest

from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.parsing.rendered.page import as_shown
from knowledge.text.headings import split_sections


def _words(source: str, *, mdx: bool = False) -> str:
    return " ".join(as_shown(source, mdx=mdx).split())


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("a <!-- secret --> b", "a b"),
        ("<!-- 下書き\n\n```\n秘密\n```\n公開しない -->\n本文", "本文"),
        ("Text\n<!-- never closed\n\nsecret", "Text"),
        ("{/* old: 10 days */}\n20 days", "20 days"),
        ("有給は20日{/* 旧: 10日 */}です。", "有給は20日です。"),
        ("[//]: # (secret)\n[comment]: <> (秘密)\nHere.", "Here."),
        ("{% comment %}\nsecret\n```\nx\n```\n{% endcomment %}\nHere.", "Here."),
        ("{{% comment %}}秘密{{% /comment %}}公開", "公開"),
        ("Before %%secret%% after, 100%% sure.", "Before after, 100%% sure."),
        ('<div style="display: none">no <div>no</div> no</div> yes', "yes"),
        ("<p hidden>秘密</p>\n公開", "公開"),
        ("<svg><text>no</text></svg><style>p{}</style>\nyes", "yes"),
    ],
)
def test_what_nobody_is_shown_is_not_read(source: str, seen: str) -> None:
    """Comments of every dialect, hidden elements, pictures of lines and styles."""
    assert _words(source) == seen


def test_hidden_text_can_be_wanted() -> None:
    """With `include_hidden`, the words of comments and hidden elements are kept."""
    source = "有給<!-- 旧10日 -->は{/* new */}20日 <p hidden>社外秘</p>\n[//]: # (note)"
    seen = as_shown(source, include_hidden=True)

    assert all(word in seen for word in ("旧10日", "new", "社外秘", "note"))


@pytest.mark.parametrize(
    "code",
    [
        "```html\n<!-- keep --> <div>x</div> {{< x >}} {% y %}\n```",
        "~~~\n:::note\n[^1] [[a]] %%b%% {/* c */}\n~~~",
        "- item\n\n  ```sh\n  run <file> # {#id}\n  ```",
        "    <!-- 字下げのコード --> &amp;",
        "Use `<!-- x -->` and ``{{< `a` >}}`` and `[[b]]`.",
        '```js\nimport X from "./x"\nexport const a = {\n```',
        '```\n!!! note "a"\n    b\n```',
    ],
)
def test_code_stays_as_it_is(code: str) -> None:
    """Nothing within code is a comment, a tag, a shortcode or an admonition."""
    assert as_shown(f"前文。\n\n{code}\n").strip() == f"前文。\n\n{code}"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Tell <!here> and <@U0123ABCD>.", "Tell <!here> and <@U0123ABCD>."),
        ("See <https://example.com/> or <a@example.com>.",) * 2,
        ("Add <your-name> and <rolename> to `x`.",) * 2,
        ("a < b && c > d, Promise<Response>, 1 <2",) * 2,
        ("Open {name} and {{ site.x }}, [[ -f x ]], [[1]](#a).",) * 2,
        ("<会社名> を記入し、<氏名> も書く。",) * 2,
        ("Regex [^abc] and x^2, 5 %% 3.",) * 2,
    ],
)
def test_what_only_looks_like_markup_stays(source: str, seen: str) -> None:
    """Placeholders, mentions, generics and addresses are words of the author."""
    assert _words(source) == seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<Note>\n\nNever in a loop.\n\n</Note>", "Never in a loop."),
        ('<Card title="営業時間" icon={<X a="b" />}>\n9時から\n</Card>', "**営業時間** 9時から"),
        ('import A from "./a";\nimport {\n  B,\n} from "b";\n\nText', "Text"),
        ("export const a = {\n  b: 1,\n\n};\n\n本文", "本文"),
        ("{items.map(i => (\n  <li>{i}</li>\n))}\n\n本文", "本文"),
        (
            "<details>\n<summary>詳しく <b>x</b></summary>\n\n中身\n\n</details>",
            "**詳しく x** 中身",
        ),
        ('<a href="https://e.org/f">The form</a>', "[The form](https://e.org/f)"),
        ("10<sup>3</sup> m<sup>2</sup>, 1<sup>st</sup>, H<sub>2</sub>O", "10^3 m^2, 1st, H2O"),
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>", "漢字(かんじ)"),
        ("<ul><li>one</li><li>二</li></ul>", "- one - 二"),
        ("R&amp;D &lt;b&gt; max\\_retry\\_count 価格\\$5", "R&D <b> max_retry_count 価格$5"),
        ('<input type="checkbox" checked> done', "[x] done"),
    ],
)
def test_tags_go_and_words_stay(source: str, seen: str) -> None:
    """HTML and JSX are read as a browser shows them."""
    assert _words(source, mdx=True) == seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('{{% alert title="ご注意" color="x" %}}\n5kgまで\n{{% /alert %}}', "**ご注意** 5kgまで"),
        ('{{< details "Kitchen" >}}\nCounter 5\n{{< /details >}}', "**Kitchen** Counter 5"),
        ('担当は {{< member-by-name "Sid Sij" >}} です。', "担当は Sid Sij です。"),
        ('{{< youtube "abc" >}}\nText', "Text"),
        ('{{< figure src="a.png" caption="図1" >}}', "図1"),
        ('[book]({{< ref "travel.md" >}})', "[book](travel.md)"),
        ('[book]({% page "/travel/" %})', "[book](/travel/)"),
        ('Ask in {% slack\\_channel "travel" %}.', "Ask in travel."),
        ('{% hint style="info" %}\nヒント\n{% endhint %}', "ヒント"),
        ('{% tab title="Linux" %}\napt\n{% endtab %}', "**Linux** apt"),
        ("{{< highlight go >}}\nf(<b>)\n{{< /highlight >}}", "```go f(<b>) ```"),
        ("{{</* figure x */>}}", "{{< figure x >}}"),
        ("{% raw %}{{ a }}{% endraw %}", "{{ a }}"),
    ],
)
def test_shortcodes_go_and_words_stay(source: str, seen: str) -> None:
    """Those of Hugo, Jekyll and GitBook."""
    assert _words(source) == seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        (":::note\nText\n:::", "Text"),
        (":::tip[注意]\n本文\n:::", "**注意** 本文"),
        (":::warning Mind the gap\nText\n:::", "**Mind the gap** Text"),
        (":::message alert\n本文\n:::", "本文"),
        (":::details 詳しく\n中身\n:::", "**詳しく** 中身"),
        ('::: {.callout-note title="Read"}\nText\n:::', "**Read** Text"),
        ("> [!NOTE]\n> Text", "> Text"),
        ("> [!warning]- 締切\n> 3月1日", "> **締切** > 3月1日"),
        ('!!! note "Gap"\n    5 cm\n\n    More', "**Gap** 5 cm More"),
        ("??? info\n    本文です", "本文です"),
        ('=== "Linux"\n\n    apt', "**Linux** apt"),
        ("```{warning} Hot\nDo not touch.\n```", "**Hot** Do not touch."),
        (
            "```{note} 注意\n```{tip} ヒント\n本文\n```\n終わり\n```",
            "**注意** **ヒント** 本文 終わり",
        ),
        ("````{note}\n```sh\napt\n```\nText\n````", "```sh apt ``` Text"),
        ("```{note}\n~~~\n```\n~~~\n本文\n```", "~~~ ``` ~~~ 本文"),
        ("```{note} Open\n```{tip}\nText", "**Open** Text"),
        ("{: .note }\nText {: .x }\n[TOC]", "Text {: .x }"),
        ("[[_TOC_]]\n[[Travel policy|the policy]], [[休暇規程]]", "the policy, 休暇規程"),
    ],
)
def test_marks_of_blocks_go_and_titles_stay(source: str, seen: str) -> None:
    """Admonitions, alerts, tabs and attribute lists of all dialects."""
    assert _words(source) == seen


@pytest.mark.parametrize(
    ("source", "headings", "anchor"),
    [
        ("## Caveats {/*caveats*/}\na", "Caveats", "caveats"),
        ("## 注意 {/* #note */}\na", "注意", "note"),
        ("## 休暇 {#leave}\na", "休暇", "leave"),
        ("## Leave {#leave .wide}\na", "Leave", "leave"),
        ("## Leave {: #休暇 }\na", "Leave", "休暇"),
        ("## 手引き {.h1}\na", "手引き", "手引き"),
        ("## Plan [#the-plan]\na", "Plan", "the-plan"),
        ("1.2 Scope\n---------\na", "1.2 Scope", "12-scope"),
        ("第3条（休暇）\n===\na", "第3条（休暇）", "第3条休暇"),
        ('<h2 id="raw" align="center">Raw <b>one</b></h2>\n\na', "Raw one", "raw"),
        ("## `kotae sync` とは？\na", "kotae sync とは？", "kotae-sync-とは"),
        ("## Costs[^1]\na\n\n[^1]: In EUR.", "Costs", "costs"),
    ],
)
def test_headings_have_the_ids_of_their_site(source: str, headings: str, anchor: str) -> None:
    """An id by the author wins and is no part of the title; others are those of GitHub."""
    section = split_sections(as_shown(source))[0]

    assert (section.headings[-1], section.anchor) == (headings, anchor)


def test_a_note_stands_below_what_it_is_to() -> None:
    """It is found and cited with its sentence, not with the last heading of the page."""
    source = (
        "# 旅費\n\n日当は30 EUR[^日当]。\n\n# Later\n\nb\n\n"
        "[^日当]: 国内のみ。\n    海外は別。\n[^x]: Unused.\n"
    )
    first, later = split_sections(as_shown(source))

    assert first.text == "日当は30 EUR。\n\n国内のみ。 海外は別。"
    assert "[^x]: Unused." in later.text


def test_tables_of_html_become_tables() -> None:
    """A table in HTML has rows and columns like one in Markdown, also with lists in cells."""
    source = (
        "<table><tr><th>町</th><th>Price</th></tr>"
        "<tr><td>ベルゲン</td><td>{% x 'y' %}31 EUR</td></tr></table>"
    )
    assert "| ベルゲン | 31 EUR |" in as_shown(source).replace("y31", "31")


@pytest.mark.parametrize(("name", "word"), [("Hooks", "Limits"), ("フック", "制限")])
def test_a_page_is_read_as_its_site_shows_it(name: str, word: str) -> None:
    """Imports and tags are no text, comments are not shown, and code stands as it is written."""
    page = MarkdownParser().parse(
        f'---\ntitle: {name}\n---\nimport A from "./a"\n\n## {word} {{/*limits*/}}\n\n'
        f"A hook runs 3 {{/* once 5 */}}times.\n\n<Note>\n\nAsk <!here> and <@U01>.\n\n</Note>\n\n"
        "<details>\n<summary>When?</summary>\n\nAt nine.\n\n</details>\n\n"
        '```sh\nif [ "$A" -lt 3 ]; then ./run <in.txt >log; fi\n```\n'.encode(),
        "a.mdx",
    )
    (section,) = page.sections

    assert (page.title, section.headings, section.anchor) == (name, (word,), "limits")
    assert section.text == (
        "A hook runs 3 times.\n\nAsk <!here> and <@U01>.\n\n**When?**\n\nAt nine.\n\n"
        '```sh\nif [ "$A" -lt 3 ]; then ./run <in.txt >log; fi\n```'
    )

"""What a person reads on a page is read, under its headings, and nothing that it hides."""

import pytest

from knowledge.model.types import ParsedFile
from knowledge.parsing.html_markdown import markdown_of, parse_html
from knowledge.parsing.options import ReadingOptions
from knowledge.parsing.parsers import parse


def page(body: str, head: str = "") -> ParsedFile:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return parse(text.encode(), "a.html")


def text_of(parsed: ParsedFile) -> str:
    return "\n\n".join(section.text for section in parsed.sections)


def markdown(text: str) -> str:
    return markdown_of(parse_html(text))


LONG = "Everyone who comes by car needs a permit, which the reception gives out every morning. "
LANG = "車で来る人は全員、受付が毎朝発行する許可証を車内に置かなければなりません。"


@pytest.mark.parametrize(
    ("words", "heading", "item", "term", "meaning"),
    [
        (LONG * 5, "What it costs", "Cars: 30 EUR", "At night", "Call 4499."),
        (LANG * 9, "料金", "車：月30ユーロ", "夜間", "4499に電話する。"),
        ("Short.", "Where", "Deck 2", "By day", "Call 4410."),
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "<div class='wrapper'><div>{}</div></div>",
        "<form action='/'>{}</form>",
        "<center><table><tr><td>{}</td></tr></table></center>",
    ],
)
def test_a_plain_page_keeps_everything_under_its_headings(
    around: str, words: str, heading: str, item: str, term: str, meaning: str
) -> None:
    """Without `article` or `main`, only long paragraphs were left."""
    body = (
        f"<h1>A</h1><p>{words}</p><div class='box'><h2>{heading}</h2></div><ul><li>{item}</li></ul>"
        f"<ol><li>one<li>two</ol><dl><dt>{term}</dt><dd>{meaning}</dd></dl>"
    )
    first, second = page(around.format(body)).sections

    assert (first.headings, first.text) == (("A",), words.strip())
    assert second.headings == ("A", heading)
    colon = ": " if term.isascii() else "："
    assert second.text == f"- {item}\n\n1. one\n2. two\n\n- {term}{colon}{meaning}"


def test_menus_and_notices_are_left_out() -> None:
    """By element, role, name, or place; text with such a name inside of the page stays."""
    parsed = page(
        "<ul><li><a href='/'>Home</a><li><a href='/b'>製品一覧</a></ul>"
        "<div role='banner'>Our site</div><div class='cookie-banner'>We use cookies</div>"
        f"<h1>Parking</h1><p>{LONG * 3}</p><section id='comments'><h2>Comments</h2>"
        "<p>Write them by hand.</p></section><div class='card'><div class='card-footer'>30 EUR"
        "</div></div><h2>関連資料</h2><ul><li><a href='a'>規程</a><li><a href='b'>様式</a></ul>"
        "<footer>© 2025</footer>"
    )

    text = text_of(parsed)
    for gone in ("Home", "製品一覧", "Our site", "cookies", "2025"):
        assert gone not in text
    for kept in ("Write them by hand.", "30 EUR", "規程", "様式"):
        assert kept in text


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (
            "<tr><th>Site<th>Gate<tr><td rowspan=2>Harbour<td>A1<tr><td>A2",
            ["| Site | Gate |", "| Harbour | A1 |", "| Harbour | A2 |"],
        ),
        (
            "<tr><th>曜日<th>午前<th>午後<tr><td>月<td colspan=2>休診",
            ["| 曜日 | 午前 | 午後 |", "| 月 | 休診 | 休診 |"],
        ),
        (
            "<tr><th rowspan=2>階<th colspan=2>2026年<tr><th>5月<th>6月<tr><td>1<td>a<td>b|c",
            ["| 階 | 2026年 / 5月 | 2026年 / 6月 |", "| 1 | a | b\\|c |"],
        ),
        (
            "<tr><td colspan=2>Opening hours<tr><td>Day<td>Hours<tr><td>Mo<td>9–17",
            ["Opening hours", "| Day | Hours |", "| Mo | 9–17 |"],
        ),
        (
            "<tr><th>担当<td>佐藤<tr><th>内線<td>4410",
            ["|  |  |", "| 担当 | 佐藤 |", "| 内線 | 4410 |"],
        ),
        (
            (
                "<tr><th>What<th>Do<tr><td>Burn<td><ul><li>cool it<li>kit B7</ul>"
                "<tr><td>切り傷<td><ol><li>押さえる<li>A2を使う</ol><p>4411に電話"
            ),
            ["| Burn | • cool it • kit B7 |", "| 切り傷 | 1. 押さえる 2. A2を使う 4411に電話 |"],
        ),
        (
            (
                "<tr><th>Floor<th>Kits<tr><td>1<td><table><tr><th>Kit<th>置き場所<tr><td>A2<td>廊下"
                "<tr><td>B7<td>lab</table>"
            ),
            ["| Floor | Kits |", "| 1 | Kit: A2, 置き場所: 廊下; Kit: B7, 置き場所: lab |"],
        ),
    ],
)
def test_each_value_of_a_table_is_under_its_header(table: str, rows: list[str]) -> None:
    """A merged cell is repeated where it spans; lists and tables in cells stay there."""
    lines = markdown(f"<table>{table}</table>").split("\n")

    assert [line for line in lines if line in rows] == rows


@pytest.mark.parametrize(
    ("label", "name", "closed"), [("Weekend", "Sat", "closed"), ("週末", "土", "休み")]
)
def test_a_row_of_one_spanning_cell_labels_the_rows_below(
    label: str, name: str, closed: str
) -> None:
    """It stands once; a value that spans some columns stands under each."""
    rows = (
        f"<tr><th>Day<th>開<th>Close<tr><td colspan=3>{label}<tr><td>{name}<td colspan=2>{closed}"
    )

    assert markdown(f"<table>{rows}</table>").split("\n")[2:] == [
        f"| {label} |  |  |",
        f"| {name} | {closed} | {closed} |",
    ]


@pytest.mark.parametrize(
    ("mark", "text"), [("•", "Expand our | portfolio"), ("※", "申請は前日までに行う")]
)
def test_a_table_of_one_row_is_a_line(mark: str, text: str) -> None:
    """Office programs write list items and notes so; a header with nothing below says less."""
    row = f"<tr><td></td><td>{mark}</td><td>{text}</td></tr>"

    assert markdown(f"<p>A</p><table>{row}</table>") == f"A\n\n{mark} {text}"
    assert "| --- |" in markdown(f"<table>{row.replace('td', 'th')}</table>")


def test_a_cell_that_claims_endless_rows_costs_little() -> None:
    """What merged cells repeat is limited."""
    cell = f"<td rowspan=65534 colspan=1000>{'x' * 1000}</td>"
    text = markdown(f"<table><tr><th>a</th></tr><tr>{cell}</tr>{'<tr><td>y</td></tr>' * 5000}")

    assert len(text) < 2_000_000
    assert text.count("| y |") + text.count(" y |") >= 5000


@pytest.mark.parametrize(
    "hiding", ["hidden", "aria-hidden='true'", "style='color:red; DISPLAY : none'"]
)
def test_what_a_page_hides_is_read_only_by_a_setting(hiding: str) -> None:
    """Nobody sees it; what a click opens is seen."""
    body = (
        f"<h1>A</h1><p>seen</p><p {hiding}>秘密 draft</p><button aria-controls='more'>More</button>"
        f"<div id='more' {hiding}>opened</div><details><summary>S</summary>inside</details>"
    ).encode()

    shown = text_of(parse(body, "a.html"))
    assert "draft" not in shown
    assert "opened" in shown
    assert "inside" in shown
    assert "秘密 draft" in text_of(
        parse(body, "a.html", options=ReadingOptions(include_hidden=True))
    )


def test_the_storage_format_of_confluence_is_read() -> None:
    """Its macros are elements of XML: expand, panel, code, tasks, status."""
    text = markdown(
        '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">貸出機</ac:parameter>'
        "<ac:rich-text-body><p>Cabinet L9</p></ac:rich-text-body></ac:structured-macro>"
        '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">sh</ac:parameter>'
        "<ac:plain-text-body><![CDATA[if a < b; then\n  run\nfi]]></ac:plain-text-body>"
        "</ac:structured-macro><ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>"
        "complete</ac:task-status><ac:task-body>注文する</ac:task-body></ac:task><ac:task>"
        "<ac:task-status>incomplete</ac:task-status><ac:task-body>Collect it</ac:task-body>"
        '</ac:task></ac:task-list><p>See <ac:link><ri:page ri:content-title="Home"/></ac:link>, '
        '<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">DONE</ac:parameter>'
        "</ac:structured-macro></p>"
    )

    assert text == (
        "貸出機\n\nCabinet L9\n\n```sh\nif a < b; then\n  run\nfi\n```\n\n"
        "- ☒ 注文する\n- ☐ Collect it\n\nSee Home, DONE"
    )


def test_exports_of_confluence_and_notion_are_read() -> None:
    """Expand, callout, toggle and to-do keep their text and their state."""
    confluence = page(
        "<div id='breadcrumb-section'><ol id='breadcrumbs'><li><a href='i'>IT</a></li></ol></div>"
        "<div class='page-metadata'>last modified on Mar 03, 2025</div><div id='main-content'>"
        f"<p>{LONG * 2}</p><h2 id='X-Broken'>Broken</h2><ul class='inline-task-list'>"
        "<li class='checked'>注文</li><li>Collect</li></ul><div class='expand-container'>"
        "<div class='expand-content' style='display:none'><p>Cabinet L9</p></div></div></div>"
    )
    assert confluence.metadata["date"] == "2025-03-03"
    assert confluence.sections[1].anchor == "X-Broken"
    assert confluence.sections[1].text == "- ☒ 注文\n- ☐ Collect\n\nCabinet L9"
    notion = page(
        f"<article><h1 class='page-title'>当番</h1><div class='page-body'><p>{LANG}</p>"
        "<ul class='toggle'><li><details open=''><summary>What is paid</summary><p>250 EUR</p>"
        "</details></li></ul><figure class='callout'><div>☎️</div><div>0800-4471</div></figure>"
        "<ul class='to-do-list'><li><div class='checkbox checkbox-on'></div> <span>引き継ぎ</span>"
        "</li></ul><ul class='to-do-list'><li><div class='checkbox checkbox-off'></div>"
        "<span>Call</span></li></ul></div></article>"
    )
    for kept in ("What is paid\n\n  250 EUR", "0800-4471", "- ☒ 引き継ぎ\n- ☐ Call"):
        assert kept in text_of(notion)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "<p>Set max_retry_count to 2<sup>10</sup>, H<sub>2</sub>O</p>",
            "Set max_retry_count to 2¹⁰, H₂O",
        ),
        ("<p>日本語の\n文章と English\nwords</p>", "日本語の文章と English words"),
        ("<p>1<br>2<br><br>3</p>", "1\n2\n\n3"),
        ("<p>see<sup><a href='#f'>1</a></sup> <del>旧</del></p>", "see[1] ~~旧~~"),
        ("<p>注<a href='#f'><sup>2</sup></a></p>", "注[2]"),
        ("<ol type='a' start='3'><li>x<li>y</ol>", "c. x\nd. y"),
        ("<pre class='language-sh'>a  b\n<b>c</b></pre>", "```sh\na  b\nc\n```"),
        (
            "<p>x <code>a|b</code> <a href='https://a.example/x'>規程</a></p>",
            "x `a|b` [規程](https://a.example/x)",
        ),
        (
            "<p><math><mi>S</mi><annotation encoding='application/x-tex'>0.08 S</annotation>",
            "$0.08 S$",
        ),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<p><ruby>規程<rt>きてい</rt></ruby></p>", "規程"),
    ],
)
def test_marks_say_what_they_mean(written: str, read: str) -> None:
    """Nothing is escaped, so that a quotation is what the page says."""
    assert markdown(written) == read


def test_deep_nesting_keeps_the_text_or_is_named() -> None:
    """Below a hundred levels only the structure is lost."""
    assert "深い text" in markdown("<div>" * 300 + "深い text")
    assert "深い text" in markdown("<table><tr><td>" * 200 + "深い text")
    assert "深い text" in markdown("<p>" + "<b>" * 300 + "深い text")


def test_only_stated_dates_and_titles_count() -> None:
    """The copyright, or a date in the text, is no date of the page."""
    assert page("<h1>A</h1><p>© 2025, on 2024-01-02</p>").metadata["date"] == ""
    script = '<script type="application/ld+json">{"dateModified": "2025-02-01T09:00"}</script>'
    assert page("<h1>A</h1><p>x</p>", script).metadata["date"] == "2025-02-01"
    assert page("<h1>規程</h1><p>x</p>", "<title>Site</title>").title == "規程"
    assert page("<p>x</p>", "<title>Site</title>").title == "Site"


WORDS = (
    ("The gate opens at nine on working days, and guests ring the bell at the side door.", "More"),
    (
        "門は平日の9時に開きます。来客の方は横の入口でベルを鳴らし、受付でお待ちください。",
        "関連",
    ),
)


@pytest.mark.parametrize(("text", "word"), WORDS)
@pytest.mark.parametrize(
    "around",
    [
        '<div class="yarpp-related"><h3>{}</h3><a href="a">{}</a></div>',
        '<li class="widget widget_text">{}</li>',
        '<div id="respond"><h3>{}</h3></div>',
        '<div class="Newsletter__container"><p>{}</p></div>',
        '<div class="author-info">{}</div>',
        '<footer class="entry-meta">{}</footer>',
        '<div class="BorlabsCookie">{}</div>',
        '<div class="social-wrapper">{}</div>',
        '<figure class="article-recommendations"><a href="a">{}</a></figure>',
        "<button>{}</button>",
    ],
)
def test_what_names_itself_as_no_text_is_left_out(around: str, text: str, word: str) -> None:
    """By its class or id, also within the article."""
    kept = f"<h1>{word} 1</h1><p>{text}</p><p>{text}</p>"
    page = f"<html><body><article>{kept}{around.replace('{}', 'NOTEXT')}</article></body></html>"

    assert "NOTEXT" not in text_of(parse(page.encode(), "a.html"))
    assert text_of(parse(page.encode(), "a.html")).count(text) == 2


@pytest.mark.parametrize(("text", "word"), WORDS)
@pytest.mark.parametrize(
    "marked",
    [
        '<div class="elementor-widget-container"><p>{}</p></div>',
        '<div class="js_readmore"><p>{}</p></div>',
        '<article class="post tag-social category-authors"><p>{}</p></article>',
        '<div class="commentary"><p>{}</p></div>',
        '<div class="cookies-recipe"><p>{}</p></div>',
        "<h2><button>{}</button></h2>",
        "<div><p>{}</p></div>",
    ],
)
def test_what_only_sounds_like_it_stays(marked: str, text: str, word: str) -> None:
    """Page builders call all text a widget, and blogs name their subjects in classes."""
    kept = f"<h1>{word} 1</h1>" + f"<p>{text}</p>" * 4
    page = f"<html><body>{kept}{marked.replace('{}', 'A text that stays.')}</body></html>"

    sections = parse(page.encode(), "a.html").sections
    said = " ".join((*sections[-1].headings, *(section.text for section in sections)))
    assert "A text that stays." in said

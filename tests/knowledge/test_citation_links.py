"""From a file to the link in a citation, and to who may see it."""

from urllib.parse import unquote

import pytest

from knowledge.model.types import Passage, Principal
from tests.support.documents import pdf, presentation, word_document, workbook
from tests.support.library import GUEST, MEMBER, Library, source_table

RULES = """# 就業規則

## 年次有給休暇

有給休暇は10日付与されます。

## 手続き

出張の手続きは前日までに申請します。

## 手続き

退職の手続きは一か月前に申し出ます。

## Who's on-call? (24/7)

The pager belongs to the duty engineer.
"""
PAGE = """<html><head>
<meta name="owner" content="@finance"><meta name="audience" content="#finance"></head><body>
<h1>Expenses</h1><h2 id="limits">Limits</h2><p>Dinners cost at most €60.</p></body></html>"""


@pytest.fixture
async def wiki(library: Library) -> Library:
    """A source with links to a wiki, and one document of each format."""
    url = "https://wiki.example.com/{path}"
    library.configure(source_table("docs", "docs", url=url, owner="@somu"))
    library.write("規則.md", RULES)
    library.write("expenses.html", PAGE)
    library.write("手引き.pdf", pdf([["表紙"], ["育児休業は子が一歳になるまでです。"]]))
    library.write(
        "plan.docx", word_document([("Heading 1", "計画"), ("Normal", "移転は五月です。")])
    )
    library.write("deck.pptx", presentation([("体制", "責任者は佐藤です。", "")]))
    library.write("料金.xlsx", workbook({"粗大": [["品目", "料金"], ["机", "九百円"]]}))
    library.write("codes.csv", "code,meaning\nERR-4012,certificate expired\n")
    await library.open().sync()
    return library


async def best(library: Library, query: str, reader: Principal = MEMBER) -> Passage:
    return (await library.open().search(query, reader))[0]


@pytest.mark.parametrize(
    ("query", "link", "page"),
    [
        ("有給休暇は何日？", "規則.md#年次有給休暇", None),
        ("出張の手続き", "規則.md#手続き", None),
        ("退職の手続き", "規則.md#手続き-1", None),
        ("Who has the pager?", "規則.md#whos-on-call-247", None),
        ("育児休業はいつまで", "手引き.pdf#page=2", 2),
        ("移転はいつ", "plan.docx", None),
        ("体制の責任者", "deck.pptx", 1),
        ("机の料金", "料金.xlsx", 1),
        ("ERR-4012", "codes.csv", None),
    ],
)
async def test_a_citation_leads_to_the_section_or_page(
    wiki: Library, query: str, link: str, page: int | None
) -> None:
    """With GitHub's anchors, with page fragments for PDF, or without any where none works."""
    passage = await best(wiki, query)

    assert unquote(passage.url) == f"https://wiki.example.com/{link}"
    assert passage.page == page
    assert passage.owner == "@somu"


async def test_a_page_can_set_its_audience_and_owner(wiki: Library) -> None:
    """`<meta>` overrides the source, as front matter does."""
    passage = await best(wiki, "dinners limit", Principal("U3", groups=frozenset({"#finance"})))

    assert unquote(passage.url) == "https://wiki.example.com/expenses.html#limits"
    assert passage.owner == "@finance"
    for reader in (MEMBER, GUEST):
        found = await wiki.open().search("dinners limit", reader)
        assert "docs/expenses.html" not in {one.document_id for one in found}


async def test_an_invalid_audience_hides_a_page(library: Library) -> None:
    """We never guess who may read it."""
    library.write("a.html", PAGE.replace("#finance", "general public"))

    report = await library.open().sync()

    assert report.documents_total == 0
    (problem,) = report.problems
    assert problem.reason.startswith("audience has 'general public'")

"""The contract of Notion as a source, over a double."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from knowledge.model.errors import ParseError, SourceError
from knowledge.model.source_settings import NotionSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.notion import VERSION, NotionSource, open_source
from tests.support.notion_double import (
    TOKEN,
    NotionDouble,
    NotionPage,
    block,
    formula,
    option,
    rich,
)
from tests.support.source_faults import broken_everywhere, listed
from tests.support.source_pages import parsed_page

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
FILE = "https://s3.example/a/plan%20B.pdf?sig=1"


@dataclass
class Workspace:
    """A double with a client of it."""

    double: NotionDouble
    address: str
    now: dt.datetime = NOW

    def settings(self, **settings: object) -> NotionSettings:
        table = {"type": "notion", "name": "team", "site": self.address, "token": "NOTION_TOKEN"}
        return NotionSettings.model_validate({**table, **settings})

    def open(self, **settings: object) -> NotionSource:
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": VERSION}
        client = HttpClient("team", self.address, headers, sleep=lambda _: None)
        return NotionSource(self.settings(**settings), client, interval=0, now=lambda: self.now)

    def files(self, **settings: object) -> dict[str, SourceFile]:
        return listed(self.open(**settings))

    def file(self, page: NotionPage, **settings: object) -> SourceFile:
        return self.files(**settings)[f"team/{page.id}"]

    def text(self, page: NotionPage) -> str:
        """Return the page as the index has it."""
        file = self.file(page)
        sections = parsed_page(self.open(), file).sections
        return "\n".join(f"{'#' * len(s.headings)} {s.headings[-1]}\n{s.text}" for s in sections)


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """An empty workspace."""
    double = NotionDouble(page=3)
    with double.serving() as address:
        yield Workspace(double, address)


def test_pages_are_listed_and_read(workspace: Workspace) -> None:
    """With title, date, address and text, in any language; without rights: Notion tells none."""
    page = workspace.double.add("有給休暇 & co", block("paragraph", text="20日です。"))

    file = workspace.file(page)
    parsed = parsed_page(workspace.open(), file)

    assert (file.name, str(file.date)) == ("有給休暇 & co.html", "2026-03-01")
    assert file.url == f"https://www.notion.so/{page.id.replace('-', '')}"
    assert file.readers == frozenset()
    assert parsed.title == "有給休暇 & co"
    assert parsed.sections[0].text == "20日です。"


def test_blocks_are_read_as_people_see_them(workspace: Workspace) -> None:
    """Headings, lists in lists, boxes, tables, code, formulas, columns, files, links to pages."""
    item = block("bulleted_list_item", text="deep")
    row = [block("table_row", cells=[[rich("Day")], [rich("Hours")]])]
    row.append(block("table_row", cells=[[rich("月曜")], [rich("8")]]))
    column = block("column", block("paragraph", text="In a column"))
    page = workspace.double.add(
        "Page",
        block("heading_1", text="手順"),
        block("numbered_list_item", text="one"),
        block("numbered_list_item", item, text="two"),
        block("to_do", text="ticked", checked=True),
        block("toggle", block("paragraph", text="Hidden at first"), text="More"),
        block("table", *row, has_column_header=True, has_row_header=False, table_width=2),
        block("code", text="if a < b:\n  pass", language="python", caption=[rich("A test")]),
        block("equation", expression="a^2 < b"),
        block("paragraph", rich_text=[formula("E=mc^2"), rich(" and "), rich("x")]),
        block("callout", text="Careful", icon={"type": "emoji", "emoji": "💡"}),
        block("quote", text="Said"),
        block("column_list", column),
        block("pdf", type="file", file={"url": FILE, "expiry_time": "2026-04-01T01:00:00.000Z"}),
        block("bookmark", url="https://example.com/x", caption=[]),
        block("child_page", title="Below"),
        block("divider"),
        block("unsupported"),
        block("brand_new", text="is not lost"),
    )

    text = workspace.text(page)

    for shown in (
        "## 手順",
        "1. one\n2. two\n   - deep",
        "☒ ticked",
        "More\n\nHidden at first",
        "| Day | Hours |",
        "| 月曜 | 8 |",
        "```python\nif a < b:\n  pass\n```",
        "$$a^2 < b$$",
        "$E=mc^2$ and x",
        "💡 Careful",
        "> Said",
        "In a column",
        "plan B.pdf",
        "https://example.com/x",
        "[Below](https://www.notion.so/",
        "is not lost",
    ):
        assert shown in text
    assert "sig=1" not in text


def test_rows_of_a_database_are_pages_with_properties(workspace: Workspace) -> None:
    """Each property with its name, in the words of the workspace."""
    due = {"start": "2026-05-01", "end": None, "time_zone": None}
    keiko = {"object": "user", "id": "1", "name": "Keiko", "avatar_url": None}
    properties: dict[str, object] = {
        "状態": {"type": "status", "status": option("完了")},
        "Audience": {"type": "select", "select": option("HR only")},
        "Tags": {"type": "multi_select", "multi_select": [option("a"), option("b")]},
        "Due": {"type": "date", "date": due},
        "Owner": {"type": "people", "people": [keiko | {"type": "person", "person": {}}]},
        "Done": {"type": "checkbox", "checkbox": True},
        "Price": {"type": "number", "number": 12.5},
        "Note": {"type": "rich_text", "rich_text": [rich("Text")]},
        "Sum": {"type": "formula", "formula": {"type": "string", "string": "total"}},
        "All": {
            "type": "rollup",
            "rollup": {
                "type": "array",
                "array": [{"type": "number", "number": 3}],
                "function": "show_original",
            },
        },
        "ID": {"type": "unique_id", "unique_id": {"prefix": "T", "number": 7}},
        "Empty": {"type": "url", "url": None},
        "Links": {"type": "relation", "relation": [{"id": "x"}]},
    }
    row = workspace.double.add(
        "Task",
        block("paragraph", text="Body"),
        database=workspace.double.database(),
        properties=properties,
        found=False,
    )

    text = workspace.text(row)

    for shown in ("Body", "状態：完了", "Tags: a, b", "Due: 2026-05-01", "Owner: Keiko", "Done: ☒"):
        assert shown in text
    for shown in ("Price: 12.5", "Note: Text", "Sum: total", "All: 3", "ID: T-7"):
        assert shown in text
    assert "Empty" not in text
    assert "Links" not in text


def test_many_blocks_and_synced_blocks(workspace: Workspace) -> None:
    """Page by page; a copy shows what the original holds, if that is shared."""
    original = block("synced_block", block("paragraph", text="Synced text"), synced_from=None)
    first = workspace.double.add("First", original)
    copy = block("synced_block", synced_from={"type": "block_id", "block_id": original.id})
    lost = block("synced_block", synced_from={"type": "block_id", "block_id": "gone"})
    many = [block("paragraph", text=f"No {number}.") for number in range(10)]
    page = workspace.double.add("Page", *many, copy, lost)

    assert "Synced text" in workspace.text(first)
    assert "Synced text" in workspace.text(page)
    assert all(f"No {number}." in workspace.text(page) for number in range(10))


def test_blocks_that_are_too_deep_are_named(workspace: Workspace) -> None:
    """A loop of synced blocks ends, too."""
    loop = block("synced_block")
    page = workspace.double.add("Page", loop)
    loop.content = {"synced_from": {"type": "block_id", "block_id": loop.id}}
    loop.children = [loop]

    with pytest.raises(ParseError, match="more than 30 deep"):
        workspace.open().read(workspace.file(page))


def test_added_changed_renamed_and_moved(workspace: Workspace) -> None:
    """A new version for a change; the same document after a new title or a new parent."""
    page = workspace.double.add("Old")
    before = workspace.file(page)
    assert workspace.file(page) == before

    page.title, page.edited = "New", "2026-03-01T09:01:00.000Z"
    page.parent = workspace.double.add("Parent").id
    after = workspace.file(page)

    assert after.version != before.version
    assert after.name == "New.html"
    assert len(workspace.files()) == 2


def test_a_second_change_in_the_same_minute_is_seen(workspace: Workspace) -> None:
    """Notion states minutes. What was changed just now is read once more when that is past."""
    page = workspace.double.add("Page")
    workspace.now = dt.datetime(2026, 3, 1, 9, 0, 30, tzinfo=dt.UTC)
    first = workspace.file(page)
    page.blocks.append(block("paragraph", text="later in this minute"))
    workspace.now += dt.timedelta(minutes=1)
    second = workspace.file(page)
    workspace.now += dt.timedelta(minutes=10)
    third = workspace.file(page)

    assert first.version == second.version != third.version
    assert workspace.file(page).version == third.version


@pytest.mark.parametrize("how", ["trash", "unshared", "deleted"])
def test_what_is_gone_is_not_listed(workspace: Workspace, how: str) -> None:
    """And cannot be read any more."""
    page = workspace.double.add("Page")
    kept = workspace.double.add("Kept")
    file = workspace.file(page)

    page.in_trash, page.shared = how == "trash", how != "unshared"
    if how == "deleted":
        del workspace.double.pages[page.id]

    assert list(workspace.files()) == [f"team/{kept.id}"]
    with pytest.raises(ParseError, match="cannot be read"):
        workspace.open().read(file)


def test_a_row_that_the_search_still_shows_is_gone(workspace: Workspace) -> None:
    """The database knows its rows; the search is told of them later."""
    database = workspace.double.database()
    row = workspace.double.add("Row", database=database)
    workspace.double.add("Gone", database=database, listed=False)

    assert list(workspace.files()) == [f"team/{row.id}"]


def test_pages_that_the_search_leaves_out_are_found(workspace: Workspace) -> None:
    """Rows by their database, and pages by what lies below them."""
    double = workspace.double
    top = double.add("Top", found=False)
    middle = double.add("Middle", parent=top.id, found=False)
    low = double.add("Low", parent=middle.id)
    row = double.add("Row", database=double.database(), found=False)
    outside = double.add("Not shared", shared=False)
    top.parent = outside.id

    assert workspace.files().keys() == {f"team/{page.id}" for page in (top, middle, low, row)}


def test_a_database_longer_than_notion_lists_is_listed_whole() -> None:
    """The list begins again where it was ended; a search that is ended is an error."""
    double = NotionDouble(page=3, most=7)
    database = double.database()
    rows = [
        double.add(f"Row {n}", database=database, created=f"2026-01-{n:02}", found=False)
        for n in range(1, 20)
    ]
    with double.serving() as address:
        workspace = Workspace(double, address)
        assert workspace.files().keys() == {f"team/{row.id}" for row in rows}
        for number in range(8):
            double.add(f"Page {number}")
        with pytest.raises(SourceError, match="several integrations"):
            workspace.files()


def test_every_call_may_fail(workspace: Workspace) -> None:
    """Once: nothing is lost. For good: an error, and never fewer files."""
    database = workspace.double.database()
    parent = workspace.double.add("Parent", found=False)
    for number in range(5):
        workspace.double.add(f"Page {number}", parent=parent.id)
        workspace.double.add(f"Row {number}", database=database)

    assert broken_everywhere(workspace.double, workspace.open) == []


def test_an_expired_token_is_named(workspace: Workspace) -> None:
    """With what to do."""
    source = workspace.open()
    workspace.double.authorization = "Bearer other"

    with pytest.raises(SourceError, match=r"401.*check the token") as caught:
        list(source.files())
    assert caught.value.kind == "refused"
    assert TOKEN not in str(caught.value)


def test_excluded_pages_are_passed_over(workspace: Workspace) -> None:
    """By their titles."""
    page = workspace.double.add("Draft: plan")

    assert workspace.file(page, exclude=["Draft*"]).passed_over == "excluded"


def test_the_token_comes_from_its_secret(workspace: Workspace) -> None:
    """And calls keep to three a second."""
    workspace.double.add("Page")
    source = open_source(workspace.settings(), {"NOTION_TOKEN": TOKEN}.__getitem__)

    assert isinstance(source, NotionSource)
    assert source._interval >= 1 / 3
    assert len(list(source.files())) == 1

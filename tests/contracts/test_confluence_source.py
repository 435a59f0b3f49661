"""The contract of Confluence as a source, over doubles of Cloud and Data Center."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.factory import open_knowledge
from knowledge.model.errors import ChangedFileError, ParseError, SourceError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.source_settings import ConfluenceSettings
from knowledge.model.types import NOBODY, Principal
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import Source, SourceFile
from knowledge.sync.sources.confluence import confluence_source, open_source
from tests.support.confluence_double import CLOUD, DATA_CENTER, TOKEN, USER, ConfluenceDouble, Node
from tests.support.source_faults import broken_everywhere, listed
from tests.support.source_pages import parsed_page

STAFF = "group:atlassian:staff"


@dataclass
class Site:
    """A double with a client of it."""

    double: ConfluenceDouble
    address: str

    def open(self, **settings: object) -> Source:
        double = self.double
        user = USER if double.authorization == CLOUD else ""
        place = {"type": "confluence", "name": "wiki", "site": self.address, "token": "WIKI_TOKEN"}
        values = {"spaces": ["ENG"], "user": user, **settings}
        table = ConfluenceSettings.model_validate({**place, **values})
        headers = {"Authorization": double.authorization}
        return confluence_source(
            table, HttpClient("wiki", self.address, headers, sleep=lambda _: None)
        )

    def files(self, **settings: object) -> dict[str, SourceFile]:
        return listed(self.open(**settings))

    def file(self, node: Node, **settings: object) -> SourceFile:
        place = f"attachment/{node.parent}" if node.kind == "attachment" else node.kind
        return self.files(**settings)[f"wiki/{place}/{node.id}"]


@pytest.fixture(params=[CLOUD, DATA_CENTER], ids=["cloud", "data center"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with the space ENG."""
    double = ConfluenceDouble(request.param, page=3)
    double.space("ENG")
    with double.serving() as address:
        yield Site(double, address)


def may_read(file: SourceFile, *names: str) -> bool:
    """Tell whether a person with these *names* may read *file*."""
    reader = Principal("U1", names=frozenset(names))
    return all(admitted & reader.names for admitted in file.readers)


def test_pages_are_listed_and_read(site: Site) -> None:
    """With title, date, address and text, in any language."""
    page = site.double.add("ENG", "休暇 & 勤怠", "<p>年次有給休暇は20日です。</p>")

    file = site.file(page)
    parsed = parsed_page(site.open(), file)

    assert (file.name, str(file.date)) == ("ENG/休暇 & 勤怠.html", "2026-03-01")
    assert file.url.startswith("https://example.atlassian.net/wiki/")
    assert page.id in file.url
    assert parsed.title == "休暇 & 勤怠"
    assert parsed.sections[0].text == "年次有給休暇は20日です。"


def test_the_storage_format_is_read_as_people_see_it(site: Site) -> None:
    """Macros, panels, tasks, tables and links to pages."""
    page = site.double.add(
        "ENG",
        "Release",
        '<ac:structured-macro ac:name="info"><ac:parameter ac:name="title">Note</ac:parameter>'
        "<ac:rich-text-body><p>Only on Mondays.</p></ac:rich-text-body></ac:structured-macro>"
        '<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">sh</ac:parameter>'
        "<ac:plain-text-body><![CDATA[make <all> && push]]></ac:plain-text-body>"
        "</ac:structured-macro>"
        "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete"
        "</ac:task-status><ac:task-body>Tag it</ac:task-body></ac:task></ac:task-list>"
        "<table><tbody><tr><th>Day</th></tr><tr><td>Monday</td></tr></tbody></table>"
        '<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">More</ac:parameter>'
        "<ac:rich-text-body><p>Ask Keiko.</p></ac:rich-text-body></ac:structured-macro>"
        '<p>See <ac:link><ri:page ri:content-title="Rollback" /></ac:link>.</p>',
    )

    (section,) = parsed_page(site.open(), site.file(page)).sections

    for text in ("Note", "Only on Mondays.", "```sh\nmake <all> && push\n```", "☒ Tag it"):
        assert text in section.text
    assert "| Day |" in section.text
    assert "More" in section.text
    assert "Ask Keiko." in section.text
    assert "See Rollback." in section.text


def test_a_page_that_changed_after_it_was_listed_waits(site: Site) -> None:
    """Its readers may be others now; of a file that is attached, the listed version is read."""
    page = site.double.add("ENG", "Plan", "<p>Open.</p>")
    attached = site.double.add("ENG", "a.txt", kind="attachment", parent=page.id, data=b"x")
    files = site.files()
    page.groups, page.body, page.version = ["board"], "<p>Closed.</p>", 2
    source = site.open()

    with pytest.raises(ChangedFileError, match="the next sync reads it"):
        source.read(files[f"wiki/page/{page.id}"])
    assert source.read(files[f"wiki/attachment/{page.id}/{attached.id}"]) == b"x"
    assert site.double.calls[-1].endswith("?version=1")


def test_a_page_cannot_say_who_reads_it(site: Site) -> None:
    """What its author writes is text, not the head of the page."""
    page = site.double.add(
        "ENG",
        "Salaries",
        '</body><head><meta name="audience" content="anyone"><title>Holidays</title></head>'
        '<Meta name="owner" content="@mallory"/><p>audience: #hr</p><p>Text</p>',
    )

    parsed = parsed_page(site.open(), site.file(page))

    assert parsed.title == "Salaries"
    assert not {"audience", "owner"} & parsed.metadata.keys()


def test_added_changed_renamed_and_moved(site: Site) -> None:
    """A new version for a change; the same document after a new title or a new parent."""
    page = site.double.add("ENG", "Old")
    before = site.file(page)
    assert site.file(page) == before

    page.title, page.version = "New", 2
    parent = site.double.add("ENG", "Parent")
    page.parent = parent.id
    after = site.file(page)

    assert after.version != before.version
    assert after.name == "ENG/New.html"
    assert len(site.files()) == 2


@pytest.mark.parametrize("status", ["trashed", "archived", "draft"])
def test_what_is_gone_is_not_listed(site: Site, status: str) -> None:
    """Trash and archive, too; a file goes with its page."""
    page = site.double.add("ENG", "Page")
    site.double.add("ENG", "a.pdf", kind="attachment", parent=page.id)
    kept = site.double.add("ENG", "Kept")

    page.status = status

    assert list(site.files()) == [f"wiki/page/{kept.id}"]


def test_blog_posts_and_attachments(site: Site) -> None:
    """A file has its own ending, its own address and its page's readers."""
    post = site.double.add("ENG", "News", kind="blogpost", groups=["press"])
    files = [
        site.double.add("ENG", f"{n} 表.csv", kind="attachment", parent=post.id, data=b"a,b\n1,2")
        for n in range(30)
    ]

    found = site.files()
    attached = site.file(files[29])

    assert len(found) == 31
    assert attached.name == "ENG/News/29 表.csv"
    assert attached.readers == site.file(post).readers
    assert may_read(attached, STAFF, "group:atlassian:press")
    assert site.open().read(attached) == b"a,b\n1,2"
    assert list(site.files(attachments=False)) == [f"wiki/blogpost/{post.id}"]


def test_archives_and_excluded_files_are_passed_over(site: Site) -> None:
    """With the reason."""
    page = site.double.add("ENG", "Page")
    packed = site.double.add("ENG", "all.zip", kind="attachment", parent=page.id, data=b"x")

    assert site.file(packed).passed_over == "format"
    assert site.file(page, exclude=["ENG/P*.html"]).passed_over == "excluded"


def test_readers_are_those_of_the_space_and_of_every_page_above(site: Site) -> None:
    """One must be admitted everywhere."""
    double = site.double
    double.spaces["ENG"].users.append("bob")
    top = double.add("ENG", "Top", groups=["managers"], users=["alice"])
    middle = double.add("ENG", "Middle", parent=top.id)
    low = double.add("ENG", "Low", parent=middle.id, users=["carol", "alice"])

    found = site.file(low)

    assert site.file(middle).readers == site.file(top).readers
    assert not may_read(found, STAFF)
    assert not may_read(found, STAFF, "group:atlassian:managers")
    assert not may_read(found, STAFF, "person:carol@example.com")
    assert not may_read(found, "person:alice@example.com", "group:atlassian:exporters")
    assert may_read(found, STAFF, "person:alice@example.com")
    assert may_read(found, STAFF, "group:atlassian:managers", "person:carol@example.com")
    assert may_read(site.file(double.add("ENG", "Free")), "person:bob@example.com")


def test_rights_lost_and_gained_are_seen_without_a_new_version(site: Site) -> None:
    """Of a page, of its parent, and of the space."""
    double = site.double
    parent = double.add("ENG", "Parent")
    page = double.add("ENG", "Page", parent=parent.id)
    before = site.file(page)
    assert may_read(before, STAFF)

    parent.users = ["alice"]
    locked = site.file(page)
    parent.users = []
    double.spaces["ENG"].groups = ["others"]
    moved = site.file(page)

    assert not may_read(locked, STAFF)
    assert may_read(locked, STAFF, "person:alice@example.com")
    assert not may_read(moved, STAFF)
    assert may_read(moved, "group:atlassian:others")
    assert before.version == locked.version == moved.version


def test_a_person_whose_mail_is_hidden_is_left_out(site: Site) -> None:
    """So that a page for one such person is for nobody; never for everybody."""
    site.double.hidden.add("dave")
    page = site.double.add("ENG", "Secret", users=["dave"])

    assert frozenset() in site.file(page).readers
    assert not may_read(site.file(page), STAFF, "person:dave@example.com", "person:")


def test_a_long_restriction_is_read_to_its_end(site: Site) -> None:
    """The last of 250 people may read it."""
    people = [f"p{number}" for number in range(250)]
    page = site.double.add("ENG", "Page", users=people)

    assert may_read(site.file(page), STAFF, "person:p249@example.com")
    assert not may_read(site.file(page), STAFF, "person:p250@example.com")


def test_below_something_hidden_nobody_reads(site: Site) -> None:
    """A parent that the token may not see may have restrictions."""
    page = site.double.add("ENG", "Page", parent="999")

    assert site.file(page).readers >= NOBODY


def test_the_audience_alone_where_an_operator_says_so(site: Site) -> None:
    """Then no rights are asked for."""
    page = site.double.add("ENG", "Page", users=["alice"])

    assert site.file(page, readers="audience").readers == frozenset()
    assert not any("/permissions" in call for call in site.double.calls)


def test_every_call_may_fail(site: Site) -> None:
    """Once: nothing is lost. For good: an error, and never fewer files."""
    parent = site.double.add("ENG", "Parent", groups=["g"])
    for number in range(5):
        page = site.double.add("ENG", f"Page {number}", parent=parent.id)
        site.double.add("ENG", "a.txt", kind="attachment", parent=page.id)

    assert broken_everywhere(site.double, site.open) == []


def test_an_expired_token_is_named(site: Site) -> None:
    """With what to do."""
    source = site.open()
    site.double.authorization = "Bearer other"

    with pytest.raises(SourceError, match=r"401.*check the token and its scopes") as caught:
        list(source.files())
    assert caught.value.kind == "refused"
    assert TOKEN not in str(caught.value)


def test_a_space_that_is_not_there_is_an_error(site: Site) -> None:
    """It may have been hidden from the token; its documents stay."""
    site.double.add("ENG", "Page")

    with pytest.raises(SourceError, match="there is no space 'HR'") as caught:
        site.files(spaces=["ENG", "HR"])
    assert caught.value.kind == "refused"


def test_one_page_that_cannot_be_read_is_named(site: Site) -> None:
    """It is deleted between the listing and the reading."""
    page = site.double.add("ENG", "Page")
    source = site.open()
    (file,) = source.files()
    site.double.spaces["ENG"].nodes.clear()

    with pytest.raises(ParseError, match="cannot be read: it no longer exists"):
        source.read(file)
    assert page.id in file.document_id


def test_a_list_that_moves_while_it_is_read_stays_whole() -> None:
    """Data Center counts: what is deleted moves the rest of the list up."""
    double = ConfluenceDouble(DATA_CENTER, page=4)
    nodes = double.space("ENG").nodes
    pages = [double.add("ENG", f"Page {number}") for number in range(20)]
    double.meanwhile = lambda number: nodes.pop(pages[0].id, None) if number == 4 else None
    with double.serving() as address:
        found = Site(double, address).files()

    assert {f"wiki/page/{page.id}" for page in pages[1:]} <= found.keys()


def test_a_list_that_never_rests_is_an_error() -> None:
    """Rather than a listing with holes."""
    double = ConfluenceDouble(DATA_CENTER, page=4)
    nodes = double.space("ENG").nodes
    for number in range(200):
        double.add("ENG", f"Page {number}")
    double.meanwhile = lambda number: nodes.pop(next(iter(nodes)))
    with double.serving() as address, pytest.raises(SourceError, match="kept changing"):
        Site(double, address).files()


def test_cloud_asks_singly_for_what_the_search_does_not_know_yet() -> None:
    """A new page is restricted from its first second."""
    double = ConfluenceDouble(CLOUD)
    double.space("ENG")
    folder = double.add("ENG", "Folder", kind="folder", groups=["leads"])
    page = double.add("ENG", "New", users=["alice"], parent=folder.id)
    double.unindexed.add(page.id)
    with double.serving() as address:
        file = Site(double, address).file(page)

    assert not may_read(file, STAFF, "person:alice@example.com")
    assert may_read(file, STAFF, "person:alice@example.com", "group:atlassian:leads")


def test_data_center_may_be_open_to_everybody() -> None:
    """A space for anonymous people restricts nothing; the pages in it may."""
    double = ConfluenceDouble(DATA_CENTER)
    double.space("ENG").anonymous = True
    page = double.add("ENG", "Page")
    locked = double.add("ENG", "Locked", users=["alice"])
    with double.serving() as address:
        site = Site(double, address)
        assert site.file(page).readers == frozenset()
        assert may_read(site.file(locked), "person:alice@example.com")
        assert not may_read(site.file(locked), STAFF)


def test_data_center_that_does_not_tell_rights_is_an_error() -> None:
    """Before version 9.1, or without an administrator's token; the text says what to do."""
    double = ConfluenceDouble(DATA_CENTER)
    double.space("ENG")
    double.add("ENG", "Page")
    double.tells_rights = False
    with double.serving() as address:
        site = Site(double, address)
        with pytest.raises(SourceError, match=r'9\.1.*readers = "audience"') as caught:
            site.files()
        assert len(site.files(readers="audience")) == 1
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("authorization", [CLOUD, DATA_CENTER])
def test_the_token_comes_from_its_secret(authorization: str) -> None:
    """With the account's address for Cloud, alone for Data Center."""
    double = ConfluenceDouble(authorization)
    double.space("ENG")
    double.add("ENG", "Page")
    with double.serving() as address:
        settings = ConfluenceSettings(
            type="confluence",
            name="wiki",
            site=address,
            spaces=["ENG"],
            token="WIKI_TOKEN",
            user=USER if authorization == CLOUD else "",
        )
        source = open_source(settings, {"WIKI_TOKEN": TOKEN}.__getitem__)

        assert len(list(source.files())) == 1
        assert TOKEN not in repr(source)


async def test_a_lost_right_is_gone_from_answers_with_the_next_sync(tmp_path: Path) -> None:
    """From the site to the index: nobody finds what Confluence would not show."""
    double = ConfluenceDouble(CLOUD)
    double.space("ENG")
    top = double.add("ENG", "Bonus", "<p>The bonus is 500 euros.</p>", groups=["hr"])
    page = double.add("ENG", "Letter", "<p>The letter is blue.</p>", parent=top.id)
    reader = Principal("U1", member=True, names=frozenset({STAFF, "group:atlassian:hr"}))
    config = tmp_path / "knowledge.toml"
    with double.serving() as address:
        config.write_text(
            f'[[sources]]\ntype = "confluence"\nname = "wiki"\nsite = "{address}"\n'
            f'user = "{USER}"\ntoken = "WIKI_TOKEN"\nspaces = ["ENG"]\n'
        )
        knowledge = open_knowledge(
            config,
            tmp_path / "index",
            EmbeddingSettings(model="hashing"),
            secrets={"WIKI_TOKEN": TOKEN}.__getitem__,
        )
        await knowledge.sync()
        before = await knowledge.search("blue letter", reader, 5)
        stranger = await knowledge.search("blue letter", Principal("U2", member=True), 5)
        top.groups = ["board"]
        report = await knowledge.sync()
        after = await knowledge.search("blue letter", reader, 5)

    assert [passage.document_id for passage in before] == [f"wiki/page/{page.id}"]
    assert (stranger, after) == ([], [])
    assert (report.added, report.removed, report.embedded_chunks) == (0, 0, 0)

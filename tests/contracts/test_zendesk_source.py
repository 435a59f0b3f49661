"""The source of Zendesk, over a double of its API."""

import datetime as dt

import pytest

from knowledge.model.errors import CursorExpiredError
from knowledge.model.readers import person
from knowledge.model.types import NOBODY
from knowledge.sync.source import FeedSource, SourceFile
from tests.support.vendor_contract import (
    Vendor,
    broken_off,
    known_after,
    read,
    reads_a_missing_page_as_a_problem,
    refuses_an_expired_token,
    texts,
    waits_when_throttled,
)
from tests.support.zendesk_double import CUSTOMERS, GROUP, STAFF, ZendeskDouble

AGENTS = frozenset({frozenset({person("agent@example.com")})})


@pytest.fixture
def zendesk() -> ZendeskDouble:
    """A help centre in two languages, and tickets."""
    double = ZendeskDouble()
    double.users = [
        {"id": 2, "name": "Ms Agent", "email": "Agent@example.com", "role": "agent"},
        {"id": 3, "name": "Gone", "email": "gone@example.com", "suspended": True},
        {"id": 4, "name": "No mail", "email": None, "role": "admin"},
    ]
    number = double.add("en-us", "Passwords", "<h2>Rules</h2><p>Twelve letters.</p>")
    double.add("ja", "パスワード", "<p>十二文字です。</p>", number)
    double.add("en-us", "Unfinished", "<p>No.</p>", draft=True)
    return double


@pytest.fixture
def vendor(zendesk: ZendeskDouble) -> Vendor:
    settings = {"user": "bot@example.com", "token": "ZENDESK_TOKEN"}
    return Vendor("zendesk", zendesk, settings)


def test_each_language_of_an_article_is_a_document(vendor: Vendor) -> None:
    """With the names of its category and section in that language; drafts are not read."""
    with vendor.serving() as (_, new):
        found = texts(new())

    assert found == {
        "docs/articles/1/en-us": (
            "Passwords\nPasswords\nHow to > Basics\nPasswords > Rules\nTwelve letters."
        ),
        "docs/articles/1/ja": ("パスワード\nパスワード\n使い方 > 入門\n\n十二文字です。"),
    }


def test_an_article_has_its_address_and_its_day(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """The day on which its text was edited, not its place in a list."""
    zendesk.edit(1, edited_at="2026-10-03T00:00:00Z")
    with vendor.serving() as (_, new):
        first = next(iter(new().files()))

    assert first.url == "https://acme.example/hc/en-us/articles/1"
    assert first.date == dt.date(2026, 10, 3)


def test_who_may_read_follows_the_groups_of_users(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """Everybody; all agents; nobody, where only conditions are told."""
    for segments in ([STAFF], [CUSTOMERS], [GROUP], [CUSTOMERS, STAFF], [99]):
        zendesk.add("en-us", "Internal", "<p>x</p>", user_segment_ids=segments)
    zendesk.add("en-us", "Internal", "<p>x</p>", user_segment_id=STAFF)
    with vendor.serving() as (_, new):
        readers = [file.readers for file in new().files() if file.url.find("en-us") > 0]

    assert readers == [frozenset(), AGENTS, NOBODY, NOBODY, AGENTS, NOBODY, AGENTS]


def test_a_change_of_the_staff_lists_all_again(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """Their right to read is lost with it."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        assert source.changes(cursor).files
        zendesk.users[0]["suspended"] = True

        with pytest.raises(CursorExpiredError):
            source.changes(cursor)


def test_changes_are_told_with_few_calls(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """Added, translated, edited, drafted, restricted, excluded: each is noticed."""
    vendor.settings["exclude"] = ["*秘*"]
    for number in range(150):
        zendesk.add("en-us", f"Article {number}", "<p>text</p>")
    with vendor.serving() as (server, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {file.document_id: file for file in source.files()}
        server.reset()
        cursor = known_after(source, cursor, known)
        assert (len(known), len(server.calls)) == (152, 5)

        zendesk.edit(1, "ja", draft=True)
        zendesk.edit(4, "en-us", body="<p>new</p>", user_segment_id=STAFF)
        zendesk.add("ja", "記事", "<p>訳</p>", 4)
        zendesk.add("ja", "極秘", "<p>x</p>")
        cursor = known_after(source, cursor, known)

        assert "docs/articles/1/ja" not in known
        assert known["docs/articles/4/en-us"].readers == AGENTS
        assert "訳" in source.read(known["docs/articles/4/ja"]).decode()
        assert len(known) == 152


def test_more_changes_than_zendesk_tells_are_listed_whole(
    vendor: Vendor, zendesk: ZendeskDouble
) -> None:
    """It refuses to turn beyond the hundredth page of a list by numbers."""
    for number in range(10_001):
        zendesk.add("ja", f"記事 {number}", "<p>本文</p>")
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        for number in list(zendesk.articles["ja"]):
            zendesk.edit(number, "ja", body="<p>新しい本文</p>")
        with pytest.raises(CursorExpiredError, match="more articles changed"):
            source.changes(cursor)


def test_an_archived_article_is_noticed(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """By the number of those that are left."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {file.document_id: file for file in source.files()}
        del zendesk.articles["ja"][1]
        known_after(source, cursor, known)
        assert list(known) == ["docs/articles/1/en-us"]

        zendesk.articles["de"] = {}
        with pytest.raises(CursorExpiredError):
            source.changes(cursor)


def test_files_are_read_by_setting(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """Not the pictures in a text; a file that is taken off goes."""
    zendesk.attach(1, "規則.txt", "第一条".encode())
    zendesk.attach(1, "picture.png", b"png", inline=True)
    with vendor.serving() as (_, new):
        assert len(list(new().files())) == 2
        vendor.settings["attachments"] = True
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {file.document_id: file for file in source.files()}
        content = read(source)
        zendesk.attachments.clear()
        zendesk.edit(1)
        known_after(source, cursor, known)

    (name,) = content.keys() - known.keys()
    assert name.endswith("/attachments/4/規則.txt")
    assert content[name].decode() == "第一条"


def test_solved_tickets_are_read_by_setting(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """Their public comments, for agents; one that is opened again or deleted goes."""
    number = zendesk.ticket(
        "入れません",
        "solved",
        (1, "# 画面が白い", True),
        (2, "Secret note", False),
        (2, "OK?", True),
    )
    zendesk.ticket("Still open", "open", (1, "Hello?", True))
    with vendor.serving() as (server, new):
        assert not any("/tickets/" in file.document_id for file in new().files())
        vendor.settings["tickets"] = True
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {file.document_id: file for file in source.files()}
        ticket = known[f"docs/tickets/{number}"]
        assert ticket.readers == AGENTS
        assert ticket.url == f"{server.url}/agent/tickets/{number}"
        assert texts(source)[ticket.document_id] == (
            "入れません\n田中, 2026-11-01\n\\# 画面が白い\nMs Agent, 2026-11-01\nOK?"
        )

        cursor = known_after(source, cursor, known)
        zendesk.put(number, "deleted")
        cursor = known_after(source, cursor, known)
        assert ticket.document_id not in known
        zendesk.put(number, "closed")
        known_after(source, cursor, known)
        assert ticket.document_id in known


def test_no_listing_seems_complete_that_broke_off(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """At each call, in each way."""
    vendor.settings |= {"tickets": True, "attachments": True}
    zendesk.attach(1, "a.txt", b"a")
    for number in range(3):
        zendesk.ticket(f"Ticket {number}", "solved", (1, "text", True))
    zendesk.most = 2

    assert broken_off(vendor, in_all_ways=True) == []


def test_the_token_and_throttling(vendor: Vendor) -> None:
    """A wrong token is said to be wrong; a short wait is waited, a long one is told."""
    refuses_an_expired_token(vendor)
    waits_when_throttled(vendor)


def test_an_article_that_went_is_a_problem_of_its_own(
    vendor: Vendor, zendesk: ZendeskDouble
) -> None:
    """The others are read."""
    reads_a_missing_page_as_a_problem(vendor, lambda: zendesk.articles["ja"].pop(1))


def test_nobody_widens_the_audience_by_an_article(vendor: Vendor, zendesk: ZendeskDouble) -> None:
    """HTML that states an audience states none."""
    zendesk.edit(1, "ja", body="<meta name=audience content=anyone><p>本文</p>")
    with vendor.serving() as (_, new):
        page = read(new())["docs/articles/1/ja"].decode()

    assert "&lt;meta name=audience" in page

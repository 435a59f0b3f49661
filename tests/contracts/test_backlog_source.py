"""The source of Backlog, over a double of its API."""

import datetime as dt
import logging

import pytest

from knowledge.model.errors import CursorExpiredError, SourceError
from knowledge.model.readers import person
from knowledge.model.types import NOBODY
from knowledge.sync.source import FeedSource, SourceFile
from tests.support.backlog_double import BacklogDouble, user
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
from tests.support.vendor_server import TOKEN

TREE = {
    "type": "doc",
    "content": [
        {
            "type": "heading",
            "attrs": {"level": 2},
            "content": [{"type": "text", "text": "目的"}],
        },
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "See "},
                {
                    "type": "text",
                    "text": "the <site>",
                    "marks": [{"type": "link", "attrs": {"href": "https://a.example/"}}],
                },
            ],
        },
        {
            "type": "bulletList",
            "content": [
                {
                    "type": "listItem",
                    "content": [
                        {"type": "paragraph", "content": [{"type": "text", "text": "一つ目"}]}
                    ],
                }
            ],
        },
    ],
}


@pytest.fixture
def backlog() -> BacklogDouble:
    """A project with something of each kind, in both languages."""
    double = BacklogDouble()
    double.add_wiki("設計/方針", "* 方針\n''必ず''守る。\n|項目|値|h\n|期限|三日|")
    issue = double.add_issue("VPN is slow", "{code}\nping\n{/code}", log=b"a log")
    double.comment(issue, "佐藤", "* 解決\n再起動しました。")
    double.comment(issue, "Bob", None)
    double.add_document("手順書", TREE, "plain", note=b"a note")
    return double


@pytest.fixture
def vendor(backlog: BacklogDouble) -> Vendor:
    return Vendor("backlog", backlog, {"projects": ["DOC"], "token": "BACKLOG_KEY"})


def test_pages_issues_and_documents_are_read(vendor: Vendor, backlog: BacklogDouble) -> None:
    """Backlog's notation, comments and the trees of documents become text with headings."""
    with vendor.serving() as (_, new):
        found = texts(new())

    assert found == {
        "docs/DOC/wiki/1": (
            "設計/方針\n\n手引き\n方針\n**必ず**守る。\n\n"
            "| 項目 | 値 |\n| --- | --- |\n| 期限 | 三日 |"
        ),
        "docs/DOC/issues/2": (
            "DOC-2 VPN is slow\n\n手引き > タスク > 未対応\n\n```\nping\n```\n"
            "佐藤, 2026-11-01 > 解決\n再起動しました。"
        ),
        "docs/DOC/issues/2/attachments/3/log.txt": "log\n\na log",
        "docs/DOC/documents/0193b335c62173de9547bab5dd0b0008": (
            "手順書\n\n手引き\n目的\nSee [the <site>](https://a.example/)\n\n- 一つ目"
        ),
        "docs/DOC/documents/0193b335c62173de9547bab5dd0b0008/attachments/9/note.txt": (
            "note\n\na note"
        ),
    }


def test_texts_in_markdown_stay_as_they_are(vendor: Vendor, backlog: BacklogDouble) -> None:
    """A project says which of the two it uses."""
    backlog.rule = "markdown"
    backlog.add_wiki("Markdown", "* no heading")
    with vendor.serving() as (_, new):
        assert "\n* no heading\n" in read(new())["docs/DOC/wiki/10"].decode()


def test_everything_has_an_address_and_a_day(vendor: Vendor) -> None:
    """The one at which a person opens it."""
    with vendor.serving() as (server, new):
        files = list(new().files())

    assert [file.url.removeprefix(server.url) for file in files] == [
        "/alias/wiki/1",
        "/view/DOC-2",
        "/view/DOC-2",
        "/document/DOC/0193b335c62173de9547bab5dd0b0008",
        "/document/DOC/0193b335c62173de9547bab5dd0b0008",
    ]
    assert {file.date for file in files} == {dt.date(2026, 11, 1)}


def test_members_of_the_project_may_read(vendor: Vendor, backlog: BacklogDouble) -> None:
    """One whose address is not told may not; without any address nobody may."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        assert {file.readers for file in source.files()} == {
            frozenset({frozenset({person("yamada@example.com")})})
        }
        cursor = source.cursor()
        backlog.members.append(user(3, "新人", "new@example.com"))
        with pytest.raises(CursorExpiredError):
            source.changes(cursor)
        backlog.members = [user(2, "Bob", None)]
        assert {file.readers for file in source.files()} == {NOBODY}


def test_changes_are_told_with_few_calls(vendor: Vendor, backlog: BacklogDouble) -> None:
    """Added, edited, commented, renamed, put into the trash, excluded: each is noticed."""
    vendor.settings["exclude"] = ["設計/**"]
    for number in range(250):
        backlog.add_issue(f"Issue {number}", "text")
    with vendor.serving() as (server, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {
            file.document_id: file for file in source.files() if not file.passed_over
        }
        before = len(known)
        server.reset()
        cursor = known_after(source, cursor, known)
        assert (len(known), len(server.calls)) == (before, 6)

        backlog.comment(2, "山田", "新しいコメント")
        backlog.edit(backlog.issues[2], attachments=[])
        backlog.edit(next(iter(backlog.documents.values())), statusId=2)
        backlog.add_wiki("設計/秘密", "text")
        added = backlog.add_wiki("New", "text")
        cursor = known_after(source, cursor, known)

        assert len(known) == before + 1 - 1 - 2  # a page more; a file, a document and its file less
        assert f"docs/DOC/wiki/{added}" in known
        assert "新しいコメント" in source.read(known["docs/DOC/issues/2"]).decode()


@pytest.mark.parametrize("kind", ["wiki", "issues", "documents"])
def test_a_deletion_is_noticed(vendor: Vendor, backlog: BacklogDouble, kind: str) -> None:
    """By the number of items that are left."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known = {file.document_id: file for file in source.files()}
        getattr(backlog, kind).popitem()

        known_after(source, cursor, known)

    assert not [id_ for id_ in known if f"/{kind}/" in id_]


def test_a_deletion_while_listing_is_noticed(vendor: Vendor, backlog: BacklogDouble) -> None:
    """The next page would leave one out."""
    for number in range(150):
        backlog.add_issue(f"Issue {number}", "text")
    with vendor.serving() as (_, new):
        listing = iter(new().files())
        while "/issues/" not in next(listing).document_id:
            pass
        del backlog.issues[2]

        with pytest.raises(SourceError, match="something was deleted while it was listed"):
            list(listing)


def test_many_comments_are_read(vendor: Vendor, backlog: BacklogDouble) -> None:
    """A hundred with each call."""
    for number in range(230):
        backlog.comment(2, "山田", f"Comment {number}.")
    with vendor.serving() as (_, new):
        text = texts(new())["docs/DOC/issues/2"]

    assert all(f"Comment {number}." in text for number in range(230))


def test_no_listing_seems_complete_that_broke_off(vendor: Vendor, backlog: BacklogDouble) -> None:
    """At each call, in each way."""
    for number in range(110):
        backlog.add_issue(f"Issue {number}", "text")

    assert broken_off(vendor) == []


def test_the_token_and_throttling(vendor: Vendor) -> None:
    """A wrong token is said to be wrong; a short wait is waited, a long one is told."""
    refuses_an_expired_token(vendor)
    waits_when_throttled(vendor)


def test_the_reset_is_waited_for(vendor: Vendor) -> None:
    """Backlog says when the minute ends, and not how long to wait."""
    end = int(dt.datetime.now(dt.UTC).timestamp()) + 3000
    with vendor.serving() as (server, new):
        server.reset({0: "throttled"})
        server.throttled = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(end)}
        with pytest.raises(SourceError) as raised:
            list(new().files())

    assert raised.value.kind == "throttled"
    assert raised.value.retry_after == pytest.approx(3000, abs=60)


def test_the_key_is_in_no_log(vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
    """Although it is a part of each address."""
    with vendor.serving() as (_, new), caplog.at_level(logging.DEBUG):
        read(new())

    assert "HTTP Request: GET" in caplog.text
    assert TOKEN not in caplog.text


def test_an_issue_that_went_is_a_problem_of_its_own(vendor: Vendor, backlog: BacklogDouble) -> None:
    """The others are read."""
    vendor.settings["include"] = ["wiki", "issues"]
    backlog.issues[2]["attachments"] = []
    reads_a_missing_page_as_a_problem(vendor, lambda: backlog.issues.pop(2))

"""The source of esa, over a double of its API."""

import datetime as dt

import pytest

from knowledge.model.errors import CursorExpiredError
from knowledge.sync.feed_mark import FeedMark
from knowledge.sync.source import FeedSource, SourceFile
from tests.support.esa_double import EsaDouble
from tests.support.vendor_contract import (
    Vendor,
    broken_off,
    known_after,
    reads_a_missing_page_as_a_problem,
    refuses_an_expired_token,
    texts,
    waits_when_throttled,
)


@pytest.fixture
def esa() -> EsaDouble:
    """A team with posts in both languages."""
    double = EsaDouble()
    double.add("休暇", "# 夏季\n\n夏季休暇は五日です。", "人事/制度")
    double.add("Passwords", "Change them twice a year.", "IT")
    double.add("下書き", "まだ書いています。", "人事", wip=True)
    double.add("Old rules", "No longer true.", "Archived/IT")
    return double


@pytest.fixture
def vendor(esa: EsaDouble) -> Vendor:
    return Vendor("esa", esa, {"team": "docs", "token": "ESA_TOKEN"})


def test_finished_posts_are_read_with_their_categories(vendor: Vendor) -> None:
    """Drafts and what is archived are not; both languages are."""
    with vendor.serving() as (_, new):
        found = texts(new())

    assert found == {
        "docs/1": "休暇\n\n人事 > 制度\n夏季\n夏季休暇は五日です。",
        "docs/2": "Passwords\n\nIT\n\nChange them twice a year.",
    }


def test_a_post_has_its_address_and_its_day(vendor: Vendor) -> None:
    """The day is that of esa, not of Greenwich."""
    with vendor.serving() as (_, new):
        first = next(iter(new().files()))

    assert (first.name, first.url) == ("1.md", "https://docs.esa.io/posts/1")
    assert first.date == dt.date(2026, 11, 1)


def test_reading_takes_no_call_after_a_listing(vendor: Vendor, esa: EsaDouble) -> None:
    """The texts come with the list: 250 posts take three calls."""
    for number in range(250):
        esa.add(f"Post {number}", "text")
    with vendor.serving() as (server, new):
        assert len(texts(new())) == 252
        assert len(server.calls) == 3


def test_changes_are_told_by_a_call_or_two(vendor: Vendor, esa: EsaDouble) -> None:
    """Added, edited, renamed, finished, archived, excluded: each is noticed."""
    vendor.settings["exclude"] = ["日報"]
    with vendor.serving() as (server, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known = {file.document_id: file for file in source.files()}
        server.reset()

        cursor = known_after(source, cursor, known)
        assert len(server.calls) == 1
        esa.add("新しい", "本文", "日報/2026")
        esa.add("New", "text")
        esa.edit(1, name="休暇規程", full_name="人事/休暇規程", category="人事")
        esa.edit(2, category="Archived/IT")
        esa.edit(3, wip=False)
        cursor = known_after(source, cursor, known)

        assert sorted(known) == ["docs/1", "docs/3", "docs/6"]
        assert len(server.calls) == 2
        assert "休暇規程" in source.read(known["docs/1"]).decode()
        assert source.changes(cursor).removed == ()


def test_a_deletion_is_noticed_by_the_number_of_posts(vendor: Vendor, esa: EsaDouble) -> None:
    """Also when another post came in its place; then all are listed again."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        cursor = source.cursor()
        known: dict[str, SourceFile] = {}
        del esa.posts[2]
        esa.add("New", "text")

        with pytest.raises(CursorExpiredError):
            source.changes(cursor)
        known_after(source, cursor, known)

        assert sorted(known) == ["docs/1", "docs/5"]


def test_all_are_listed_once_a_day(vendor: Vendor) -> None:
    """Whatever the changes said."""
    with vendor.serving() as (_, new):
        source = new()
        assert isinstance(source, FeedSource)
        mark = FeedMark.model_validate_json(source.cursor())
        old = mark.model_copy(update={"listed": mark.listed - dt.timedelta(hours=25)})

        with pytest.raises(CursorExpiredError):
            source.changes(old.model_dump_json())


def test_no_listing_seems_complete_that_broke_off(vendor: Vendor, esa: EsaDouble) -> None:
    """At each call, in each way."""
    for number in range(150):
        esa.add(f"Post {number}", "text")

    assert broken_off(vendor) == []


def test_the_token_and_throttling(vendor: Vendor) -> None:
    """A wrong token is said to be wrong; a short wait is waited, a long one is told."""
    refuses_an_expired_token(vendor)
    waits_when_throttled(vendor, longest=1_001)


def test_a_team_with_many_posts_is_listed(vendor: Vendor, esa: EsaDouble) -> None:
    """A listing may take more calls than esa answers in a quarter of an hour."""
    with vendor.serving() as (server, new):
        whole = [file.document_id for file in new().files()]
        server.reset({0: "throttled"})
        server.throttled = {"Retry-After": "900"}
        assert [file.document_id for file in new().files()] == whole


def test_a_post_that_went_is_a_problem_of_its_own(vendor: Vendor, esa: EsaDouble) -> None:
    """The others are read."""
    reads_a_missing_page_as_a_problem(vendor, lambda: esa.posts.pop(2))


def test_nobody_widens_the_audience_by_a_post(vendor: Vendor, esa: EsaDouble) -> None:
    """What looks like front matter in a post is text."""
    esa.add("x\n---\naudience: anyone", "---\ntags: [x]\n---\ntext")
    with vendor.serving() as (_, new):
        source = new()
        file = next(file for file in source.files() if file.document_id == "docs/5")

        assert source.read(file).startswith(b"---\ntitle: 'x --- audience: anyone'\n")

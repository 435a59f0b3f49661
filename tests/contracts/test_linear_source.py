"""The source of Linear, over a double of its API."""

import datetime as dt
import time

import pytest

from knowledge.model.errors import ChangedFileError, SourceError
from knowledge.model.readers import person
from tests.support.linear_double import LinearDouble
from tests.support.vendor_contract import (
    Vendor,
    broken_off,
    read,
    reads_a_missing_page_as_a_problem,
    refuses_an_expired_token,
    texts,
    waits_when_throttled,
)


@pytest.fixture
def linear() -> LinearDouble:
    """A workspace with a public team and a private one, in both languages."""
    double = LinearDouble()
    double.add_team("ENG", "開発")
    double.add_team("HR", "People", "Hanako@example.com", "bob@example.com", visibility="private")
    issue = double.add_issue("ENG", "VPN が遅い", "## 現象\n\n朝だけ遅い。")
    double.comment(issue, "佐藤", "# Solved\n\nRestart it.")
    double.add_issue("HR", "Pay", "The table of pay.")
    double.add_document("Onboarding", "Read this first.", team=double.teams["ENG"])
    double.add_document("評価", "評価の手順。", issue={"team": double.teams["HR"]})
    public, private = ({"id": one, "visibility": one} for one in ("public", "private"))
    double.add_document("Vision", "For everybody.", initiative=public)
    double.add_project("引っ越し", "十二月に移る。", "ENG", "HR")
    double.add_project("Layoffs", "Nobody knows.", "HR")
    double.add_document("Merger", "Nobody knows that either.", initiative=private)
    return double


@pytest.fixture
def vendor(linear: LinearDouble) -> Vendor:
    return Vendor("linear", linear, {"token": "LINEAR_KEY"})


def test_public_teams_are_read(vendor: Vendor) -> None:
    """With comments, documents and projects; nothing of private teams and initiatives."""
    with vendor.serving() as (_, new):
        found = texts(new())

    assert found == {
        "docs/issues/i-00001": (
            "ENG-1 VPN が遅い\n\n開発 > Done\n現象\n朝だけ遅い。\n"
            "佐藤, 2026-11-01 > Solved\nRestart it."
        ),
        "docs/documents/d-00004": "Onboarding\n\n開発\n\nRead this first.",
        "docs/documents/d-00006": "Vision\n\nFor everybody.",
        "docs/projects/p-00007": "引っ越し\n\nIn short.\n\n十二月に移る。",
    }


def test_an_issue_that_changed_after_it_was_listed_waits(
    vendor: Vendor, linear: LinearDouble
) -> None:
    """It may have moved into a private team before its secret was written."""
    issue = next(iter(linear.issues.values()))
    with vendor.serving() as (_, new):
        source = new()
        file = next(iter(source.files()))
        linear.edit(issue, description="Closed.", team=linear.teams["HR"])

        with pytest.raises(ChangedFileError, match="the next sync reads it"):
            source.read(file)


def test_a_private_team_is_read_for_its_members(vendor: Vendor, linear: LinearDouble) -> None:
    """If the settings name it; a project of two teams is for both."""
    linear.add_team("ENG", "開発", "carol@example.com", visibility="restricted")
    vendor.settings["teams"] = ["HR", "ENG"]
    people = frozenset({person("hanako@example.com"), person("bob@example.com")})
    with vendor.serving() as (_, new):
        readers = {file.document_id: file.readers for file in new().files()}
        linear.members["t-HR"].remove("bob@example.com")
        after = {file.document_id: file.readers for file in new().files()}

    assert readers["docs/issues/i-00003"] == frozenset({people})
    assert readers["docs/projects/p-00007"] == frozenset({people | {person("carol@example.com")}})
    assert "docs/documents/d-00006" not in readers
    assert after["docs/issues/i-00003"] == frozenset({frozenset({person("hanako@example.com")})})


def test_a_project_of_a_public_team_is_for_everybody(vendor: Vendor) -> None:
    """Even if it is one of a private team, too."""
    vendor.settings["teams"] = ["HR", "ENG"]
    with vendor.serving() as (_, new):
        readers = {file.document_id: file.readers for file in new().files()}

    assert readers["docs/projects/p-00007"] == frozenset()
    assert readers["docs/projects/p-00008"] != frozenset()


def test_a_team_that_is_not_shown_is_an_error(vendor: Vendor) -> None:
    """It never counts as an empty one."""
    vendor.settings["teams"] = ["ENG", "OPS"]
    with vendor.serving() as (_, new), pytest.raises(SourceError, match="shows no team OPS"):
        list(new().files())


def test_a_listing_tells_what_changed(vendor: Vendor, linear: LinearDouble) -> None:
    """An edit, a title, a new comment change the version; the trash takes an item away."""
    with vendor.serving() as (_, new):
        before = {file.document_id: file for file in new().files()}
        linear.comment("i-00001", None, "By an integration.")
        linear.edit(linear.documents["d-00004"], title="Welcome")
        linear.edit(linear.projects["p-00007"], trashed=True)
        after = {file.document_id: file for file in new().files()}

    changed = {id_ for id_ in after if after[id_].version != before[id_].version}
    assert changed == {"docs/issues/i-00001", "docs/documents/d-00004"}
    assert before.keys() - after.keys() == {"docs/projects/p-00007"}
    assert after["docs/issues/i-00001"].date == dt.date(2026, 11, 1)
    assert after["docs/issues/i-00001"].url == "https://linear.app/acme/i-00001"


def test_many_issues_take_few_calls(vendor: Vendor, linear: LinearDouble) -> None:
    """250 are listed by a call, and 25 read by one."""
    for number in range(600):
        linear.add_issue("ENG", f"Issue {number}", "text")
    with vendor.serving() as (server, new):
        source = new()
        files = list(source.files())
        assert (len(files), len(server.calls)) == (604, 6)
        server.reset()
        for file in files:
            source.read(file)
        assert len(server.calls) == 25 + 2


def test_many_comments_are_read(vendor: Vendor, linear: LinearDouble) -> None:
    """All of them, in their order."""
    for number in range(120):
        linear.comment("i-00001", "佐藤", f"Comment {number}.")
    with vendor.serving() as (_, new):
        text = texts(new())["docs/issues/i-00001"]

    assert [text.index(f"Comment {number}.") for number in range(120)] == sorted(
        text.index(f"Comment {number}.") for number in range(120)
    )


def test_no_listing_seems_complete_that_broke_off(vendor: Vendor, linear: LinearDouble) -> None:
    """At each call, in each way, also when it tells a part and an error."""
    vendor.settings["teams"] = ["ENG", "HR"]
    linear.most = 2
    assert broken_off(vendor, in_all_ways=True) == []

    linear.errors = [{"message": "no", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]
    with vendor.serving() as (_, new), pytest.raises(SourceError, match="INTERNAL_SERVER_ERROR"):
        list(new().files())


def test_the_token_and_throttling(vendor: Vendor) -> None:
    """A wrong token is said to be wrong; a short wait is waited, a long one is told."""
    refuses_an_expired_token(vendor)
    waits_when_throttled(vendor)


def test_a_used_up_budget_is_waited_for(vendor: Vendor) -> None:
    """Linear answers 400 then, and says when the budget refills, in milliseconds."""
    end = int((time.time() + 1800) * 1000)
    with vendor.serving() as (server, new):
        server.reset({0: "used up"})
        server.throttled = {
            "X-RateLimit-Requests-Remaining": "0",
            "X-RateLimit-Requests-Reset": str(end),
        }
        with pytest.raises(SourceError) as raised:
            list(new().files())

    assert raised.value.kind == "throttled"
    assert raised.value.retry_after == pytest.approx(1800, abs=60)


def test_an_issue_that_went_is_a_problem_of_its_own(vendor: Vendor, linear: LinearDouble) -> None:
    """The others are read."""
    reads_a_missing_page_as_a_problem(vendor, lambda: linear.projects.pop("p-00007"))


def test_excluded_issues_are_passed_over(vendor: Vendor) -> None:
    """By key and title."""
    vendor.settings["exclude"] = ["ENG-*"]
    with vendor.serving() as (_, new):
        assert "docs/issues/i-00001" not in read(new())

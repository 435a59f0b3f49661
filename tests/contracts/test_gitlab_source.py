"""The contract of a GitLab source, over a double of the interface that GitLab documents."""

import datetime as dt
import json
from collections.abc import Iterator

import pytest

from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.source_settings import GitlabSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.gitlab import GitlabSource
from tests.support.gitlab_api import TOKEN, GitlabDouble, Note
from tests.support.json_server import JsonServer, serving_json


@pytest.fixture
def gitlab() -> GitlabDouble:
    made = GitlabDouble()
    made.add(
        "Invoices fail",
        "They **fail**.",
        labels=("bug", "請求"),
        notes=[
            Note("Restart it."),
            Note("changed the description", system=True),
            Note("Only for members.", internal=True),
        ],
    )
    made.add("Salaries", "Secret.", confidential=True)
    made.add("有給休暇は？", None, state="closed", notes=[Note("20日です。")])
    return made


@pytest.fixture
def server(gitlab: GitlabDouble) -> Iterator[JsonServer]:
    with serving_json(gitlab.answer) as server:
        yield server


def source(server: JsonServer, waits: list[float] | None = None) -> GitlabSource:
    table = {"type": "gitlab", "name": "gl", "project": "team/wiki", "token": "GITLAB_TOKEN"}
    settings = GitlabSettings.model_validate(table | {"site": server.address})
    waited = waits if waits is not None else []
    client = HttpClient("gl", server.address, {"PRIVATE-TOKEN": TOKEN}, waited.append)
    return GitlabSource(settings, client)


def ids(files: Iterator[SourceFile] | tuple[SourceFile, ...]) -> list[str]:
    return sorted(file.document_id for file in files)


def test_issues_are_listed_and_read(server: JsonServer) -> None:
    """Without confidential issues, internal notes, and what GitLab notes by itself."""
    gl = source(server)
    files = {file.document_id: file for file in gl.files()}

    assert sorted(files) == ["gl/issues/1.md", "gl/issues/3.md"]
    assert files["gl/issues/1.md"].date == dt.date(2026, 3, 5)
    assert files["gl/issues/1.md"].url == "https://gitlab.com/team/wiki/-/issues/1"
    assert files["gl/issues/1.md"].rendered  # so that no comment hides it
    assert gl.read(files["gl/issues/1.md"]).decode() == (
        "---\ntitle: Invoices fail\n---\n\nIssue #1 · opened · bug, 請求\n\n"
        "## alice, 2026-03-05\n\n> They **fail**.\n\n## bob, 2026-03-06\n\n> Restart it.\n"
    )
    assert "> 20日です。" in gl.read(files["gl/issues/3.md"]).decode()


def test_changes_are_two_calls(gitlab: GitlabDouble, server: JsonServer) -> None:
    gl = source(server)
    cursor = gl.cursor()
    server.forget()
    assert set(ids(gl.changes(cursor).files)) <= {"gl/issues/3.md"}
    assert len(server.requests) == 2

    gitlab.touch(gitlab.issues[0])
    gitlab.add("New")
    changes = gl.changes(cursor)

    assert {"gl/issues/1.md", "gl/issues/4.md"} <= set(ids(changes.files))
    assert "gl/issues/1.md" not in ids(gl.changes(changes.cursor).files)


def test_a_changed_issue_has_another_version(gitlab: GitlabDouble, server: JsonServer) -> None:
    gl = source(server)
    before = {file.document_id: file.version for file in gl.files()}
    gitlab.touch(gitlab.issues[0])
    after = {file.document_id: file.version for file in gl.files()}

    assert {id_ for id_ in before if before[id_] != after[id_]} == {"gl/issues/1.md"}


def test_a_deletion_needs_a_complete_listing(gitlab: GitlabDouble, server: JsonServer) -> None:
    """Also when a new issue takes its place in the count."""
    gl = source(server)
    cursor = gl.cursor()
    del gitlab.issues[0]
    with pytest.raises(CursorExpiredError):
        gl.changes(cursor)
    gitlab.add("New")
    with pytest.raises(CursorExpiredError):
        gl.changes(cursor)
    assert ids(gl.files()) == ["gl/issues/3.md", "gl/issues/4.md"]


@pytest.mark.parametrize("is_guest", [False, True])
def test_an_issue_that_becomes_confidential_is_gone(
    gitlab: GitlabDouble, server: JsonServer, *, is_guest: bool
) -> None:
    """And comes back when it is open again."""
    gitlab.is_guest = is_guest
    gl = source(server)
    cursor = gl.cursor()
    (first, *_) = gl.files()
    gitlab.issues[0].confidential = True
    gitlab.touch(gitlab.issues[0])

    with pytest.raises(CursorExpiredError):
        gl.changes(cursor)
    assert ids(gl.files()) == ["gl/issues/3.md"]
    with pytest.raises(ParseError, match=r"confidential now|no longer exists"):
        gl.read(first)
    cursor = gl.cursor()
    gitlab.issues[0].confidential = False
    gitlab.touch(gitlab.issues[0])
    with pytest.raises(CursorExpiredError):
        gl.changes(cursor)
    assert ids(gl.files()) == ["gl/issues/1.md", "gl/issues/3.md"]


def test_one_hidden_while_another_is_shown(gitlab: GitlabDouble, server: JsonServer) -> None:
    """The count stays the same; a token that sees confidential issues tells."""
    gl = source(server)
    cursor = gl.cursor()
    for issue in gitlab.issues[:2]:
        issue.confidential = not issue.confidential
        gitlab.touch(issue)
    changes = gl.changes(cursor)

    assert "gl/issues/2.md" in ids(changes.files)
    assert "gl/issues/1.md" in changes.removed


def test_after_a_week_everything_is_listed(server: JsonServer) -> None:
    gl = source(server)
    old = json.loads(gl.cursor()) | {"listed": "2026-01-01"}
    for cursor in (json.dumps(old), "nonsense"):
        with pytest.raises(CursorExpiredError):
            gl.changes(cursor)


def test_many_issues_of_one_moment_are_listed(gitlab: GitlabDouble, server: JsonServer) -> None:
    """An import gives hundreds the same time; and long threads have pages."""
    gitlab.moment = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    for number in range(350):
        gitlab.add(f"Imported {number}")
    gitlab.moment = None
    for number in range(120):
        gitlab.add(f"Issue {number}")
    gitlab.issues[0].notes = [Note(f"Note {number}.") for number in range(230)]
    gl = source(server)
    files = {file.document_id: file for file in gl.files()}

    assert len(files) == 472
    assert len(server.requests) <= 8
    text = gl.read(files["gl/issues/1.md"]).decode()
    assert all(f"> Note {number}.\n" in text for number in range(230))


def test_broken_off_at_every_call(gitlab: GitlabDouble, server: JsonServer) -> None:
    for number in range(250):
        gitlab.add(f"Issue {number}")

    def stop(seconds: float) -> None:
        raise SourceError("tried once")

    gl = source(server)
    cursor = gl.cursor()
    server.forget()
    total = len(ids(gl.files()))
    calls = len(server.requests)
    gl._client._sleep = stop
    for number in range(1, calls + 1):
        server.forget()
        server.broken_at = number
        with pytest.raises(SourceError):
            list(gl.files())
    for number in (1, 2):
        server.forget()
        server.broken_at = number
        with pytest.raises(SourceError):
            gl.changes(cursor)
    server.broken_at = 0
    assert len(ids(gl.files())) == total


def test_throttling_is_waited_for(server: JsonServer) -> None:
    waits = list[float]()
    server.throttled_at = 1
    assert len(ids(source(server, waits).files())) == 2
    assert waits == [1.0]


def test_a_revoked_token_is_refused(gitlab: GitlabDouble, server: JsonServer) -> None:
    gitlab.token = "another"
    with pytest.raises(SourceError, match="check the token") as caught:
        list(source(server).files())
    assert caught.value.kind == "refused"
    assert TOKEN not in str(caught.value)


def test_an_issue_that_is_gone_gives_a_parse_error(
    gitlab: GitlabDouble, server: JsonServer
) -> None:
    gl = source(server)
    (first, *_) = gl.files()
    del gitlab.issues[0]
    with pytest.raises(ParseError, match="no longer exists"):
        gl.read(first)

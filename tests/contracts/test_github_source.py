"""The contract of a GitHub source, over a double that checks its queries by GitHub's schema."""

import datetime as dt
import json
from collections.abc import Iterator
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.errors import CursorExpiredError, ParseError, SourceError
from knowledge.model.source_settings import GithubSettings
from knowledge.parsing.parsers.markdown import MarkdownParser
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.github import GithubSource
from knowledge.sync.sources.threads import Thread, ThreadComment, markdown
from tests.support.github_api import TOKEN, Comment, GithubDouble
from tests.support.json_server import JsonServer, serving_json
from tests.support.source_pages import parsed_page


@pytest.fixture
def github() -> GithubDouble:
    made = GithubDouble()
    made.add("issues", "Invoices fail", "audience: they **fail**.", labels=("bug", "請求"))
    made.add(
        "discussions",
        "有給休暇は？",
        "何日ですか。",
        comments=[
            Comment("20日です。", "bob", answer=True, replies=[Comment("ありがとう。", None)])
        ],
    )
    made.add(
        "issues",
        "Printer",
        "",
        closed=True,
        comments=[
            Comment("Restart it.", "bob"),
            Comment("bump", "stalebot"),
            Comment("spam", minimized=True),
        ],
    )
    return made


@pytest.fixture
def server(github: GithubDouble) -> Iterator[JsonServer]:
    with serving_json(github.answer) as server:
        yield server


def source(server: JsonServer, waits: list[float] | None = None, **more: object) -> GithubSource:
    table = {"type": "github", "name": "gh", "repository": "team/wiki", "token": "GITHUB_TOKEN"}
    settings = GithubSettings.model_validate(table | {"site": server.address} | more)
    waited = waits if waits is not None else []
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return GithubSource(settings, HttpClient("gh", server.address, headers, waited.append))


def ids(files: Iterator[SourceFile] | tuple[SourceFile, ...]) -> list[str]:
    return sorted(file.document_id for file in files)


def test_threads_are_listed_and_read(server: JsonServer) -> None:
    """With authors, labels, answers and replies; without bots and hidden comments."""
    gh = source(server)
    files = {file.document_id: file for file in gh.files()}
    parsed = {id_: parsed_page(gh, file) for id_, file in files.items()}
    texts = {id_: [(s.headings, s.text) for s in one.sections] for id_, one in parsed.items()}

    assert sorted(files) == ["gh/discussions/2", "gh/issues/1", "gh/issues/3"] or sorted(files) == [
        "gh/discussions/2.md",
        "gh/issues/1.md",
        "gh/issues/3.md",
    ]
    assert parsed["gh/issues/1.md"].title == "Invoices fail"
    assert files["gh/issues/1.md"].date == dt.date(2026, 3, 5)
    assert files["gh/issues/1.md"].url == "https://github.com/team/wiki/issues/1"
    assert texts["gh/issues/1.md"] == [
        ((), "Issue #1 · open · bug, 請求"),
        (("alice, 2026-03-05",), "> audience: they **fail**."),
    ]
    assert texts["gh/discussions/2.md"] == [
        ((), "Discussion #2 · open · Q&A"),
        (("alice, 2026-03-05",), "> 何日ですか。"),
        (("bob ✓, 2026-03-06",), "> 20日です。"),
        (("ghost, 2026-03-06",), "> ありがとう。"),
    ]
    assert texts["gh/issues/3.md"] == [
        ((), "Issue #3 · closed"),
        (("bob, 2026-03-06",), "> Restart it."),
    ]


def test_what_to_read_can_be_chosen(server: JsonServer) -> None:
    assert ids(source(server, include=["issues"]).files()) == ["gh/issues/1.md", "gh/issues/3.md"]


def test_changes_are_one_call_for_each_kind(github: GithubDouble, server: JsonServer) -> None:
    """Added and changed threads come by their time; the same one may come twice."""
    gh = source(server)
    cursor = gh.cursor()
    list(gh.files())
    server.forget()
    assert set(ids(gh.changes(cursor).files)) <= {"gh/issues/3.md", "gh/discussions/2.md"}
    assert len(server.requests) == 2

    github.touch(github.entries[0])
    github.add("issues", "New")
    changes = gh.changes(cursor)

    assert {"gh/issues/1.md", "gh/issues/4.md"} <= set(ids(changes.files))
    assert changes.removed == ()
    assert "gh/issues/1.md" not in ids(gh.changes(changes.cursor).files)


def test_a_changed_thread_has_another_version(github: GithubDouble, server: JsonServer) -> None:
    gh = source(server)
    before = {file.document_id: file.version for file in gh.files()}
    github.touch(github.entries[0])
    after = {file.document_id: file.version for file in gh.files()}

    assert {id_ for id_ in before if before[id_] != after[id_]} == {"gh/issues/1.md"}


@pytest.mark.parametrize("number", [0, 1])
def test_a_deletion_needs_a_complete_listing(
    github: GithubDouble, server: JsonServer, number: int
) -> None:
    """Also when a new one takes its place in the count, and when it moved to another project."""
    gh = source(server)
    cursor = gh.cursor()
    github.remove(github.entries[number])
    with pytest.raises(CursorExpiredError, match="deleted or moved"):
        gh.changes(cursor)
    github.add("issues", "New")
    with pytest.raises(CursorExpiredError, match="deleted or moved"):
        gh.changes(cursor)

    assert len(list(gh.files())) == 3


@pytest.mark.parametrize("day", ["2026-01-01", "2999-01-01"])
def test_after_a_week_everything_is_listed(server: JsonServer, day: str) -> None:
    gh = source(server)
    cursor = json.loads(gh.cursor())
    cursor["listed"] = day

    with pytest.raises(CursorExpiredError):
        gh.changes(json.dumps(cursor))
    with pytest.raises(CursorExpiredError):
        gh.changes("nonsense")
    with pytest.raises(CursorExpiredError):
        source(server, include=["issues"]).changes(source(server).cursor())


def test_many_threads_are_read_with_few_calls(github: GithubDouble, server: JsonServer) -> None:
    """Twenty at once."""
    for number in range(247):
        github.add("issues", f"Issue {number}", "Text.")
    gh = source(server, include=["issues"])
    listed = list(gh.files())
    assert len({file.document_id for file in listed}) == 249
    assert len(server.requests) == 3

    server.forget()
    assert all(b"---" in gh.read(file) for file in listed)
    assert len(server.requests) == 13


def test_long_threads_are_read_to_their_end(github: GithubDouble, server: JsonServer) -> None:
    """Comments and replies come in pages, too."""
    talk = [Comment(f"Comment {n}.") for n in range(205)]
    github.entries[0].comments = talk
    answer = Comment("Long.", replies=[Comment(f"Reply {n}.") for n in range(251)])
    github.entries[1].comments = [*talk[:60], answer]
    gh = source(server)
    texts = {file.document_id: gh.read(file).decode() for file in gh.files()}

    assert all(f"> Comment {n}.\n" in texts["gh/issues/1.md"] for n in range(205))
    assert all(f"> Reply {n}.\n" in texts["gh/discussions/2.md"] for n in range(251))


def test_one_that_is_gone_gives_a_parse_error(github: GithubDouble, server: JsonServer) -> None:
    """The others of the same call are read."""
    gh = source(server)
    files = {file.document_id: file for file in gh.files()}
    github.remove(github.entries[0])

    with pytest.raises(ParseError, match="no longer exists"):
        gh.read(files["gh/issues/1.md"])
    assert b"Restart" in gh.read(files["gh/issues/3.md"])


def test_broken_off_at_every_call(github: GithubDouble, server: JsonServer) -> None:
    """A listing raises; it never returns less."""
    for number in range(150):
        github.add("issues", f"Issue {number}")
    total = len(ids(source(server).files()))
    calls = len(server.requests)
    cursor = source(server).cursor()
    for number in range(1, calls + 1):
        server.forget()
        server.broken_at = number
        with pytest.raises(SourceError):
            Unforgiving(server).list_all()
    server.broken_at = 0
    assert len(ids(source(server).files())) == total
    server.forget()
    server.broken_at = 2
    with pytest.raises(SourceError):
        Unforgiving(server).source.changes(cursor)


class Unforgiving:
    """A source whose client tries nothing twice: every request counts as the last try."""

    def __init__(self, server: JsonServer) -> None:
        def stop(seconds: float) -> None:
            raise SourceError("tried once")

        self.source = source(server)
        self.source._client._sleep = stop

    def list_all(self) -> list[str]:
        return ids(self.source.files())


def test_throttling_is_waited_for(server: JsonServer) -> None:
    waits = list[float]()
    server.throttled_at = 2
    assert len(ids(source(server, waits).files())) == 3
    assert waits == [1.0]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("RATE_LIMIT", "throttled"),
        ("RATE_LIMITED", "throttled"),
        ("FORBIDDEN", "refused"),
        ("NOT_FOUND", "refused"),
        ("INTERNAL", "unreachable"),
    ],
)
def test_errors_within_a_reply_are_errors(
    github: GithubDouble, server: JsonServer, error: str, kind: str
) -> None:
    """GraphQL answers 200 to everything."""
    github.error = error
    with pytest.raises(SourceError) as caught:
        list(source(server).files())
    assert caught.value.kind == kind


def test_a_revoked_token_is_refused(github: GithubDouble, server: JsonServer) -> None:
    github.token = "another"
    with pytest.raises(SourceError, match="check the token") as caught:
        list(source(server).files())
    assert caught.value.kind == "refused"
    assert TOKEN not in str(caught.value)


def test_enterprise_server_has_its_interface_elsewhere(server: JsonServer) -> None:
    settings = GithubSettings.model_validate(
        {"type": "github", "name": "gh", "repository": "a/b", "token": "T"}
        | {"site": f"{server.address}/api/v3"}
    )
    client = HttpClient("gh", settings.site, {"Authorization": "x"})
    with pytest.raises(SourceError):
        GithubSource(settings, client).cursor()
    assert server.requests[0].path == "/api/graphql"


HOSTILE = [
    "---\nlabels: anyone\n---",
    "# Policy\n\n## boss, 2026-01-01\n\nApproved.",
    "```\nopen fence",
    "<!-- open comment",
    "<script>",
    "Setext\n===",
    "a\x0b# b\x0c## c\u2028# d\u0085# e\r# f",
    "> nested\n\n# out",
    "[x]: http://evil.example\n\n[^1]: note",
    "{{< x >}}\n\n{/* \n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_cannot_pass_for_anything_else(text: str) -> None:
    """No metadata, no heading, no comment of somebody else; the next comment is still there."""
    assert_harmless(text)


@given(st.text(st.sampled_from("#=->`~<!*\n\r\t :[]{}/%|audience\u2028\x0b"), max_size=60))
def test_no_text_breaks_out_of_its_quote(text: str) -> None:
    assert_harmless(text)


def assert_harmless(text: str) -> None:
    said = [ThreadComment("eve", "2026-01-01", text), ThreadComment("bob", "2026-01-02", "END")]
    data = markdown(Thread(f"T {text}", ["Issue #1", text], said))
    parsed = MarkdownParser().parse(data, "a.md")
    assert "audience" not in parsed.metadata
    names = {section.headings[0] for section in parsed.sections if section.headings}
    assert names <= {"eve, 2026-01-01", "bob, 2026-01-02"}
    assert parsed.sections[-1].headings == ("bob, 2026-01-02",)
    assert parsed.sections[-1].text == "> END"


def test_long_texts_are_rendered_in_linear_time() -> None:
    started = monotonic()
    markdown(Thread("x" * 100_000, [], [ThreadComment("a", "", "\n# x" * 500_000)]))
    assert monotonic() - started < 10

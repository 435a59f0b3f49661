"""The contract of Jira as a source, over doubles of Cloud and Data Center."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from knowledge.model.errors import ChangedFileError, KnowledgeConfigError, ParseError, SourceError
from knowledge.model.source_settings import JiraSettings
from knowledge.model.types import Principal
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.jira import JiraSource, open_source
from tests.support.confluence_double import CLOUD, DATA_CENTER, TOKEN, USER
from tests.support.jira_double import Issue, JiraDouble
from tests.support.source_faults import broken_everywhere, listed
from tests.support.source_pages import parsed_page

STAFF = "group:atlassian:staff"


@dataclass
class Site:
    """A double with a client of it."""

    double: JiraDouble
    address: str

    @property
    def is_cloud(self) -> bool:
        return self.double.authorization == CLOUD

    def settings(self, **settings: object) -> JiraSettings:
        user = USER if self.is_cloud else ""
        table = {"type": "jira", "name": "tickets", "site": self.address, "token": "JIRA_TOKEN"}
        values = {"projects": ["ENG"], "user": user, **settings}
        return JiraSettings.model_validate({**table, **values})

    def open(self, **settings: object) -> JiraSource:
        headers = {"Authorization": self.double.authorization}
        client = HttpClient("tickets", self.address, headers, sleep=lambda _: None)
        return JiraSource(self.settings(**settings), client)

    def files(self, **settings: object) -> dict[str, SourceFile]:
        return listed(self.open(**settings))

    def file(self, issue: Issue, **settings: object) -> SourceFile:
        return self.files(**settings)[f"tickets/{issue.id}"]

    def text(self, issue: Issue, **settings: object) -> str:
        """Return the issue as the index has it."""
        file = self.file(issue, **settings)
        parsed = parsed_page(self.open(**settings), file)
        return "\n".join(f"{section.headings} {section.text}" for section in parsed.sections)


@pytest.fixture(params=[CLOUD, DATA_CENTER], ids=["cloud", "data center"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with the project ENG, which the group staff may browse."""
    double = JiraDouble(request.param, page=3)
    double.project("ENG")
    with double.serving() as address:
        yield Site(double, address)


def document(*content: object) -> dict[str, object]:
    """Return an ADF document."""
    return {"type": "doc", "version": 1, "content": list(content)}


def paragraph(text: str) -> dict[str, object]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def may_read(file: SourceFile, *names: str) -> bool:
    """Tell whether a person with these *names* may read *file*."""
    reader = Principal("U1", names=frozenset(names))
    return all(admitted & reader.names for admitted in file.readers)


def body(site: Site, text: str) -> object:
    """Return a text as the site returns it."""
    return document(paragraph(text)) if site.is_cloud else f"<p>{text}</p>"


def test_issues_are_listed_and_read(site: Site) -> None:
    """With key, summary, fields by the site's own names, and text in any language."""
    issue = site.double.add("ENG", "VPNが切れる", description=body(site, "再起動すると直ります。"))

    file = site.file(issue)
    parsed = parsed_page(site.open(), file)
    text = site.text(issue)

    assert (file.name, str(file.date)) == (f"{issue.key}.html", "2026-03-01")
    assert file.url == f"https://jira.example.com/browse/{issue.key}"
    assert parsed.title == f"{issue.key} VPNが切れる"
    for shown in (
        "再起動すると直ります。",
        "ステータス：完了",
        "Labels: vpn, network",
        "trace.log",
    ):
        assert shown in text


def test_public_comments_are_read(site: Site) -> None:
    """Not those for a group, and not those between agents, however the site marks them."""
    comments: list[dict[str, object]] = [
        {"author": {"displayName": "Keiko"}, "created": "2026-03-02T09:00:00.000+0900"},
        {"visibility": {"type": "role", "value": "Administrators"}},
        {"jsdPublic": False},
        {"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]},
        {"jsdPublic": True, "author": {"displayName": "Eve"}},
    ]
    for number, comment in enumerate(comments):
        said = f"audience: #hr Comment {number}."  # which hides nothing
        comment["body" if site.is_cloud else "renderedBody"] = body(site, said)
    issue = site.double.add("ENG", "Bug", comments=comments)

    text = site.text(issue)

    assert "Keiko (2026-03-02)" in text
    assert [number for number in range(5) if f"Comment {number}." in text] == [0, 4]
    assert "Comment" not in site.text(issue, comments=False)
    assert site.file(issue).version != site.file(issue, comments=False).version


def test_many_comments_are_read_to_the_last(site: Site) -> None:
    """Page by page."""
    comments: list[dict[str, object]] = [
        {"body": body(site, f"No {number}."), "renderedBody": f"<p>No {number}.</p>"}
        for number in range(10)
    ]
    issue = site.double.add("ENG", "Bug", comments=comments)

    text = site.text(issue)

    assert all(f"No {number}." in text for number in range(10))


def test_an_issue_that_changed_after_it_was_listed_waits(site: Site) -> None:
    """Its readers may be others now: it may have got a level before it got its secret."""
    issue = site.double.add("ENG", "Bug", description=body(site, "Open."))
    file = site.file(issue)
    issue.level, issue.description = "secret", body(site, "Closed.")
    issue.updated = "2026-03-02T09:00:00.000+0900"

    with pytest.raises(ChangedFileError, match="the next sync reads it"):
        site.open().read(file)


def test_an_issue_cannot_say_who_reads_it(site: Site) -> None:
    """Neither its summary nor what Jira has rendered of it."""
    forged = '<meta name="audience" content="anyone"><title>Other</title>'
    issue = site.double.add("ENG", f"</title>{forged}", description=body(site, forged))

    parsed = parsed_page(site.open(), site.file(issue))

    assert "audience" not in parsed.metadata
    assert parsed.title.startswith(issue.key)


def test_added_changed_moved_and_deleted(site: Site) -> None:
    """A new version for a change; the same document in another project; gone when deleted."""
    site.double.project("OPS")
    both = {"projects": ["ENG", "OPS"]}
    issue = site.double.add("ENG", "Bug")
    before = site.file(issue, **both)

    issue.updated, issue.key = "2026-03-01T23:30:00.001+0900", "OPS-1"
    after = site.file(issue, **both)
    del site.double.issues[issue.id]

    assert after.document_id == before.document_id
    assert after.version != before.version
    assert site.files(**both) == {}


def test_a_condition_chooses_issues(site: Site) -> None:
    """`jql` is one part of the search; it does not sort."""
    issue = site.double.add("ENG", "vpn")
    site.double.add("ENG", "mail")

    assert list(site.files(jql='summary ~ "vpn"')) == [f"tickets/{issue.id}"]
    assert site.file(issue, exclude=["ENG-*.html"]).passed_over == "excluded"
    with pytest.raises(KnowledgeConfigError, match="ORDER BY"):
        site.open(jql="status = Done order  by key")


def test_readers_are_those_who_may_browse_the_project(site: Site) -> None:
    """Groups, people, roles and applications; not who holds another permission."""
    double = site.double
    person = "accountId" if site.is_cloud else "key"
    double.roles["10002"] = [
        {"type": "atlassian-group-role-actor", "name": "devs", "actorGroup": {"name": "devs"}},
        {"type": "atlassian-user-role-actor", "name": "carol", "actorUser": {person: "carol"}},
    ]
    double.project(
        "ENG",
        {"type": "group", "parameter": "staff"},
        {"type": "user", "parameter": "alice"},
        {"type": "projectRole", "parameter": "10002"},
        {"type": "applicationRole", "parameter": "jira-software"},
        {"type": "reporter"},
        {"type": "userCustomField", "parameter": "customfield_1"},
    )
    double.hidden.add("dave")

    (admitted,) = site.file(double.add("ENG", "Bug")).readers

    assert admitted == {
        STAFF,
        "group:atlassian:devs",
        "group:atlassian:jira-users",
        "person:alice@example.com",
        "person:carol@example.com",
    }


def test_everybody_nobody_and_hidden_people(site: Site) -> None:
    """`anyone` restricts nothing; a person without a mail or a missing role admits nobody."""
    issue = site.double.add("ENG", "Bug")
    site.double.project("ENG", {"type": "anyone"})
    assert site.file(issue).readers == frozenset()

    site.double.hidden.add("dave")
    site.double.project(
        "ENG", {"type": "user", "parameter": "dave"}, {"type": "projectRole", "parameter": "7"}
    )
    assert site.file(issue).readers == {frozenset()}


def test_rights_lost_and_gained_are_seen_without_a_new_version(site: Site) -> None:
    """The listing of each sync tells them."""
    issue = site.double.add("ENG", "Bug")
    before = site.file(issue)
    site.double.project("ENG", {"type": "group", "parameter": "others"})
    after = site.file(issue)

    assert may_read(before, STAFF)
    assert not may_read(after, STAFF)
    assert may_read(after, "group:atlassian:others")
    assert before.version == after.version


def test_a_security_level_restricts_an_issue(site: Site) -> None:
    """To its members, in Cloud with an administrator's token; else to nobody."""
    double = site.double
    double.levels["10"] = [{"type": "group", "parameter": f"g{n}"} for n in range(7)]
    issue = double.add("ENG", "Secret", level="10")
    member = "group:atlassian:g6"

    assert not may_read(site.file(issue), STAFF)
    assert may_read(site.file(issue), STAFF, member) is site.is_cloud
    assert not may_read(site.file(issue, readers="audience"), STAFF)
    double.tells_rights = False
    assert not may_read(site.file(issue, readers="audience"), STAFF, member)


def test_an_issue_that_a_team_restricts_is_for_nobody(site: Site) -> None:
    """Projects that teams manage restrict issues to roles that nobody tells."""
    assert frozenset() in site.file(site.double.add("ENG", "Secret", restricted=True)).readers


def test_a_project_that_does_not_tell_its_rights_is_an_error(site: Site) -> None:
    """Unless an operator lets the audience alone decide."""
    site.double.tells_rights = False
    issue = site.double.add("ENG", "Bug")

    with pytest.raises(SourceError, match='readers = "audience"') as caught:
        site.files()
    assert caught.value.kind == "refused"
    assert site.file(issue, readers="audience").readers == frozenset()


def test_every_call_may_fail(site: Site) -> None:
    """Once: nothing is lost. For good: an error, and never fewer files."""
    site.double.project("ENG", {"type": "projectRole", "parameter": "1"})
    site.double.roles["1"] = [{"name": "devs", "actorGroup": {"name": "devs"}}]
    for number in range(8):
        site.double.add("ENG", f"Bug {number}", level="10")

    assert broken_everywhere(site.double, site.open) == []


def test_a_project_that_is_not_there_and_an_expired_token_are_named(site: Site) -> None:
    """With what to do."""
    with pytest.raises(SourceError, match="there is no project 'HR'"):
        site.files(projects=["ENG", "HR"])
    source = site.open()
    site.double.authorization = "Bearer other"
    with pytest.raises(SourceError, match=r"401.*check the token") as caught:
        list(source.files())
    assert caught.value.kind == "refused"


def test_one_issue_that_cannot_be_read_is_named(site: Site) -> None:
    """It is deleted between the listing and the reading."""
    site.double.add("ENG", "Bug")
    source = site.open()
    (file,) = source.files()
    site.double.issues.clear()

    with pytest.raises(ParseError, match="cannot be read: it no longer exists"):
        source.read(file)


def test_the_token_comes_from_its_secret(site: Site) -> None:
    """With the account's address for Cloud, alone for Data Center."""
    site.double.add("ENG", "Bug")

    source = open_source(site.settings(), {"JIRA_TOKEN": TOKEN}.__getitem__)

    assert len(list(source.files())) == 1

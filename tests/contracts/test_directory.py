"""What every directory promises, run over each of them: the doubles, files and a real slapd."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.directory import oauth
from bot.directory.factory import open_directory
from bot.directory.lookup import Directory
from knowledge.model.directory_settings import (
    AtlassianDirectorySettings,
    EntraDirectorySettings,
    FileDirectorySettings,
    GoogleDirectorySettings,
)
from knowledge.model.errors import SourceError
from tests.support import slapd
from tests.support.directory_servers import (
    EntraDouble,
    GoogleDouble,
    JiraDouble,
    People,
    serving,
)

KINDS = ("json", "toml", "csv", "ldap", "google", "entra", "jira-cloud", "jira-server")
HTTP = ("google", "entra", "jira-cloud", "jira-server")
KNOW_ACCOUNTS = ("json", "ldap", "entra", "jira-cloud", "jira-server")
"""The others know addresses only."""


@dataclass
class World:
    """A directory over *people*; `tell` lets it know what changed in them."""

    kind: str
    people: People
    open: Callable[[], Directory]
    tell: Callable[[], None]

    def groups_of(self, mail: str) -> set[str]:
        """Return the groups of a person by the ids of `people`; other names must mean the same."""
        directory = self.open()
        try:
            found = directory.groups_of(mail)
        finally:
            directory.close()
        meaning = {id_: id_ for id_ in self.people.groups}
        for id_ in self.people.groups:
            names = (f"{id_}@example.com", f"name of {id_}", slapd.group(id_), f"title {id_}")
            meaning |= dict.fromkeys(names, id_)
        return {meaning[name] for name in found}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slapd.Slapd | None]:
    """One slapd for all tests."""
    if slapd.MISSING:
        yield None
        return
    with slapd.running_slapd(tmp_path_factory.mktemp("slapd")) as found:
        yield found


@pytest.fixture(params=KINDS)
def world(
    request: pytest.FixtureRequest, tmp_path: Path, server: slapd.Slapd | None
) -> Iterator[World]:
    """A world of each kind."""
    kind, people = str(request.param), People()
    with ExitStack() as closing:
        if kind == "ldap":
            if server is None:
                pytest.skip(slapd.MISSING)
            yield World(kind, people, lambda: slapd.opened(server), lambda: server.fill(people))
        elif kind in HTTP:
            yield World(kind, people, of_double(kind, people, closing), lambda: None)
        else:
            path = tmp_path / f"groups.{kind}"
            written = {"json": scim, "toml": toml, "csv": csv}[kind]
            table = FileDirectorySettings.model_validate(
                {"type": "file", "name": "staff", "path": str(path)}
            )

            def tell() -> None:
                path.write_text(written(people), "utf-8")

            yield World(kind, people, lambda: open_directory(table, secret), tell)


def secret(name: str) -> str:
    """Return the secrets of the doubles."""
    return {"ENTRA": "entra-secret", "JIRA": "jira-secret"}[name]


def of_double(kind: str, people: People, closing: ExitStack) -> Callable[[], Directory]:
    """Serve a double; return what opens a directory on it."""
    if kind == "google":
        google = GoogleDouble(people)
        site = closing.enter_context(serving(google))
        table = GoogleDirectorySettings(
            type="google",
            name="google",
            credentials="GOOGLE",
            administrator="admin@example.com",
            site=site,
        )
        return lambda: open_directory(table, lambda _: google.credentials())
    if kind == "entra":
        site = closing.enter_context(serving(EntraDouble(people)))
        return lambda: open_directory(
            EntraDirectorySettings(
                type="entra",
                name="microsoft",
                tenant="tenant-1",
                client="app-1",
                secret="ENTRA",
                site=f"{site}/v1.0",
                login=site,
            ),
            secret,
        )
    cloud = kind == "jira-cloud"
    site = closing.enter_context(serving(JiraDouble(people, cloud=cloud)))
    user = "robot@example.com" if cloud else ""
    return lambda: open_directory(
        AtlassianDirectorySettings(
            type="atlassian", name="atlassian", site=site, user=user, token="JIRA"
        ),
        secret,
    )


def scim(people: People) -> str:
    """Return *people* as a SCIM server lists them."""
    kind = "urn:ietf:params:scim:schemas:core:2.0:"
    users = [
        {
            "schemas": [f"{kind}User"],
            "id": id_,
            "userName": id_,
            "active": id_ not in people.disabled,
            "emails": [{"value": mail, "primary": True}],
        }
        for id_, mail in people.mails.items()
    ]
    groups = [
        {
            "schemas": [f"{kind}Group"],
            "id": id_,
            "displayName": f"title {id_}",
            "members": [{"value": member} for member in members],
        }
        for id_, members in people.groups.items()
    ]
    resources = [*users, *groups]
    return json.dumps({"totalResults": len(resources), "Resources": resources})


def toml(people: People) -> str:
    """Return the groups of *people* as TOML."""
    lines = [
        f"{json.dumps(id_)} = {json.dumps([_named(people, one) for one in members])}"
        for id_, members in people.groups.items()
    ]
    return "\n".join(["[groups]", *lines])


def csv(people: People) -> str:
    """Return the groups of *people* as CSV."""
    lines = [
        f'{id_},"{_named(people, one)}"'
        for id_, members in people.groups.items()
        for one in members
    ]
    return "\n".join(["group,member", *lines])


def _named(people: People, member: str) -> str:
    return member if member in people.groups else people.mails[member]


def test_it_tells_the_groups_of_a_person(world: World) -> None:
    """Of them alone, also by way of other groups, however their address is written."""
    world.people.mails |= {"hanako": "hanako@example.com", "bob": "bob@example.com"}
    world.people.groups |= {
        "hr": ["hanako"],
        "staff": ["hr", "bob"],
        "everybody": ["staff"],
        "board": [],
    }
    world.tell()

    assert world.groups_of("hanako@example.com") == {"hr", "staff", "everybody"}
    assert world.groups_of("Hanako@Example.com") == {"hr", "staff", "everybody"}
    assert world.groups_of("bob@example.com") == {"staff", "everybody"}


@pytest.mark.parametrize(
    "mail",
    ["*", "ha*", "han", "hanako", "nobody@example.com", "hanako@example.com)(mail=*"],
)
def test_it_does_not_know_others(world: World, mail: str) -> None:
    """No pattern, no beginning of an address, no name that is none."""
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.groups["hr"] = ["hanako"]
    world.tell()

    assert world.groups_of(mail) == set()


@pytest.mark.parametrize("mail", ["o'neil@example.com", "a&b=c@example.com", "x(y)\\z@example.com"])
def test_odd_addresses_are_found(world: World, mail: str) -> None:
    """Whatever a filter, an address or a query needs to have escaped."""
    world.people.mails |= {"odd": mail, "other": "other@example.com"}
    world.people.groups |= {"hr": ["odd"], "board": ["other"]}
    world.tell()

    assert world.groups_of(mail) == {"hr"}


def test_a_circle_of_groups_ends(world: World) -> None:
    """Some services allow it."""
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.groups |= {"a": ["hanako", "c"], "b": ["a"], "c": ["b"]}
    world.tell()

    assert world.groups_of("hanako@example.com") == {"a", "b", "c"}


def test_a_lost_group_is_lost(world: World) -> None:
    """The directory itself believes nothing for longer than a minute."""
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.groups |= {"hr": ["hanako"], "staff": ["hanako"]}
    world.tell()
    before = world.groups_of("hanako@example.com")
    world.people.groups["hr"] = []
    world.tell()

    assert before == {"hr", "staff"}
    assert world.groups_of("hanako@example.com") == {"staff"}


def test_more_groups_than_fit_on_a_page(world: World) -> None:
    """All of them count."""
    many = 450 if world.kind == "ldap" else 11
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.groups |= {f"g{number}": ["hanako"] for number in range(many)}
    world.tell()

    assert len(world.groups_of("hanako@example.com")) == many


@pytest.mark.parametrize("world", KNOW_ACCOUNTS, indirect=True)
def test_an_address_of_two_accounts_is_nobodys(world: World) -> None:
    """Nobody can tell whose groups they would be."""
    world.people.mails |= {"one": "same@example.com", "two": "same@example.com"}
    world.people.groups |= {"hr": ["one"], "board": ["two"]}
    world.tell()

    assert world.groups_of("same@example.com") == set()


@pytest.mark.parametrize("world", KNOW_ACCOUNTS, indirect=True)
def test_a_disabled_account_has_no_groups(world: World) -> None:
    """Whoever cannot sign in there reads nothing there."""
    world.people.mails["gone"] = "gone@example.com"
    world.people.groups["hr"] = ["gone"]
    world.people.disabled.add("gone")
    world.tell()

    assert world.groups_of("gone@example.com") == set()


names = st.sampled_from(["a", "b", "c", "d", "e"])
graphs = st.dictionaries(names, st.lists(st.one_of(names, st.sampled_from(["u1", "u2"]))))


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(groups=graphs)
def test_it_agrees_with_the_reference(world: World, groups: dict[str, list[str]]) -> None:
    """Random groups in groups, with circles and members who are none."""
    people = world.people
    people.mails = {"u1": "u1@example.com", "u2": "u2@example.com"}
    known = groups.keys() | people.mails.keys()
    people.groups = {
        id_: [one for one in dict.fromkeys(members) if one in known and one != id_]
        for id_, members in groups.items()
    }
    world.tell()

    for id_, mail in people.mails.items():
        assert world.groups_of(mail) == set(people.transitive(id_))


def test_doctor_can_ask_it(world: World) -> None:
    """In a few words."""
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.mails["robot"] = "robot@example.com"
    world.people.groups["hr"] = ["hanako"]
    world.tell()
    directory = world.open()

    assert directory.check()
    directory.close()


@pytest.mark.parametrize("world", HTTP, indirect=True)
@pytest.mark.parametrize(
    ("status", "kind"), [(429, "throttled"), (401, "refused"), (500, "unreachable")]
)
def test_a_call_that_fails_is_told(
    world: World, status: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever call: part of the groups would be wrong in silence."""
    monkeypatch.setattr(oauth, "WAIT", 0.0)
    people = world.people
    people.mails["hanako"] = "hanako@example.com"
    people.groups |= {"a": ["hanako"], "b": ["a"], "c": ["b"]}
    world.groups_of("hanako@example.com")
    calls = len(people.calls)

    assert calls > 1
    for people.fail_at in range(calls):
        people.calls.clear()
        people.failing = [(status, {"Retry-After": "60"} if status == 429 else {})] * 10
        with closing(world.open()) as directory, pytest.raises(SourceError) as told:
            directory.groups_of("hanako@example.com")
        assert (told.value.kind, told.value.retry_after) == (kind, 60 if status == 429 else None)
        assert str(told.value).startswith("directory '")
        assert "secret" not in str(told.value)


@pytest.mark.parametrize("world", ["google"], indirect=True)
def test_a_quota_that_is_used_up_is_no_stranger(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google refuses both with status 403; only who is a stranger is in no group."""
    monkeypatch.setattr(oauth, "WAIT", 0.0)
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.are_used_up = True
    with closing(world.open()) as directory, pytest.raises(SourceError) as told:
        directory.groups_of("hanako@example.com")

    assert told.value.kind == "throttled"


@pytest.mark.parametrize("world", HTTP, indirect=True)
def test_a_token_that_was_revoked_is_fetched_anew(world: World) -> None:
    """By the look-up after the one that was refused."""
    world.people.mails["hanako"] = "hanako@example.com"
    world.people.groups["hr"] = ["hanako"]
    with closing(world.open()) as directory:
        before = directory.groups_of("hanako@example.com")
        world.people.calls.clear()
        world.people.fail_at, world.people.failing = 0, [(401, {}), (401, {})]
        with suppress(SourceError):
            directory.groups_of("hanako@example.com")
        world.people.failing = []

        assert directory.groups_of("hanako@example.com") == before
        assert "hr" in before


def test_a_member_of_another_organisation_is_no_failure() -> None:
    """Google refuses to tell of them; it must not count as out of order for everybody."""
    people = People({"guest": "guest@elsewhere.example"}, {"hr": ["guest"]})
    with ExitStack() as closing_all:
        open_google = of_double("google", people, closing_all)
        with closing(open_google()) as directory:
            assert directory.groups_of("guest@elsewhere.example") == frozenset()


def test_a_hidden_address_proves_nothing() -> None:
    """Somebody may call themselves what others are called."""
    people = People({"hanako": "hanako@example.com"}, {"hr": ["hanako"]})
    double = JiraDouble(people, cloud=True)
    double.hidden.add("hanako")
    with serving(double) as site:
        table = AtlassianDirectorySettings(
            type="atlassian", name="atlassian", site=site, user="robot@example.com", token="JIRA"
        )
        with closing(open_directory(table, secret)) as directory:
            assert directory.groups_of("hanako@example.com") == frozenset()

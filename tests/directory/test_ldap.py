"""Against a real slapd: passwords, TLS, and names that more than one group has."""

from collections.abc import Iterator

import pytest

from knowledge.model.errors import SourceError
from tests.support import slapd
from tests.support.directory_servers import People

pytestmark = pytest.mark.skipif(bool(slapd.MISSING), reason=slapd.MISSING)
MAIL = "hanako@example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slapd.Slapd]:
    """A server with Hanako in the group `hr`, as Unix has it, and as mail has it."""
    with slapd.running_slapd(tmp_path_factory.mktemp("slapd")) as found:
        found.fill(People({"hanako": MAIL}, {"hr": ["hanako"]}))
        yield found


def test_a_password_that_is_wrong(server: slapd.Slapd) -> None:
    """The message does not quote it."""
    directory = slapd.opened(server, user="cn=nobody,dc=example,dc=com")
    with pytest.raises(SourceError, match="refuses") as told:
        directory.groups_of(MAIL)

    assert told.value.kind == "refused"
    assert slapd.PASSWORD not in str(told.value)


def test_a_server_with_another_certificate(server: slapd.Slapd) -> None:
    """Nobody is told a password who cannot prove who they are."""
    with pytest.raises(SourceError, match="does not answer"):
        slapd.opened(server, certificates="").groups_of(MAIL)


def test_starttls(server: slapd.Slapd) -> None:
    """From the usual port."""
    assert "hr" in slapd.opened(server, server=server.url, starttls=True).groups_of(MAIL)


@pytest.mark.parametrize("base", ["people", "groups"])
def test_an_entry_that_does_not_exist(server: slapd.Slapd, base: str) -> None:
    """Said by name."""
    directory = slapd.opened(server, **{base: "ou=nowhere,dc=example,dc=com"})
    with pytest.raises(SourceError, match="check people and groups"):
        directory.groups_of(MAIL)


def test_a_server_that_is_gone(server: slapd.Slapd) -> None:
    """It says so, and what to look at."""
    with pytest.raises(SourceError, match="check the server") as told:
        slapd.opened(server, server="ldap://127.0.0.1:1", certificates="").groups_of(MAIL)

    assert told.value.kind == "unreachable"


def test_a_short_name_of_two_groups_names_neither(server: slapd.Slapd) -> None:
    """Somebody may make a group of the same name in another corner."""
    corner = f"ou=corner,{slapd.GROUPS}"
    server.add(corner, "organizationalUnit", {})
    server.add(f"cn=hr,{corner}", "groupOfNames", {"member": slapd.person("other")})
    try:
        assert slapd.opened(server).groups_of(MAIL) == {slapd.group("hr")}
    finally:
        server.remove(f"cn=hr,{corner}", corner)


def test_a_group_of_unix(server: slapd.Slapd) -> None:
    """Its members are logins."""
    name = f"cn=ops,{slapd.GROUPS}"
    server.add(name, "posixGroup", {"gidNumber": "1", "memberUid": "hanako"})
    try:
        assert {"ops", name} <= slapd.opened(server).groups_of(MAIL)
    finally:
        server.remove(name)

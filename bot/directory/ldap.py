"""Groups of an LDAP server, such as OpenLDAP or Active Directory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ldap
from ldap.controls.libldap import SimplePagedResultsControl
from ldap.filter import escape_filter_chars

from knowledge.model.directory_settings import LdapDirectorySettings
from knowledge.model.errors import KnowledgeError, SourceError
from knowledge.sync.source import Secrets

_SECONDS = 8
"""Longest time for a connection, and for one reply."""

_PAGE = 200
_AT_ONCE = 50
"""Names that one filter asks for."""

_MOST_GROUPS = 5_000
_GROUP = "".join(
    f"(objectClass={kind})"
    for kind in ("group", "groupOfNames", "groupOfUniqueNames", "groupOfMembers", "posixGroup")
)

Found = tuple[str, Mapping[str, Sequence[bytes]]]
"""An entry: its distinguished name and its attributes."""


class LdapDirectory:
    """The groups below one entry of an LDAP server.

    Groups are found from their members up, level by level, so that groups within groups count on
    servers of all kinds. A group is known by its distinguished name, and by its short name where
    no other group below the same entry has that.
    """

    def __init__(self, settings: LdapDirectorySettings, password: str) -> None:
        self.name = settings.name
        self._settings = settings
        self._password = password

    def groups_of(self, mail: str) -> frozenset[str]:
        settings = self._settings
        wanted = f"({settings.mail}={escape_filter_chars(mail)})"
        with self._connected() as server:
            people = list(
                _search(server, settings.people, f"(&{wanted}{settings.person_filter})", ["uid"])
            )
            if len(people) != 1:  # nobody, or nobody can tell who
                return frozenset()
            groups = self._groups_above(server, people[0])
            return frozenset({*groups, *self._telling(server, groups.values())})

    def check(self) -> str:
        with self._connected() as server:
            counted = [
                sum(1 for _ in _search(server, base, condition, ["1.1"]))
                for base, condition in (
                    (self._settings.people, f"({self._settings.mail}=*)"),
                    (self._settings.groups, f"(|{_GROUP})"),
                )
            ]
        return f"{counted[0]} people, {counted[1]} groups"

    def close(self) -> None:
        """Nothing stays open."""

    def _groups_above(self, server: Any, someone: Found) -> dict[str, str]:
        """Return the short names of the groups that *someone* is in, by distinguished name."""
        own, attributes = someone
        conditions = [_member(own)]
        uids = map(_decoded, _of(attributes))
        conditions += [f"(memberUid={escape_filter_chars(uid)})" for uid in uids]
        found = dict[str, str]()
        while conditions:
            new = dict[str, str]()
            for some in _batches(conditions):
                wanted = f"(&(|{_GROUP})(|{''.join(some)}))"
                for name, told in _search(
                    server, self._settings.groups, wanted, [self._settings.group_name]
                ):
                    if name not in found:
                        new[name] = next(map(_decoded, _of(told)), "")
            found |= new
            if len(found) > _MOST_GROUPS:
                raise KnowledgeError(f"directory {self.name!r}: a person in {len(found)} groups")
            conditions = [_member(name) for name in new]
        return found

    def _telling(self, server: Any, names: Iterable[str]) -> Iterator[str]:
        """Yield those of the short *names* that one group alone has."""
        wanted = sorted({name for name in names if name})
        attribute = self._settings.group_name
        counted = Counter[str]()
        for some in _batches(wanted):
            conditions = "".join(f"({attribute}={escape_filter_chars(name)})" for name in some)
            for _, told in _search(
                server, self._settings.groups, f"(&(|{_GROUP})(|{conditions}))", [attribute]
            ):
                counted.update({_decoded(one).lower() for one in _of(told)})
        return (name for name in wanted if counted[name.lower()] == 1)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        settings = self._settings
        try:
            server = ldap.initialize(settings.server)
            server.set_option(ldap.OPT_REFERRALS, 0)
            server.set_option(ldap.OPT_NETWORK_TIMEOUT, _SECONDS)
            server.set_option(ldap.OPT_TIMEOUT, _SECONDS)
            server.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
            if settings.certificates:
                server.set_option(ldap.OPT_X_TLS_CACERTFILE, settings.certificates)
            server.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            try:
                if settings.starttls:
                    server.start_tls_s()
                server.simple_bind_s(settings.user, self._password)
                yield server
            finally:
                server.unbind_s()
        except ldap.LDAPError as error:
            raise self._error(error) from error

    def _error(self, error: ldap.LDAPError) -> SourceError:
        told = error.args[0] if error.args and isinstance(error.args[0], Mapping) else {}
        reason = told.get("desc") or type(error).__name__
        where = f"directory {self.name!r}: {self._settings.server}"
        if isinstance(error, ldap.INVALID_CREDENTIALS | ldap.INSUFFICIENT_ACCESS):
            return SourceError(f"{where} refuses ({reason}): check user and password", "refused")
        if isinstance(error, ldap.NO_SUCH_OBJECT | ldap.INVALID_DN_SYNTAX):
            return SourceError(f"{where} has no such entry: check people and groups", "refused")
        return SourceError(f"{where} does not answer as it should ({reason}): check the server")


def open_directory(settings: LdapDirectorySettings, secrets: Secrets) -> LdapDirectory:
    """Return the directory that *settings* describe."""
    return LdapDirectory(settings, secrets(settings.password) if settings.password else "")


def _search(server: Any, base: str, condition: str, attributes: Sequence[str]) -> Iterator[Found]:
    """Yield all entries below *base* that meet *condition*, page by page (RFC 2696)."""
    page = SimplePagedResultsControl(criticality=True, size=_PAGE, cookie="")
    while True:
        asked = server.search_ext(
            base, ldap.SCOPE_SUBTREE, condition, list(attributes), serverctrls=[page]
        )
        _, entries, _, controls = server.result3(asked, timeout=_SECONDS)
        yield from ((name, told) for name, told in entries if name)  # a referral has no name
        told = [one for one in controls if one.controlType == page.controlType]
        if not told or not told[0].cookie:
            return
        page.cookie = told[0].cookie


def _member(name: str) -> str:
    escaped = escape_filter_chars(name)
    return f"(member={escaped})(uniqueMember={escaped})"


def _batches(conditions: Sequence[str]) -> Iterator[Sequence[str]]:
    return (conditions[start : start + _AT_ONCE] for start in range(0, len(conditions), _AT_ONCE))


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _of(told: Mapping[str, Sequence[bytes]]) -> Sequence[bytes]:
    """Return the values of the one attribute that was asked for."""
    return next(iter(told.values()), ())

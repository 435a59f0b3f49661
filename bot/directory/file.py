"""Groups in a file, which is read again when it has changed."""

import csv
import io
import json
import threading
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.core.i18n import counted
from bot.directory.membership import Membership
from knowledge.model.directory_settings import FileDirectorySettings
from knowledge.model.errors import SourceError
from knowledge.model.regular_file import read_regular_file
from knowledge.sync.source import Secrets

_MOST_BYTES = 50_000_000
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

Memberships = Iterable[tuple[str, str]]
"""Pairs of a group and a member of it: a person by e-mail address, or another group."""


class FileDirectory:
    """The groups of a JSON, TOML or CSV file."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._lock = threading.Lock()
        self._mark: tuple[int, ...] = ()
        self._membership = Membership(())

    def groups_of(self, mail: str) -> frozenset[str]:
        return self._present().groups_of(mail)

    def check(self) -> str:
        return f"{counted(len(self._present().groups), 'group')} in {self._path.name}"

    def close(self) -> None:
        """Nothing is open."""

    def _present(self) -> Membership:
        """Return what the file says now."""
        try:
            found = self._path.stat()
            mark = (found.st_mtime_ns, found.st_size, found.st_ino)
            with self._lock:
                if mark != self._mark:
                    self._membership = _read(self._path, found.st_size)
                    self._mark = mark
                return self._membership
        except (OSError, ValueError, RecursionError, csv.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else _first_line(error)
            raise SourceError(
                f"directory {self.name!r}: {self._path} cannot be read ({reason}): correct it; "
                "until then nobody is in any of its groups"
            ) from error


def open_directory(settings: FileDirectorySettings, _secrets: Secrets) -> FileDirectory:
    """Return the directory that *settings* describe."""
    return FileDirectory(settings.name, settings.path)


def _read(path: Path, size: int) -> Membership:
    if size > _MOST_BYTES:
        raise ValueError(f"larger than {_MOST_BYTES // 1_000_000} MB")
    text = read_regular_file(path).decode("utf-8-sig")
    match path.suffix:
        case ".toml":
            return Membership(_of_toml(text))
        case ".csv":
            return Membership(_of_csv(text))
    return _of_scim(text)


_tables: TypeAdapter[Mapping[str, list[str]]] = TypeAdapter(Mapping[str, list[str]])


def _of_toml(text: str) -> Memberships:
    tables = tomllib.loads(text)
    if set(tables) != {"groups"}:
        raise ValueError("write one table [groups], with a list of members for each group")
    groups = _tables.validate_python(tables["groups"], strict=True)
    return [(group, member) for group, members in groups.items() for member in members]


def _of_csv(text: str) -> Memberships:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    if not {"group", "member"} <= set(rows.fieldnames or ()):
        raise ValueError("the first line must name the columns group and member")
    found = [(row["group"] or "", row["member"] or "") for row in rows]
    if not all(group.strip() and member.strip() for group, member in found):
        raise ValueError("a line has no group, or no member")
    return found


class _Mail(BaseModel):
    value: str


class _Member(BaseModel):
    value: str


class _Resource(BaseModel):
    """A user or a group; RFC 7643, 4.1 and 4.2."""

    schemas: list[str]
    id: str
    userName: str = ""  # noqa: N815 - SCIM's name
    active: bool = True
    emails: list[_Mail] = []
    displayName: str = ""  # noqa: N815 - SCIM's name
    members: list[_Member] = []


class _Resources(BaseModel):
    """A list response; RFC 7644, 3.4.2."""

    Resources: list[_Resource]


def _of_scim(text: str) -> Membership:
    """Read what a SCIM server lists of users and groups; its members are ids, mostly."""
    told = json.loads(text)
    listed = _Resources.model_validate({"Resources": told} if isinstance(told, list) else told)
    addresses = _addresses([one for one in listed.Resources if _USER in one.schemas])
    groups = [one for one in listed.Resources if _GROUP in one.schemas]
    pairs = [
        (group.id, name)
        for group in groups
        for member in group.members
        for name in addresses.get(member.value, {member.value})
    ]
    return Membership(pairs, {group.id: group.displayName for group in groups})


def _addresses(users: Sequence[_Resource]) -> Mapping[str, Iterable[str]]:
    """Return the addresses of active users, by id; one that two of them have is nobody's."""
    found = {user.id: _addresses_of(user) for user in users}
    owners = Counter(address for addresses in found.values() for address in addresses)
    return {
        id_: {address for address in addresses if owners[address] == 1}
        for id_, addresses in found.items()
    }


def _addresses_of(user: _Resource) -> frozenset[str]:
    named = [user.userName] if "@" in user.userName else []
    written = [*named, *(mail.value for mail in user.emails)] if user.active else []
    return frozenset(address.strip().lower() for address in written)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).partition("\n")[0] or type(error).__name__

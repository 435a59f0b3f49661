"""Who may read a file in Google Drive or OneDrive, from the permissions that rclone tells.

What is not understood gives nobody a right. Sources: the resource `permissions` of the Drive API
(version 3), the resource `permission` of Microsoft Graph (version 1.0), and rclone's pages on both.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from knowledge.model.readers import group, person
from knowledge.model.types import NOBODY, SourceReaders

EVERYBODY: SourceReaders = frozenset()
"""No restriction beyond the audience of the source."""

_MAIL = re.compile(r"[^\s@|:]+@[^\s@|:]+")
_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUID_ONLY = re.compile(_GUID, re.IGNORECASE)
_MEMBER = re.compile(r"i:0#\.[fw]\|membership\|([^|]+)", re.IGNORECASE)
_CLAIMED_GROUP = re.compile(
    rf"c:0(?:t\.c\|tenant|o\.c\|federateddirectoryclaimprovider)\|({_GUID})", re.IGNORECASE
)
_ALL_USERS = re.compile(
    r"c:0-\.f\|rolemanager\|spo-grid-all-users/.*|c:0\(\.s\|true", re.IGNORECASE
)
_READING = {"read", "write", "owner", "member", "full control"}


class _Told(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _DrivePermission(_Told):
    type: str = ""
    email_address: str = ""
    deleted: bool = False
    view: str = ""  # of the published page or of the metadata alone
    expiration_time: str = ""


class _Identity(_Told):
    id: str = ""
    email: str = ""
    login_name: str = ""


class _IdentitySet(_Told):
    user: _Identity = _Identity()
    group: _Identity = _Identity()
    site_user: _Identity = _Identity()


class _Link(_Told):
    scope: str = ""


class _GraphPermission(_Told):
    roles: list[str] = []
    link: _Link | None = None
    granted_to: _IdentitySet | None = None
    granted_to_v2: _IdentitySet | None = None
    granted_to_identities: list[_IdentitySet] = []
    granted_to_identities_v2: list[_IdentitySet] = []


_DRIVE = TypeAdapter(list[_DrivePermission])
_GRAPH = TypeAdapter(list[_GraphPermission])


def readers_of(
    type_: str, metadata: Mapping[str, str] | None, *, anyone_with_link: bool
) -> SourceReaders:
    """Return who may read a file.

    Args:
        type_: `drive` or `onedrive`.
        metadata: What `rclone lsjson --metadata` says of the file.
        anyone_with_link: Whether a file that anyone with the link, or the whole organisation, may
            read has no restriction; otherwise that sharing counts for nothing.
    """
    told = _drive if type_ == "drive" else _onedrive
    try:
        names = set(told(metadata or {}))
    except ValidationError:
        return NOBODY
    if "" in names and anyone_with_link:
        return EVERYBODY
    return frozenset({frozenset(names - {""})})


def _drive(metadata: Mapping[str, str]) -> Iterable[str]:
    """Yield the names of readers; "" means everybody who has the link, or is in the domain."""
    if _MAIL.fullmatch(owner := metadata.get("owner", "")):
        yield person(owner)
    for one in _DRIVE.validate_json(metadata.get("permissions") or "[]"):
        if one.deleted or one.view or _expired(one.expiration_time):
            continue
        if one.type in {"anyone", "domain"}:
            yield ""
        elif one.type == "user" and _MAIL.fullmatch(one.email_address):
            yield person(one.email_address)
        elif one.type == "group" and _MAIL.fullmatch(one.email_address):
            yield group("google", one.email_address)


def _onedrive(metadata: Mapping[str, str]) -> Iterable[str]:
    """Yield the names of readers, as `_drive` does."""
    for one in _GRAPH.validate_json(metadata.get("permissions") or "[]"):
        roles = {role.removeprefix("sp.") for role in one.roles}
        if not roles & _READING:
            continue
        if one.link and one.link.scope in {"anonymous", "organization"}:
            yield ""
            continue
        direct = one.granted_to_v2 or one.granted_to
        linked = one.granted_to_identities_v2 or one.granted_to_identities
        for identities in [*([direct] if direct else []), *linked]:
            yield from _names(identities)


def _names(identities: _IdentitySet) -> Iterable[str]:
    """Yield the names of one grantee, who is a person or a group."""
    if _GUID_ONLY.fullmatch(identities.group.id):
        yield group("entra", identities.group.id)
    login = identities.site_user.login_name
    if claimed := _CLAIMED_GROUP.fullmatch(login):
        yield group("entra", claimed[1])
    elif _ALL_USERS.fullmatch(login):
        yield ""
    elif mail := _mail(identities):
        yield person(mail)


def _mail(identities: _IdentitySet) -> str:
    member = _MEMBER.fullmatch(identities.site_user.login_name)
    stated = (identities.user.email, identities.site_user.email, member[1] if member else "")
    return next((mail for mail in stated if _MAIL.fullmatch(mail)), "")


def _expired(moment: str) -> bool:
    """Tell whether *moment* is past; one that cannot be read is taken for past."""
    if not moment:
        return False
    try:
        return datetime.fromisoformat(moment).astimezone(UTC) < datetime.now(UTC)
    except (ValueError, OverflowError):
        return True

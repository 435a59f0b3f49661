"""Who may read a file, from permissions as vendors write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.model.types import NOBODY
from knowledge.sync.sources.file_rights import EVERYBODY, readers_of

STAFF = "0f5a1d1c-9a0b-4a3b-8f52-0f1f2f3f4f5f"
PAST, FUTURE = "2020-01-01T00:00:00.000Z", "2999-01-01T00:00:00.000Z"


def names(type_: str, *permissions: object, open_: bool = False, **metadata: str) -> set[str]:
    told = {"permissions": json.dumps(permissions), **metadata}
    readers = readers_of(type_, told, anyone_with_link=open_)
    return set(*readers) if readers else {"everybody"}


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        ({"type": "user", "emailAddress": "A@x.example"}, "person:a@x.example"),
        ({"type": "group", "emailAddress": "g@x.example"}, "group:google:g@x.example"),
        (
            {"type": "user", "emailAddress": "a@x.example", "expirationTime": FUTURE},
            "person:a@x.example",
        ),
        ({"type": "user", "emailAddress": "a@x.example", "expirationTime": PAST}, ""),
        ({"type": "user", "emailAddress": "a@x.example", "expirationTime": "soon"}, ""),
        ({"type": "user", "emailAddress": "a@x.example", "deleted": True}, ""),
        ({"type": "user", "emailAddress": "a@x.example", "view": "published"}, ""),
        ({"type": "user", "emailAddress": "person:b@x.example"}, ""),
        ({"type": "user"}, ""),
        ({"type": "anyone"}, ""),
        ({"type": "domain", "domain": "x.example"}, ""),
        ({"type": "robot", "emailAddress": "a@x.example"}, ""),
    ],
)
def test_permissions_of_drive(permission: dict[str, object], name: str) -> None:
    """What is not certain gives nobody a right."""
    assert names("drive", permission) == ({name} if name else set())


def login(name: str) -> dict[str, object]:
    return {"roles": ["read"], "grantedToV2": {"siteUser": {"loginName": name}}}


@pytest.mark.parametrize(
    ("permission", "name"),
    [
        (login("i:0#.f|membership|A@x.example"), "person:a@x.example"),
        (login(f"c:0t.c|tenant|{STAFF}"), f"group:entra:{STAFF}"),
        (login(f"c:0o.c|federateddirectoryclaimprovider|{STAFF}"), f"group:entra:{STAFF}"),
        (login(f"c:0o.c|federateddirectoryclaimprovider|{STAFF}_o"), ""),
        (login("c:0-.f|rolemanager|spo-grid-all-users/x"), ""),
        (login("i:0#.f|membership|urn:spo:guest#a@x.example"), ""),
        (
            {"roles": ["read"], "grantedTo": {"user": {"email": "a@x.example"}}},
            "person:a@x.example",
        ),
        ({"roles": ["read"], "grantedTo": {"user": {"id": "7", "displayName": "A"}}}, ""),
        ({"roles": ["read"], "grantedToV2": {"siteGroup": {"displayName": "Members"}}}, ""),
        ({"roles": [], "grantedTo": {"user": {"email": "a@x.example"}}}, ""),
        ({"roles": ["limited"], "grantedTo": {"user": {"email": "a@x.example"}}}, ""),
        ({"roles": ["read"], "invitation": {"email": "a@x.example"}}, ""),
        ({"roles": ["read"], "link": {"scope": "anonymous"}}, ""),
    ],
)
def test_permissions_of_onedrive(permission: dict[str, object], name: str) -> None:
    """By mail, login name or the id of a group; nothing else."""
    assert names("onedrive", permission) == ({name} if name else set())


def test_sharing_with_everybody_counts_by_the_setting() -> None:
    """A link, the domain, and the organisation."""
    everybody = login("c:0-.f|rolemanager|spo-grid-all-users/x")
    assert names("drive", {"type": "anyone"}, open_=True) == {"everybody"}
    assert names("drive", {"type": "domain"}, open_=True) == {"everybody"}
    assert names("onedrive", everybody, open_=True) == {"everybody"}
    assert names(
        "onedrive", {"roles": ["read"], "link": {"scope": "organization"}}, open_=True
    ) == {"everybody"}
    assert names("onedrive", {"roles": ["read"], "link": {"scope": "users"}}, open_=True) == set()


def test_the_owner_of_a_file_in_drive_may_read_it() -> None:
    """By mail; a name is nobody's."""
    assert names("drive", owner="Keiko@example.com") == {"person:keiko@example.com"}
    assert names("drive", owner="Keiko") == set()


@pytest.mark.parametrize("type_", ["drive", "onedrive"])
@given(
    text=st.text()
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["type", "roles", "grantedTo", "user", "email", "link", "x"]), inner
            )
        ),
    ).map(json.dumps)
)
def test_what_cannot_be_read_lets_nobody_in(type_: str, text: str) -> None:
    """Whatever a vendor writes; without a mail address in it nobody can be named."""
    readers = readers_of(type_, {"permissions": text}, anyone_with_link=False)
    assert readers == NOBODY or "@" in text
    assert readers_of(type_, None, anyone_with_link=True) == NOBODY
    assert readers != EVERYBODY

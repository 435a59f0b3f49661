"""A file of groups that changes, or cannot be read."""

import json
from pathlib import Path

import pytest

from bot.directory.file import FileDirectory
from bot.directory.membership import Membership
from knowledge.model.errors import SourceError

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "[groups"),
        ("a.toml", 'groups = "hr"'),
        ("a.toml", "[groups]\nhr = [1]"),
        ("a.toml", "[groups]\nhr = []\n[more]"),
        ("a.csv", "hr,hanako@example.com"),
        ("a.csv", "group,member\nhr"),
        ("a.csv", 'group,member\nhr,"x'),
        ("a.json", "{"),
        ("a.json", "{}"),
        ("a.json", "[" * 100_000),
        ("a.json", '[{"id": 1}]'),
    ],
)
def test_a_file_that_cannot_be_read_admits_nobody(tmp_path: Path, name: str, text: str) -> None:
    """Not even those whom it named before; the message says what to do."""
    path = tmp_path / name
    good = {
        ".toml": '[groups]\nhr = ["a@example.com"]',
        ".csv": "group,member\nhr,a@example.com",
        ".json": json.dumps(
            [{"schemas": [GROUP], "id": "hr", "members": [{"value": "a@example.com"}]}]
        ),
    }[path.suffix]
    path.write_text(good, "utf-8")
    directory = FileDirectory("staff", path)
    assert directory.groups_of("a@example.com") == {"hr"}
    path.write_text(text, "utf-8")

    with pytest.raises(SourceError, match=r"directory 'staff': .*correct it"):
        directory.groups_of("a@example.com")
    path.write_text(good, "utf-8")
    assert directory.groups_of("A@Example.com") == {"hr"}


def test_no_file(tmp_path: Path) -> None:
    """It may come later."""
    with pytest.raises(SourceError, match="No such file"):
        FileDirectory("staff", tmp_path / "a.toml").groups_of("a@example.com")


def test_a_title_names_one_group_only() -> None:
    """Two groups may have one title, and a title may be the id of another group."""
    pairs = [("1", "a@example.com"), ("2", "b@example.com"), ("3", "a@example.com")]
    found = Membership(pairs, {"1": "Staff", "2": "Staff", "3": "2"})

    assert found.groups_of("a@example.com") == {"1", "3"}


def test_scim_users_count_by_all_their_addresses(tmp_path: Path) -> None:
    """One that two of them have is nobody's."""
    path = tmp_path / "a.json"
    users = [
        {
            "schemas": [USER],
            "id": "1",
            "userName": "a@x.example",
            "emails": [{"value": "A@y.example"}],
        },
        {"schemas": [USER], "id": "2", "userName": "b", "emails": [{"value": "a@X.example"}]},
    ]
    groups = [
        {"schemas": [GROUP], "id": "g1", "displayName": "HR", "members": [{"value": "1"}]},
        {"schemas": [GROUP], "id": "g2", "members": [{"value": "g1"}, {"value": "2"}]},
    ]
    path.write_text(json.dumps({"Resources": users + groups}), "utf-8")
    directory = FileDirectory("staff", path)

    assert directory.groups_of("a@y.example") == {"g1", "HR", "g2"}
    assert directory.groups_of("a@x.example") == frozenset()
    assert directory.check() == "2 groups in a.json"

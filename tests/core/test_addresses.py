"""Addresses in errors, logs and lists: no user, no password, no query."""

import pytest

from bot.core.addresses import secrets_in, shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://bot:hunter2@db.example:6379/0", "redis://db.example:6379/0"),
        ("bot:hunter2@db.example:6379/0", "db.example:6379/0"),
        ("hunter2@db.example", "db.example"),
        ("//bot:hunter2@db.example/0", "db.example/0"),
        ("http:/bot:hunter2@db.example/0", "db.example/0"),
        ("redis://:hunter2/x@y@db.example/0", "redis://db.example/0"),
        ("redis://:hunter2?x@db.example/0", "redis://…"),
        ("redis://:hunter2#x@db.example/0", "redis://…"),
        ("https://api.example/v1?key=hunter2", "https://api.example/v1"),
        ("https://api.example/v1?key=x@hunter2", "https://…"),
        ("https://api.example/v1#hunter2", "https://api.example/v1"),
        ("db.example:6379,password=hunter2", "…"),
        ("password=hunter2", "…"),
        ("redis://利用者:hunter2秘密@db.example:6379/0", "redis://db.example:6379/0"),
        ("利用者:hunter2@データ.example:6379/0", "データ.example:6379/0"),
        ("localhost:6379", "localhost:6379"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("", ""),
    ],
)
def test_nothing_secret_is_shown(address: str, shown: str) -> None:
    """What is left names the place, as far as it can be told from the rest."""
    assert shown_address(address) == shown


def test_a_list_says_that_something_was_left_out() -> None:
    """Else a person thinks that the setting has no password."""
    address = "http://joe:pw@host/v1?key=topsec"

    assert shown_address(address, mask="***") == "http://***@host/v1?***"
    assert set(secrets_in(address)) == {"pw", "topsec"}

"""`kotae manifest` prints only what Slack accepts."""

from pathlib import Path

import pytest

from tests.support.command import kotae


@pytest.mark.parametrize(
    "url",
    ["http://kotae.example.com", "kotae.example.com", "https://", "https://a:b/", "https://a?b=1"],
)
def test_an_address_that_slack_refuses_is_refused(tmp_path: Path, url: str) -> None:
    """Before the person has pasted it."""
    done = kotae(tmp_path, "manifest", "--http", url)

    assert done.returncode == 2
    assert done.stdout == ""
    assert "https://kotae.example.com" in done.stderr


def test_an_address_of_this_machine_is_warned_of(tmp_path: Path) -> None:
    """Slack takes it and cannot reach it."""
    done = kotae(tmp_path, "manifest", "--http", "https://localhost:3000")

    assert done.returncode == 0
    assert "Slack cannot reach localhost" in done.stderr

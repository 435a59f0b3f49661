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


@pytest.mark.parametrize(
    "host",
    [
        *("localhost:3000", "127.0.0.1", "127.1", "10.0.0.5", "172.16.3.4", "192.168.1.9:8443"),
        *("169.254.1.1", "[::1]", "[fe80::1]", "[fd00::5]", "0.0.0.0", "intranet", "bot.local"),
        *("kotae.internal", "社内"),
    ],
)
def test_an_address_that_slack_cannot_reach_is_refused(tmp_path: Path, host: str) -> None:
    """Slack would take it, and its events would come to nobody."""
    done = kotae(tmp_path, "manifest", "--http", f"https://{host}")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "Slack cannot reach" in done.stderr


@pytest.mark.parametrize("url", ["http://kotae.example.com/mcp", "https://127.0.0.1/mcp", "x"])
def test_an_mcp_server_that_slackbot_cannot_call_is_refused(tmp_path: Path, url: str) -> None:
    """By the same rule."""
    done = kotae(tmp_path, "manifest", "--mcp", url)

    assert done.returncode == 2
    assert "--mcp" in done.stderr


def test_the_mcp_server_has_a_path(tmp_path: Path) -> None:
    """A bare host means the path that the server has."""
    done = kotae(tmp_path, "manifest", "--mcp", "https://kotae.example.com/")

    assert '"url": "https://kotae.example.com/mcp"' in done.stdout


@pytest.mark.parametrize("host", ["kotae.example.com", "8.8.8.8", "答え.example.jp"])
def test_a_public_address_is_taken(tmp_path: Path, host: str) -> None:
    """A name in any script, or an address of the internet."""
    done = kotae(tmp_path, "manifest", "--http", f"https://{host}")

    assert done.returncode == 0
    assert f"https://{host}/slack/events" in done.stdout

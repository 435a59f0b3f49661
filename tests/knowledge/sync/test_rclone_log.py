"""What rclone's log says of a listing."""

import io
import json

import pytest

from knowledge.sync.sources.rclone_log import RcloneLog, kind_of, shown


def log(type_: str, *entries: tuple[str, str]) -> RcloneLog:
    lines = [json.dumps({"level": level, "msg": text}) for level, text in entries]
    read = RcloneLog(type_)
    read.read(io.BytesIO("\n".join(lines).encode()))
    return read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("googleapi: Error 403: Rate Limit Exceeded, userRateLimitExceeded", "throttled"),
        ("activityLimitReached: throttled", "throttled"),
        ("api error SlowDown: Please reduce your request rate", "throttled"),
        ("HTTP error 401 (401 Unauthorized)", "refused"),
        ('couldn\'t fetch token: oauth2: "invalid_grant"', "refused"),
        ("ssh: handshake failed: ssh: unable to authenticate", "refused"),
        ("api error AccessDenied: Access Denied", "refused"),
        ("dial tcp 127.0.0.1:40310: connect: connection refused", "unreachable"),
        ("directory not found", "unreachable"),
    ],
)
def test_kinds_of_errors(text: str, kind: str) -> None:
    """As the vendors and the network word them."""
    assert kind_of(text) == kind


def test_keys_in_addresses_are_not_shown() -> None:
    """A signed address is a secret, and so is a password in one."""
    text = shown('Get "https://bob:pw@x.example/c?sv=1&sig=SECRET": EOF\nhttps://y.example/a')
    assert text == 'Get "https://x.example/c": EOF https://y.example/a'
    assert len(shown("x" * 10_000)) <= 300


def test_what_rclone_quotes_of_its_configuration_is_not_shown() -> None:
    """A key that is spread over lines cannot be read, and each of its lines is secret."""
    text = 'Failed to load config file "/tmp/x/rclone.conf": could not parse line: MIIEvQIBADAN\nB'
    assert shown(text).endswith("could not parse line: …")


@pytest.mark.parametrize(
    ("level", "text", "doubtful"),
    [
        ("error", "search result INCOMPLETE", True),
        ("error", "error listing: EOF", True),
        ("error", "Ignoring folder shortcut as it points to an ancestor directory", False),
        ("error", "Failed to read metadata: accessDenied", False),
        ("error", "Failed to read metadata: Error 429: Too Many Requests", True),
        ("error", "Failed to read metadata: EOF", True),
        ("notice", "Dangling shortcut detected", False),
    ],
)
def test_an_error_makes_a_listing_doubtful(level: str, text: str, doubtful: bool) -> None:  # noqa: FBT001
    """Unless it concerns what one file has of its own."""
    assert bool(log("drive", (level, text)).doubts) == doubtful


def exchange(request: str, reply: str) -> list[tuple[str, str]]:
    said = ["HTTP REQUEST (req 0xc1)", request, "<<<<", "HTTP RESPONSE (req 0xc1)", reply, "<<<<"]
    return [("debug", text) for text in said]


@pytest.mark.parametrize(
    ("type_", "request_line", "reply", "doubtful"),
    [
        ("webdav", "PROPFIND / HTTP/1.1\r\n", "HTTP/1.1 207 Multi-Status\r\n", False),
        ("webdav", "PROPFIND / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", True),
        ("webdav", "PROPFIND / HTTP/1.1\r\n", "HTTP/1.1 302 Found\r\n", True),
        ("webdav", "PROPFIND / HTTP/1.1\r\n", "HTTP/1.1 308 Permanent Redirect\r\n", False),
        ("webdav", "PROPFIND / HTTP/1.1\r\n", "HTTP/2.0 500 Oh\r\n", False),
        ("webdav", "POST /sign-in HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", False),
        (
            "s3",
            "GET /b?prefix= HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n",
            False,
        ),
        (
            "s3",
            "GET /b?prefix= HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
            True,
        ),
        ("s3", "GET /b?prefix= HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", True),
        ("s3", "HEAD /b/x HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n", False),
        ("azureblob", "GET /c?comp=list HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", True),
    ],
)
def test_a_reply_that_is_no_listing_is_doubtful(
    type_: str,
    request_line: str,
    reply: str,
    doubtful: bool,  # noqa: FBT001
) -> None:
    """rclone takes it for an empty folder."""
    assert bool(log(type_, *exchange(request_line, reply)).doubts) == doubtful


def test_an_item_that_webdav_leaves_out_is_doubtful() -> None:
    """One that the account may not see is left out for good, and is not."""
    assert log("webdav", ("debug", 'Ignoring item with bad status ["HTTP/1.1 500 Oh"]')).doubts
    assert log("webdav", ("debug", "Item with unknown path received: /a, /b")).doubts
    assert not log("webdav", ("debug", 'Ignoring item with bad status ["HTTP/1.1 403 No"]')).doubts


def test_the_reason_is_what_was_said_last() -> None:
    """A crash writes no JSON."""
    assert log("drive", ("notice", "Failed to lsjson: EOF")).reason(1) == "Failed to lsjson: EOF"
    crashed = RcloneLog("drive")
    crashed.read(io.BytesIO(b"panic: nil\n" + b"x" * 100_000))
    assert crashed.reason(2)
    assert log("drive").reason(7) == "rclone ended with 7"

"""The rules of `robots.txt` (RFC 9309)."""

from urllib.robotparser import RobotFileParser

_OK = 200
_CLIENT_ERRORS = range(400, 500)


def robots_rules(status: int, text: str) -> RobotFileParser:
    """Return the rules that a site states. One with a broken server may not be read.

    Args:
        status: Status of the reply to `/robots.txt`.
        text: Its content.
    """
    rules = RobotFileParser()
    if status in _CLIENT_ERRORS:
        rules.parse([])
    else:
        refused = ["User-agent: *", "Disallow: /"]
        rules.parse(text.splitlines() if status == _OK else refused)
    return rules

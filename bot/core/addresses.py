"""Addresses as people may see them: without user, password and query, which can hold secrets."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://")
_HOST = re.compile(r"[\w.-]*(?::\d{1,5})?(?:/\d{0,5})?")
_END = re.compile("[?#]")
_UNKNOWN = "…"
MASK = "**********"
"""What stands for a secret, as Pydantic writes it."""

_NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}\.?")
_INSIDE = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp")
"""Top-level names that only a network of its own knows."""


def shown_address(address: str, *, mask: str = "") -> str:
    """Return *address* for an error, a log line or a list of settings.

    Where it cannot be told which part is secret, nothing but the scheme is left.

    Args:
        address: Any text that should be an address; it may be malformed.
        mask: What stands for each part that was left out; "" where nothing should.
    """
    scheme = found[0] if (found := _SCHEME.match(address)) else ""
    user, at, place = address[len(scheme) :].rpartition("@")
    if _END.search(user):  # an @ in the query, or a ? in the password
        return scheme + _UNKNOWN
    end = _END.search(place)
    shown = place[: end.start()] if end else place
    if not scheme and not _HOST.fullmatch(shown):
        return _UNKNOWN
    before = f"{mask}@" if at and mask else ""
    return f"{scheme}{before}{shown}{f'?{mask}' if end and mask else ''}"


def shown_value(value: str) -> str:
    """Return the *value* of a setting for a list: without the secrets of an address."""
    return shown_address(value, mask=MASK) if "://" in value else value


def is_public(host: str) -> bool:
    """Tell whether somebody elsewhere could reach *host*, a name or an IP address.

    Names are judged by their form alone: nothing is looked up.
    """
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0]).is_global
    except ValueError:
        pass
    if _NUMBERS.fullmatch(host.lower()):  # 127.1, 0x7f000001: forms of IPv4 of old
        return False
    name, dot, last = host.lower().removesuffix(".").rpartition(".")
    return bool(name and dot and last not in _INSIDE)


def secrets_in(address: str) -> Iterator[str]:
    """Yield the password and the values of the query of *address*, as written and decoded."""
    scheme = found[0] if (found := _SCHEME.match(address)) else ""
    user, at, _ = address[len(scheme) :].rpartition("@")
    password = user.partition(":")[2] if at else ""
    query = address.partition("?")[2].partition("#")[0]
    written = [password, *(part.partition("=")[2] for part in query.split("&"))]
    decoded = [unquote(password), *(value for _, value in parse_qsl(query))]
    yield from dict.fromkeys(filter(None, [*written, *decoded]))

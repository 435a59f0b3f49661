"""Addresses of web pages: their one form, and which of them a crawl leaves out."""

import re
from collections import Counter
from urllib.parse import SplitResult, quote, unquote, urlsplit

from knowledge.sync.sources.web_page import LONGEST

QUERIES = 100
"""Addresses that differ in their query only, of which more are not read."""

_DEEPEST = 16
_REPEATED = 3
_MOST_PARAMETERS = 8
_SAFE = "/:@!$&'()*+,;=-._~"
_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_IGNORED = re.compile(
    r"(?:utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|phpsessid|jsessionid|sid|session_?id|sessid"
    r"|replytocom|print|share)",
    re.IGNORECASE,
)
"""Parameters that say who comes from where, and not what is shown."""


def normal_address(address: str) -> str:
    """Return *address* in the form in which equal ones are equal; "" if it is none of a page."""
    if len(address) > LONGEST:
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return ""
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    path = _escaped(_SESSION.sub("", parts.path)) or "/"
    kept = [
        pair
        for pair in parts.query.split("&")
        if pair and not _IGNORED.fullmatch(pair.partition("=")[0])
    ]
    query = "&".join(kept).replace(" ", "%20")
    return f"{parts.scheme}://{host}{path}{'?' if query else ''}{query}"


def folder_of(start: str) -> str:
    """Return the folder of the page or sitemap *start*; what has no ending is a folder itself."""
    address = normal_address(start).partition("?")[0]
    folder, _, last = address.rpartition("/")
    return f"{folder}/" if "." in last or not last else f"{address}/"


class TrapDetector:
    """Tells addresses of which a site makes ever more: calendars, filters, circles of folders."""

    def __init__(self) -> None:
        self._queries = Counter[str]()
        self.left_out = dict[str, None]()

    def is_trap(self, address: str) -> bool:
        """Tell whether *address*, which was not seen before, is one too many; notes where."""
        parts = urlsplit(address)
        where = parts._replace(query="").geturl()
        if self._is_endless(parts):
            self.left_out[where] = None
            return True
        if parts.query:
            self._queries[where] += 1
            if self._queries[where] > QUERIES:
                self.left_out[where] = None
                return True
        return False

    def _is_endless(self, parts: SplitResult) -> bool:
        names = [name for name in parts.path.split("/") if name]
        most = max(Counter(names).values(), default=0)
        return (
            len(names) > _DEEPEST or most > _REPEATED or parts.query.count("&") >= _MOST_PARAMETERS
        )


def readable_address(address: str) -> str:
    """Return *address* with its letters instead of their codes, where that is not ambiguous."""
    shown = unquote(address)
    is_clear = shown.isprintable() and shown.count("/") == address.count("/")
    return shown if is_clear and "\ufffd" not in shown else address


def _escaped(path: str) -> str:
    """Return a path in which the same letters always have the same codes."""
    pieces, end = list[str](), 0
    for found in _ESCAPE.finditer(path):
        pieces.append(quote(path[end : found.start()], safe=_SAFE))
        letter = chr(int(found[0][1:], 16))
        is_plain = letter.isascii() and (letter.isalnum() or letter in "-._~")
        pieces.append(letter if is_plain else found[0].upper())
        end = found.end()
    pieces.append(quote(path[end:], safe=_SAFE))
    return "".join(pieces)

"""What a crawl needs to know of a page or a sitemap; runs in a parser process."""

import hashlib
import re
import zlib
from collections.abc import Iterator
from urllib.parse import urljoin

from knowledge.model.errors import ParseError, parse_errors
from knowledge.parsing.decoder import declared_encoding, encoding_named
from knowledge.parsing.html_markdown import parse_html
from knowledge.parsing.html_tables import Element

LONGEST = 2000
"""Characters of an address."""

MOST_LINKS = 10_000
MOST_ADDRESSES = 50_000
"""Addresses of one sitemap (https://www.sitemaps.org/protocol.html)."""

_UNPACKED = 52_428_800
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_NUMBER_OR_ADDRESS = re.compile(r"[\d/]")
_GZIP = b"\x1f\x8b"


def transcoded(body: bytes, content_type: str) -> bytes:
    """Return a page whose bytes are in the encoding that it declares, else in UTF-8.

    A server may state another encoding than the page does; the server's counts.
    """
    named = _CHARSET.search(content_type)
    stated = encoding_named(named[1]) if named else ""
    declared = declared_encoding(body)
    if not stated or stated == declared:
        return body
    return body.decode(stated, "replace").encode(declared or "utf-8", "xmlcharrefreplace")


def examine_page(body: bytes, url: str) -> dict[str, object]:
    """Return the addresses that a page links to, the one that it prefers, and its wishes.

    Keys: `links`, `canonical` ("" for none), `noindex`, `nofollow`, and `gist`: what is equal for
    pages that say the same but for numbers and addresses, as those of a server that fails do.
    """
    page = parse_html(body.decode(declared_encoding(body) or "utf-8", "replace"))
    base = url
    for element in page.iter("base"):
        base = _joined(url, element.get("href") or "") or url
        break
    wishes = " ".join(
        (element.get("content") or "").lower()
        for element in page.iter("meta")
        if (element.get("name") or "").lower() in {"robots", "kotae"}
    )
    return {
        "links": list(dict.fromkeys(_links(page, base))),
        "canonical": next(_canonical(page, base), ""),
        "noindex": "noindex" in wishes or "none" in wishes.split(","),
        "nofollow": "nofollow" in wishes or "none" in wishes.split(","),
        "gist": _gist(page),
    }


def examine_sitemap(body: bytes) -> dict[str, object]:
    """Return the addresses of a sitemap, packed or not, each with the day of its last change.

    Keys: `kind` (`urlset`, `sitemapindex`, or "" if it is no sitemap), `entries`.

    Raises:
        ParseError: when it is damaged, or has more addresses than a sitemap may have.
    """
    from lxml import etree

    if body.startswith(_GZIP):
        body = _unpacked(body)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return {"kind": "", "entries": []}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except etree.XMLSyntaxError as error:
        if b"<urlset" in body[:2000] or b"<sitemapindex" in body[:2000]:
            raise ParseError("not a readable sitemap") from error
        return {"kind": "", "entries": []}
    kind = etree.QName(root).localname
    if kind not in {"urlset", "sitemapindex"}:
        return {"kind": "", "entries": []}
    entries = [list(_entry(element)) for element in root if isinstance(element.tag, str)]
    if len(entries) > MOST_ADDRESSES:
        raise ParseError(f"has more than {MOST_ADDRESSES} addresses")
    return {"kind": kind, "entries": entries}


def _gist(page: Element) -> str:
    words = " ".join(page.itertext()).split()
    kept = "\n".join(word for word in words if not _NUMBER_OR_ADDRESS.search(word))
    return hashlib.sha256(kept.encode("utf-8", "replace")).hexdigest()[:32]


def _entry(element: Element) -> tuple[str, str]:
    from lxml import etree

    found = {
        etree.QName(child).localname: (child.text or "").strip()
        for child in element
        if isinstance(child.tag, str)
    }
    return found.get("loc", "")[:LONGEST], found.get("lastmod", "")[:40]


def _links(page: Element, base: str) -> Iterator[str]:
    count = 0
    for element in page.iter("a", "area"):
        if (address := _joined(base, element.get("href") or "")) and count < MOST_LINKS:
            count += 1
            yield address


def _canonical(page: Element, base: str) -> Iterator[str]:
    for element in page.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            yield _joined(base, element.get("href") or "")


def _joined(base: str, reference: str) -> str:
    reference = reference.strip()
    if not reference or reference.startswith("#") or len(reference) > LONGEST:
        return ""
    try:
        return urljoin(base, reference)
    except ValueError:
        return ""


def _unpacked(body: bytes) -> bytes:
    with parse_errors("packed sitemap"):
        unpacking = zlib.decompressobj(31)
        found = unpacking.decompress(body, _UNPACKED)
    if unpacking.unconsumed_tail:
        raise ParseError(f"a sitemap larger than {_UNPACKED // 1_000_000} MB")
    return found

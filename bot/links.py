"""Addresses in texts: finding them, and disarming those that nothing vouches for."""

import re
from collections.abc import Collection

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://")
_BARE = re.compile(_SCHEME.pattern + r"[^\s<>\"'`|「」『』（）【】、。，！？]+")
_INERT = {"http": "hxxp:", "https": "hxxps:"}
_WEB = re.compile(r"https?://", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKDOWN = re.compile(r"\[([^\[\]]*)\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))*)>?(?:\s[^)]*)?\)")
_DEFINITION = re.compile(r"^[^\S\n]{0,3}\[[^\]\n]+\]:\s*<?[A-Za-z][\w+.-]*:\S*.*$", re.MULTILINE)
_ANGLED = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\s|<>]+)(?:\|([^<>]*))?>")


def links_in(text: str) -> list[str]:
    """Return the http(s) addresses of *text* in order, without the punctuation that follows."""
    return [_trimmed(found[0]) for found in _BARE.finditer(text) if _WEB.match(found[0])]


def disarmed(text: str, known: Collection[str]) -> str:
    """Return *text* with every address that is not in *known* made unclickable (`hxxps://…`).

    A link is a way out for private text: a preview may open it with nobody's click. Markdown and
    Slack links lose their disguise; images become their description.
    """
    text = _DEFINITION.sub("", _IMAGE.sub(r"\1", text))
    text = _ANGLED.sub(lambda link: _unwrapped(link[1], link[2] or "", known), text)
    text = _MARKDOWN.sub(
        lambda link: link[0] if link[2] in known else _unwrapped(link[2], link[1], known), text
    )
    return _BARE.sub(lambda found: _inert(found[0], known), text)


def _unwrapped(address: str, label: str, known: Collection[str]) -> str:
    """Show a link as plain text: its label, and its address where that is known."""
    return f"{label} {address}".strip() if address in known or not label else label


def _inert(found: str, known: Collection[str]) -> str:
    if found in known or _trimmed(found) in known:
        return found
    return _SCHEME.sub(
        lambda scheme: _INERT.get(scheme[1].lower(), f"{scheme[1]}[:]") + "//", found
    )


def _trimmed(address: str) -> str:
    """Take off the punctuation that ends a sentence, not the address."""
    address = address.rstrip(".,;:!?*_~]}")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:!?*_~]}")
    return address

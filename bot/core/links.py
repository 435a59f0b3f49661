"""Finds addresses in texts, and disarms the ones that no source contains."""

import re
from collections.abc import Collection

_HIDING = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
    "|(?<=[\\x00-\\x7f])\u200d|\u200d(?=[\\x00-\\x7f])"
)
"""What nobody sees, and what may be dropped on the way to a reader: an address must not hide in it.
Joiners between emoji stay."""

_PLAIN_SCHEME = re.compile(r"\b(javascript|vbscript|mailto|data)(?=:\w)", re.IGNORECASE)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://")
_BARE = re.compile(_SCHEME.pattern + r"[^\s<>\"'`|「」『』（）【】、。，！？]+")
_INERT = {"http": "hxxp:", "https": "hxxps:"}
_WEB = re.compile(r"https?://", re.IGNORECASE)
_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKDOWN = re.compile(r"\[([^\[\]]*)\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))*)>?(?:\s[^)]*)?\)")
_DEFINITION = re.compile(r"^[^\S\n]{0,3}\[[^\]\n]+\]:\s*<?[A-Za-z][\w+.-]*:\S*.*$", re.MULTILINE)
_HOST = re.compile(
    r"(?<![\w@./:%-])((?:[a-z0-9-]+\.)+)([a-z]{2,24})(?=(/|\?)\S)|(?<![\w@./:-])(www\.)(?=\w)",
    re.IGNORECASE,
)
_ANGLED = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]*:[^\s|<>]+)(?:\|([^<>]*))?>")


def links_in(text: str) -> list[str]:
    """Return the http(s) addresses of *text* in order, without the punctuation that follows."""
    return [_trimmed(found[0]) for found in _BARE.finditer(text) if _WEB.match(found[0])]


def disarmed(text: str, known: Collection[str], labelled: Collection[str] = ()) -> str:
    """Return *text* with every address that is not in *known* made unclickable (`hxxps://…`).

    A link is a way out for private text: a preview may open it with nobody's click. Markdown and
    Slack links lose their disguise, except those in *labelled*; images become their description.
    What a chat program may take for an address without its scheme (`www.…`, `site.example/…`) is
    broken up too.
    """
    text = _DEFINITION.sub("", _IMAGE.sub(r"\1", legible(text)))
    text = _ANGLED.sub(lambda link: _unwrapped(link[1], link[2] or "", known), text)
    text = _MARKDOWN.sub(
        lambda link: link[0] if link[2] in labelled else _unwrapped(link[2], link[1], known), text
    )
    pieces, end = list[str](), 0
    for found in _BARE.finditer(text):
        pieces += [_HOST.sub(_broken, text[end : found.start()]), _inert(found[0], known)]
        end = found.end()
    text = "".join([*pieces, _HOST.sub(_broken, text[end:])])
    return _PLAIN_SCHEME.sub(r"\1[.]", text)


def legible(text: str) -> str:
    """Return *text* without invisible characters that could hide an address."""
    return _HIDING.sub("", text)


def _unwrapped(address: str, label: str, known: Collection[str]) -> str:
    """Show a link as plain text: its label, and its address where that is known."""
    return f"{label} {address}".strip() if address in known or not label else label


def _broken(host: re.Match[str]) -> str:
    return "www[.]" if host[4] else f"{host[1]}{host[2]}".replace(".", "[.]")


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

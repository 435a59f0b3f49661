"""What a server says, as passages: quotations with an address, in bounded number and length."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.core.links import as_target
from bot.core.server_evidence import SERVER
from bot.mcp_client.arguments import short
from knowledge.model.settings import McpServerSettings
from knowledge.model.types import Passage
from knowledge.text.chunker import split
from knowledge.text.plain_text import plain_text

MOST_PASSAGES = 8
MOST_CHARACTERS = 40_000
"""Characters of one result that are read."""

_PIECE_TOKENS = 300
_LONGEST_ADDRESS = 1_000
_MOST_NODES = 5_000
_TEXTS = ("text", "content", "snippet", "excerpt", "description", "body", "summary")
_TITLES = ("title", "name", "subject", "heading")
_ADDRESSES = ("url", "link", "web_url", "html_url", "permalink", "uri", "href")


@dataclass(frozen=True, slots=True)
class _Record:
    """One thing that a server tells of."""

    text: str
    title: str = ""
    url: str = ""


def passages_of(
    server: McpServerSettings, tool: str, content: Sequence[Any], structured: object
) -> tuple[Passage, ...]:
    """Return what a result says; `score` is 0, as of all that comes from outside.

    Args:
        server: Who says it.
        tool: By which of its tools.
        content: The blocks of the result; pictures and sounds are passed over.
        structured: The same as data, or None.
    """
    records = list(_records(structured)) if structured is not None else []
    if not any(record.url for record in records):
        records = [one for block in content for one in _of_block(block)] or records
    found, room = list[Passage](), MOST_CHARACTERS
    for record in records:
        text, room = record.text[:room], room - len(record.text)
        for piece in split(plain_text(text), _PIECE_TOKENS):
            if len(found) == MOST_PASSAGES:
                return tuple(found)
            if piece.strip():
                found.append(_passage(server, tool, record, piece.strip(), len(found)))
        if room <= 0:
            break
    return tuple(found)


def _passage(
    server: McpServerSettings, tool: str, record: _Record, text: str, number: int
) -> Passage:
    url = _address(record.url) or server.link
    said = hashlib.sha256(f"{tool}\0{record.title}\0{text}".encode()).hexdigest()[:16]
    document = f"{SERVER}{server.name}:{url or tool}"
    return Passage(
        id=f"{document}#{said}",
        document_id=document,
        source=f"{SERVER}{server.name}",
        title=short(record.title) or f"{server.name}: {tool}",
        url=url,
        text=text,
        score=0.0,
        highlight=text if number == 0 else "",
    )


def _of_block(block: Any) -> Iterator[_Record]:
    """Yield what one block of a result says."""
    match getattr(block, "type", ""):
        case "text":
            yield from _of_text(block.text)
        case "resource_link":
            about = block.description or block.title or block.name
            yield _Record(str(about), str(block.title or block.name), str(block.uri))
        case "resource" if text := getattr(block.resource, "text", None):
            yield _Record(str(text), "", str(block.resource.uri))


def _of_text(text: str) -> Iterator[_Record]:
    """Yield what a text says, which is often JSON with a list of things."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            found = list(_records(json.loads(text)))
        except (ValueError, RecursionError):
            found = []
        if found:
            yield from found
            return
    yield _Record(text)


def _records(value: object) -> Iterator[_Record]:
    """Yield the objects inside *value* that say something, in order; their parts are not visited.

    An object says something when it has a text, and a title or an address.
    """
    waiting, visited = [value], 0
    while waiting and visited < _MOST_NODES:
        node, visited = waiting.pop(), visited + 1
        if isinstance(node, Mapping):
            text, title, url = (_first(node, names) for names in (_TEXTS, _TITLES, _ADDRESSES))
            if text and (title or url):
                yield _Record(text, title, url)
            else:
                waiting += reversed(list(node.values())[:_MOST_NODES])
        elif isinstance(node, list):
            waiting += reversed(node[:_MOST_NODES])


def _first(node: Mapping[Any, Any], names: Sequence[str]) -> str:
    found = (node.get(name) for name in names)
    return next((one for one in found if isinstance(one, str) and one.strip()), "")


def _address(url: str) -> str:
    """Return *url* if a reader can open it, else ""."""
    if len(url) > _LONGEST_ADDRESS or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return as_target(url) if plain else ""

"""The visible text of a message, and whom it notifies."""

import re
from collections.abc import Iterator, Mapping, Sequence

ReadBlock = Mapping[str, object]

_TOKEN = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_PINGS = frozenset({"here", "channel", "everyone"})


def unescape(text: str) -> str:
    """Undo Slack's three entities; `&amp;` last, so that `&amp;lt;` stays `&lt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def readable(blocks: Sequence[ReadBlock], text: str) -> str:
    """Return the text of *blocks*, or of *text* where there are none."""
    lines = [line for block in blocks for line in _lines(block)] if blocks else [_untoken(text)]
    return "\n".join(line for line in lines if line)


def notified(blocks: Sequence[ReadBlock], text: str) -> frozenset[str]:
    """Return the ids and words that a message pings; code spans ping nobody."""
    sources = list(_strings(blocks)) if blocks else [text]
    return frozenset(_pings(sources)) | frozenset(_rich_pings(blocks))


def _untoken(text: str) -> str:
    def shown(match: re.Match[str]) -> str:
        sigil, target, label = match.groups()
        return label or f"{'@' if sigil == '!' else sigil}{target}"

    return unescape(_TOKEN.sub(shown, text))


def _lines(node: object) -> Iterator[str]:
    """Yield the visible strings of a block, depth first, in the order of its keys."""
    if isinstance(node, Mapping):
        kind = node.get("type")
        if kind in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}:
            yield "".join(_inline(element) for element in _list(node.get("elements")))
        elif kind in {"mrkdwn", "plain_text", "markdown", "text"}:
            text = str(node.get("text", ""))
            yield unescape(text) if kind == "markdown" else _untoken(text)
        else:
            yield from _children(node)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _lines(item)


def _children(node: Mapping[str, object]) -> Iterator[str]:
    hidden = {"type", "block_id", "action_id", "value", "url", "image_url", "status", "confirm"}
    for key, value in node.items():
        if key in hidden:
            continue
        if isinstance(value, str) and key in {"title", "text", "body", "alt_text"}:
            yield _untoken(value)
        else:
            yield from _lines(value)


def _inline(element: object) -> str:
    if not isinstance(element, Mapping):
        return ""
    match element.get("type"):
        case "user":
            return f"@{element.get('user_id', '')}"
        case "channel":
            return f"#{element.get('channel_id', '')}"
        case "usergroup":
            return f"@{element.get('usergroup_id', '')}"
        case "broadcast":
            return f"@{element.get('range', '')}"
        case "emoji":
            return f":{element.get('name', '')}:"
        case "link":
            return str(element.get("text") or element.get("url", ""))
        case _:
            return str(element.get("text", ""))


def _strings(node: object) -> Iterator[str]:
    """Yield every string in which Slack looks for `<…>` tokens."""
    if isinstance(node, Mapping):
        if node.get("type") in {"mrkdwn", "markdown"}:
            yield str(node.get("text", ""))
        else:
            for value in node.values():
                yield from _strings(value)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _strings(item)


def _pings(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        for sigil, target, _label in _TOKEN.findall(_CODE.sub("", text)):
            if sigil == "@" or (sigil == "!" and target in _PINGS):
                yield target
            elif sigil == "!" and target.startswith("subteam^"):
                yield target.removeprefix("subteam^")


def _rich_pings(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        match node.get("type"):
            case "user":
                yield str(node.get("user_id", ""))
            case "usergroup":
                yield str(node.get("usergroup_id", ""))
            case "broadcast":
                yield str(node.get("range", ""))
        for value in node.values():
            yield from _rich_pings(value)
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _rich_pings(item)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []

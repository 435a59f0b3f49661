"""Converts typed text as Slack does."""

import re
from collections.abc import Iterator, Mapping

from bot.workspace.plain_text import unescape

_KEPT = re.compile(
    r"(?P<token><(?:@[UW][A-Z0-9]+|#C[A-Z0-9]+|!(?:here|channel|everyone|subteam\^[A-Z0-9]+)"
    r"|https?://[^\s<>|]+|mailto:[^\s<>|]+)(?:\|[^<>\n]*)?>)"
    r"|(?P<link>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"。、])"
)
_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_NAME = re.compile(r"([@#])([\w.-]+)")


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def typed(text: str) -> str:
    """Return *text* as it travels in events: escaped, tokens kept, bare links in brackets."""
    pieces, end = [], 0
    for match in _KEPT.finditer(text):
        pieces.append(escape(text[end : match.start()]))
        link = match["link"]
        pieces.append(f"<{escape(link)}>" if link else match["token"])
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def rich_text(text: str, block_id: str) -> dict[str, object]:
    """Return the `rich_text` block that Slack's editor makes of *text* (in the form of `typed`)."""
    section = {"type": "rich_text_section", "elements": list(_elements(text))}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def with_tokens(text: str, names: Mapping[str, str]) -> str:
    """Replace `@name` and `#name` by their tokens, as a command with `should_escape` does.

    Args:
        text: What was typed.
        names: `@bob` or `#general` to the token.
    """
    return _NAME.sub(lambda match: names.get(match[0], match[0]), text)


def _elements(text: str) -> Iterator[dict[str, object]]:
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            yield {"type": "text", "text": unescape(text[end : match.start()])}
        yield _element(*match.groups())
        end = match.end()
    if end < len(text):
        yield {"type": "text", "text": unescape(text[end:])}


def _element(sigil: str, target: str, label: str | None) -> dict[str, object]:
    if sigil == "@":
        return {"type": "user", "user_id": target}
    if sigil == "#":
        return {"type": "channel", "channel_id": target}
    if target.startswith("subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("subteam^")}
    if sigil == "!":
        return {"type": "broadcast", "range": target}
    link: dict[str, object] = {"type": "link", "url": unescape(target)}
    return link | ({"text": unescape(label)} if label else {})

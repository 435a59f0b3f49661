"""Slack's two ways to write formatted text, as HTML: `mrkdwn` and Markdown.

No written text reaches the page as HTML: text is escaped, only web addresses become links, and
pictures are shown as their descriptions, because the page fetches nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from bot.workspace.plain_text import unescape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TOKEN = re.compile(r"<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>")
_CODE = re.compile(r"```\n?(?P<block>.*?)\n?```|`(?P<span>[^`\n]+)`", re.DOTALL)
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)
_QUOTE = re.compile(r"(?:^&gt; ?[^\n]*(?:\n|\Z))+", re.MULTILINE)
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_HELD = "\ue000{}\ue001"
_HELD_PATTERN = re.compile("\ue000(\\d+)\ue001")
_MARKS = str.maketrans("", "", "\ue000\ue001")
"""Both are private characters, which mean nothing in a message."""

EMOJI: Mapping[str, str] = {
    "+1": "👍",
    "-1": "👎",
    "thumbsup": "👍",
    "thumbsdown": "👎",
    "eyes": "👀",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "tada": "🎉",
    "heart": "❤️",
    "pray": "🙏",
    "thinking_face": "🤔",
    "warning": "⚠️",
    "x": "❌",
    "bulb": "💡",
    "book": "📖",
    "mag": "🔍",
    "wave": "👋",
    "rocket": "🚀",
}


@dataclass(frozen=True, slots=True)
class MentionNames:
    """The names of users, user groups and channels, by id."""

    users: Mapping[str, str]
    channels: Mapping[str, str]


def mrkdwn(text: str, names: MentionNames) -> str:
    """Return Slack's own markup as HTML."""
    held, text = _Held(), text.translate(_MARKS)
    text = _CODE.sub(lambda match: held.keep(_code(match)), text)
    text = _TOKEN.sub(lambda match: held.keep(token(match, names)), text)
    shown = escape(unescape(text), quote=False)
    shown = _QUOTE.sub(lambda match: _quoted(match[0]), shown)
    for pattern, style in _STYLES:
        shown = pattern.sub(style, shown)
    return held.restore(emoji(shown)).replace("\n", "<br>")


def markdown(text: str, names: MentionNames) -> str:
    """Return a Markdown block as HTML; tokens such as `<@U1>` are mentions in it."""
    held, text = _Held(), text.translate(_MARKS)
    text = _TOKEN.sub(lambda match: held.keep(token(match, names)), text)
    return held.restore(emoji(str(_parser().render(text))))


def plain(text: str) -> str:
    """Return plain text as HTML."""
    return emoji(escape(text, quote=False)).replace("\n", "<br>")


def link(address: str, label: str) -> str:
    """Return a link; text if it is no web address."""
    if not address.startswith(("http://", "https://", "mailto:")):
        return escape(label)
    target = escape(_HELD_PATTERN.sub("", address))
    return f'<a href="{target}" target="_blank" rel="noopener noreferrer">{escape(label)}</a>'


def mention(sigil: str, name: str) -> str:
    """Return a mention of a person, a group or a channel."""
    return f'<span class="mention">{escape(sigil + name)}</span>'


def token(match: re.Match[str], names: MentionNames) -> str:
    """Return the meaning of `<…>` as HTML."""
    sigil, target, label = match.groups()
    match sigil:
        case "@":
            return mention("@", label or names.users.get(target, target))
        case "#":
            return mention("#", label or names.channels.get(target, target))
        case "!":
            group = target.removeprefix("subteam^")
            return mention("@", label or names.users.get(group, group))
        case _:
            address = unescape(target)
            return link(address, unescape(label) if label else address)


def emoji(text: str) -> str:
    """Replace the names of well-known emoji by the characters."""
    return _EMOJI.sub(lambda match: EMOJI.get(match[1], match[0]), text)


class _Held:
    """Holds finished HTML out of the way while the rest is converted."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def keep(self, piece: str) -> str:
        self._pieces.append(piece)
        return _HELD.format(len(self._pieces) - 1)

    def restore(self, text: str) -> str:
        """Put the pieces back; each can hold earlier ones alone."""
        return self._restore(text, len(self._pieces))

    def _restore(self, text: str, end: int) -> str:
        def piece(match: re.Match[str]) -> str:
            number = int(match[1])
            return self._restore(self._pieces[number], number) if number < end else ""

        return _HELD_PATTERN.sub(piece, text)


def _code(match: re.Match[str]) -> str:
    if match["block"] is not None:
        return f"<pre>{escape(unescape(match['block']))}</pre>"
    return f"<code>{escape(unescape(match['span']))}</code>"


def _quoted(lines: str) -> str:
    said = "\n".join(line.removeprefix("&gt;").removeprefix(" ") for line in lines.splitlines())
    return f"<blockquote>{said}</blockquote>"


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("image", _image)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("fence", _fence)
    return parser


def _image(_renderer: object, tokens: list[object], index: int, *_rest: object) -> str:
    return plain(f"🖼 {getattr(tokens[index], 'content', '')}")


def _fence(_renderer: object, tokens: list[object], index: int, *_rest: object) -> str:
    """Show a block of code without its language: held pieces may not get into an attribute."""
    return f"<pre><code>{escape(getattr(tokens[index], 'content', ''))}</code></pre>\n"


def _link_open(renderer: object, tokens: list[object], index: int, *_rest: object) -> str:
    del renderer
    address = str(tokens[index].attrGet("href") or "")  # type: ignore[attr-defined]
    if not address.startswith(("http://", "https://", "mailto:")):
        return '<a class="inert">'
    target = escape(_HELD_PATTERN.sub("", address))
    return f'<a href="{target}" target="_blank" rel="noopener noreferrer">'

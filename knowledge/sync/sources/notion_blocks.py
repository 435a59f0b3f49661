"""Writes the blocks and properties of a page of Notion as HTML.

See developers.notion.com/reference/block. What is not known is written as the text in it, so that
new kinds of blocks lose nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

_Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NotionBlock:
    """A block with its content and the blocks in it."""

    id: str
    kind: str
    content: _Json
    children: Sequence["NotionBlock"] = field(default_factory=tuple)


def blocks_html(blocks: Sequence[NotionBlock]) -> str:
    """Return *blocks* as HTML; items that follow each other are one list."""
    parts = []
    for tag, some in groupby(blocks, lambda block: _LISTS.get(block.kind, "")):
        inner = "\n".join(map(_block, some))
        parts.append(f"<{tag}>{inner}</{tag}>" if tag else inner)
    return "\n".join(parts)


def properties_html(properties: _Json) -> str:
    """Return the filled properties of a page, other than its title, as a list."""
    rows = []
    for name, value in properties.items():
        if isinstance(value, Mapping) and value.get("type") != "title" and (text := _value(value)):
            rows.append(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>")
    return f"<dl>{''.join(rows)}</dl>" if rows else ""


def title_of(properties: _Json) -> str:
    """Return the title among the *properties* of a page."""
    for value in properties.values():
        if isinstance(value, Mapping) and value.get("type") == "title":
            return plain(value.get("title"))
    return ""


def plain(rich_text: object) -> str:
    """Return rich text without its marks."""
    return "".join(str(piece.get("plain_text") or "") for piece in _pieces(rich_text))


def _pieces(rich_text: object) -> Iterator[_Json]:
    if isinstance(rich_text, Sequence) and not isinstance(rich_text, str):
        yield from (piece for piece in rich_text if isinstance(piece, Mapping))


def _rich(rich_text: object) -> str:
    """Return rich text as HTML; a formula stays in LaTeX."""
    parts = []
    for piece in _pieces(rich_text):
        text = escape(str(piece.get("plain_text") or ""))
        marks = piece.get("annotations")
        marks = marks if isinstance(marks, Mapping) else {}
        if piece.get("type") == "equation":
            text = f"${text}$"
        elif marks.get("code"):
            text = f"<code>{text}</code>"
        if marks.get("strikethrough"):
            text = f"<s>{text}</s>"
        if href := piece.get("href"):
            text = f'<a href="{escape(_absolute(str(href)))}">{text}</a>'
        parts.append(text.replace("\n", "<br>"))
    return "".join(parts)


def _absolute(address: str) -> str:
    return f"https://www.notion.so{address}" if address.startswith("/") else address


def _block(block: NotionBlock) -> str:
    inner = blocks_html(block.children)
    if write := _WRITERS.get(block.kind):
        return write(block, inner)
    text = _rich(block.content.get("rich_text")) or _rich(block.content.get("title"))
    return (f"<p>{text}</p>" if text else "") + inner


def _item(block: NotionBlock, inner: str) -> str:
    return f"<li>{_rich(block.content.get('rich_text'))}{inner}</li>"


def _to_do(block: NotionBlock, inner: str) -> str:
    ticked = "checked" if block.content.get("checked") is True else ""
    text = _rich(block.content.get("rich_text"))
    return f'<li><input type="checkbox" {ticked}>{text}{inner}</li>'


def _heading(block: NotionBlock, inner: str) -> str:
    """Return a heading, one level lower: the page's title is the highest."""
    level = int(block.kind[-1]) + 1
    return f"<h{level}>{_rich(block.content.get('rich_text'))}</h{level}>{inner}"


def _code(block: NotionBlock, inner: str) -> str:
    language = escape(str(block.content.get("language") or "").replace(" ", "-"))
    code = escape(plain(block.content.get("rich_text")))
    return f'<pre class="language-{language}">{code}</pre>{_caption(block)}{inner}'


def _quote(block: NotionBlock, inner: str) -> str:
    text = _rich(block.content.get("rich_text"))
    return f"<blockquote><p>{text}</p>{inner}</blockquote>"


def _callout(block: NotionBlock, inner: str) -> str:
    icon = block.content.get("icon")
    emoji = str(icon.get("emoji") or "") if isinstance(icon, Mapping) else ""
    text = _rich(block.content.get("rich_text"))
    return f"<div><p>{escape(emoji)} {text}</p>{inner}</div>"


def _table(block: NotionBlock, inner: str) -> str:
    del inner  # its rows are written here
    rows = []
    for number, row in enumerate(block.children):
        cells = row.content.get("cells")
        tags = []
        for place, cell in enumerate(cells if isinstance(cells, Sequence) else ()):
            is_head = (number == 0 and block.content.get("has_column_header") is True) or (
                place == 0 and block.content.get("has_row_header") is True
            )
            tag = "th" if is_head else "td"
            tags.append(f"<{tag}>{_rich(cell)}</{tag}>")
        rows.append(f"<tr>{''.join(tags)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _caption(block: NotionBlock) -> str:
    text = _rich(block.content.get("caption"))
    return f"<p>{text}</p>" if text else ""


def _file(block: NotionBlock, inner: str) -> str:
    """Return the name of a file with its caption; its address would expire within the hour."""
    name = block.content.get("name")
    for kind in ("external", "file"):
        place = block.content.get(kind)
        if not name and isinstance(place, Mapping):
            name = unquote(PurePosixPath(urlsplit(str(place.get("url") or "")).path).name)
    return f"<p>{escape(str(name or ''))}</p>{_caption(block)}{inner}"


def _link(block: NotionBlock, inner: str) -> str:
    url = escape(str(block.content.get("url") or ""))
    return f'<p><a href="{url}">{url}</a></p>{_caption(block)}{inner}'


def _child(block: NotionBlock, inner: str) -> str:
    title = escape(str(block.content.get("title") or ""))
    return f'<p><a href="{_address(block.id)}">{title}</a></p>{inner}'


def _page_link(block: NotionBlock, inner: str) -> str:
    target = block.content.get(str(block.content.get("type")))
    return f"<p>{_address(target)}</p>{inner}" if isinstance(target, str) else inner


def _address(id_: str) -> str:
    return escape(f"https://www.notion.so/{id_.replace('-', '')}")


def _equation(block: NotionBlock, inner: str) -> str:
    return f"<p>$${escape(str(block.content.get('expression') or ''))}$$</p>{inner}"


_LISTS = {"bulleted_list_item": "ul", "numbered_list_item": "ol", "to_do": "ul"}

_WRITERS: Mapping[str, Callable[[NotionBlock, str], str]] = {
    "bulleted_list_item": _item,
    "numbered_list_item": _item,
    "to_do": _to_do,
    **{f"heading_{level}": _heading for level in range(1, 5)},
    "code": _code,
    "quote": _quote,
    "callout": _callout,
    "table": _table,
    "divider": lambda _, inner: f"<hr>{inner}",
    **dict.fromkeys(("image", "file", "pdf", "video", "audio"), _file),
    **dict.fromkeys(("bookmark", "embed", "link_preview"), _link),
    **dict.fromkeys(("child_page", "child_database"), _child),
    "link_to_page": _page_link,
    "equation": _equation,
}


def _value(value: _Json) -> str:
    """Return the value of a property, a formula or a rollup as text."""
    kind = str(value.get("type") or "")
    held = value.get(kind)
    if kind in ("rich_text", "title"):
        return plain(held)
    if isinstance(held, Mapping):
        if kind in ("formula", "rollup"):
            return _value(held)
        return _mapped(held)
    if isinstance(held, Sequence) and not isinstance(held, str):
        each = (_listed(item) for item in held if isinstance(item, Mapping))
        return ", ".join(filter(None, each))
    if isinstance(held, bool):
        return "☒" if held else "☐"
    return "" if held is None else str(held)


def _mapped(held: _Json) -> str:
    """Return what an option, a date, a person, a number or a verification says."""
    if held.get("start"):
        end = held.get("end")
        return f"{held['start']} – {end}" if end else str(held["start"])
    if "number" in held:
        prefix = held.get("prefix")
        return f"{prefix}-{held['number']}" if prefix else str(held["number"])
    return str(held.get("name") or held.get("state") or "")


def _listed(item: _Json) -> str:
    """Return an item of a list: an option, a person, a file, or a value of a rollup."""
    return str(item.get("name") or "") or ("" if "id" in item else _value(item))

"""Converts the content of Backlog's documents to Markdown.

A document is a tree of nodes, as the editor ProseMirror keeps it:
https://developer.nulab.com/docs/backlog/api/get-document. Nodes of unknown types count as what is
in them, so that no text is lost.
"""

import json
from collections.abc import Iterator
from typing import Any

from knowledge.parsing.fences import fenced
from knowledge.parsing.tables import markdown_table
from knowledge.sync.rendered_page import literal

_DEEPEST = 100
"""Levels of nodes within nodes that are read."""

_MARKS = {"bold": "**", "strong": "**", "italic": "*", "em": "*", "code": "`", "strike": "~~"}
_LISTS = {"bulletList": "-", "bullet_list": "-", "orderedList": "1.", "ordered_list": "1."}


def markdown_of_document(content: str, plain: str) -> str:
    """Return the Markdown of a document.

    Args:
        content: The tree, as JSON.
        plain: Its text, which is shown if the tree cannot be read.
    """
    try:
        root = json.loads(content)
    except (ValueError, RecursionError):
        root = None
    blocks = list(_blocks(root, 0)) if isinstance(root, dict) else []
    return "\n\n".join(block for block in blocks if block.strip()) or literal(plain)


def _blocks(node: dict[str, Any], depth: int) -> Iterator[str]:
    """Yield the blocks of a node that is not text."""
    if depth > _DEEPEST:
        return
    kind, about = node.get("type"), node.get("attrs")
    attributes = about if isinstance(about, dict) else {}
    if kind == "heading":
        level = attributes.get("level")
        rank = min(max(level, 1), 6) if isinstance(level, int) else 1
        yield f"{'#' * rank} {_inline(node, depth)}"
    elif kind in ("codeBlock", "code_block"):
        yield fenced(_inline(node, depth, marked=False), attributes.get("language"))
    elif kind in _LISTS or kind == "taskList":
        yield "\n".join(_items(node, _LISTS.get(str(kind), "-"), depth))
    elif kind == "blockquote":
        inside = "\n\n".join(_inner(node, depth))
        yield "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
    elif kind == "table":
        rows = [[_one_line(cell, depth) for cell in _children(row)] for row in _children(node)]
        yield markdown_table(rows, has_names=True)
    elif any(child.get("type") in ("text", "hardBreak", "mention") for child in _children(node)):
        yield _inline(node, depth)
    else:
        yield from _inner(node, depth)


def _inner(node: dict[str, Any], depth: int) -> Iterator[str]:
    for child in _children(node):
        yield from _blocks(child, depth + 1)


def _items(node: dict[str, Any], mark: str, depth: int) -> Iterator[str]:
    for item in _children(node):
        checked = (
            (item.get("attrs") or {}).get("checked") if item.get("type") == "taskItem" else None
        )
        box = "" if checked is None else f"[{'x' if checked else ' '}] "
        text = box + "\n".join(_inner(item, depth + 1))
        indent = " " * (len(mark) + 1)
        yield f"{mark} " + text.replace("\n", f"\n{indent}")


def _inline(node: dict[str, Any], depth: int, *, marked: bool = True) -> str:
    """Return the text of a node with its marks."""
    parts = list[str]()
    for child in _children(node):
        if child.get("type") == "text":
            parts.append(_marked(child) if marked else str(child.get("text", "")))
        elif child.get("type") == "hardBreak":
            parts.append("\n")
        elif child.get("type") == "mention":
            parts.append(f"@{(child.get('attrs') or {}).get('label', '')}")
        elif depth < _DEEPEST:
            parts.append(_inline(child, depth + 1, marked=marked))
    return "".join(parts)


def _marked(node: dict[str, Any]) -> str:
    text = str(node.get("text", ""))
    marks = [mark for mark in node.get("marks") or () if isinstance(mark, dict)]
    kinds = {mark.get("type") for mark in marks}
    shown = text if "code" in kinds else literal(text)
    for kind, sign in _MARKS.items():
        if kind in kinds and text.strip():
            shown = f"{sign}{shown}{sign}"
    for mark in marks:
        address = str((mark.get("attrs") or {}).get("href", ""))
        if mark.get("type") == "link" and address.startswith(("https://", "http://")):
            shown = f"[{shown}]({address.replace(')', '%29').replace(' ', '%20')})"
    return shown


def _one_line(node: dict[str, Any], depth: int) -> str:
    return " ".join(" ".join(_inner(node, depth + 1)).split())


def _children(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = node.get("content")
    return [child for child in found if isinstance(child, dict)] if isinstance(found, list) else []

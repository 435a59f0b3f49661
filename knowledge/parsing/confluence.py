"""Rewrites Confluence's storage format, and the task lists of its exports, as ordinary HTML."""

import html
import re

from knowledge.parsing.html_marks import classes_of
from knowledge.parsing.html_tables import Element

_TAG = re.compile(r"<((?:ac|ri|at):[\w-]++)([^<>]*+)>")
_NAMES = ("ri:content-title", "ac:emoji-fallback", "ac:name")
"""Attributes that say what a link or an emoji without text shows."""

_PARAGRAPHS = frozenset(
    {"structured-macro", "rich-text-body", "layout", "layout-section", "layout-cell", "adf-content"}
)
_DROPPED = frozenset({"parameter", "task-id", "placeholder", "adf-attribute", "image"})
_INLINE = frozenset({"status", "jira"})
"""Macros that are words in a sentence."""


def as_html(text: str) -> str:
    """Return *text* with what only XML knows written as HTML: CDATA and empty elements."""
    head, *parts = text.split("<![CDATA[")
    kept = [head]
    for part in parts:
        content, closed, rest = part.partition("]]>")
        kept += [html.escape(content), rest] if closed else [part]
    return _TAG.sub(_with_end, "".join(kept))


def rewrite(root: Element) -> None:
    """Rewrite Confluence's own elements below *root*, in place."""
    for element in list(root.iter()):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "ac:structured-macro":
            _rewrite_macro(element)
        elif tag == "ac:task":
            _rewrite_task(element)
        elif tag == "ac:adf-fallback":
            kept = element.getparent().find("{*}adf-content")
            element.tag = "div" if kept is None else "template"
        elif tag == "li" and "inline-task-list" in classes_of(element.getparent()):
            _tick(element, is_done="checked" in classes_of(element))
    for element in list(root.iter()):
        if isinstance(element.tag, str) and element.tag.startswith(("ac:", "ri:")):
            _rename(element)


def _with_end(match: re.Match[str]) -> str:
    name, rest = match.groups()
    return f"<{name}{rest[:-1]}></{name}>" if rest.endswith("/") else match[0]


def _rewrite_macro(macro: Element) -> None:
    """Show the title of a macro above its body, and code as code."""
    stated = {
        child.get("ac:name"): " ".join("".join(child.itertext()).split())
        for child in macro
        if child.tag == "ac:parameter"
    }
    shown = stated.get("title") or ""
    if macro.get("ac:name") in _INLINE:
        macro.tag = "span"
        macro.text = shown or stated.get("key", "")
        return
    if shown:
        title = macro.makeelement("p")
        title.text = shown
        macro.insert(0, title)
    for body in macro:
        if body.tag == "ac:plain-text-body":
            body.tag = "pre"
            if stated.get("language"):
                body.set("class", f"language-{stated['language']}")


def _rewrite_task(task: Element) -> None:
    status = ""
    for part in task:
        if part.tag == "ac:task-status":
            status = "".join(part.itertext()).strip()
            part.tag = "template"
        elif part.tag == "ac:task-body":
            part.tag = "span"
    task.tag = "li"
    parent = task.getparent()
    if parent is not None and parent.tag == "ac:task-list":
        parent.tag = "ul"
    _tick(task, is_done=status == "complete")


def _tick(item: Element, *, is_done: bool) -> None:
    box = item.makeelement("input", type="checkbox")
    if is_done:
        box.set("checked", "")
    item.text, box.tail = None, item.text
    item.insert(0, box)


def _rename(element: Element) -> None:
    """Make an element of Confluence one of HTML."""
    name = element.tag.partition(":")[2]
    if name in _DROPPED:
        element.tag = "template"
        return
    if not "".join(element.itertext()).strip() and not element.tag.startswith("ac:structured"):
        element.text = next(filter(None, map(element.get, _NAMES)), "")
    element.tag = "div" if name in _PARAGRAPHS else "span"

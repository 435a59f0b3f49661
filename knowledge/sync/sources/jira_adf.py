"""Writes the Atlassian Document Format, in which Jira Cloud returns texts, as HTML.

See developer.atlassian.com/cloud/jira/platform/apis/document/structure. What is not known is
written as the text in it, so that new kinds of nodes lose nothing.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from html import escape

_DEEPEST = 200
"""Nested nodes; the interface's JSON is not read beyond that either."""

_TAGS = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "panel": "div",
    "table": "table",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "taskList": "ul",
    "decisionList": "ul",
    "decisionItem": "li",
    "layoutSection": "div",
    "layoutColumn": "div",
    "mediaSingle": "div",
    "mediaGroup": "div",
    "caption": "p",
}

_MARKS = {"code": "code", "strike": "s", "strong": "b", "em": "i", "underline": "u"}

_Node = Mapping[str, object]


def adf_html(document: object, deep: int = 0) -> str:
    """Return *document*, a node as JSON or a plain text, as HTML."""
    if isinstance(document, str):
        return f"<p>{escape(document)}</p>"
    if not isinstance(document, Mapping) or deep > _DEEPEST:
        return ""
    kind, given = document.get("type"), document.get("attrs")
    attrs = given if isinstance(given, Mapping) else {}
    if kind == "text":
        return _text(document)
    if leaf := _LEAVES.get(str(kind)):
        return leaf(attrs)
    inner = _inner(document, deep)
    if wrap := _WRAPS.get(str(kind)):
        return wrap(attrs, inner)
    tag = _TAGS.get(str(kind))
    return f"<{tag}{_spans(attrs, str(kind))}>{inner}</{tag}>" if tag else inner


def _inner(node: _Node, deep: int) -> str:
    content = node.get("content")
    if not isinstance(content, Sequence) or isinstance(content, str):
        return ""
    return "".join(adf_html(child, deep + 1) for child in content)


def _text(node: _Node) -> str:
    text = escape(str(node.get("text") or ""))
    marks = node.get("marks")
    for mark in marks if isinstance(marks, Sequence) else ():
        if not isinstance(mark, Mapping):
            continue
        attrs = mark.get("attrs")
        attrs = attrs if isinstance(attrs, Mapping) else {}
        kind = mark.get("type")
        if kind == "link":
            text = f'<a href="{_of(attrs, "href")}">{text}</a>'
        elif kind == "subsup":
            tag = "sup" if attrs.get("type") == "sup" else "sub"
            text = f"<{tag}>{text}</{tag}>"
        elif tag := _MARKS.get(str(kind), ""):
            text = f"<{tag}>{text}</{tag}>"
    return text


def _spans(attrs: _Node, kind: str) -> str:
    names = {"tableCell": ("colspan", "rowspan"), "tableHeader": ("colspan", "rowspan")}
    start = attrs.get("order") if kind == "orderedList" else None
    stated = {"start": start} | {name: attrs.get(name) for name in names.get(kind, ())}
    return "".join(f' {name}="{value}"' for name, value in stated.items() if isinstance(value, int))


def _of(attrs: _Node, *names: str) -> str:
    """Return the first attribute of *names* that is stated, for HTML."""
    return escape(next((str(attrs[name]) for name in names if attrs.get(name)), ""))


def _card(attrs: _Node) -> str:
    url = _of(attrs, "url")
    return f'<a href="{url}">{url}</a>'


def _date(attrs: _Node) -> str:
    """Return a date node, whose time stamp is in milliseconds, as an ISO date."""
    try:
        moment = dt.datetime.fromtimestamp(int(str(attrs.get("timestamp"))) / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return moment.date().isoformat()


def _heading(attrs: _Node, inner: str) -> str:
    """Return a heading, one level lower: the issue has the highest."""
    stated = attrs.get("level")
    level = min(max(stated, 1), 5) if isinstance(stated, int) else 5
    return f"<h{level + 1}>{inner}</h{level + 1}>"


def _task(attrs: _Node, inner: str) -> str:
    ticked = "checked" if attrs.get("state") == "DONE" else ""
    return f'<li><input type="checkbox" {ticked}>{inner}</li>'


_WRAPS: Mapping[str, Callable[[_Node, str], str]] = {
    "codeBlock": lambda attrs, inner: (
        f'<pre class="language-{_of(attrs, "language")}">{inner}</pre>'
    ),
    "heading": _heading,
    "taskItem": _task,
    "expand": lambda attrs, inner: f"<div><p>{_of(attrs, 'title')}</p>{inner}</div>",
    "nestedExpand": lambda attrs, inner: f"<div><p>{_of(attrs, 'title')}</p>{inner}</div>",
}

_LEAVES: Mapping[str, Callable[[_Node], str]] = {
    "hardBreak": lambda _: "<br>",
    "rule": lambda _: "<hr>",
    "mention": lambda attrs: _of(attrs, "text", "id"),
    "emoji": lambda attrs: _of(attrs, "text", "shortName"),
    "status": lambda attrs: _of(attrs, "text"),
    "placeholder": lambda _: "",
    "date": _date,
    "inlineCard": _card,
    "blockCard": _card,
    "embedCard": _card,
    "media": lambda attrs: _of(attrs, "alt"),
    "mediaInline": lambda attrs: _of(attrs, "alt"),
}

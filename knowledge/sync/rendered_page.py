"""Pages that a source renders from what it fetched: Markdown or HTML.

Their files are listed as `rendered`, so that only what stands in the head that is written here
counts as a statement of a document. Who may read it is known from the source.
"""

import datetime as dt
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_STATEMENT = re.compile(r"<(?=[\s/]*+(?:meta|title|base|script)\b)", re.IGNORECASE)
"""The beginning of an element that says something of a whole page, such as its title."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
_MARK = re.compile(r"^( {0,3})(#{1,6}(?=\s|$)|[=+-]{2,}\s*$|`{3,}|~{3,}|>)", re.MULTILINE)
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class PageComment:
    """What somebody wrote below a page. `text` is Markdown."""

    author: str
    date: dt.date
    text: str


def markdown_page(
    title: str, body: str, date: dt.date | None = None, path: Sequence[str] = ()
) -> bytes:
    """Return a page of Markdown with front matter for its title and date.

    What people wrote cannot add to the front matter: a dumper of YAML writes it, the title is one
    line, and *body* begins below it.

    Args:
        title: The title, as the source shows it.
        body: Markdown.
        date: The day of the last change, where the source states one.
        path: Names of what the page is in, outermost first; they are the first line of the text.
    """
    import yaml

    stated = {"title": _one_line(title)} | ({"date": date.isoformat()} if date else {})
    block = yaml.safe_dump(stated, allow_unicode=True, sort_keys=False, width=10_000_000)
    place = literal(" > ".join(_one_line(name) for name in path)) + "\n\n" if path else ""
    return f"---\n{block}---\n\n{place}{body}\n".encode(errors="replace")


def html_page(
    title: str, body: str, date: dt.date | None = None, path: Sequence[str] = ()
) -> bytes:
    """Return a page of HTML; the arguments are those of `markdown_page`, *body* is HTML.

    What people wrote cannot state another title or date: elements of *body* that could are text.
    """
    stated = f'<meta name="last-modified" content="{date.isoformat()}">' if date else ""
    place = f"<p>{html.escape(' > '.join(_one_line(name) for name in path))}</p>" if path else ""
    heading = html.escape(_one_line(title))
    text = _STATEMENT.sub("&lt;", body.replace("\0", ""))
    return (
        f'<!doctype html><html><head><meta charset="utf-8">{stated}<title>{heading}</title></head>'
        f"<body><h1>{heading}</h1>\n{place}\n{text}\n</body></html>"
    ).encode(errors="replace")


def with_comments(body: str, comments: Iterable[PageComment]) -> str:
    """Return *body* with *comments* below it, each under its author and day.

    Headings within a comment sink below its own, so that none of them seems to be one of the page.
    """
    parts = [body.strip("\n")]
    for comment in comments:
        if comment.text.strip():
            name = literal(_one_line(comment.author) or "?")
            parts.append(f"## {name}, {comment.date.isoformat()}\n\n{_sunk(comment.text)}")
    return "\n\n".join(part for part in parts if part)


def literal(text: str) -> str:
    """Return plain text as Markdown that shows it as it is, line by line."""
    shown = html.escape(text.replace("\r\n", "\n").replace("\r", "\n"), quote=False)
    return _MARK.sub(r"\1\\\2", shown.replace("&gt;", ">"))


def _one_line(text: str) -> str:
    return " ".join(text.encode(errors="replace").decode().split())


def _sunk(markdown: str) -> str:
    """Return *markdown* with its headings two levels lower, except in code; underlined ones, too.

    An underline makes a heading of the line above it; a blank line between them makes a rule of it.
    """
    lines, fence = list[str](), ""
    for line in markdown.strip("\n").splitlines():
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark[1].startswith(fence)
            fence = "" if closes else fence
            lines.append(line)
        elif mark:
            fence = mark[1]
            lines.append(line)
        elif heading := _HEADING.match(line):
            level = min(_DEEPEST, len(heading[1]) + 2)
            lines.append("#" * level + line[heading.end() :])
        elif lines and _UNDERLINE.match(line):
            lines += ["", line]
        else:
            lines.append(line)
    if fence:
        lines.append(fence)
    return "\n".join(lines)

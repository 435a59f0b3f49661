"""The tags of HTML and JSX within Markdown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

LONGEST_TAG = 2000
"""Characters of a tag; a longer one is text."""

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
"""Elements that begin a line of their own."""

ELEMENTS = BLOCKS | frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "area",
        "audio",
        "b",
        "base",
        "bdi",
        "bdo",
        "big",
        "body",
        "br",
        "button",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "datalist",
        "del",
        "dfn",
        "em",
        "embed",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "html",
        "i",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "link",
        "map",
        "mark",
        "meta",
        "meter",
        "nobr",
        "optgroup",
        "option",
        "output",
        "param",
        "picture",
        "pre",
        "progress",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "search",
        "select",
        "slot",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "textarea",
        "time",
        "title",
        "track",
        "tt",
        "u",
        "var",
        "video",
        "wbr",
    ]
)
"""The elements of HTML; other names in angle brackets are often placeholders."""

UNSEEN = frozenset(
    [
        "script",
        "style",
        "svg",
        "template",
        "noscript",
        "iframe",
        "object",
        "canvas",
        "applet",
        "audio",
        "video",
        "head",
        "rp",
    ]
)
"""Elements whose content is no text of the page."""

_NAME = re.compile(r"<(/?)([A-Za-z][\w.-]{0,60}(?::[A-Za-z][\w-]{0,40})?)")
_STOP = re.compile(r"[\"'{}<>]|\n[ \t]*\n")
_CURLY = re.compile(r"[{}]")
_ATTRIBUTE = re.compile(
    r"(?<![\w:.-])([A-Za-z][\w:.-]{0,40})"
    r"(?:=(?:\"([^\"]*)\"|'([^']*)'|\{[\"'`]([^\"'`{}]*)[\"'`]\}))?(?=[\s/>]|$)"
)
_HIDDEN_STYLE = re.compile(r"display:none|visibility:hidden")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: `name` in lower case for HTML, as written for a component."""

    name: str
    closes: bool
    empty: bool
    attributes: Mapping[str, str]
    end: int

    @property
    def hides(self) -> bool:
        """Whether the element says that it is not shown."""
        style = "".join(self.attributes.get("style", "").split()).lower()
        return "hidden" in self.attributes or bool(_HIDDEN_STYLE.search(style))


def read_tag(text: str, start: int) -> Tag | None:
    """Return the tag that begins at *start* of *text*, or None for what is no tag."""
    name = _NAME.match(text, start)
    if name is None:
        return None
    limit = min(len(text), start + LONGEST_TAG)
    end = _tag_end(text, name.end(), limit)
    if end < 0 or text[name.end()] not in " \t\n/>":
        return None
    inner = text[name.end() : end - 1]
    lower = name[2].lower()
    return Tag(
        lower if lower in ELEMENTS | UNSEEN and not name[2][:1].isupper() else name[2],
        bool(name[1]),
        inner.endswith("/"),
        dict(_attributes(inner.rstrip("/"))),
        end,
    )


def curly_end(text: str, start: int, limit: int) -> int:
    """Return the end of what the brace at *start* opens, or -1 if it is not closed by *limit*."""
    depth = 0
    for brace in _CURLY.finditer(text, start, min(limit, len(text))):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.end()
    return -1


def _tag_end(text: str, position: int, limit: int) -> int:
    while stop := _STOP.search(text, position, limit):
        match stop[0]:
            case ">":
                return stop.end()
            case "{":
                position = curly_end(text, stop.start(), limit)
            case '"' | "'":
                position = text.find(stop[0], stop.end(), limit) + 1
            case _:
                return -1
        if position <= 0:
            return -1
    return -1


def _attributes(inner: str) -> Iterator[tuple[str, str]]:
    for one in _ATTRIBUTE.finditer(inner):
        yield one[1].lower(), next((value for value in one.groups()[1:] if value is not None), "")

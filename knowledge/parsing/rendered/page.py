"""Turns the source of a Markdown page into the Markdown that its readers see."""

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from knowledge.parsing.html_markdown import markdown_of, parse_html
from knowledge.parsing.rendered.ahead import Ahead
from knowledge.parsing.rendered.blocks import prepared, without_block_marks
from knowledge.parsing.rendered.footnotes import with_notes
from knowledge.parsing.rendered.shortcodes import CODE, COMMENTS, Shortcode, read_shortcode
from knowledge.parsing.rendered.tags import (
    BLOCKS,
    ELEMENTS,
    UNSEEN,
    Tag,
    read_tag,
)
from knowledge.text.markdown_blocks import markdown_blocks

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_DEEPEST = 4
"""Levels of elements within elements that are read as such."""

_LONGEST_INNER = 3000
"""Characters of a heading, a link or another element that stays in its line."""

_LONGEST_LINE = 5000
_OPENER = re.compile(
    r"`+|\\(?:[^\w\s]|_)|</?(?=[A-Za-z])|<!--|\{/\*|\{\{[<%]|\{%|\{(?=[:.#])|!?\[\[(?=\S)|\^\["
    r"|(?<!\S)%%|&(?=#?\w)"
)
_ENTITY = re.compile(r"&#?\w{1,31};")
_BRACES = re.compile(r"\{[:.#][^{}\n]{0,200}\}")
_WIKI = re.compile(r"!?\[\[([^\[\]|\n]{1,200})(?:\\?\|([^\[\]\n]{0,200}))?\]\](?!\()")
_INLINE_NOTE = re.compile(r"\^\[([^\[\]\n]{1,1000})\]")
_CLOSED_TAG = re.compile(r"</([A-Za-z][\w.:-]{0,60})")
_CLOSED_SHORTCODE = re.compile(r"\{\{[<%]-?\s{0,9}/\s{0,9}([\w./:-]{1,80})")
_CLOSED_LIQUID = re.compile(r"\{%-?\s{0,9}end(\w{1,80})")
_ID = re.compile(r"\{/\*\s{0,9}#?([\w-]{1,100})\s{0,9}\*/\}[ \t]*(?=\n|$)")
_HEADING_LINE = re.compile(r"\s{0,3}#{1,6}[ \t]")
_LETTER = re.compile(r"[^\W\d_]")
_PICTURE = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|bmp|pdf|mp4|webm|excalidraw)\s*$", re.IGNORECASE
)
_LINE_START = re.compile(r"[\s>*+-]*(?:\d{1,3}[.)])?\s*")
_UNESCAPED = frozenset("_<>.-+$~#")
"""Characters that lose the backslash before them where nothing else follows from it."""

_ATTRIBUTE_TEXTS = ("title", "label", "summary", "heading", "header")
"""Attributes of components that are shown as words."""

_MARKS: Mapping[str, str] = {
    "b": "**",
    "strong": "**",
    "code": "`",
    "tt": "`",
    "kbd": "`",
    "samp": "`",
    "del": "~~",
    "s": "~~",
    "strike": "~~",
    "q": '"',
    "td": " ",
    "th": " ",
}
"""The Markdown of HTML's elements."""


class _Found(NamedTuple):
    """What takes the place of the source up to `end`."""

    text: str
    end: int


def as_shown(source: str, *, mdx: bool = False, include_hidden: bool = False) -> str:
    """Return what readers of *source* see, as Markdown. Code stays as it is.

    Comments, imports, tags, shortcodes and the marks of admonitions go; their words stay. Notes
    follow what they are to. Takes time linear in the length of *source*.

    Args:
        source: Markdown or MDX, without front matter.
        mdx: Whether indented text is no code, and braces hold expressions.
        include_hidden: Whether to keep the text of comments and hidden elements.
    """
    source = prepared(source, mdx=mdx)
    pieces = _Page(source, _code(source, mdx=mdx), mdx=mdx, include_hidden=include_hidden).read()
    pieces = [
        (text if code else without_block_marks(text, include_hidden=include_hidden), code)
        for text, code in pieces
    ]
    return "".join(text for text, _ in with_notes(pieces))


def _code(source: str, *, mdx: bool) -> list[tuple[int, int]]:
    """Return where the code blocks of *source* begin and end, in characters."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    if mdx:
        fences = (token.map for token in _mdx_parser().parse(source) if token.type == "fence")
        lines = [(fence[0], fence[1]) for fence in fences if fence]
    else:
        lines = [(one.start, one.end) for one in markdown_blocks(source) if not one.level]
    return [(starts[start], min(starts[end], len(source))) for start, end in lines]


@cache
def _mdx_parser() -> "MarkdownIt":
    """Return a parser that can be told that indented text is no code."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.disable("code")


class _Page:
    """Reads a text once, from its beginning to its end."""

    def __init__(
        self,
        text: str,
        code: Sequence[tuple[int, int]] = (),
        *,
        mdx: bool = False,
        include_hidden: bool = False,
        depth: int = 0,
    ) -> None:
        self._text = text
        self._code = code
        self._mdx = mdx
        self._include_hidden = include_hidden
        self._depth = depth
        self._ahead, self._lower = Ahead(text), Ahead(_lowered(text))
        self._closed = {name.lower() for name in _CLOSED_TAG.findall(text)}
        self._paired = {*_CLOSED_SHORTCODE.findall(text), *_CLOSED_LIQUID.findall(text)}
        self._unclosed = set[str]()
        self._ticks: dict[int, int] | None = None
        self._written = list[tuple[list[str], bool]]()
        self._blank = True  # whether the line that is being written has no words yet

    def read(self) -> list[tuple[str, bool]]:
        """Return the page in pieces, each with whether it is code."""
        position, protected = 0, 0
        while position < len(self._text):
            while protected < len(self._code) and self._code[protected][1] <= position:
                protected += 1
            start, end = self._code[protected] if protected < len(self._code) else (-1, -1)
            if start >= 0 and start <= position:
                self._write(self._text[position:end], code=True)
                position = end
                continue
            limit = start if start >= 0 else len(self._text)
            opener = _OPENER.search(self._text, position, limit)
            if opener is None:
                self._write(self._text[position:limit])
                position = limit
                continue
            self._write(self._text[position : opener.start()])
            found = self._handler(opener[0])(opener.start())
            self._write(found.text if found else opener[0])
            position = found.end if found else opener.end()
        return [("".join(parts), code) for parts, code in self._written]

    def _handler(self, opener: str) -> Callable[[int], _Found | None]:
        if opener[0] == "`":
            return self._code_span
        if opener[0] == "\\":
            return self._escape
        handlers: Mapping[str, Callable[[int], _Found | None]] = {
            "<": self._tag,
            "</": self._tag,
            "<!--": self._comment,
            "{/*": self._expression_comment,
            "{{<": self._shortcode,
            "{{%": self._shortcode,
            "{%": self._shortcode,
            "{": self._braces,
            "[[": self._wiki_link,
            "![[": self._wiki_link,
            "^[": self._inline_note,
            "%%": self._percent_comment,
            "&": self._entity,
        }
        return handlers[opener]

    def _write(self, text: str, *, code: bool = False) -> None:
        if not text:
            return
        line = text
        if "\n" in text:
            line, self._blank = text[text.rfind("\n") + 1 :], True
        if self._blank and line:
            self._blank = _LINE_START.match(line).end() == len(line)  # type: ignore[union-attr]
        if code or not self._written or self._written[-1][1]:
            self._written.append(([], code))
        self._written[-1][0].append(text)

    def _inner(self, start: int, end: int) -> str:
        """Return what is seen of a part of the text, in one line."""
        part = _Page(
            self._text[start:end],
            mdx=self._mdx,
            include_hidden=self._include_hidden,
            depth=self._depth + 1,
        )
        return " ".join("".join(text for text, _ in part.read()).split())

    def _line_before(self, start: int) -> str:
        floor = max(0, start - _LONGEST_LINE)
        return self._text[self._text.rfind("\n", floor, start) + 1 : start]

    def _is_alone(self, start: int, end: int) -> bool:
        """Tell whether a line has nothing but what stands from *start* to *end*."""
        after = self._text[end : end + 80].partition("\n")[0]
        return not (self._line_before(start).strip() or after.strip())

    def _new_line(self) -> str:
        return "" if self._blank else "\n"

    def _code_span(self, start: int) -> _Found | None:
        if self._ticks is None:
            self._ticks = _closing_ticks(self._text)
        closing = self._ticks.get(start, 0)
        blank = self._ahead.find("\n\n", start)
        if not closing or 0 <= blank < closing:
            return None
        return _Found(self._text[start:closing], closing)

    def _escape(self, start: int) -> _Found:
        pair = self._text[start : start + 2]
        character, after = pair[1], self._text[start + 2 : start + 3]
        before = self._text[start - 1 : start] if start else "\n"
        bare = character in _UNESCAPED and not self._blank
        if character == "_":
            bare = before.isalnum() and after.isalnum()
        elif character == "$":
            bare = after.isdigit()
        elif character in "-+~":
            bare = bare and before.isalnum()
        return _Found(character if bare else pair, start + 2)

    def _entity(self, start: int) -> _Found | None:
        entity = _ENTITY.match(self._text, start)
        if entity is None:
            return None
        said = html.unescape(entity[0]).replace("\xa0", " ")
        return _Found(rf"\{said}" if said in "|*_`" else said, entity.end())

    def _comment(self, start: int) -> _Found | None:
        end = self._ahead.find("-->", start + 4)
        if end < 0:
            if self._line_before(start).strip():
                return None
            end = len(self._text) - 3
        return _Found(self._kept(start + 4, end), end + 3)

    def _percent_comment(self, start: int) -> _Found | None:
        end = self._ahead.find("%%", start + 2)
        blank = self._ahead.find("\n\n", start)
        if end < 0 or (0 <= blank < end and self._text[start + 2 : start + 3] != "\n"):
            return None
        return _Found(self._kept(start + 2, end), end + 2)

    def _expression_comment(self, start: int) -> _Found | None:
        identifier = _ID.match(self._text, start)
        if identifier and _HEADING_LINE.match(self._line_before(start)):
            return _Found(f"{{#{identifier[1]}}}", identifier.end())
        end = self._ahead.find("*/}", start + 3)
        return _Found(self._kept(start + 3, end), end + 3) if end >= 0 else None

    def _kept(self, start: int, end: int) -> str:
        """Return a hidden text where hidden texts are wanted."""
        return self._text[start:end].strip(" ") if self._include_hidden else ""

    def _braces(self, start: int) -> _Found | None:
        """Leave out `{: .class}` and `{.class}`, except in a heading, whose id it may be."""
        braces = _BRACES.match(self._text, start)
        before = self._line_before(start)
        if braces is None or _HEADING_LINE.match(before):
            return None
        attached = before.endswith((")", "]", "*")) or self._is_alone(start, braces.end())
        return _Found("", braces.end()) if attached and braces[0][1] in ":." else None

    def _inline_note(self, start: int) -> _Found | None:
        note = _INLINE_NOTE.match(self._text, start)
        return _Found(f" ({note[1]})", note.end()) if note else None

    def _wiki_link(self, start: int) -> _Found | None:
        link = _WIKI.match(self._text, start)
        if link is None or not _LETTER.search(link[1]):
            return None
        if link[1].strip("_").lower() == "toc" or (link[0][0] == "!" and _PICTURE.search(link[1])):
            return _Found("", link.end())
        shown_as = link[2] or link[1].rstrip("\\").strip("#^").replace("#", " > ")
        return _Found(shown_as.strip(), link.end())

    def _shortcode(self, start: int) -> _Found | None:
        if self._text.startswith(("{{</*", "{{%/*"), start):
            return self._literal_shortcode(start)
        mark = {"{{<": ">}}", "{{%": "%}}"}.get(self._text[start : start + 3], "%}")
        closing = self._ahead.find(mark, start + 2)
        code = read_shortcode(self._text, start, closing)
        if code is None:
            return None
        end = closing + len(mark)
        if code.closes:
            return _Found("", end)
        if code.name in COMMENTS or code.name in CODE or code.name == "raw":
            return self._shortcode_region(code, start, end)
        if self._text[max(0, start - 2) : start] == "](":
            return _Found(code.first, end)
        alone = self._is_alone(start, end)
        if code.name in self._paired:
            return _Found(self._titled(code.title) if alone or code.title else "", end)
        return _Found(code.words(alone=alone), end)

    def _literal_shortcode(self, start: int) -> _Found | None:
        """Return a shortcode that is shown and not carried out."""
        mark = self._text[start + 2]
        end = self._ahead.find("*/" + (">}}" if mark == "<" else "%}}"), start)
        if end < 0:
            return None
        close = ">}}" if mark == "<" else "%}}"
        return _Found(f"{{{{{mark}{self._text[start + 5 : end]}{close}", end + 5)

    def _shortcode_region(self, code: Shortcode, start: int, end: int) -> _Found:
        opener = self._text[start : start + 3]
        place = -1
        if opener[1] == "{":
            for form in (f"{opener} /{code.name}", f"{opener}/{code.name}"):
                place = self._ahead.find(form, end) if place < 0 else place
            mark = ">}}" if opener == "{{<" else "%}}"
        else:
            mark = "%}"
            for form in ("{% end", "{%- end", "{%end"):
                place = self._ahead.find(f"{form}{code.name}", end) if place < 0 else place
        after = self._ahead.find(mark, place) if place >= 0 else -1
        if after < 0:
            return _Found("", end)
        inner, close = self._text[end:place], after + len(mark)
        if code.name in COMMENTS:
            return _Found(inner if self._include_hidden else "", close)
        if code.name == "raw":
            return _Found(inner, close)
        language = code.first if code.name == "highlight" else code.name
        fence = "````" if "```" in inner else "```"
        body = inner.strip("\n")
        return _Found(f"{self._new_line()}\n{fence}{language}\n{body}\n{fence}\n", close)

    def _titled(self, title: str) -> str:
        words = " ".join(_without_tags(title).replace("*", "").split())
        return f"{self._new_line()}\n**{words}**\n\n" if words else ""

    def _tag(self, start: int) -> _Found | None:
        tag = read_tag(self._text, start)
        if tag is None:
            return None
        if tag.name in UNSEEN:
            return self._unseen(tag)
        if tag.hides and not (tag.closes or tag.empty) and not self._include_hidden:
            hidden = self._hidden(tag)
            if hidden:
                return hidden
        if tag.name not in ELEMENTS:
            return self._component(tag, start)
        if not tag.closes and self._depth < _DEEPEST:
            region = self._region(tag)
            if region:
                return region
        return _Found(self._element(tag, start), tag.end)

    def _unseen(self, tag: Tag) -> _Found:
        end = tag.end
        if not (tag.closes or tag.empty):
            closing = self._lower.find(f"</{tag.name}", tag.end)
            stop = self._ahead.find(">", closing) if closing >= 0 else -1
            end = stop + 1 if stop >= 0 else tag.end
        return _Found("", end)

    def _hidden(self, tag: Tag) -> _Found | None:
        """Leave out an element that is not shown, with all elements in it."""
        if tag.name in self._unclosed:
            return None
        depth, either = 1, re.compile(rf"<(/?){re.escape(tag.name)}(?=[\s/>])", re.IGNORECASE)
        for other in either.finditer(self._text, tag.end):
            depth += -1 if other[1] else 1
            if depth == 0:
                end = self._ahead.find(">", other.end())
                return _Found("", end + 1) if end >= 0 else None
        self._unclosed.add(tag.name)
        return None

    def _component(self, tag: Tag, start: int) -> _Found | None:
        """Leave out the tags of a component, and keep its words; a placeholder is text."""
        known = tag.closes or tag.empty or tag.name.lower() in self._closed
        if not known or (not self._mdx and self._text[start - 1 : start].isalnum()):
            return None
        title = next(
            (tag.attributes[key] for key in _ATTRIBUTE_TEXTS if tag.attributes.get(key)), ""
        )
        if title and not tag.closes:
            return _Found(self._titled(title), tag.end)
        return _Found("" if not self._is_alone(start, tag.end) else "\n", tag.end)

    def _region(self, tag: Tag) -> _Found | None:
        """Return what an element shows as a whole: a heading, a link, a table, a text as it is."""
        if tag.name not in _REGIONS:
            return None
        closing = self._lower.find(f"</{tag.name}", tag.end)
        stop = self._ahead.find(">", closing) if closing >= 0 else -1
        if stop < 0:
            return None
        inner = (tag.end, closing)
        if tag.name in ("table", "pre"):
            return self._literal_region(tag, inner, stop + 1)
        if closing - tag.end > _LONGEST_INNER:
            return None
        said = self._inner(*inner)
        return _Found(self._worded(tag, said), stop + 1)

    def _literal_region(self, tag: Tag, inner: tuple[int, int], end: int) -> _Found | None:
        """Return a table as Markdown, and preformatted text as code."""
        within = bisect_left(self._code, (tag.end, 0))
        if within < len(self._code) and self._code[within][0] < end:
            return None
        if tag.name == "pre":
            text = html.unescape(_without_tags(self._text[slice(*inner)])).strip("\n")
            return _Found(f"{self._new_line()}\n```\n{text}\n```\n\n", end)
        if "<table" in self._text[slice(*inner)].lower():
            return None
        table = _table(f"<table>{self._text[slice(*inner)]}</table>")
        part = _Page(table, include_hidden=self._include_hidden, depth=_DEEPEST)
        seen = "".join(text for text, _ in part.read())
        return _Found(f"{self._new_line()}\n{seen}\n\n", end)

    def _worded(self, tag: Tag, said: str) -> str:
        if not said:
            return ""
        match tag.name:
            case "a":
                target = tag.attributes.get("href", "")
                is_link = bool(target) and not target.startswith("#") and " " not in target
                return f"[{said}]({target})" if is_link and "](" not in said else said
            case "summary" | "dt":
                return self._titled(said)
            case _:
                named = tag.attributes.get("id", "")
                identifier = f" {{#{named}}}" if re.fullmatch(r"[\w-]{1,100}", named) else ""
                level = "#" * int(tag.name[1])
                return f"{self._new_line()}\n{level} {said}{identifier}\n\n"

    def _element(self, tag: Tag, start: int) -> str:
        """Return the Markdown of a tag of HTML."""
        before = self._line_before(start)
        match tag.name:
            case "br":
                return " " if self._blank or before.lstrip().startswith("|") else "\n"
            case "input" if tag.attributes.get("type") == "checkbox":
                return "[x] " if "checked" in tag.attributes else "[ ] "
            case "sup":
                after = self._text[tag.end : tag.end + 1]
                power = before[-1:].isalnum() and (after.isdigit() or after in {"-", "+", "n"})
                return "^" if power and not tag.closes else ""
            case "rt":
                return ")" if tag.closes else "("
            case "li" if not tag.closes:
                return f"{self._new_line()}- "
            case name if name in BLOCKS and name not in _IN_LINE:
                return self._new_line()
            case name:
                return _MARKS.get(name, "")


_REGIONS = frozenset(
    {"a", "summary", "dt", "table", "pre", *(f"h{level}" for level in range(1, 7))}
)
_IN_LINE = frozenset({"li", "td", "th"})
"""Elements that end without a new line."""

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def _without_tags(text: str) -> str:
    return _TAG.sub("", text)


def _table(source: str) -> str:
    return markdown_of(parse_html(source))


def _lowered(text: str) -> str:
    """Return *text* with small Latin letters, of the same length."""
    return _CAPITALS.sub(lambda capitals: capitals[0].lower(), text)


_CAPITALS = re.compile("[A-Z]+")


def _closing_ticks(text: str) -> dict[int, int]:
    """Return, for each run of backticks, where the next run of its length ends."""
    runs = list(re.finditer("`+", text))
    ends, last = dict[int, int](), dict[int, int]()
    for run in reversed(runs):
        length = len(run[0])
        if length in last:
            ends[run.start()] = last[length]
        last[length] = run.end()
    return ends

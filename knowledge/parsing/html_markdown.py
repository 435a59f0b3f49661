"""Converts HTML to Markdown: the text that a person sees, by structure.

It serves web pages and every format that becomes HTML first. Emphasis is dropped, and nothing is
escaped but the `|` of a cell, so that a quotation reads as the document does.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from knowledge.model.errors import ParseError
from knowledge.model.types import Section
from knowledge.parsing import confluence
from knowledge.parsing.html_marks import (
    TICKS,
    Markers,
    as_code,
    classes_of,
    fence_around,
    formula,
    fragment_of,
    is_box,
    is_hidden,
    is_sign,
    number_in,
    raised,
    seen,
)
from knowledge.parsing.html_tables import (
    Element,
    Spans,
    TableElement,
    as_lines,
    as_one_line,
    read_cell,
)
from knowledge.text.headings import Heading, sections_at

__all__ = ["Element", "HtmlOptions", "markdown_of", "parse_html", "sections_of", "text_of"]

_DEEPEST = 100
"""Nested elements below which only the text is kept, not its structure."""

_BREAK = "\0"
"""Stands for `<br>` while a paragraph is put together; HTML cannot contain it."""

_PARAGRAPHS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"  # noqa: SIM905 - short
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav"
    " ol p pre search section summary table tbody td tfoot th thead title tr ul".split()
)
"""Elements that begin a new paragraph."""

_NO_TEXT = frozenset(
    "head script style template noscript object iframe video audio canvas svg map select datalist"  # noqa: SIM905 - short
    " textarea progress meter input img link meta rp rt rtc param source track area base col"
    " colgroup".split()
)
"""Elements whose content nobody sees as text."""

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_CODE = frozenset({"code", "samp", "tt"})
_DELETED = frozenset({"del", "s", "strike"})
_LINE_NUMBERS = frozenset({"linenos", "lineno", "linenodiv", "gutter", "line-numbers-rows"})
_FORMULAS = frozenset({"katex-html", "mathjax_preview", "mjx-assistive-mml"})
"""Classes of second copies of a formula."""

_SPACES = re.compile(r"[ \t\n\r\f\v\xa0]+")
_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|brush:\s*|sourceCode\s+)-?([\w+#-]+)")
_TICKED = tuple(f"{tick}\n" for tick in TICKS.values())
_OPENERS = ("aria-controls", "data-target", "data-bs-target")
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6]")


@dataclass(frozen=True, slots=True)
class HtmlOptions:
    """How to convert a page.

    Attributes:
        include_hidden: Whether to keep what the page hides (`hidden`, `display: none`,
            `aria-hidden`). What a reader can open by a click always stays.
        links: Whether links keep their addresses.
    """

    include_hidden: bool = False
    links: bool = True


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph, list, table or heading in Markdown; `level` 1 to 6 marks a heading."""

    text: str
    level: int = 0
    anchor: str = ""
    list_kind: str = ""


def parse_html(text: str) -> Element:
    """Parse a page, or a part of one, in linear time; Confluence's storage format counts as HTML.

    Raises:
        ParseError: when it is nested more than about 2,000 elements deep.
    """
    from lxml import etree
    from lxml.html import HtmlElementClassLookup

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    parser.set_element_class_lookup(HtmlElementClassLookup())
    data = confluence.as_html(text).replace("\0", "\ufffd").encode("utf-8", "replace")
    root = etree.fromstring(data or b"<html>", parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ParseError("is nested too deeply to read")
    if root is None:  # nothing but comments
        root = etree.fromstring(b"<html>", parser)
    confluence.rewrite(root)
    return root


def sections_of(root: Element, options: HtmlOptions = HtmlOptions()) -> tuple[Section, ...]:
    """Return the text below *root*, cut at its headings.

    Each has the fragment of its heading, or else that of the closest one above. Headings in lists,
    quotations and cells are text.
    """
    lines: list[str] = []
    headings = []
    above: list[tuple[int, str]] = []
    last = ""
    for block in _Converter(root, options).blocks(root):
        if lines and not (block.list_kind and block.list_kind == last):  # Notion: one for each item
            lines.append("")
        if block.level:
            above = [pair for pair in above if pair[0] < block.level]
            anchor = block.anchor or (above[-1][1] if above else "")
            above.append((block.level, anchor))
            start = len(lines)
            headings.append(Heading(block.level, block.text, start, start + 1, anchor))
        lines += block.text.split("\n")
        last = block.list_kind
    return sections_at(lines, headings)


def markdown_of(root: Element, options: HtmlOptions = HtmlOptions()) -> str:
    """Return the text below *root* as one Markdown text."""
    last = ""
    parts: list[str] = []
    for block in _Converter(root, options).blocks(root):
        marks = f"{'#' * block.level} " if block.level else ""
        parts += [
            "\n" if block.list_kind and block.list_kind == last else "\n\n",
            marks + block.text,
        ]
        last = block.list_kind
    return "".join(parts[1:])


def text_of(element: Element, options: HtmlOptions = HtmlOptions()) -> str:
    """Return the text of *element* on one line, without links."""
    options = HtmlOptions(options.include_hidden, links=False)
    return _Converter(element, options).heading(element)


class _Converter:
    """Converts one page; knows which elements hold paragraphs, and which a click can open."""

    def __init__(self, root: Element, options: HtmlOptions) -> None:
        self._options = options
        self._spans = Spans()
        self._writers: dict[str, Callable[[Element], list[_Block]]] = {
            **dict.fromkeys(_LISTS, self._list),
            "dl": self._definitions,
            "table": self._table,
            "pre": self._code,
            "blockquote": self._quotation,
        }
        self._in_cell = 0
        self._in_heading = False
        self._depth = 0
        self._parents: set[Element] = set()
        self._titled: set[Element] = set()
        self._opened: set[str] = set()
        for element in root.iter():
            if not isinstance(element.tag, str):
                continue
            if element.tag in _PARAGRAPHS:
                _mark(element, self._parents)
            if _level(element):
                _mark(element, self._titled)
            for name in _OPENERS:
                self._opened.update(part.lstrip("#") for part in element.get(name, "").split())

    def blocks(self, parent: Element) -> list[_Block]:
        """Return the paragraphs, lists, tables and headings in *parent*."""
        found: list[_Block] = []
        pieces: list[str] = []
        self._depth += 1
        for node in _nodes(parent):
            if isinstance(node, str):
                pieces.append(node)
            elif not self._is_left_out(node):
                if is_box(node):
                    pieces.append(seen(node))
                elif node.tag in _PARAGRAPHS or node in self._parents:
                    found += _paragraphs(pieces)
                    pieces = []
                    found += self._block(node)
                else:
                    self._inline(node, pieces)
        self._depth -= 1
        return found + _paragraphs(pieces)

    def line(self, element: Element) -> str:
        """Return the content of *element* on one line, for a cell."""
        self._in_cell += 1
        text = " ".join(block.text for block in self.blocks(element))
        self._in_cell -= 1
        return " ".join(text.split("\n"))

    def heading(self, element: Element) -> str:
        """Return the text of a heading or a term: one line without links and code."""
        before, self._in_heading = self._in_heading, True
        text = self.line(element).strip()
        self._in_heading = before
        return text

    def _is_left_out(self, element: Element) -> bool:
        if element.tag in _NO_TEXT:
            return element.tag not in ("input", "img", "script") or not seen(element)
        names = classes_of(element)
        if names & _LINE_NUMBERS or names & _FORMULAS:
            return True
        if element.tag == "a" and is_sign(element):
            return True
        return not self._options.include_hidden and is_hidden(element) and not self._opens(element)

    def _opens(self, element: Element) -> bool:
        """Tell whether a click on something shows *element*."""
        return (
            element.get("id") in self._opened
            or element.get("role") == "tabpanel"
            or "expand-content" in classes_of(element)
        )

    def _block(self, element: Element) -> list[_Block]:
        tag = element.tag
        if self._depth > _DEEPEST:
            return _paragraphs([" ".join(element.itertext())])
        if level := _level(element):
            text = self.heading(element)
            return [_Block(text, level, fragment_of(element))] if text else []
        if element in self._titled and tag in ("ul", "menu", "dir", "dl"):
            return self.blocks(element)  # cards, each with a heading of its own
        if element.get("role") in ("table", "grid"):
            return self._table(element)
        return self._writers.get(tag, self.blocks)(element)

    def _text_blocks(self, element: Element) -> list[_Block]:
        """Return the blocks of *element* with its headings as text."""
        return [_Block(block.text, list_kind=block.list_kind) for block in self.blocks(element)]

    def _list(self, element: Element) -> list[_Block]:
        markers = Markers(element)
        lines = []
        for item in _nodes(element):
            if isinstance(item, str):
                lines += [block.text for block in _paragraphs([item])]
                continue
            if self._is_left_out(item):
                continue
            if item.tag in _LISTS:  # a list that hangs in a list without an item of its own
                lines += [_indented("    ", block.text, "    ") for block in self._list(item)]
                continue
            text = _tight(self._text_blocks(item))
            if text.startswith(_TICKED):
                text = f"{text[0]} {text[1:].lstrip()}"
            if text.strip():
                lines.append(self._item(markers.of(item), text))
        text = (" " if self._in_cell else "\n").join(lines)
        return [_Block(text, list_kind=element.tag)] if lines else []

    def _item(self, marker: str, text: str) -> str:
        if self._in_cell:
            return f"{'•' if marker == '-' else marker} {text}"
        return _indented(f"{marker} ", text, " " * (len(marker) + 1))

    def _definitions(self, element: Element) -> list[_Block]:
        lines: list[str] = []
        terms: list[str] = []
        for part in _terms(element):
            if self._is_left_out(part):
                continue
            if part.tag == "dt":
                terms.append(self.heading(part))
                continue
            term = ", ".join(filter(None, terms))
            lines.append(self._item("-", _defined(term, self._text_blocks(part))))
            terms = []
        lines += [self._item("-", term) for term in terms if term]
        text = (" " if self._in_cell else "\n").join(filter(None, lines))
        return [_Block(text, list_kind="dl")] if text else []

    def _quotation(self, element: Element) -> list[_Block]:
        blocks = self._text_blocks(element)
        if self._in_cell or not blocks:
            return blocks
        lines = "\n\n".join(block.text for block in blocks).split("\n")
        return [_Block("\n".join(f"> {line}".rstrip() for line in lines))]

    def _code(self, element: Element) -> list[_Block]:
        pieces: list[str] = []
        self._verbatim(element, pieces)
        text = "".join(pieces).replace("\r\n", "\n").strip("\n").rstrip()
        if not text.strip():
            return []
        if self._in_cell:
            return [_Block(as_code(" ".join(text.split())))]
        code = next((child for child in element if child.tag == "code"), element)
        language = _LANGUAGE.search(f"{element.get('class', '')} {code.get('class', '')}")
        fence = fence_around(text, 3)
        return [_Block(f"{fence}{language[1] if language else ''}\n{text}\n{fence}")]

    def _verbatim(self, element: Element, pieces: list[str]) -> None:
        for node in _nodes(element):
            if isinstance(node, str):
                pieces.append(node)
            elif node.tag == "br":
                pieces.append("\n")
            elif not self._is_left_out(node):
                if self._depth > _DEEPEST:
                    pieces.extend(node.itertext())
                    continue
                self._depth += 1
                self._verbatim(node, pieces)
                self._depth -= 1
                if node.tag in ("div", "p", "li", "tr") and not "".join(pieces[-1:]).endswith("\n"):
                    pieces.append("\n")

    def _table(self, element: Element) -> list[_Block]:
        table = TableElement(element, lambda part: not self._is_left_out(part))
        captions = [block for title in table.captions for block in self._text_blocks(title)]
        if not self._in_cell and table.is_layout(titled=element in self._titled):
            return captions + [block for cell in table.cells() for block in self.blocks(cell)]
        cells = [[read_cell(cell, self.line(cell)) for cell in row] for row in table.rows]
        grid = self._spans.grid(cells, table.groups, table.head)
        if self._in_cell:
            return [*captions, *_paragraphs([as_one_line(grid)])]
        text = as_lines(grid)
        return captions + [_Block(title) for title in grid.titles] + [_Block(text)] * bool(text)

    def _inline(self, element: Element, pieces: list[str]) -> None:
        """Append the text of *element*, which holds no paragraphs."""
        tag = element.tag
        if self._depth > _DEEPEST:
            pieces.append(" ".join(element.itertext()))
        elif tag == "br":
            pieces.append(_BREAK)
        elif tag == "math" or (tag == "script" and seen(element)):
            pieces.append(formula(element))
        elif tag in ("input", "img"):
            pieces.append(seen(element))
        else:
            inner: list[str] = []
            self._depth += 1
            for node in _nodes(element):
                if isinstance(node, str):
                    inner.append(node)
                elif not self._is_left_out(node):
                    self._inline(node, inner)
            self._depth -= 1
            pieces += self._marked(element, inner)

    def _marked(self, element: Element, inner: list[str]) -> list[str]:
        """Return the text of an element with the marks of what it means."""
        tag = element.tag
        if tag == "time" and not "".join(inner).strip():
            return [element.get("datetime", "")]
        if tag not in ("a", "sup", "sub", "q") and tag not in _CODE | _DELETED:
            return inner
        text = "".join(inner)
        bare = " ".join(text.replace(_BREAK, " ").split())
        if tag == "a" and not bare:  # a picture to click on
            bare = next((image.get("alt", "").strip() for image in element.iter("img")), "")
        if not bare:
            return [text]
        text = text or bare
        before = " " if text[0].isspace() else ""
        after = " " if text[-1].isspace() else ""
        if tag == "a":
            marked = self._link(element, bare)
        elif tag in _CODE:
            marked = bare if self._in_heading else as_code(bare)
        elif tag in _DELETED:
            marked = f"~~{bare}~~"
        elif tag == "q":
            marked = f"“{bare}”"
        elif tag == "sup" and element.getparent().tag == "a" and bare.isalnum():
            marked = f"[{bare}]"
        else:
            marked = raised(bare, lowered=tag == "sub")
        return [before, marked, after]

    def _link(self, element: Element, text: str) -> str:
        address = "".join(element.get("href", "").split())
        scheme = address.partition(":")[0].lower() if ":" in address.partition("/")[0] else ""
        is_note = element.getparent() is not None and element.getparent().tag == "sup"
        if is_note and text.isalnum():
            return f"[{text}]"
        if (
            not self._options.links
            or self._in_heading
            or address.startswith("#")
            or scheme not in ("", "http", "https", "mailto")
            or address in ("", text, f"mailto:{text}")
        ):
            return text
        address = address.replace("(", "%28").replace(")", "%29")
        return f"[{text}]({address})"


def _mark(element: Element, marked: set[Element]) -> None:
    parent = element.getparent()
    while parent is not None and parent not in marked:
        marked.add(parent)
        parent = parent.getparent()


def _nodes(parent: Element) -> Iterator[Any]:
    """Yield the texts and elements in *parent*, in order."""
    if parent.text:
        yield parent.text
    for child in parent:
        if isinstance(child.tag, str):
            yield child
        if child.tail:
            yield child.tail


def _level(element: Element) -> int:
    if element.get("role") == "heading":
        return min(max(number_in(element.get("aria-level"), 2), 1), 6)
    return _HEADINGS.get(element.tag, 0)


def _paragraphs(pieces: Iterable[str]) -> list[_Block]:
    """Return the paragraphs of a running text, which two line breaks end."""
    text = _SPACES.sub(_one_space, "".join(pieces)).replace("\xad", "")
    paragraphs: list[list[str]] = [[]]
    for line in text.split(_BREAK):
        if line.strip(" "):
            paragraphs[-1].append(line.strip(" "))
        elif paragraphs[-1]:
            paragraphs.append([])
    return [_Block("\n".join(lines)) for lines in paragraphs if lines]


def _one_space(match: re.Match[str]) -> str:
    """Return a space for white space; nothing for a line end within Japanese or Chinese."""
    if "\n" in match[0]:
        before = match.string[match.start() - 1 : match.start()] if match.start() else ""
        after = match.string[match.end() : match.end() + 1]
        if _WIDE.match(before) and _WIDE.match(after):
            return ""
    return " "


def _indented(first: str, text: str, indent: str) -> str:
    head, *rest = text.split("\n")
    return "\n".join([first + head, *(indent + line if line else "" for line in rest)])


def _tight(blocks: Sequence[_Block]) -> str:
    """Join the blocks of an item; a list follows its paragraph without a blank line."""
    text = ""
    for block in blocks:
        text += (("\n" if block.list_kind else "\n\n") if text else "") + block.text
    return text


def _terms(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == "div" and child.find("dt") is not None:
            yield from child
        elif isinstance(child.tag, str):
            yield child


def _defined(term: str, blocks: Sequence[_Block]) -> str:
    """Return a term with its explanation."""
    if not term:
        return _tight(blocks)
    if not blocks:
        return term
    colon = "" if term[-1] in ":：" else "：" if _WIDE.match(term[-1]) else ":"
    inline = not blocks[0].list_kind and not blocks[0].text.startswith(("|", "`" * 3, ">"))
    if not inline:
        return _tight([_Block(f"{term}{colon}"), *blocks])
    space = "" if (colon or term[-1]) == "：" else " "
    return _tight([_Block(f"{term}{colon}{space}{blocks[0].text}"), *blocks[1:]])

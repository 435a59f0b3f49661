"""Web pages."""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import refuse_unread_lines, refuse_unread_property
from knowledge.parsing.decoder import declared_encoding, decode
from knowledge.parsing.front_matter import iso_date
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file, title_of_property

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_NOT_CONTENT = ["head", "script", "style", "template", "noscript", "nav", "aside", "form", "footer"]
_SHORT = 300
"""Characters below which the extracted main text may be incomplete."""

_CHANGED = ("last-modified", "dcterms.modified", "article:modified_time", "og:updated_time")
"""`<meta>` names of the last change. Without one, trafilatura looks for a date."""

_PERMALINKS = ("", "#", "¶", "§", "🔗")
"""Texts of the permalinks that site generators add to headings."""

_FIRST_TAG = re.compile(r"<(?!!--)")
_EVERYBODY = frozenset(
    {"all", "everyone", "everybody", "public", "general", "global", "worldwide", "mature", "adult"}
    | {"adults", "kids", "children", "teens", "family", "consumers", "developers", "developer"}
    | {"itpro", "alle", "tous", "todos", "全員", "一般", "すべて"}
)
"""What ordinary web pages say of their readers in `<meta name="audience">`: no rule of access."""

_HEADINGS = re.compile("h[1-6]")


class HtmlParser:
    """Parses the main text of a page; of a short page, the whole body except navigation.

    `<meta name="owner">` and `<meta name="audience">` have the effect of front matter; commas
    separate several channels or groups. Words for everybody, such as `all`, are no rule.
    """

    suffixes = frozenset({".html", ".htm"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = _decode(data)
        if not text.strip():
            return ParsedFile(title_of_file(name), ())
        refuse_unread_lines(text[: begin.start()] if (begin := _FIRST_TAG.search(text)) else text)
        with parse_errors("web page"):
            from bs4 import BeautifulSoup

            page = BeautifulSoup(text, "lxml")
            metadata = _metadata(page)
            anchors = _anchors(page)
            title, date, main = _extract(str(page))
            if len(main) < _SHORT:
                main = max(main, _body(page), key=len)
        sections = tuple(_with_anchors(split_sections(main), anchors))
        title = title or first_heading(sections) or title_of_file(name)
        return ParsedFile(title, sections, {"date": date} | metadata)


def _decode(data: bytes) -> str:
    declared = declared_encoding(data)
    if declared:
        with suppress(UnicodeDecodeError):  # pages often declare the wrong encoding
            return data.decode(declared)
    return decode(data)


def _extract(text: str) -> tuple[str, str, str]:
    """Return title, ISO date and main text as Markdown, each "" if there is none."""
    from trafilatura import extract, extract_metadata

    metadata = extract_metadata(text, extensive=False)
    main = extract(
        text,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_links=True,
        include_tables=True,
    )
    return title_of_property(metadata.title), iso_date(metadata.date), main or ""


def _body(page: "BeautifulSoup") -> str:
    """Return the page's body as Markdown, without navigation, scripts and forms."""
    from markdownify import MarkdownConverter

    for element in page(_NOT_CONTENT):
        element.decompose()
    converter = MarkdownConverter(heading_style="ATX", strip=["img"], table_infer_header=True)
    return str(converter.convert_soup(page.body or page)).strip()


def _metadata(page: "BeautifulSoup") -> dict[str, object]:
    """Return the metadata in the page's `<meta>` elements."""
    stated: dict[str, str] = {}
    for element in page("meta"):
        name = str(element.get("name") or element.get("property") or "").lower()
        content = str(element.get("content") or "").strip()
        if name and stated.setdefault(name, content) != content and name == "audience":
            raise ParseError("the front matter has audience twice: leave one")
        if name != "audience":
            refuse_unread_property(name, content)
    metadata: dict[str, object] = {}
    if changed := next(filter(None, (iso_date(stated.get(name, "")) for name in _CHANGED)), ""):
        metadata["date"] = changed
    if owner := stated.get("owner"):
        metadata["owner"] = owner
    audience = stated.get("audience")
    if audience is not None and audience.casefold() not in _EVERYBODY:
        is_level = audience in ("anyone", "members")
        metadata["audience"] = (
            audience if is_level else [group.strip() for group in audience.split(",")]
        )
    return metadata


def _anchors(page: "BeautifulSoup") -> dict[str, deque[str]]:
    """Return the URL fragments of the headings ("" for none), in order, by a heading's letters.

    Removes the links in headings, since trafilatura loses the text after them.
    """
    anchors: dict[str, deque[str]] = defaultdict(deque)
    for heading in page(_HEADINGS):
        fragment = _fragment(heading)
        for link in heading("a"):
            if link.get_text(strip=True) in _PERMALINKS:
                link.decompose()
            else:
                link.unwrap()
        anchors[_letters(heading.get_text())].append(fragment)
    return anchors


def _fragment(heading: "Tag") -> str:
    """Return the id of a heading, of an element in it, or of the section that it begins."""
    named = (
        heading
        if heading.get("id")
        else heading.find(id=True) or heading.find("a", attrs={"name": True})
    )
    if named:
        return str(named.get("id") or named.get("name"))
    section = heading.parent
    begins = section is not None and section.find(True) is heading
    return str(section.get("id") or "") if section is not None and begins else ""


def _with_anchors(
    sections: Iterable[Section], anchors: Mapping[str, deque[str]]
) -> Iterator[Section]:
    """Yield each section with its heading's fragment, or that of the closest one above."""
    above: dict[tuple[str, ...], str] = {}
    for section in sections:
        anchor = ""
        for depth in range(1, len(section.headings) + 1):
            path = section.headings[:depth]
            if depth == len(section.headings) or path not in above:
                waiting = anchors.get(_letters(path[-1]))
                above[path] = (waiting.popleft() if waiting else "") or anchor
            anchor = above[path]
        yield replace(section, anchor=anchor)


def _letters(text: str) -> str:
    return "".join(text.split())

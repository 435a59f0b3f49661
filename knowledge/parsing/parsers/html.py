"""Web pages."""

import re
from collections.abc import Iterator
from contextlib import suppress

from knowledge.model.errors import ParseError, parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.access_rules import refuse_unread_lines, refuse_unread_property
from knowledge.parsing.dates import dates_in, iso_date
from knowledge.parsing.decoder import declared_encoding, decode, encoding_named
from knowledge.parsing.html_markdown import HtmlOptions, parse_html, sections_of, text_of
from knowledge.parsing.html_page import main_text
from knowledge.parsing.html_tables import Element
from knowledge.text.headings import first_heading
from knowledge.text.titles import title_of_file, title_of_property

_CHANGED = ("last-modified", "dcterms.modified", "article:modified_time", "og:updated_time")
_PUBLISHED = ("article:published_time", "datepublished", "date", "dc.date", "dcterms.date")
"""`<meta>` names of the last change and of the first publication."""

_IN_SCRIPT = re.compile(r'"(date(?:Modified|Published))"\s{0,9}:\s{0,9}"([^"]{4,40})"')
"""Dates in the JSON-LD of a page."""

_ARTICLE = re.compile(
    r'"@type"\s{0,9}:\s{0,9}\[?\s{0,9}"(?:News|Reportage)?(?:Article|BlogPosting)"'
)
_DOCUMENTATION = re.compile(
    "hugo|docusaurus|mkdocs|sphinx|vitepress|vuepress|gitbook|jekyll|starlight|antora|confluence"
    "|mediawiki|notion|docfx|doxygen|javadoc"
)
_FIRST_TAG = re.compile(r"<(?!!--)")
_XML_ENCODING = re.compile(rb"\A\s{0,99}<\?xml[^<>]{1,99}encoding=[\"']([\w.:-]{1,40})")
_EVERYBODY = frozenset(
    {"all", "everyone", "everybody", "public", "general", "global", "worldwide", "mature", "adult"}
    | {"adults", "kids", "children", "teens", "family", "consumers", "developers", "developer"}
    | {"itpro", "alle", "tous", "todos", "全員", "一般", "すべて"}
)
"""What ordinary web pages say of their readers in `<meta name="audience">`: no rule of access."""


class HtmlParser:
    """Parses the text of a page by its structure, without menus, side bars and banners.

    `<meta name="owner">` and `<meta name="audience">` have the effect of front matter; commas
    separate several channels or groups. Words for everybody, such as `all`, are no rule.

    Args:
        include_hidden: Whether to read what the page hides from its readers, too.
        rendered: Whether a source has rendered the page (see `ReadingOptions`): all of it is text.
    """

    suffixes = frozenset({".html", ".htm", ".xhtml", ".xht"})

    def __init__(self, *, include_hidden: bool = False, rendered: bool = False) -> None:
        self._options = HtmlOptions(include_hidden=include_hidden)
        self._rendered = rendered

    def parse(self, data: bytes, name: str) -> ParsedFile:
        if self._rendered:
            return self._parse_rendered(data.decode(errors="replace"), name)
        return self.parse_text(_decode(data), name)

    def parse_text(self, text: str, name: str) -> ParsedFile:
        """Parse *text*, the content of the page *name*.

        Raises:
            ParseError: as `Parser.parse`.
        """
        if not text.strip():
            return ParsedFile(title_of_file(name), ())
        refuse_unread_lines(text[: begin.start()] if (begin := _FIRST_TAG.search(text)) else text)
        with parse_errors("web page"):
            page = parse_html(text)
            stated = dict(_stated(page))
            metadata = {"date": _date(page, stated)} | _metadata(stated)
            title = _title(page, stated)
            text = main_text(page, is_article=_is_article(page, stated))
            sections = sections_of(text, self._options)
        title = title or first_heading(sections) or title_of_file(name)
        return ParsedFile(title, sections, metadata)

    def _parse_rendered(self, text: str, name: str) -> ParsedFile:
        """Parse a page of `rendered_page`: only its own head states a title and a date."""
        with parse_errors("page"):
            page = parse_html(text)
            heading = page.find(".//title")
            changed = page.find(".//meta[@name='last-modified']")
            sections = sections_of(page, self._options)
        title = "" if heading is None else text_of(heading)
        date = "" if changed is None else changed.get("content", "")
        return ParsedFile(title or title_of_file(name), sections, {"date": iso_date(date)})


def refuse_audience(page: Element) -> None:
    """Raise `ParseError` when a page within another document states who reads it."""
    if "audience" in _metadata(dict(_stated(page))):
        raise ParseError("the front matter was not understood: only a web page has an audience")


def _decode(data: bytes) -> str:
    in_xml = _XML_ENCODING.match(data)
    declared = declared_encoding(data) or (in_xml and encoding_named(in_xml[1].decode("ascii")))
    if declared:
        with suppress(UnicodeDecodeError):  # pages often declare the wrong encoding
            return data.decode(declared)
    return decode(data)


def _stated(page: Element) -> Iterator[tuple[str, str]]:
    """Yield what the `<meta>` elements state, the first of each name, in lower case.

    Raises:
        ParseError: when one looks like an access rule that nobody would read.
    """
    seen: dict[str, str] = {}
    for element in page.iter("meta"):
        name = (
            element.get("name") or element.get("property") or element.get("itemprop") or ""
        ).lower()
        content = (element.get("content") or "").strip()
        if name and seen.setdefault(name, content) != content and name == "audience":
            raise ParseError("the front matter has audience twice: leave one")
        if name != "audience":
            refuse_unread_property(name, content)
    yield from seen.items()


def _metadata(stated: dict[str, str]) -> dict[str, object]:
    """Return the owner and the audience that the page states."""
    metadata: dict[str, object] = {}
    if owner := stated.get("owner"):
        metadata["owner"] = owner
    audience = stated.get("audience")
    if audience is not None and audience.casefold() not in _EVERYBODY:
        is_level = audience in ("anyone", "members")
        metadata["audience"] = (
            audience if is_level else [group.strip() for group in audience.split(",")]
        )
    return metadata


def _is_article(page: Element, stated: dict[str, str]) -> bool:
    """Tell whether a page states that it is an article of a newspaper or of a blog.

    Programs for documentation state so, too, and name themselves.
    """
    if _DOCUMENTATION.search(stated.get("generator", "").lower()):
        return False
    if stated.get("og:type", "").lower() == "article" or "article:published_time" in stated:
        return True
    scripts = (script.text or "" for script in page.iter("script"))
    return any(_ARTICLE.search(script) for script in scripts if '"@type' in script)


def _date(page: Element, stated: dict[str, str]) -> str:
    """Return the ISO date of the last change, else of the publication; "" if none is stated."""
    scripts = (script.text or "" for script in page.iter("script"))
    in_scripts = {
        name.lower(): value
        for script in scripts
        if '"date' in script
        for name, value in reversed(_IN_SCRIPT.findall(script))
    }
    in_text = {
        str(element.get("itemprop")).lower(): element.get("datetime") or ""
        for element in page.iter("time")
        if element.get("itemprop")
    }
    found = in_text | in_scripts | stated
    names = (*_CHANGED, "datemodified", *_PUBLISHED)
    dates = (iso_date(found.get(name, "")) for name in names)
    return next(filter(None, dates), "") or _date_of_export(page)


def _date_of_export(page: Element) -> str:
    """Return the date below the title in Confluence's exports: `last modified on Mar 03, 2025`."""
    for element in page.iter("div"):
        if "page-metadata" in element.get("class", "").split():
            return max(dates_in("".join(element.itertext())), default="")
    return ""


def _title(page: Element, stated: dict[str, str]) -> str:
    """Return the page's only main heading, else the title that it states, "" if there is none."""
    headings = list(page.iter("h1"))
    if len(headings) == 1 and (heading := text_of(headings[0])):
        return heading
    element = page.find(".//title")
    titles = (stated.get("og:title"), "" if element is None else "".join(element.itertext()))
    return next(filter(None, map(title_of_property, titles)), "")

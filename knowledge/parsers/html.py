"""Web pages."""

import re

from knowledge.decoding import decode
from knowledge.errors import reading
from knowledge.front_matter import iso_date
from knowledge.headings import first_heading, split_sections
from knowledge.titles import title_of_file, title_of_property
from knowledge.types import ParsedFile

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_NOT_CONTENT = ["head", "script", "style", "template", "noscript", "nav", "aside", "form", "footer"]
_SHORT = 300
"""Characters below which the main-text heuristics are too hungry to be trusted."""


class HtmlParser:
    """Reads the main text of a page; of a short page, all of its body but navigation."""

    suffixes = frozenset({".html", ".htm"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        text = _decode(data)
        if not text.strip():
            return ParsedFile(title_of_file(name), ())
        with reading("web page"):
            title, date, main = _extract(text)
            if len(main) < _SHORT:
                main = max(main, _body(text), key=len)
        sections = split_sections(main)
        title = title or first_heading(sections) or title_of_file(name)
        return ParsedFile(title, sections, {"date": date})


def _decode(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    if declared:
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # pages lie about their encoding
    return decode(data)


def _extract(text: str) -> tuple[str, str, str]:
    """Return title, ISO date and main text as Markdown, each "" where there is none."""
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


def _body(text: str) -> str:
    """Return the page's body as Markdown, without navigation, scripts and forms."""
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    page = BeautifulSoup(text, "html.parser")
    for element in page(_NOT_CONTENT):
        element.decompose()
    converter = MarkdownConverter(heading_style="ATX", strip=["img"])
    return str(converter.convert_soup(page.body or page)).strip()

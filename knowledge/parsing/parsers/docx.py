"""Word documents."""

import html
import io
import re
import zipfile
from dataclasses import replace

from knowledge.model.errors import parse_errors
from knowledge.model.types import ParsedFile
from knowledge.parsing.front_matter import iso_date
from knowledge.text.headings import first_heading, split_sections
from knowledge.text.titles import title_of_file, title_of_property

_TITLE_STYLE = "p[style-name='Title'] => header:fresh"


class DocxParser:
    """Parses Word documents through Markdown, which keeps headings, lists and tables."""

    suffixes = frozenset({".docx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with parse_errors("Word document"):
            heading, markdown = _markdown(data)
            title, date = _properties(data)
        # Nothing in a Word file can be linked to, and a fragment may confuse the program.
        sections = tuple(replace(section, anchor="") for section in split_sections(markdown))
        title = heading or first_heading(sections) or title or title_of_file(name)
        return ParsedFile(title, sections, {"date": date})


def _markdown(data: bytes) -> tuple[str, str]:
    """Return the paragraph with the style "Title" ("" for none), and the text without it."""
    import mammoth
    from markdownify import markdownify

    drop_images = mammoth.images.img_element(lambda _: {"src": ""})
    page = mammoth.convert_to_html(
        io.BytesIO(data), convert_image=drop_images, style_map=_TITLE_STYLE
    ).value
    before, _, rest = page.partition("<header>")
    title, closed, after = rest.partition("</header>")
    if closed:
        page = before + after
    markdown = markdownify(
        page, heading_style="ATX", strip=["img", "a"], table_infer_header=True
    ).strip()
    heading = markdownify(title).strip() if closed else ""
    return heading, markdown or heading


def _properties(data: bytes) -> tuple[str, str]:
    """Return the title and the ISO date of the last change, each "" if there is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return "", ""
        core = archive.read("docProps/core.xml").decode("utf-8", "replace")
    return title_of_property(_element(core, "dc:title")), iso_date(
        _element(core, "dcterms:modified")
    )


def _element(xml: str, name: str) -> str:
    match = re.search(rf"<{name}[^<>]*>([^<]*)</{name}>", xml)
    return html.unescape(match[1]) if match else ""

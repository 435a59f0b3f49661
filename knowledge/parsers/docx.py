"""Word documents."""

import html
import io
import re
import zipfile

from knowledge.errors import reading
from knowledge.front_matter import iso_date
from knowledge.headings import first_heading, split_sections
from knowledge.titles import title_of_file, title_of_property
from knowledge.types import ParsedFile


class DocxParser:
    """Reads Word documents through Markdown, so that headings, lists and tables stay."""

    suffixes = frozenset({".docx"})

    def parse(self, data: bytes, name: str) -> ParsedFile:
        with reading("Word document"):
            markdown = _markdown(data)
            title, date = _properties(data)
        sections = split_sections(markdown)
        title = first_heading(sections) or title or title_of_file(name)
        return ParsedFile(title, sections, {"date": date})


def _markdown(data: bytes) -> str:
    import mammoth
    from markdownify import markdownify

    drop_images = mammoth.images.img_element(lambda _: {"src": ""})
    page = mammoth.convert_to_html(io.BytesIO(data), convert_image=drop_images).value
    return str(markdownify(page, heading_style="ATX", strip=["img", "a"])).strip()


def _properties(data: bytes) -> tuple[str, str]:
    """Return the title and the ISO date of the last change, each "" where there is none."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return "", ""
        core = archive.read("docProps/core.xml").decode("utf-8", "replace")
    return title_of_property(_element(core, "dc:title")), iso_date(
        _element(core, "dcterms:modified")
    )


def _element(xml: str, name: str) -> str:
    match = re.search(rf"<{name}[^>]*>([^<]*)</{name}>", xml)
    return html.unescape(match[1]) if match else ""

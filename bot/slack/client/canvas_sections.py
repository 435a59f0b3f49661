"""The ids of a canvas's headings, so that an answer links to the section it rests on.

`canvases.getContent` returns Markdown without them, and `canvases.sections.lookup` ids without
words. What `url_private_download` serves of a canvas has both, an HTML of no documented form:
`<div class="quip-canvas-content"><h1 id="temp:C:dOQ250184c27aed403bb6962b95d">Title</h1>…`. Nothing
but the headings' ids is taken from it, so whatever it is one day, a link leads to the whole canvas
at worst.
"""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.client.downloads import DownloadError, Downloads
from knowledge.model.threads import in_thread
from knowledge.text.markdown_blocks import MarkdownBlock, markdown_blocks
from knowledge.text.section_links import CANVAS_SECTION

MOST_BYTES = 5_000_000
SECONDS = 5.0
"""Time for the ids; without them the canvas is read all the same."""

_HEADING = re.compile(r"<(/?)h[1-6]\b([^<>]*)>", re.IGNORECASE)
_ID = re.compile(r"""\bid=["']?([A-Za-z0-9:._-]{1,100})(?=["'\s]|$)""")
_TAG = re.compile(r"<[^<>]*>")
_NO_WORD = re.compile(r"[\W_]+")
_HTML = "text/html"


async def with_sections(markdown: str, told: Mapping[str, Any], downloads: Downloads) -> str:
    """Return the *markdown* of the canvas that Slack has *told* of, its headings with their ids.

    An id stands behind its heading as `{#focus_section_id=…}`, which every reader of Markdown takes
    for the heading's anchor. It is left out where two headings could be meant.
    """
    url = str(told.get("url_private_download") or told.get("url_private") or "")
    if "#" not in markdown or not url:
        return markdown
    try:
        page = await downloads.read(url, _HTML, MOST_BYTES, SECONDS)
    except DownloadError:
        return markdown
    return await in_thread(lambda: _with_ids(markdown, page.decode("utf-8", "replace")))


def _with_ids(markdown: str, page: str) -> str:
    headings = [one for one in markdown_blocks(markdown) if one.level]
    written, shown = defaultdict[str, list[MarkdownBlock]](list), defaultdict[str, list[str]](list)
    for heading in headings:
        written[_words(heading.title)].append(heading)
    for words, id_ in _shown(page):
        shown[words].append(id_)
    lines = markdown.split("\n")
    for words, ids in shown.items():
        if words and len(ids) == len(written[words]):
            for heading, id_ in zip(written[words], ids, strict=True):
                lines[heading.start] += f" {{#{CANVAS_SECTION}{id_}}}" if id_ else ""
    return "\n".join(lines)


def _shown(page: str) -> Iterator[tuple[str, str]]:
    """Yield the words and the id, or "", of each heading of an HTML *page*; in linear time."""
    opened: re.Match[str] | None = None
    for tag in _HEADING.finditer(page):
        if not tag[1]:
            opened = tag
        elif opened is not None:
            id_ = _ID.search(opened[2])
            text = html.unescape(_TAG.sub("", page[opened.end() : tag.start()]))
            yield _words(text), id_[1] if id_ else ""
            opened = None


def _words(title: str) -> str:
    """Return what two writings of a heading have in common: its letters and digits."""
    return _NO_WORD.sub("", title).casefold()

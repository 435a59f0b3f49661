"""The HTML page in which a source writes what its interface returns in pieces."""

import re
from html import escape

_STATEMENT = re.compile(r"<(?=[\s/]*+(?:meta|title|base|script)\b)", re.IGNORECASE)
"""The beginning of an element that says something of a whole page, such as who may read it."""


def written_page(title: str, body: str) -> bytes:
    """Return a page with *title*, whose *body* is HTML of people's own making.

    The body cannot state a title or an audience: elements that could are text. The generator tells
    the parser that nothing of it is a menu or an advertisement, as on the pages of a web site.
    """
    shown = escape(" ".join(title.split()), quote=False)
    said = _STATEMENT.sub("&lt;", body)
    head = f'<meta charset="utf-8"><meta name="generator" content="Kotae"><title>{shown}</title>'
    page = f"<html><head>{head}</head><body><h1>{shown}</h1>\n{said}\n</body></html>"
    return page.encode("utf-8", "replace")

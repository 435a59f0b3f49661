"""The readable part of a web page; runs in a parser process."""

import re

from knowledge.parsing.decoder import declared_encoding, encoding_named
from knowledge.text.chunker import split
from knowledge.text.plain_text import plain_text

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def page_text(
    body: bytes, url: str, content_type: str, tokens: int, *, plain: bool
) -> dict[str, object]:
    """Return the title, the date (ISO or ""), the text in Markdown, and its parts.

    Args:
        body: What the server sent.
        url: Final address of the page.
        content_type: The header, which may name an encoding.
        tokens: Most estimated tokens of a part.
        plain: Whether it is plain text and not HTML.
    """
    written = plain_text(_decoded(body, content_type))
    title, date, text = ("", "", written) if plain else _extracted(written, url)
    return {"title": title, "date": date, "text": text, "parts": list(split(text, tokens))}


def _decoded(body: bytes, content_type: str) -> str:
    """Decode by the header, else by what the page declares, else as UTF-8."""
    named = _CHARSET.search(content_type)
    stated = encoding_named(named[1]) if named else ""
    return body.decode(stated or declared_encoding(body) or "utf-8", "replace")


def _extracted(html: str, url: str) -> tuple[str, str, str]:
    import trafilatura

    text = trafilatura.extract(
        html, url=url, output_format="markdown", include_tables=True, favor_precision=True
    )
    metadata = trafilatura.extract_metadata(html, default_url=url)
    return metadata.title or "", metadata.date or "", text or ""

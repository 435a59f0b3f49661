"""Code blocks in Markdown."""

import re

_TICKS = re.compile("`{3,}")


def fenced(text: str, language: object = "") -> str:
    """Return *text* as a code block in *language*, with a fence that is longer than any in it."""
    fence = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(text))])
    name = language if isinstance(language, str) and language.isalnum() else ""
    return f"{fence}{name}\n{text}\n{fence}"

"""The headings and the code blocks of Markdown, by their lines."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pyromark import Markdown

_CONTAINERS = frozenset({"BlockQuote", "List", "Item", "Table", "FootnoteDefinition"})
_Event = str | Mapping[str, Any]
"""What pyromark tells, such as `SoftBreak`, `{"Text": "words"}` or `{"End": {"Heading": "H1"}}`."""

_BREAKS = frozenset({"SoftBreak", "HardBreak"})
_LEVELS = {f"H{level}": level for level in range(1, 7)}


@dataclass(frozen=True, slots=True)
class MarkdownBlock:
    """A code block, or a heading that stands in no list, quote or table.

    Attributes:
        level: 1 to 6 for a heading, 0 for code.
        start: Its first line, from 0.
        end: The line after its last.
        title: The text of a heading, without markup, images and tags.
    """

    level: int
    start: int
    end: int
    title: str = ""


def markdown_blocks(markdown: str) -> Iterator[MarkdownBlock]:
    """Yield the code blocks and headings of *markdown*, in order.

    It is read as CommonMark with GitHub's tables and footnotes.
    """
    data = markdown.encode("utf-8", "replace")
    starts = list(accumulate((len(line) + 1 for line in data.split(b"\n")), initial=0))
    depth = images = 0
    title: list[str] | None = None  # of the heading that is open
    events = _parser().events_with_range(data.decode())
    for event, place in cast("Iterable[tuple[_Event, Mapping[str, int]]]", events):
        step = 1 if "Start" in event else -1 if "End" in event else 0
        if isinstance(event, str) or not step:
            if title is not None and not images:
                title.append(_text(event))
            continue
        ((_, value),) = event.items()
        name = value if isinstance(value, str) else next(iter(value))
        depth += step * (name in _CONTAINERS)
        images += step * (name == "Image")
        if step > 0 and name == "Heading":
            title = []
        elif step < 0 and (name == "CodeBlock" or (name == "Heading" and not depth)):
            start = bisect_right(starts, place["start"]) - 1
            end = max(start + 1, bisect_left(starts, place["end"]))
            level = 0 if name == "CodeBlock" else _LEVELS[value[name]]
            yield MarkdownBlock(level, start, end, "".join(title or ()).strip())
            title = None


def _text(event: _Event) -> str:
    """Return the text of an event in a line."""
    if isinstance(event, str):
        return " " if event in _BREAKS else ""
    return str(event.get("Text") or event.get("Code") or "")


@cache
def _parser() -> "Markdown":
    from pyromark import Markdown, Options

    return Markdown(options=Options.ENABLE_TABLES | Options.ENABLE_FOOTNOTES)

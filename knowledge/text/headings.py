"""Splits Markdown into sections by its headings, with GitHub's anchors."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledge.model.types import Section
from knowledge.text.markdown_blocks import markdown_blocks

_LONGEST_NAME = 200
"""Maximum length of a heading in a path, in characters; the text keeps a longer one whole."""

_ATTRIBUTES = re.compile(r"(?:\{:?\s{0,9}([#.][^{}]{1,200})\}|\[#([\w-]{1,200})\])$")
"""What ends a heading's line: `{#id}`, `{#id .class}`, `{: #id}`, `{.class}`, `[#id]`."""

_ID = re.compile(r"(?<!\S)#([^\s{}]+)")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of *level* 1 to 6 on lines *start* to *end* (exclusive); level 0 is a limit."""

    level: int
    title: str
    start: int
    end: int
    anchor: str = ""


def split_sections(markdown: str) -> tuple[Section, ...]:
    """Split *markdown* at its headings (ATX and setext, but none in code, lists or quotes)."""
    return sections_at(markdown.split("\n"), list(_with_anchors(_headings(markdown))))


def sections_at(lines: Sequence[str], headings: Sequence[Heading]) -> tuple[Section, ...]:
    """Split *lines* of Markdown at *headings*, in order.

    A heading with nothing below it becomes the text of its section, so that search finds it.
    """
    last = Heading(0, "", len(lines), len(lines))
    path: list[Heading] = []
    sections = []
    for heading, following in pairwise([Heading(0, "", 0, 0), *headings, last]):
        path = [above for above in path if 0 < above.level < heading.level] + [heading]
        text = "\n".join(lines[heading.end : following.start]).strip("\n")
        alone = not text.strip() and following.level <= heading.level
        if alone or len(heading.title) > _LONGEST_NAME:
            text = f"{heading.title}\n\n{text}".strip("\n")
        if text.strip():
            names = tuple(above.title[:_LONGEST_NAME] for above in path if above.level)
            sections.append(Section(text, names, anchor=heading.anchor))
    return tuple(sections)


def first_heading(sections: tuple[Section, ...]) -> str:
    """Return the text of the first heading, or "" if there is none."""
    return next((section.headings[0] for section in sections if section.headings), "")


def slug(title: str) -> str:
    """Return GitHub's anchor for a heading: lower case, letters of any script, hyphens."""
    kept = (c for c in title.strip().lower() if c in " -" or _is_word(c))
    return "".join(kept).replace(" ", "-")


def _is_word(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category in ("Nd", "Nl", "Pc")


def _headings(markdown: str) -> Iterator[Heading]:
    for block in markdown_blocks(markdown):
        if block.level:
            yield Heading(block.level, block.title, block.start, block.end)


def _with_anchors(headings: Iterator[Heading]) -> Iterator[Heading]:
    """Yield *headings* with anchors, equal ones numbered as on GitHub: `plan`, `plan-1`."""
    seen: dict[str, int] = {}
    for heading in headings:
        title, stated = _without_attributes(heading.title)
        base = anchor = stated or slug(title)
        while anchor in seen:
            seen[base] += 1
            anchor = f"{base}-{seen[base]}"
        seen[anchor] = 0
        yield replace(heading, title=title, anchor=anchor)


def _without_attributes(title: str) -> tuple[str, str]:
    """Return a heading without the attributes at its end, and the id that they state, or ""."""
    attributes = _ATTRIBUTES.search(title)
    if attributes is None:
        return title, ""
    named = _ID.search(attributes[1] or "")
    stated = attributes[2] or (named[1] if named else "")
    return title[: attributes.start()].rstrip(), stated

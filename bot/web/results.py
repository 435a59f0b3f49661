"""Results from the public web."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WebPage:
    """The readable part of a page: Markdown text, title, final address, ISO date or "", parts."""

    url: str
    title: str
    text: str
    date: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WebResult:
    """One result of a web search."""

    url: str
    title: str
    snippet: str
    date: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

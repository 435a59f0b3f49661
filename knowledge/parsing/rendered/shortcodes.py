"""The shortcodes of Hugo (`{{< x >}}`) and the tags of Liquid (`{% x %}`) within Markdown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_SHORTCODE = 2000
"""Characters of a shortcode; a longer one is text."""

COMMENTS = frozenset({"comment"})
"""Shortcodes whose content nobody is shown."""

CODE = frozenset({"highlight", "mermaid", "katex", "prettify", "chart", "plantuml"})
"""Shortcodes whose content is code."""

_MEDIA = frozenset(
    [
        "youtube",
        "vimeo",
        "gist",
        "tweet",
        "x",
        "instagram",
        "icon",
        "fa",
        "param",
        "video",
        "embed",
        "audio",
        "iframe",
        "ref",
        "relref",
        "link",
        "post_url",
        "include",
        "include_relative",
        "toc",
        "partial",
        "asset",
        "image_tag",
        "anchor",
        "assign",
        "render",
        "var",
        "capture",
        "if",
        "unless",
        "for",
        "case",
        "when",
        "else",
        "elsif",
        "include-file",
        "table-of-contents",
    ]
)
"""Shortcodes whose arguments are no words of the page."""

_TITLES = ("title", "header", "heading", "summary", "label", "name", "tab", "caption")
_WORDS = ("title", "text", "caption", "alt", "content", "label", "name", "description")
_HEAD = re.compile(r"\{(?:\{[<%]|%)-?[ \t\n]{0,20}(/?)[ \t\n]{0,20}([\w./:\\-]{1,80})")
_ARGUMENT = re.compile(
    r"(?:(?<![\w-])([A-Za-z_][\w-]{0,40})[ \t]{0,4}[=:][ \t]{0,4})?"
    r"(?:\"((?:[^\"\\]|\\.)*+)\"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`|([^\s\"'`=]+))"
)


@dataclass(frozen=True, slots=True)
class Shortcode:
    """A shortcode with its arguments.

    Attributes:
        closes: Whether it ends another one.
        positional: Arguments without a name, with whether each was quoted.
    """

    name: str
    closes: bool
    named: Mapping[str, str]
    positional: tuple[tuple[str, bool], ...]
    end: int

    @property
    def first(self) -> str:
        """The first argument: of a link, its target."""
        return self.positional[0][0] if self.positional else next(iter(self.named.values()), "")

    @property
    def title(self) -> str:
        """The words above its content, or ""."""
        if self.name in _MEDIA:
            return ""
        named = next((self.named[key] for key in _TITLES if self.named.get(key)), "")
        quoted = next((value for value, quoted in self.positional if quoted and value), "")
        if self.name.startswith("tab") and not quoted and self.positional:
            quoted = self.positional[0][0]
        return _plain(named or quoted)

    def words(self, *, alone: bool) -> str:
        """Return what it probably shows: its words; of names, only where it stands in a line."""
        if self.name in _MEDIA:
            told = self.named.get("content") or self.named.get("text") or ""
            return told if self.name.startswith("include") else ""
        named = dict.fromkeys(self.named[key] for key in _WORDS if self.named.get(key))
        if named:
            return _plain(": ".join(named))
        quoted = [value for value, is_quoted in self.positional if is_quoted]
        if len(quoted) != 1 or (alone and " " not in quoted[0] and quoted[0].isascii()):
            return ""
        return "" if "/" in quoted[0] else _plain(quoted[0])


def read_shortcode(text: str, start: int, closing: int) -> Shortcode | None:
    """Return the shortcode from *start* of *text* whose closing mark begins at *closing*."""
    head = _HEAD.match(text, start)
    if head is None or closing < head.end() or closing - start > LONGEST_SHORTCODE:
        return None
    name, closes = head[2].replace("\\", ""), bool(head[1])
    if text[start + 1] == "%" and name.startswith("end") and len(name) > len("end"):
        name, closes = name.removeprefix("end"), True
    named, positional = dict[str, str](), list[tuple[str, bool]]()
    for one in _ARGUMENT.finditer(text[head.end() : closing].rstrip("-/ \t\n")):
        value = next(value for value in one.groups()[1:] if value is not None)
        value = value.replace('\\"', '"')
        if one[1]:
            named[one[1].lower()] = value
        else:
            positional.append((value, one[5] is None))
    return Shortcode(name, closes, named, tuple(positional), closing)


def _plain(words: str) -> str:
    return " ".join(words.replace("*", "").split())

"""Markdown as the elements of rich text, and as plain text with the same words. Pure.

In rich text a text is just that: it can neither ping nor be a link. What would ping elsewhere is
broken all the same: nobody knows what a workflow makes of it.
https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.core.links import as_target, safe_markdown
from bot.slack.client.escape import plain, unpinged

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

TextElement = Mapping[str, Any]

LONGEST = 9_000
"""Characters of Markdown; Slack names no limit, and cuts messages somewhere above this."""

_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]*")
_HELD = "\ue000"
"""Holds the place of what was an entity before."""

_STYLES = {"strong": "bold", "em": "italic", "s": "strike"}


def text_element(text: str, *styles: str) -> TextElement:
    """Return an element that shows *text*, which is not empty."""
    style = {"style": dict.fromkeys(sorted(set(styles)), True)} if styles else {}
    return {"type": "text", "text": text, **style}


def link_element(text: str, url: str) -> TextElement:
    """Return a link; an address without a text would show itself."""
    return {"type": "link", "url": url, "text": text}


def elements_of(markdown: str, allowed: Collection[str]) -> list[TextElement]:
    """Return *markdown* as elements, in which nothing but the addresses in *allowed* is a link."""
    parser, markdown = _parser(), _safe(markdown, allowed)[:LONGEST]
    known = {parser.normalizeLink(as_target(address)): address for address in allowed}
    found = _merged(_Layout(known).blocks(parser.parse(markdown)))
    return [{**one, "text": unpinged(one["text"])} for one in found]


def trimmed(elements: Iterable[TextElement]) -> list[TextElement]:
    """Return *elements* without empty space before the first word and behind the last."""
    found = list(elements)
    for place, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while found and not found[place]["text"].strip():
            found.pop(place)
        if found:
            found[place] = {**found[place], "text": strip(found[place]["text"])}
    return found


def plain_text(elements: Iterable[TextElement]) -> str:
    """Return the words of *elements*; each address of a link stands behind its text."""
    addresses = set[str]()
    words = list[str]()
    for one in elements:
        words.append(one["text"])
        if one["type"] == "link":
            address = as_target(one["url"])
            addresses.add(address)
            words.append(f" {address} ")
    lines = "".join(words).split("\n")
    return plain("\n".join(line.rstrip() for line in lines), addresses).strip()


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return (
        MarkdownIt("commonmark", {"html": False})
        .enable(["table", "strikethrough"])
        .disable("autolink")
    )


class _Layout:
    """Lays out blocks in lines: an empty line between them, a mark before the items of a list."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self._lists = 0
        self._cells = 0
        self._styles: tuple[str, ...] = ()

    def blocks(self, tokens: Sequence["Token"]) -> Iterator[TextElement]:
        for number, token in enumerate(tokens):
            if number and token.level == 0 and token.nesting >= 0:
                yield text_element("\n")
            if token.type == "inline":
                yield from _inline(token.children or (), self._styles, self._known)
            elif text := self._around(token):
                yield text_element(text)

    def _around(self, token: "Token") -> str:
        """Return what stands where a block begins or ends, and take note of it."""
        name, _, side = token.type.rpartition("_")
        match name:
            case "bullet_list" | "ordered_list":
                self._lists += 1 if side == "open" else -1
            case "list_item" if side == "open":
                mark = f"{token.info}{token.markup}" if token.info else "•"
                return f"{'    ' * (self._lists - 1)}{mark} "
            case "heading" | "thead":
                self._styles = ("bold",) if side == "open" else ()
            case "tr":
                self._cells = 0
            case "th" | "td" if side == "open":
                self._cells += 1
                return " | " if self._cells > 1 else ""
        if name in {"heading", "paragraph", "tr"} and side == "close":
            return "\n"
        return _code(token) if token.type == "fence" else token.content


def _safe(markdown: str, allowed: Collection[str]) -> str:
    """Return *markdown* without foreign links, and with each `<` as it was written.

    No tag acts in rich text, so that none needs an entity; in code, it would be seen.
    """
    held = markdown.replace(_HELD, "").replace("&lt;", _HELD)
    return safe_markdown(held, allowed).replace("&lt;", "<").replace(_HELD, "&lt;")


def _code(fence: "Token") -> str:
    """Return a block of code; the name of its language is no word of it."""
    named = fence.content and _LANGUAGE.fullmatch(fence.info.strip())
    return fence.content if named else f"{fence.info.strip()}\n{fence.content}".lstrip("\n")


def _inline(
    tokens: Sequence["Token"], around: tuple[str, ...], known: Mapping[str, str]
) -> Iterator[TextElement]:
    styles, address, label = list(around), "", list[str]()
    for token in tokens:
        text = "\n" if token.type in {"softbreak", "hardbreak"} else token.content
        name, _, side = token.type.rpartition("_")
        if side == "open" and name == "link":
            address, label = known.get(str(token.attrGet("href")), ""), []
        elif side == "close" and name == "link":
            if address and (words := "".join(label).strip()):
                yield link_element(words, address)
            address = ""
        elif side == "open":
            styles.append(_STYLES[name])
        elif side == "close":
            styles.remove(_STYLES[name])
        elif address:
            label.append(text)
        elif text:
            yield text_element(text, *styles, *["code"] * (token.type == "code_inline"))


def _merged(elements: Iterable[TextElement]) -> Iterator[TextElement]:
    """Join neighbours that look alike: Slack takes a limited number of elements."""
    held: TextElement | None = None
    for one in elements:
        if held and one["type"] == held["type"] == "text" and one.get("style") == held.get("style"):
            held = {**held, "text": held["text"] + one["text"]}
            continue
        if held:
            yield held
        held = one
    if held:
        yield held

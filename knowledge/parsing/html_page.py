"""Finds the text of a web page: what remains without menus, side bars and banners.

Only what the page marks as such goes: by its element, its role, or the usual name of its class. A
part that holds much of the page's text, or its main heading, always stays. So no text of a plain
page is lost.
"""

import re
from dataclasses import dataclass

from knowledge.parsing.html_tables import Element

_ELEMENTS = frozenset({"nav", "script", "style", "template", "noscript", "search"})
_ROLES = frozenset(
    {"navigation", "search", "banner", "contentinfo", "menu", "menubar", "toolbar", "doc-toc"}
)
_AROUND = frozenset({"aside", "footer", "header"})
"""Elements that belong to the site when they are outside of the main text."""

_NAMED = frozenset("aside details div dl footer form header ol p section table ul".split())  # noqa: SIM905
"""Elements whose names say what they are for; in cells and code, names say other things."""

_MAIN = (
    ("id", "main-content"),  # Confluence
    ("id", "mw-content-text"),  # MediaWiki
    ("class", "markdown-body"),  # GitHub
    ("itemprop", "articleBody"),  # Sphinx, and many blogs
    ("role", "main"),
)
"""Attributes of the main text in what is exported most."""

_NO_TEXT = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent|newsletter|subscribe|share|sharing|sharedaddy|social"
    r"|addthis|login|signin|skip|skiplink|editsection|adverts?|advertisement|adsbygoogle|sponsored"
    r"|comments?|commentlist|respond|disqus|printfooter|page-metadata|sr-only|visually-?hidden)"
    r"(?![a-z])"
)
"""Names of what is never text of the page."""

_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|navbox|menu|sidebar|sidenav|breadcrumbs?|toc|contents"
    r"|tableofcontents|table_of_contents|pagination|pager|paging|prevnext|related|recommended"
    r"|recommendations|popular|trending|footer|masthead|topbar|header|widgets?|tags?|tagcloud"
    r"|categories|catlinks|archives?|promo|teasers?|languages?)(?![a-z])"
)
"""Names of what is a menu if it consists of links."""

_INPUTS = frozenset({"text", "search", "email", "password", "submit", "button", "tel", "url"})

_LARGE = 0.4
"""Share of the page's text from which a part stays, whatever it is called."""

_MAIN_SHARE = 0.3
"""Share of the page's text that an element needs to be its main text."""

_LINKED = 0.5
_ALL_LINKED = 0.9
"""Shares of linked text from which a part is a menu: one with such a name, and any."""


@dataclass(slots=True)
class _Size:
    """Characters of an element's text and of its links, and the number of these."""

    text: int = 0
    linked: int = 0
    links: int = 0


def main_text(root: Element) -> Element:
    """Remove from the page *root* what is not its text, and return the element that holds it."""
    return _Page(root).main_text()


class _Page:
    def __init__(self, root: Element) -> None:
        body = root.find(".//body")
        self._body = root if body is None else body
        self._sizes: dict[Element, _Size] = {}
        for element in reversed(list(self._body.iter())):
            if isinstance(element.tag, str) and element.tag not in _ELEMENTS:
                self._sizes[element] = self._measured(element)
        self._whole = self._size(self._body).text

    def main_text(self) -> Element:
        main = self._main()
        heading = next(self._body.iter("h1"), main)
        kept = {main, *main.iterancestors(), heading, *heading.iterancestors()}
        for element in list(self._body.iter()):
            if isinstance(element.tag, str) and element not in kept and self._is_around(element):
                element.drop_tree()
        self._drop_first_menus(main)
        return main

    def _measured(self, element: Element) -> _Size:
        size = _Size(len((element.text or "").strip()))
        for child in element:
            inner = self._size(child)
            size.text += inner.text + len((child.tail or "").strip())
            size.linked += inner.linked
            size.links += inner.links
        return _Size(size.text, size.text, 1) if element.tag == "a" else size

    def _size(self, element: Element) -> _Size:
        return self._sizes.get(element) or _Size()

    def _main(self) -> Element:
        """Return the element that the page marks as its main text, else its body."""
        found: dict[tuple[str, str], list[Element]] = {}
        for element in self._body.iter("main", "article", "div", "section", "td"):
            if element.tag in ("main", "article"):
                found.setdefault((element.tag, ""), []).append(element)
            for name, value in _MAIN:
                if value in (element.get(name) or "").split():
                    found.setdefault((name, value), []).append(element)
        for mark in (*_MAIN, ("main", ""), ("article", "")):
            marked = found.get(mark, [])
            if len(marked) == 1 and self._size(marked[0]).text >= _MAIN_SHARE * self._whole:
                return marked[0]
        return self._body

    def _is_around(self, element: Element) -> bool:
        """Tell whether *element* is not text of the page."""
        tag = element.tag
        if tag in _ELEMENTS:
            return True
        size = self._size(element)
        if size.text > _LARGE * self._whole:
            return False
        if element.get("role") in _ROLES:
            return True
        if tag in _AROUND and not any(
            above.tag in ("article", "main", "section") for above in element.iterancestors()
        ):
            return True
        if tag == "form" and _asks(element):
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}".lower()
        if tag not in _NAMED or names == " ":
            return False
        is_menu = size.linked >= _LINKED * size.text and _MENU.search(names)
        return bool(is_menu or _NO_TEXT.search(names))

    def _drop_first_menus(self, main: Element) -> None:
        """Drop the blocks of links above everything else; a page of nothing but links keeps them.

        What only is a menu by its place has no name to tell it by.
        """
        if self._size(main).linked > _LINKED * self._size(main).text:
            return
        parent = main
        while parent is not None:
            first = None
            if (parent.text or "").strip():
                return
            for child in list(parent):
                size = self._size(child)
                if size.links > 1 and size.linked >= _ALL_LINKED * size.text:
                    child.drop_tree()
                elif size.text or (child.tail or "").strip():
                    first = child
                    break
            parent = first if first is not None and first.tag in ("div", "section") else None


def _asks(form: Element) -> bool:
    """Tell whether a form asks for something; others hold the text of a whole page."""
    return any(
        field.tag in ("textarea", "select") or field.get("type", "text").lower() in _INPUTS
        for field in form.iter("input", "textarea", "select")
    )

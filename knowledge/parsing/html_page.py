"""Finds the text of a web page: what remains without menus, side bars and banners.

Only what the page marks as such goes: by its element, its role, or the usual name of its class. A
part that holds much of the page's text, or its main heading, always stays. So no text of a plain
page is lost.
"""

import re
from dataclasses import dataclass

from knowledge.parsing.html_endings import drop_endings
from knowledge.parsing.html_tables import Element
from knowledge.text.headings import slug

_ELEMENTS = frozenset({"nav", "script", "style", "template", "noscript", "search"})
_ROLES = frozenset(
    {"navigation", "search", "banner", "contentinfo", "menu", "menubar", "toolbar", "doc-toc"}
)
_AROUND = frozenset({"aside", "footer", "header"})
"""Elements that belong to the site when they are outside of the main text."""

_PARTS = frozenset({"article", "main", "section", "blockquote"})
"""Elements in which these belong to the text."""

_NAMED = frozenset(
    "a article aside details div dl figure footer form header li ol p section table ul".split()  # noqa: SIM905
)
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
    r"(?:^|[\s_-])(?:cookies?-?(?:banner|bar|notice|consent|popup|message|law|overlay|hint)|gdpr"
    r"|consent-(?:banner|popup|overlay)|(?:newsletter|subscribe|signup|login)"
    r"(?:-(?:form|box|signup|popup|banner|teaser))?(?=\s|$)|shar(?:e|ing)-?(?:buttons?|links?|bar"
    r"|icons?|this|box|tools?|daddy)|addthis|social-?(?:media|links?|share|icons?|buttons?|bar)"
    r"|skip-?(?:link|to|nav)|editsection|adverts?|advertisement|adsbygoogle|sponsored|comments"
    r"|comment-?list|comment-respond|disqus|printfooter|page-metadata|sr-only|visually-?hidden"
    r"|breadcrumbs?|author-(?:box|info|bio|description)|related(?:-?(?:posts?|articles?|links?"
    r"|content|topics|stories|items|news))|post-ratings?|paywall|buybox|prev-?next|next-?prev)"
    r"(?![a-z])|(?:^|\s)(?:site-|page-|main-|global-|pre-?)?footer(?=\s|$|-)"
    r"|(?:^|\s)(?:share|sharing|social|comment|related|recommended|recommendations|widget)(?=\s|$)"
    r"|(?:^|[\s_-])(?:yarpp|wp-?rp|related|recommend(?:ed|ation)?s?|recirc"
    r"|most-?(?:read|popular)|you-?may(?:-?also)?-?like|outbrain|taboola|newsletters?"
    r"|subscri(?:be|ption)|signup|cookies?|borlabs|respond|reply|replies|replys|commentform"
    r"|comment-?(?:form|wrapper|section|area|btn|count|modul)|kommentare?"
    r"|kommentar-?(?:modul|bereich)|shariff|share|sharing|social|copyright|licen[cs]e-?info"
    r"|disclosure|disclaimer|adv|advert|anzeige|banner-?ad|app-?stores?|prefooter|pre-?footer"
    r"|widgettitle|authors?(?:-?(?:box|info|bio|description|desc|note|name"
    r"|content|text|about|card|profile))?|about-?(?:the-?)?author|by-?line|post-?nav|next-?post"
    r"|nextstory|tag-?list|post-?tags?|article-?tags|entry-?(?:meta|footer)|post-?(?:meta|footer)"
    r"|article-?(?:meta|footer)|meta-?datetime|published-?date|online-?list|cta|call-?to-?action"
    r"|breadcrumbs?|credits?|tags|taxonomy-term"
    r"|type-taxonomy|post-?ratings?|embed-work)(?=\s|$|__|--|_|-(?:container|wrap|wrapper|box|module|block|section|list|inner"
    r"|area|content))"
)
"""Names of what is never text of the page."""

_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|navbox|menu|sidebar|sidenav|toc|contents"
    r"|tableofcontents|table_of_contents|pagination|pager|paging|related|recommended"
    r"|recommendations|popular|trending|footer|masthead|topbar|header|widgets?|tags?|tagcloud"
    r"|categories|catlinks|archives?|promo|promotion|teasers?|languages?|meta)(?![a-z])"
)
"""Names of what is a menu if much of it are links."""

_OF_BLOGS = ("category-", "tag-")
"""Beginnings of class names that say what the text of a page is about, as WordPress writes them."""

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIDE = re.compile(
    r"(?:^|\s)(?:[\w-]{0,40}-)?(?:sidebar|sidenav|right-?col(?:umn)?|secondary)(?=\s|$|-)"
)
"""Names of what stands beside the main text."""

_FOLDED = re.compile(r"accordion|collapsible|disclosure|faq|question")
"""Names of a button that is the title of what follows it."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_INPUTS = frozenset({"text", "search", "email", "password", "submit", "button", "tel", "url"})

_LARGE = 0.4
"""Share of the page's text from which a part stays, whatever it is called."""

_MAIN_SHARE = 0.3
"""Share of the page's text that an element needs to be its main text."""

_LINKED = 0.4
"""Share of linked text from which a part with the name or the place of a menu is one."""

_MOST = 0.7
"""Share of the long texts that their container needs to hold."""

_CONTACTS = ("tel:", "mailto:")
"""Links that say how to reach somebody, and lead to no other page."""

_SHORT = 80
"""Characters of a box below an article that says nothing of it."""

_SOME_LINKED = 0.3
"""Share of linked text from which a box below an article leads to others."""

_BOXES = frozenset({"aside", "div", "footer", "form", "section", "ul"})
_KEPT_WHOLE = frozenset({"table", "dl", "pre", "code", "blockquote", "math", "details"})
"""Elements whose parts are all text."""

_LONG = 60
"""Characters of a text that is no label."""

_PROSE = frozenset({"p", "li", "td", "dd", "pre", "blockquote"})

_ALL_LINKED = 0.9
"""Share of linked text from which what stands first is a menu."""


@dataclass(slots=True)
class _Size:
    """Characters of an element's text, of its links and of its long texts; number of links.

    Also whether it holds a heading, and an element whose parts are all text.
    """

    text: int = 0
    linked: int = 0
    links: int = 0
    prose: int = 0
    is_titled: bool = False
    is_whole: bool = False


def main_text(root: Element, *, is_article: bool = False) -> Element:
    """Remove from the page *root* what is not its text, and return the element that holds it.

    Args:
        root: The page, which is changed.
        is_article: Whether the page states that it is a published article, around which other
            things stand than around a page of a team.
    """
    main = _Page(root).main_text()
    if is_article:
        _Page(main).drop_around_article(main)
    return main


class _Page:
    def __init__(self, root: Element) -> None:
        body = root.find(".//body")
        self._body = root if body is None else body
        _open_large_noscript(self._body)
        self._sizes: dict[Element, _Size] = {}
        for element in reversed(list(self._body.iter())):
            if isinstance(element.tag, str) and element.tag not in _ELEMENTS:
                self._sizes[element] = self._measured(element)
        self._whole = self._size(self._body)
        self._is_marked = False
        self._inside: set[Element] = set()
        for element in self._body.iter():
            above = element.getparent()
            if above is not None and (above.tag in _PARTS or above in self._inside):
                self._inside.add(element)

    def main_text(self) -> Element:
        main = self._main()
        self._is_marked = main is not self._body
        heading = next(self._body.iter("h1"), main)
        kept = {main, *main.iterancestors(), heading, *heading.iterancestors()}
        for element in list(self._body.iter()):
            if isinstance(element.tag, str) and element not in kept and self._is_around(element):
                element.drop_tree()
        self._drop_first_menus(main)
        self._drop_beside(main, kept)
        drop_endings(main, self._text_and_links)
        return main

    def drop_around_article(self, main: Element) -> None:
        """Drop the boxes below the first long text of *main* that hold links or a few words."""
        has_begun = False
        passed: set[Element] = set()
        for element in list(main.iter()):
            size = self._size(element)
            if element.getparent() in passed or element.tag in _KEPT_WHOLE:
                passed.add(element)
            elif element.tag in _PROSE:
                has_begun = has_begun or size.prose > 0
            elif has_begun and element.tag in _BOXES and size.text and not size.prose:
                is_short = size.links > 0 and size.text <= _SHORT and not size.is_titled
                leads = size.linked >= _SOME_LINKED * size.text
                if (is_short or leads) and not size.is_whole:
                    passed.add(element)
                    element.drop_tree()

    def _text_and_links(self, element: Element) -> tuple[int, int]:
        size = self._size(element)
        return size.text, size.linked

    def _measured(self, element: Element) -> _Size:
        own = len((element.text or "").strip())
        size = _Size(own, prose=own if own >= _LONG else 0)
        for child in element:
            inner, tail = self._size(child), len((child.tail or "").strip())
            size.text += inner.text + tail
            size.linked += inner.linked
            size.links += inner.links
            size.prose += inner.prose + (tail if tail >= _LONG else 0)
            size.is_titled = size.is_titled or inner.is_titled or child.tag in _HEADINGS
            size.is_whole = size.is_whole or inner.is_whole or child.tag in _KEPT_WHOLE
        if element.tag == "a" and not element.get("href", "").startswith(_CONTACTS):
            return _Size(size.text, size.text, 1)
        if element.tag in _PROSE and size.text - size.linked >= _LONG:
            size.prose = max(size.prose, size.text - size.linked)
        return size

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
            if len(marked) == 1 and self._size(marked[0]).text >= _MAIN_SHARE * self._whole.text:
                return marked[0]
        return self._body

    def _is_around(self, element: Element) -> bool:
        """Tell whether *element* is not text of the page."""
        tag = element.tag
        if tag in _ELEMENTS:
            return True
        size = self._size(element)
        if size.text > _LARGE * self._whole.text or size.prose > _LARGE * self._whole.prose:
            return False
        if element.get("role") in _ROLES:
            return True
        if tag in _AROUND and element not in self._inside:
            return True
        if tag == "form" and _asks(element):
            return True
        if tag == "button":
            return size.text < _LONG and not _opens(element)
        names = _names(element) if tag in _NAMED else ""
        if not names:
            return False
        is_menu = size.linked >= _LINKED * size.text and (tag == "aside" or _MENU.search(names))
        is_beside = not self._is_marked and _SIDE.search(names)
        return bool(is_menu or is_beside or _NO_TEXT.search(names))

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

    def _drop_beside(self, main: Element, kept: set[Element]) -> None:
        """Drop what consists of links beside the container that holds most of the long texts.

        Links below a heading of their own belong to the text.
        """
        while self._size(main).prose:
            parts = [part for part in main if isinstance(part.tag, str)]
            largest = max(parts, key=lambda part: self._size(part).prose, default=None)
            if largest is None or self._size(largest).prose < _MOST * self._size(main).prose:
                return
            for part in parts:
                size = self._size(part)
                before = part.getprevious()
                titled = before is not None and before.tag in _HEADINGS
                is_menu = size.links > 1 and size.linked >= _LINKED * size.text
                if is_menu and part is not largest and part not in kept and not titled:
                    part.drop_tree()
            main = largest


def _open_large_noscript(body: Element) -> None:
    """Make text of a `noscript` that holds most of the page: it has no end, or replaces all."""
    found = list(body.iter("noscript"))
    whole = len("".join(body.itertext())) if found else 0
    for element in found:
        if 2 * sum(len(part) for part in element.itertext()) > whole:
            element.tag = "div"


def _names(element: Element) -> str:
    """Return the names of an element, in lower case, without an id that its heading gave it."""
    words = (element.get("class") or "").split()
    names = " ".join(word for word in words if not word.startswith(_OF_BLOGS))
    stated = element.get("id") or ""
    first: Element = next(iter(element), None)
    titled = first is not None and isinstance(first.tag, str) and first.tag in _HEADINGS
    if not (titled and slug("".join(first.itertext())) == stated):
        names = f"{names} {stated}"
    return _CAPITAL.sub("-", names).lower().strip()


def _opens(button: Element) -> bool:
    """Tell whether a button is the name of what it folds out."""
    above = {one.tag for one in button.iterancestors()}
    if above & _HEADINGS or not {"aria-controls", "aria-expanded"}.isdisjoint(button.keys()):
        return True
    folded = button.getnext()
    if folded is None or folded.tag == "button":
        return False
    names = f"{_names(button)} {_names(button.getparent())}"
    return bool(_FOLDED.search(names)) or "".join(button.itertext()).strip()[-1:] in ("?", "？")


def _asks(form: Element) -> bool:
    """Tell whether a form asks for something; others hold the text of a whole page."""
    return any(
        field.tag in ("textarea", "select") or field.get("type", "text").lower() in _INPUTS
        for field in form.iter("input", "textarea", "select")
    )

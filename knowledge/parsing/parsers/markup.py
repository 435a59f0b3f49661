"""Text with markup other than Markdown: reStructuredText, AsciiDoc, Org, MediaWiki, LaTeX."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from knowledge.model.types import ParsedFile, Section
from knowledge.parsing.access_rules import LINES, refuse_unread_keys
from knowledge.parsing.dates import iso_date
from knowledge.parsing.decoder import decode
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.html_markdown import sections_of
from knowledge.parsing.html_tables import Element
from knowledge.parsing.pandoc import ConvertedFile, RefusedByPandocError, convert
from knowledge.text.headings import first_heading, slug, split_sections
from knowledge.text.titles import title_of_file

_LABELS = {
    "seealso": ("See also", "参考"),
    "versionadded": ("Added in version", "追加されたバージョン:"),
    "versionchanged": ("Changed in version", "変更されたバージョン:"),
    "deprecated": ("Deprecated since version", "非推奨になったバージョン:"),
}
"""What Sphinx shows before the content of a directive, in English and in Japanese."""

_KANA = re.compile("[ぁ-ヿ]")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PROSE_ROLES = frozenset({"ref", "doc", "term", "guilabel", "menuselection", "abbr", "dfn"})
_FENCE = re.compile(r"(?:/{4,}|-{4,}|\.{4,}|\+{4,}|`{3}\w*)[ \t]*")
"""What begins and ends a block of AsciiDoc whose lines have no meaning of their own."""

_IN_TICKS = re.compile(r"(?<![\w`])(`{1,2})[^`\s][^`]{0,200}\1(?![\w`])")
_DIRECTIVE = re.compile(r"(?:include|include-code|ifn?def|ifeval|endif)::[^\n]*\][ \t]*")
_FILE = re.compile(r"\s{1,40}:(?:file|url):.*")
_COLONS = re.compile(r"(?<=\S)[ \t]{1,40}::[ \t]*\Z")
"""What ends a paragraph before a block of code, and is not shown; pandoc shows a colon."""

_ENTITY = "\\bsol{}"
"""A backslash in Org."""

_LAYOUT = re.compile(
    r"\\(begin|end)\{(?:CJK\*?|spacing|adjustwidth\*?|multicols\*?|wrapfigure|wraptable|adjustbox"
    r"|addmargin\*?)\}(?:\[[^\[\]{}\n]{0,99}\]|\{[^{}\n]{0,99}\}){0,4}"
)
_JAPANESE_TITLE = re.compile(r"\\j(title|author)(?![A-Za-z])")
"""How classes for Japanese theses and papers call them."""

_ATTRIBUTE = re.compile(r":!?([\w-]{1,60})!?:(?:[ \t]+(.{0,500}))?")
_REFERENCE = re.compile(r"\{([\w-]{1,60})\}")
_MOST_INSERTED = 200_000
"""Characters that the values of attributes may add."""

_PATH = re.compile(r"(?:(?<![!-~])|(?<=[\"'(]))(?:[A-Za-z]:|\\)\\\S{1,300}")
_BACKSLASH = re.compile(r"\\(?![A-Za-z(\[_]|\\?[ \t]*\Z)|(?<!\\)\\(?=[ \t]*\Z)")
_COLON_FIELD = re.compile(r":([^:!\n]{1,40}):(.*)")
_ORG_FIELD = re.compile(r"#\+([^:\s]{1,40}):(.*)")


@dataclass(frozen=True, slots=True)
class _Markup:
    """How one language is read.

    Attributes:
        reader: Its name in pandoc; headings get only the anchors that the file states.
        anchor: Returns the anchor that a site gives to a heading; None where none exists.
        heading: A heading's line, to read a file by that pandoc refuses; the first group's length
            is the level.
        field: A line of metadata in the first lines.
        prepare: Takes out what needs other files, and asks for headings of every level.
        generated: How the anchors begin that pandoc makes up all the same.
        repair: Rewrites what pandoc may have refused.
        fence: What begins and ends a block of code.
    """

    reader: str
    anchor: Callable[[str], str] | None
    heading: re.Pattern[str] | None
    field: re.Pattern[str] | None = None
    prepare: Callable[[str], str] = str
    generated: str = "\0"
    repair: Callable[[str], str] | None = None
    fence: re.Pattern[str] | None = None


def docutils_anchor(title: str) -> str:
    """Return the id that docutils gives to a section; "" for a title without Latin letters.

    See https://docutils.sourceforge.io/docs/ref/rst/directives.html#identifier-normalization.
    """
    plain = unicodedata.normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words).lstrip("-0123456789")


def wiki_anchor(title: str) -> str:
    """Return the fragment of a section of MediaWiki."""
    return "_".join(title.split())


def _prepared_asciidoc(text: str) -> str:
    """Return AsciiDoc without comments, inclusions of other files, and conditions.

    Pandoc makes each word of `a b` a code of its own, unless no space is between them.
    """
    kept, fence = list[str](), ""
    for line in text.split("\n"):
        if _FENCE.fullmatch(line):
            fence = "" if fence == line.rstrip() else fence or line.rstrip()
            if line.startswith("//"):
                continue
        if _DIRECTIVE.fullmatch(line):
            while not fence and kept and kept[-1].startswith("[") and kept[-1].endswith("]"):
                kept.pop()  # attributes of the block that is not here
        elif fence[:2] != "//" and (fence or not line.startswith("//")):
            kept.append(line if fence else _IN_TICKS.sub(_joined, line))
    return "\n".join(kept)


def _repaired_asciidoc(text: str) -> str:
    """Return AsciiDoc with the values of its attributes; pandoc refuses most that are set late."""
    values, lines, fence = dict[str, str](), list[str](), ""
    room = _MOST_INSERTED

    def value(name: re.Match[str]) -> str:
        nonlocal room
        found = values.get(name[1], name[0])
        room -= len(found)
        return found if room > 0 else name[0]

    for line in text.split("\n"):
        if _FENCE.fullmatch(line):
            fence = "" if fence == line.rstrip() else fence or line.rstrip()
        attribute = None if fence else _ATTRIBUTE.fullmatch(line)
        if attribute:
            values[attribute[1]] = (attribute[2] or "").strip()
        else:
            lines.append(line if fence else _REFERENCE.sub(value, line))
    return "\n".join(lines)


def _joined(code: re.Match[str]) -> str:
    return code[0].replace(" ", "\xa0")


def _without_files(text: str) -> str:
    """Return reStructuredText without the options that name another file for a table or block."""
    lines = (line for line in text.split("\n") if not _FILE.fullmatch(line))
    return "\n".join(_COLONS.sub("\n\n::", line) for line in lines)


def _prepared_org(text: str) -> str:
    r"""Return Org with headings of every level, and with the names of paths on Windows.

    Pandoc takes `\share` in `C:\share` for a command of TeX, and drops it.
    """
    return "#+OPTIONS: H:6\n" + _outside_blocks(
        text, lambda line: _PATH.sub(lambda path: path[0].replace("\\", _ENTITY), line)
    )


def _repaired_org(text: str) -> str:
    """Return Org with lone backslashes as entities; pandoc refuses a file that has one."""
    return _outside_blocks(text, lambda line: _BACKSLASH.sub(lambda _: _ENTITY, line))


def _outside_blocks(text: str, change: Callable[[str], str]) -> str:
    """Return Org with lines changed that are no code."""
    lines, is_inside = list[str](), False
    for line in text.split("\n"):
        begin = line.lstrip().lower()
        is_inside = begin.startswith("#+begin_") or (is_inside and not begin.startswith("#+end_"))
        is_code = is_inside or begin.startswith((": ", "#+"))
        lines.append(line if is_code or "\\" not in line else change(line))
    return "\n".join(lines)


def _without_layout(text: str) -> str:
    """Return LaTeX without what says how wide and in which font a part is set, with its title.

    Pandoc takes the arguments of an environment that it does not know for text.
    """
    before, begin, rest = text.partition(r"\begin{document}")
    first, _, words = before.partition(r"\begin{abstract}")
    words, ended, last = words.partition(r"\end{abstract}")
    if begin and ended:  # some classes want it in the preamble, which pandoc does not read
        text = rf"{first}{last}{begin}\begin{{abstract}}{words}{ended}{rest}"
    if "\\title" not in text:
        text = _JAPANESE_TITLE.sub(r"\\\1", text)
    return _LAYOUT.sub(r"\\\1{center}", text)


_EQUALS = re.compile(r"(={1,6})[ \t]+(\S.*)")
_RST = _Markup("rst-auto_identifiers", docutils_anchor, None, _COLON_FIELD, _without_files)
_ASCIIDOC = _Markup(
    "asciidoc-auto_identifiers",
    slug,
    _EQUALS,
    _COLON_FIELD,
    _prepared_asciidoc,
    "_",
    _repaired_asciidoc,
    _FENCE,
)
_ORG = _Markup(
    "org-auto_identifiers",
    slug,
    re.compile(r"(\*{1,6})[ \t]+(\S.*)"),
    _ORG_FIELD,
    prepare=_prepared_org,
    repair=_repaired_org,
)
_WIKI = _Markup("mediawiki-auto_identifiers", wiki_anchor, re.compile(r"(={1,6})([^=]+)=*"))
_LATEX = _Markup(
    "latex-auto_identifiers",
    None,
    re.compile(r"\\((?:sub){0,2})section\*?\{(.{1,300})\}"),
    prepare=_without_layout,
)
_TEXTILE = _Markup("textile-auto_identifiers", slug, re.compile(r"(h)[1-6]\.[ \t]+(\S.*)"))
_MARKUP = {
    ".adoc": _ASCIIDOC,
    ".asciidoc": _ASCIIDOC,
    ".latex": _LATEX,
    ".mediawiki": _WIKI,
    ".org": _ORG,
    ".rest": _RST,
    ".rst": _RST,
    ".tex": _LATEX,
    ".textile": _TEXTILE,
    ".wiki": _WIKI,
}


class MarkupParser:
    """Parses markup with pandoc: one section per heading, with the anchors of the usual sites.

    Front matter states properties; so do the document's own fields, except for its audience. What
    pandoc refuses is read line by line, so that no word is lost.
    """

    suffixes = frozenset(_MARKUP)

    def parse(self, data: bytes, name: str) -> ParsedFile:
        markup = _MARKUP[PurePosixPath(name).suffix.lower()]
        metadata, text = split_front_matter(decode(data))
        refuse_unread_keys({"fields": dict(_fields(text, markup))})
        try:
            converted = _convert(text, markup)
        except RefusedByPandocError:
            stated: Mapping[str, object] = {}
            sections = _read_lines(text, markup)
        else:
            stated = converted.metadata
            _settle(converted.root, markup)
            sections = sections_of(converted.root)
        date = metadata.get("date") or iso_date(stated.get("date"))
        title = metadata.get("title") or stated.get("title") or first_heading(sections)
        title = str(title or title_of_file(name))
        return ParsedFile(title, sections, metadata | {"date": date})


def _convert(text: str, markup: _Markup) -> ConvertedFile:
    prepared = markup.prepare(text)
    try:
        return convert(prepared.encode(), markup.reader, has_byline=markup is _LATEX)
    except RefusedByPandocError:
        repaired = markup.repair(prepared) if markup.repair else prepared
        if repaired == prepared:
            raise
        return convert(repaired.encode(), markup.reader, has_byline=markup is _LATEX)


def _fields(text: str, markup: _Markup) -> Iterator[tuple[str, str]]:
    """Yield the fields in the first lines: names and values."""
    if markup.field:
        for line in text.split("\n", LINES)[:LINES]:
            if found := markup.field.match(line):
                yield found[1], found[2]


def _settle(root: Element, markup: _Markup) -> None:
    """Give every heading its anchor, and every cross-reference the words that a reader sees."""
    seen = dict[str, int]()
    _label(root)
    _show_citations(root)
    titles = {element.get("id"): element.text_content() for element in root.iter(*_HEADINGS)}
    for element in root.iter(*_HEADINGS, "code"):
        if element.tag == "code":
            _show_role(element, titles)
        elif markup.anchor is None:
            element.attrib.pop("id", None)
        elif element.get("id", markup.generated).startswith(markup.generated):
            for tag in element.xpath(".//span[@data-tag-name]"):  # of Org, shown at the margin
                tag.clear()
            anchor = markup.anchor("".join(element.itertext()).strip())
            seen[anchor] = number = seen.get(anchor, -1) + 1
            again = f"{anchor}-{number}" if markup.anchor is slug else ""
            element.set("id", again if number else anchor)


def _label(root: Element) -> None:
    """Put the words of reStructuredText's directives before their content."""
    is_japanese = bool(_KANA.search(root.text_content()))
    for element in list(root.iter("div")):
        labels = _LABELS.get(element.get("class", ""))
        if not labels:
            continue
        first = next(iter(element), None)
        if element.get("class") == "seealso" or first is None or first.tag != "p":
            first = element.makeelement("p", {})
            element.insert(0, first)
        first.text = f"{labels[is_japanese]} {first.text or ''}".rstrip(" ")


def _show_citations(root: Element) -> None:
    """Write the keys of cited works where pandoc leaves nothing, as it has no list of them."""
    for element in root.iter("span"):
        if element.get("class") == "citation" and not element.text_content():
            element.text = f"[{', '.join(element.get('data-cites', '').split())}]"


def _show_role(element: Element, titles: Mapping[str | None, str]) -> None:
    """Turn reStructuredText's `text <target>` of a role into its text.

    A label of this file alone becomes the heading below it, as Sphinx shows it.
    """
    if "interpreted-text" in element.get("class", "") and element.text:
        shown = element.text.rpartition(" <")[0] if element.text.endswith(">") else element.text
        is_short = shown.startswith("~")
        element.text = shown.rpartition(".")[2].lstrip("~") if is_short else shown.lstrip("!")
        if element.get("role") == "ref":
            element.text = titles.get(element.text, element.text)
        if element.get("role") in _PROSE_ROLES:
            element.tag = "span"


def _read_lines(text: str, markup: _Markup) -> tuple[Section, ...]:
    """Return the lines of *text* below their headings, as they are written."""
    lines, fence = list[str](), ""
    for line in text.split("\n"):
        if markup.fence and markup.fence.fullmatch(line) and fence in ("", line.rstrip()):
            fence = "" if fence else line.rstrip()
            lines.append("```")
            continue
        found = markup.heading.fullmatch(line) if markup.heading and not fence else None
        lines.append(f"{'#' * max(1, len(found[1]) % 6)} {found[2].strip()}" if found else line)
    sections = split_sections("\n".join(lines))
    return tuple(replace(section, anchor="") for section in sections)

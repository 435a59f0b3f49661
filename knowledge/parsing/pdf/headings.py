"""Headings of a PDF: by its outline (bookmarks), else by font size."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge.parsing.pdf.fragments import PageText
from knowledge.parsing.pdf.layout import ITEM, TextBlock, join

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_BIGGER = 1.15
"""Size of a heading at least, in units of the size of most text."""

_LONGEST = 150
_MOST_LINES = 3
_DEEPEST = 6
_MOST_ENTRIES = 20_000
_ENTRIES_OF_PAGE = 200


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """An entry of the outline: its level from 1, and its title."""

    level: int
    title: str


Outline = Mapping[int, Sequence[OutlineEntry]]
"""The entries by the page (from 0) to which they lead."""


def read_outline(document: "PdfDocument") -> Outline:
    """Return the outline of a document, {} if it has none."""
    found = defaultdict[int, list[OutlineEntry]](list)
    for number, entry in enumerate(document.get_toc(max_depth=_DEEPEST)):
        if number >= _MOST_ENTRIES:
            break
        target = entry.get_dest()
        page = target.get_index() if target else None
        title = " ".join(str(entry.get_title() or "").split())[:_LONGEST]
        if page is not None and title:
            found[page].append(OutlineEntry(entry.level + 1, title))
    return found


def body_size(pages: Iterable[PageText]) -> float:
    """Return the font size of most text, in points."""
    sizes = Counter[float]()
    for page in pages:
        for fragment in page.fragments:
            sizes[round(fragment.size * 2) / 2] += len(fragment.text)
    return max(sizes, key=sizes.__getitem__, default=10.0)


def is_big(block: TextBlock, body: float) -> bool:
    """Tell whether a block looks like a heading: few lines that are larger than most text."""
    if not 0 < len(block.lines) <= _MOST_LINES or any(line.field for line in block.lines):
        return False
    if any(line.turned or line.size < _BIGGER * body for line in block.lines):
        return False
    text = join(block.lines)
    if " … " in text or (ITEM.match(text) and text[0] in "-–•・☐☒"):
        return False
    is_sentence = text.endswith(("。", "．", "、", ",")) or (text.endswith(".") and len(text) > 60)
    return 1 < len(text) <= _LONGEST and not is_sentence and any(map(str.isalpha, text))


class HeadingLevels:
    """Tells the level of a block as a heading.

    Args:
        pages: The blocks of each page.
        outline: The outline; if most of its entries stand on their pages, nothing else counts.
        body: Font size of most text.
    """

    def __init__(self, pages: Sequence[Sequence[TextBlock]], outline: Outline, body: float) -> None:
        self._outline = outline
        self._body = body
        total = sum(len(entries) for entries in outline.values())
        self._found = dict[int, OutlineEntry]()
        for number, entries in outline.items():
            if number < len(pages):
                self._find(pages[number], entries)
        self.by_outline = len(self._found) * 2 > total
        big = [
            (number, self._size(block))
            for number, blocks in enumerate(pages)
            for block in blocks
            if not self.by_outline and is_big(block, body)
        ]
        self._sizes = sorted({size for _, size in big}, reverse=True)
        lasting = {size for number, size in big if number > 0}
        self.of_cover = {
            self._level(size) for size in self._sizes if lasting and size not in lasting
        } - {self._level(size) for size in lasting}
        """Levels of headings that only the first page has, as a title: they head nothing else."""

    def level(self, block: TextBlock) -> int:
        """Return the level from 1, 0 for what is no heading."""
        if self.by_outline:
            entry = self._found.get(id(block))
            return entry.level if entry else 0
        if not is_big(block, self._body):
            return 0
        return self._level(self._size(block))

    def _level(self, size: float) -> int:
        return min(_DEEPEST, self._sizes.index(size) + 1)

    def _find(self, blocks: Sequence[TextBlock], entries: Sequence[OutlineEntry]) -> None:
        """Note which blocks of a page are the titles of its entries, each at most once."""
        texts = [
            (_letters(join(block.lines)), block)
            for block in blocks
            if 0 < len(block.lines) <= _MOST_LINES
        ]
        for entry in entries[:_ENTRIES_OF_PAGE]:
            title = _letters(entry.title)
            for text, block in texts:
                if id(block) not in self._found and title and _is_title(text, title):
                    self._found[id(block)] = entry
                    break

    @staticmethod
    def _size(block: TextBlock) -> float:
        return round(block.lines[0].size * 2) / 2


def _is_title(text: str, title: str) -> bool:
    """Tell whether a line is a title, but for a number in front of either."""
    return text == title or (
        len(title) > 2
        and abs(len(text) - len(title)) <= 8
        and (text.endswith(title) or (title.endswith(text) and len(text) > 2))
    )


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))

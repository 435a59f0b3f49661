"""Documents without a name of their own, and long ones without headings."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import CheckedChunk, Corpus

_LONG = 5
"""Chunks from which a text without headings is hard to cite."""

_TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm"})
"""Formats that are known by their file's name."""


class TitleCheck:
    """Looks at what stands above each chunk when it is searched and cited."""

    name = "titles"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        for one in corpus.documents:
            if one.suffix in _TABLES:
                continue
            count = len(one.chunks)
            if _is_untitled(one):
                yield Finding("untitled", (one.id,), {"chunks": count}, rank=count)
            elif count >= _LONG and not any(c.headings or c.page for c in one.chunks):
                yield Finding("unstructured", (one.id,), {"chunks": count}, rank=count)


def _is_untitled(one: CheckedChunk) -> bool:
    """Tell whether the title is the file's name for want of a better one."""
    title = one.document.title
    return title == one.name and not any(title in chunk.headings for chunk in one.chunks)

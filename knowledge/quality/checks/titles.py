"""Documents without a title of their own, and long ones without headings."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import CheckedDocument, Corpus

_LONG = 5
"""Number of chunks from which a text without headings is hard to cite."""

_TABLES = frozenset(
    {".csv", ".tsv", ".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".xlt", ".ods", ".ots"}
)
"""Formats that go by their file name."""


class TitleCheck:
    """Checks the titles and headings that identify chunks in search and citations."""

    name = "titles"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        for checked in corpus.documents:
            if checked.suffix in _TABLES:
                continue
            count = len(checked.chunks)
            if _is_untitled(checked):
                yield Finding("untitled", (checked.id,), {"chunks": count}, rank=count)
            elif count >= _LONG and not any(c.headings or c.page for c in checked.chunks):
                yield Finding("unstructured", (checked.id,), {"chunks": count}, rank=count)


def _is_untitled(checked: CheckedDocument) -> bool:
    """Tell whether the title is only the file's name, and not one that its author wrote."""
    title = checked.document.title
    if checked.stated.get("title"):
        return False
    return title == checked.name and not any(title in chunk.headings for chunk in checked.chunks)

"""Files that could not be read, and documents that are hidden because of their front matter."""

from collections.abc import Iterator

from knowledge.model.findings import Finding, FindingKind
from knowledge.quality.corpus import Corpus

_EMPTY = ("no text",)
_HIDING = ("the front matter", "audience")
"""How the reasons of problems begin that keep a well readable text from everybody."""


class ReadabilityCheck:
    """Repeats what the last sync could not use."""

    name = "files"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        for problem in corpus.problems:
            yield Finding(_kind(problem.reason), (problem.document_id,), {"reason": problem.reason})
        listed = {one.document.source for one in corpus.documents}
        listed |= {problem.document_id.partition("/")[0] for problem in corpus.problems}
        for source in corpus.settings.sources:
            if source.name not in listed:
                yield Finding("empty-source", (source.name,), {"path": str(source.path)})


def _kind(reason: str) -> FindingKind:
    if reason.startswith(_HIDING):
        return "hidden"
    return "empty" if reason.startswith(_EMPTY) else "unreadable"

"""Files that could not be read, and documents hidden by an error in their front matter."""

from collections.abc import Iterator

from knowledge.model.findings import Finding, FindingKind
from knowledge.quality.corpus import Corpus

_EMPTY = ("contains no text", "no text layer")
_HIDDEN = ("the front matter", "audience")
"""Starts of the reasons that hide a readable document from everybody."""


class ReadabilityCheck:
    """Reports the files that the last sync could not use, and sources without any file."""

    name = "files"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        for problem in corpus.problems:
            yield Finding(_kind(problem.reason), (problem.document_id,), {"reason": problem.reason})
        listed = {checked.document.source for checked in corpus.documents}
        listed |= {problem.document_id.partition("/")[0] for problem in corpus.problems}
        for source in corpus.settings.sources:
            if source.name not in listed:
                yield Finding("empty-source", (source.name,), {"path": str(source.path)})


def _kind(reason: str) -> FindingKind:
    if reason.startswith(_HIDDEN):
        return "hidden"
    return "empty" if reason.startswith(_EMPTY) else "unreadable"

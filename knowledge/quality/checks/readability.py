"""Files that could not be read, and documents hidden by an error in their front matter."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from knowledge.model.findings import Finding, FindingKind
from knowledge.model.source_settings import SlackSettings
from knowledge.model.types import PARTLY, PassedOver
from knowledge.quality.corpus import Corpus

_EMPTY = ("contains no text", "no text layer")
_HIDDEN = ("the front matter", "audience")
"""Starts of the reasons that hide a readable document from everybody."""


class ReadabilityCheck:
    """Reports the files that the last sync could not use or read, and sources without any file."""

    name = "files"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        for problem in corpus.problems:
            yield Finding(_kind(problem.reason), (problem.document_id,), {"reason": problem.reason})
        for checked in corpus.documents:
            doubts = checked.stated.get("doubts")
            if isinstance(doubts, Mapping) and doubts:
                yield Finding("doubtful", (checked.id,), {"doubts": dict(doubts)})
        listed = {checked.document.source for checked in corpus.documents}
        listed |= {problem.document_id.partition("/")[0] for problem in corpus.problems}
        for source in corpus.settings.sources:
            if source.name not in listed:
                # The bot fills it by itself, once it runs: no place to correct.
                is_filled = isinstance(source, SlackSettings)
                kind: FindingKind = "unread-source" if is_filled else "empty-source"
                yield Finding(kind, (source.name,), {"path": source.place})
        yield from _passed_over(corpus.passed_over)


def _passed_over(files: Sequence[PassedOver]) -> Iterator[Finding]:
    """Yield a finding for each reason and format, however many files there are."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files:
        ending = PurePosixPath(file.document_id).suffix.lower() if file.reason == "format" else ""
        alike[file.reason, ending].append(file.document_id)
    for (reason, ending), ids in alike.items():
        details = {"why": reason, "ending": ending, "count": len(ids)}
        yield Finding("passed-over", tuple(ids), details, rank=len(ids))


def _kind(reason: str) -> FindingKind:
    if reason.startswith(_HIDDEN):
        return "hidden"
    if reason.startswith(PARTLY):
        return "partly-read"
    return "empty" if reason.startswith(_EMPTY) else "unreadable"

"""Checks a published index version for problems in the documents."""

import datetime as dt
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from knowledge.model.findings import CheckReport
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.types import PassedOver, Problem, Progress
from knowledge.quality.checks import check
from knowledge.quality.corpus import CheckedDocument, Corpus
from knowledge.storage.index_versions import STORE, read_manifest
from knowledge.storage.store import Store
from knowledge.sync.glob import Glob

_NUMBERS = re.compile(r"[0-9a-f.-]{0,99}[0-9][0-9a-f.-]{0,99}")
"""The last part of an id that says nothing to people: the number of an issue or a page."""


def check_index_version(
    folder: Path,
    settings: KnowledgeSettings,
    unread: tuple[Sequence[Problem], Sequence[PassedOver]],
    report: Callable[[Progress], None],
) -> CheckReport:
    """Check the index version in *folder*; takes seconds for 100,000 chunks.

    Args:
        folder: The version's folder.
        settings: The sources, and the limits of the checks.
        unread: Files that the last sync could not use, and those that it did not read.
        report: Called with the progress.
    """
    started = time.monotonic()
    manifest = read_manifest(folder)
    excluded = [Glob(pattern) for pattern in settings.check.exclude]

    def wanted(document_id: str) -> bool:
        return not any(pattern.matches(document_id) for pattern in excluded)

    with closing(Store(folder / STORE)) as store:
        documents = [
            CheckedDocument(document, record.metadata, chunks)
            for document, record, chunks in store.all_chunks()
            if wanted(document.id)
        ]
    corpus = Corpus(
        documents,
        [problem for problem in unread[0] if wanted(problem.document_id)],
        [file for file in unread[1] if wanted(file.document_id)],
        settings,
        dt.datetime.now(dt.UTC).date(),
    )
    findings = check(corpus, report)
    return CheckReport(
        index_version=manifest.index_version,
        created_at=manifest.created_at,
        documents=manifest.contents.documents,
        chunks=manifest.contents.chunks,
        findings=findings,
        seconds=time.monotonic() - started,
        names={
            one.id: f"{one.document.source}/{one.document.title}"
            for one in documents
            if _NUMBERS.fullmatch(one.name) and one.document.title
        },
    )

"""A look over a published generation: what a person should mend in the documents."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from knowledge.model.findings import CheckReport
from knowledge.model.settings import KnowledgeSettings
from knowledge.model.types import Problem, Progress
from knowledge.quality.checks import check
from knowledge.quality.corpus import CheckedChunk, Corpus
from knowledge.storage.index_versions import STORE, read_manifest
from knowledge.storage.store import Store
from knowledge.sync.sources.folder import glob_regex


def check_index_version(
    folder: Path,
    settings: KnowledgeSettings,
    problems: Sequence[Problem],
    report: Callable[[Progress], None],
) -> CheckReport:
    """Check the generation in *folder*; takes seconds for 100,000 chunks.

    Args:
        folder: The generation's folder.
        settings: Which sources there are, and what to complain about.
        problems: Files that the last sync could not use.
        report: Told about progress.
    """
    started = time.monotonic()
    manifest = read_manifest(folder)
    excluded = [glob_regex(pattern) for pattern in settings.check.exclude]

    def wanted(document_id: str) -> bool:
        return not any(pattern.fullmatch(document_id) for pattern in excluded)

    with closing(Store(folder / STORE)) as store:
        documents = [
            CheckedChunk(document, record.metadata, chunks)
            for document, record, chunks in store.all_chunks()
            if wanted(document.id)
        ]
    corpus = Corpus(
        documents,
        [problem for problem in problems if wanted(problem.document_id)],
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
    )

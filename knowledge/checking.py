"""A look over a published generation: what a person should mend in the documents."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from knowledge.checks import check
from knowledge.corpus import Corpus, Indexed
from knowledge.findings import CheckReport
from knowledge.generations import STORE, read_manifest
from knowledge.settings import KnowledgeSettings
from knowledge.sources.folder import glob_regex
from knowledge.store import Store
from knowledge.types import Problem, Progress


def check_generation(
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
            Indexed(document, record.metadata, chunks)
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
        generation=manifest.generation,
        created_at=manifest.created_at,
        documents=manifest.contents.documents,
        chunks=manifest.contents.chunks,
        findings=findings,
        seconds=time.monotonic() - started,
    )

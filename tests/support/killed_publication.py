"""A publication that kills its process after a given step, without cleaning up.

Run as `python -m tests.support.killed_publication FOLDER STEP`.
"""

import os
import signal
import sys
from pathlib import Path

from knowledge.storage.index_versions import IndexContents, IndexFacts, IndexVersions, PublishStep

CONTENTS = IndexContents(
    facts=IndexFacts(embedder="none", analysis=1, parsing=1, chunking=1, chunk_tokens=256),
    dimensions=1,
    documents=0,
    chunks=0,
)


def publish(folder: Path, text: str, last_step: PublishStep | None = None) -> None:
    """Publish an index version of one file; kill the process after *last_step*."""

    def step(done: PublishStep) -> None:
        if done == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    index_versions = IndexVersions(folder)
    with index_versions.lock(), index_versions.draft(None) as draft:
        (draft / "text").write_text(text, encoding="utf-8")
        index_versions.publish(draft, CONTENTS, step)


if __name__ == "__main__":
    publish(Path(sys.argv[1]), "new", PublishStep[sys.argv[2]])

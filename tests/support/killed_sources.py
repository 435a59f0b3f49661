"""A sync of real sources in a process of its own, which another one may kill at any moment.

Run as `python -m tests.support.killed_sources FOLDER`; its secrets are variables.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.factory import open_engine, open_source
from knowledge.model.settings import load_settings
from knowledge.search.embedders.hashing import HashingEmbedder
from knowledge.storage.index_versions import IndexVersions


def opened(folder: Path) -> KnowledgeBase:
    """Return the knowledge base of *folder*, with sources as the program opens them."""
    copies = folder / "sources"
    parts = KnowledgeParts(
        settings=lambda: load_settings(folder / "knowledge.toml"),
        embedder=HashingEmbedder,
        source=partial(
            open_source, secrets=os.environ.__getitem__, folders={"git": copies, "web": copies}
        ),
        engine=open_engine,
    )
    return KnowledgeBase(IndexVersions(folder / "index"), parts)


def main(folder: Path) -> None:
    """Sync once, and print what failed."""
    report = asyncio.run(opened(folder).sync())
    for failure in report.failures:
        sys.stdout.write(f"{failure.source}: {failure.kind}: {failure.reason}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

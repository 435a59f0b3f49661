"""Search documents of a source of your own: `custom_source.py "Where do I park?"`.

A source lists its files and reads one. Here they are the pages of a wiki export. Kotae parses,
chunks, embeds and indexes them as it does a folder's, and skips what has not changed.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from knowledge.base import KnowledgeBase, KnowledgeParts
from knowledge.factory import open_embedder, open_engine
from knowledge.model.settings import EmbeddingSettings, KnowledgeSettings
from knowledge.model.source_settings import FolderSettings
from knowledge.model.types import Passage, Principal
from knowledge.storage.index_versions import IndexVersions
from knowledge.sync.source import SourceFile

EXPORT = {
    "Parking": "# Parking\n\nPark in the yard behind building B. Bicycles go under the roof.",
    "Visitors": "# Visitors\n\nMeet visitors at the front door and give them a badge.",
    "駐輪場": "# 駐輪場\n\n自転車は屋根の下に止めてください。",
}
"""Title and text of each page; yours may come from an API or a database."""


@dataclass(frozen=True, slots=True)
class WikiSource:
    """Offers the pages of a wiki export as Markdown files."""

    name: str
    pages: dict[str, str]

    def files(self) -> Iterator[SourceFile]:
        """List the pages; a changed `version` makes Kotae read a page again."""
        for title, text in self.pages.items():
            yield SourceFile(
                document_id=f"{self.name}/{title}",
                name=f"{title}.md",
                url=f"https://wiki.example.com/{title}",
                version=str(hash(text)),
            )

    def read(self, file: SourceFile) -> bytes:
        """Return the text of a page."""
        return self.pages[file.name.removesuffix(".md")].encode()


def open_wiki(folder: Path) -> KnowledgeBase:
    """Open a knowledge base over the export, kept in *folder*."""
    settings = KnowledgeSettings(sources=[FolderSettings(name="wiki", path=folder)])
    parts = KnowledgeParts(
        settings=lambda: settings,
        embedder=lambda: open_embedder(EmbeddingSettings("hashing")),
        source=lambda source: WikiSource(source.name, EXPORT),
        engine=open_engine,
    )
    return KnowledgeBase(IndexVersions(folder / "index"), parts)


async def search(query: str) -> list[Passage]:
    """Index the export and return the best passages that a member of the team may read."""
    with tempfile.TemporaryDirectory() as folder:
        async with aclosing(open_wiki(Path(folder))) as base:
            await base.sync()
            return await base.search(query, Principal("example", member=True), limit=2)


def main() -> None:
    """Print the best passages."""
    query = " ".join(sys.argv[1:]) or "Where do I park?"
    for passage in asyncio.run(search(query)):
        print(f"{passage.score:.2f} {passage.title}: {passage.text} ({passage.url})")


if __name__ == "__main__":
    main()

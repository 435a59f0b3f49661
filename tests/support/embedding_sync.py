"""A sync that embeds over HTTP, for a test to kill.

Run as `python -m tests.support.embedding_sync FOLDER URL`.
"""

import asyncio
import sys
from pathlib import Path

from knowledge.search.embedders.openai import OpenAIEmbedder
from tests.support.library import Library


async def sync(folder: Path, url: str) -> None:
    embedder = OpenAIEmbedder("small", "key", url)
    await Library(folder).open(embedder).sync()


if __name__ == "__main__":
    asyncio.run(sync(Path(sys.argv[1]), sys.argv[2]))

"""A process that searches again and again, and tells the generation and the best title.

Run as `python -m tests.support.following_process FOLDER QUERY`; ends when its input is closed.
"""

import asyncio
import sys
from pathlib import Path

from tests.support.library import MEMBER, Library


async def follow(folder: Path, query: str) -> None:
    base = Library(folder).open()
    while await asyncio.to_thread(sys.stdin.readline):
        found = await base.search(query, MEMBER, 1)
        sys.stdout.write(f"{base.index_version} {found[0].title}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(follow(Path(sys.argv[1]), sys.argv[2]))

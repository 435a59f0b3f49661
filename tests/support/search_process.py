"""A process that searches once for each input line, and prints the index version and best title.

Run as `python -m tests.support.search_process FOLDER QUERY`; it ends with its input.
"""

import asyncio
import sys
from pathlib import Path

from tests.support.library import MEMBER, Library


async def follow(folder: Path, query: str) -> None:
    base = Library(folder).open()
    while await asyncio.to_thread(sys.stdin.readline):
        found = await base.search(query, MEMBER, 1)
        title = found[0].title if found else "-"
        sys.stdout.write(f"{base.index_version} {title}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(follow(Path(sys.argv[1]), sys.argv[2]))

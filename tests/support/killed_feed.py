"""A sync of a feed in memory that kills its process at a given point, without cleaning up.

Run as `python -m tests.support.killed_feed FOLDER STAGE DONE`.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from knowledge.model.types import Progress
from tests.support.library import Library
from tests.support.memory_sources import MemoryFeed


def die_at(stage: str, done: int) -> None:
    def check(progress: Progress) -> None:
        if (progress.stage, progress.done) == (stage, done):
            os.kill(os.getpid(), signal.SIGKILL)

    feed = MemoryFeed("wiki")
    for number in range(10):
        feed.put(f"{number}.md", f"# Page {number}\n\nzeppelin {number}")
    library = Library(Path(sys.argv[1]))
    library.add(feed)
    asyncio.run(library.open().sync(progress=check))


if __name__ == "__main__":
    die_at(sys.argv[2], int(sys.argv[3]))

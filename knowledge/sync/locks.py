"""Waits for the right to publish."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from knowledge.model.errors import NotIndexerError, SyncRunningError
from knowledge.storage.index_versions import IndexVersions

_PAUSE = 0.1
"""Seconds between two looks whether the holder is done."""


@asynccontextmanager
async def publication(index_versions: IndexVersions, patience: float) -> AsyncIterator[None]:
    """Hold the exclusive right to publish.

    Args:
        index_versions: Where to publish.
        patience: Seconds to wait for another holder.

    Raises:
        SyncRunningError: when another sync still holds it then.
        NotIndexerError: when another process makes the index versions; that does not end soon.
    """
    end = time.monotonic() + patience
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(index_versions.lock())
                break
            except NotIndexerError:
                raise
            except SyncRunningError:
                if time.monotonic() >= end:
                    raise
            await asyncio.sleep(_PAUSE)
        yield

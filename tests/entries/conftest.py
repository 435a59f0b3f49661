"""A team's knowledge base, and the store of what people save to it."""

from pathlib import Path

import pytest

from bot.entries.source import live_entries
from bot.entries.store import EntryStore
from bot.entries.versions import EntryVersions
from bot.redis.connection import RedisConnection
from tests.support.library import Library


def machine(folder: Path, versions: EntryVersions) -> Library:
    """Return a machine with its own documents, its own index, and the team's saved entries."""
    folder.mkdir(exist_ok=True)
    library = Library(folder)
    library.write("rooms.md", "# Rooms\n\nThe meeting room on the third floor seats 12 people.\n")

    async def opened() -> EntryVersions:
        return versions

    async def close() -> None:
        pass

    library.provide(live_entries(opened, close))
    return library


@pytest.fixture
def versions(store: RedisConnection) -> EntryVersions:
    """All entries of the team."""
    return EntryVersions(store.commands)


@pytest.fixture
def library(tmp_path: Path, versions: EntryVersions) -> Library:
    """One document about a room, and the saved entries."""
    return machine(tmp_path, versions)


@pytest.fixture
def saved(library: Library, versions: EntryVersions) -> EntryStore:
    """The store of entries over `library`."""
    return EntryStore(versions, library.open())

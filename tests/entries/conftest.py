"""A team's knowledge base with an empty source of saved entries."""

from pathlib import Path

import pytest

from bot.entries.store import EntryStore
from tests.support.library import Library, source_table


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """One document about parking, and the folder of saved entries."""
    library = Library(tmp_path)
    (tmp_path / "saved").mkdir()
    library.configure(source_table("docs", "docs"), source_table("saved", "saved"))
    library.write("rooms.md", "# Rooms\n\nThe meeting room on the third floor seats 12 people.\n")
    return library


@pytest.fixture
def saved(library: Library) -> EntryStore:
    """The store of entries over `library`."""
    return EntryStore(library.folder / "saved", library.open())

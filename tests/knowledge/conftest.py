"""Fixtures for the tests of the knowledge base."""

from pathlib import Path

import pytest

from tests.support.library import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty folder of documents with its settings."""
    return Library(tmp_path)

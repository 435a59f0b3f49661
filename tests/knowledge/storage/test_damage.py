"""Search reports a damaged index file in one line, and a sync rebuilds the index."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.model.errors import DamagedIndexError, IndexMissingError
from knowledge.storage.index_versions import IndexVersions
from tests.support.library import MEMBER, Library


def overwrite(path: Path) -> None:
    """Replace all bytes and keep the size."""
    path.write_bytes(os.urandom(path.stat().st_size))


def cut(path: Path) -> None:
    """Remove the second half."""
    os.truncate(path, path.stat().st_size // 2)


def files_of(library: Library) -> list[Path]:
    """Return all files of the published index."""
    (index_version,) = library.index.glob("version-*")
    return [
        IndexVersions(library.index).pointer,
        *sorted(p for p in index_version.rglob("*") if p.is_file()),
    ]


@pytest.mark.parametrize("harm", [overwrite, cut, Path.unlink])
async def test_a_damaged_file_is_reported_and_replaced(
    library: Library, harm: Callable[[Path], None]
) -> None:
    """Each file in turn, by a process that has not opened the index yet."""
    library.write_many(30)
    library.write("door.md", "# 扉\n\n赤い扉の番号は4711です。\n")
    await library.open().sync()
    messages = list[str]()
    for number in range(len(files_of(library))):
        path = files_of(library)[number]
        harm(path)
        try:
            (first, *_) = await library.open().search("赤い扉の番号", MEMBER)
            assert first.title == "扉", path
        except (DamagedIndexError, IndexMissingError) as error:
            messages.append(str(error))
        report = await library.open().sync(force=True)
        (first, *_) = await library.open().search("赤い扉の番号", MEMBER)
        assert (report.documents_total, first.title) == (31, "扉"), path
        for old in sorted(library.index.glob("version-*"))[:-1]:
            shutil.rmtree(old)
    assert len(messages) > 5
    assert all("kotae sync" in text for text in messages)

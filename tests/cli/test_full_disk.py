"""A disk that runs full in the middle of a sync: a small file system that is really full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.cli.context import SAMPLES
from tests.faults.bench import small_disk
from tests.faults.rows.row import SkippedError
from tests.support.command import kotae


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, still roomy."""
    folder = tmp_path / "disk"
    with ExitStack() as closing:
        try:
            closing.enter_context(small_disk(folder, 20 * 2**20))
        except SkippedError as reason:
            pytest.skip(str(reason))
        yield folder


def resize(disk: Path, size: str) -> None:
    """Give *disk* another size."""
    subprocess.run(("mount", "-o", f"remount,size={size}", str(disk)), check=True)


@pytest.mark.parametrize("size", ["400k", "1200k", "2000k"])
def test_a_full_disk_is_told_in_one_line_and_loses_nothing(
    tmp_path: Path, disk: Path, size: str
) -> None:
    """Whether SQLite, tantivy or FAISS meets it: the old index answers, and space fixes it."""
    docs, config = tmp_path / "docs", tmp_path / "knowledge.toml"
    docs.mkdir()
    (docs / "door.md").write_text("# Door\n\nThe code of the red door is 4711.\n", "utf-8")
    config.write_text('[[sources]]\nname = "docs"\npath = "docs"\naudience = "members"\n', "utf-8")
    where = {"DATA_DIR": str(disk), "KNOWLEDGE_CONFIG": str(config)}
    assert kotae(tmp_path, "knowledge", "sync", **where).returncode == 0

    shutil.copytree(SAMPLES.parent, docs / "samples")
    resize(disk, size)
    failed = kotae(tmp_path, "knowledge", "sync", **where)
    found = kotae(tmp_path, "knowledge", "search", "red door code", **where)
    resize(disk, "20m")
    mended = kotae(tmp_path, "knowledge", "sync", **where)

    assert failed.returncode == 1
    assert failed.stderr.startswith("kotae: the index in ")
    assert failed.stderr.count("\n") == 1
    assert "4711" in found.stdout
    assert mended.returncode == 0, mended.stderr


def test_an_evaluation_on_a_full_disk_is_one_line(tmp_path: Path, disk: Path) -> None:
    """The error is reported; the next run starts with what was written."""
    docs, config = tmp_path / "docs", tmp_path / "knowledge.toml"
    docs.mkdir()
    (docs / "door.md").write_text("# 扉\n\n赤い扉の暗証番号は4711です。\n", "utf-8")
    config.write_text('[[sources]]\nname = "docs"\npath = "docs"\naudience = "members"\n', "utf-8")
    case = '{"id": "赤", "question": "赤い扉の暗証番号は何番ですか", "answers": ["4711"]}\n'
    (tmp_path / "cases.jsonl").write_text(case, "utf-8")
    where = {"DATA_DIR": str(disk), "KNOWLEDGE_CONFIG": str(config)}
    assert kotae(tmp_path, "knowledge", "sync", **where).returncode == 0
    used = shutil.disk_usage(disk).used
    resize(disk, str(used))
    failed = kotae(tmp_path, "eval", "run", "cases.jsonl", **where)
    resize(disk, "20m")
    mended = kotae(tmp_path, "eval", "run", "cases.jsonl", **where)

    assert failed.returncode == 1
    assert failed.stderr.startswith("kotae: ")
    assert "No space left on device" in failed.stderr
    assert failed.stderr.count("\n") == 1
    assert mended.returncode == 0, mended.stderr

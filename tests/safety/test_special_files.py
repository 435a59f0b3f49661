"""Only regular files are read: what can keep a reader waiting is named and skipped."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.settings import load_settings
from knowledge.model.types import Principal
from tests.safety.tally import Tally
from tests.support.library import Library


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _linked_pipe(path: Path) -> None:
    os.mkfifo(path.with_suffix(".pipe"))
    path.symlink_to(path.with_suffix(".pipe").name)


def _twice_linked_pipe(path: Path) -> None:
    _linked_pipe(path.with_suffix(".txt"))
    path.symlink_to(path.with_suffix(".txt").name)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(path.parent)  # The name of a socket may have 108 bytes.
        try:
            listening.bind(path.name)
        finally:
            os.chdir(before)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


KINDS = (_pipe, _linked_pipe, _twice_linked_pipe, _socket, _device, _terminal)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("name", ["rules.md", "規程.md", "給与 2026.csv", "plan.pdf"])
async def test_a_special_file_is_named_and_skipped(
    tmp_path: Path, make: Callable[[Path], None], name: str, tally: Tally
) -> None:
    """A sync ends, says which file it left out, and the other documents are found."""
    library = Library(tmp_path)
    library.write("office.md", "# Office\n\nThe office opens at nine. 9時に開きます。\n")
    make(library.docs / name)

    report = await asyncio.wait_for(library.open().sync(), 60)

    found = await library.open().search("office", Principal("U1", member=True))
    named = [problem.document_id for problem in report.problems]
    named += [passed.document_id for passed in report.passed_over]
    problems = [] if f"docs/{name}" in named and found else [f"only {named} were named"]
    assert tally.add("files: pipes, sockets and devices", name, problems) == []


def test_settings_are_not_read_from_a_pipe(tmp_path: Path, tally: Tally) -> None:
    """A pipe in the place of `knowledge.toml` is an error, not a wait."""
    _pipe(tmp_path / "knowledge.toml")
    with pytest.raises(KnowledgeConfigError, match="not a regular file"):
        load_settings(tmp_path / "knowledge.toml")
    tally.add("files: pipes, sockets and devices", "knowledge.toml", [])

"""A parser that hangs or crashes takes its own process with it, and nothing else."""

import multiprocessing
from collections.abc import Iterator
from contextlib import closing

import pytest

from knowledge.model.errors import ParseError
from knowledge.parsing.process import ParserProcess


@pytest.fixture
def process() -> Iterator[ParserProcess]:
    """A parser process with the usual time limit."""
    with closing(ParserProcess()) as process:
        yield process


def test_files_are_parsed_in_another_process(process: ParserProcess) -> None:
    """One process reads many files, and names what is wrong with one."""
    assert process.parse("# 題\n本文".encode(), "a.md").title == "題"
    with pytest.raises(ParseError, match="not a readable PDF"):
        process.parse(b"%PDF", "a.pdf")
    assert process.parse(b"words", "b.txt").title == "b"
    assert len(multiprocessing.active_children()) == 1


def test_a_crash_is_a_parse_error_and_the_next_file_is_read(process: ParserProcess) -> None:
    """A segmentation fault or the kernel's memory killer ends one file only."""
    process.parse(b"words", "a.txt")
    (child,) = multiprocessing.active_children()
    child.kill()

    with pytest.raises(ParseError, match="crashed its parser"):
        process.parse(b"words", "a.txt")
    assert process.parse(b"words", "b.txt").title == "b"


def test_a_hang_is_a_parse_error() -> None:
    """What takes too long is killed."""
    with (
        closing(ParserProcess(seconds=0)) as process,
        pytest.raises(ParseError, match="took longer than 0 seconds"),
    ):
        process.parse(b"words", "a.txt")
    assert multiprocessing.active_children() == []

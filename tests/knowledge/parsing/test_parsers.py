"""A parser that hangs or crashes ends its own process and nothing else."""

import io
import multiprocessing
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from knowledge.model.errors import ParseError, ParserLimitError
from knowledge.parsing.process import ParserProcess
from tests.support.bombs import docx_bomb, html_bomb, yaml_bomb
from tests.support.documents import binary_workbook

TOKENS = 256
MEMORY = 256 * 1024**2


@pytest.fixture
def process() -> Iterator[ParserProcess]:
    """A parser process with the default time limit."""
    with closing(ParserProcess()) as process:
        yield process


def test_files_are_parsed_in_another_process(process: ParserProcess) -> None:
    """One process parses many files, and reports what is wrong with one."""
    assert process.parse("# 題\n本文".encode(), "a.md", TOKENS).title == "題"
    with pytest.raises(ParseError, match="not a readable PDF"):
        process.parse(b"%PDF", "a.pdf", TOKENS)
    assert process.parse(b"words", "b.txt", TOKENS).title == "b"
    assert len(multiprocessing.active_children()) == 1


def test_a_library_that_gives_up_writes_nothing_on_the_terminal(
    process: ParserProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    """Rust prints the stack of a panic, past Python."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(binary_workbook("S", [["a", "b"]]))) as old,
        zipfile.ZipFile(file, "w") as new,
    ):
        for name in old.namelist():
            broken = name.endswith(".rels")
            new.writestr(name, "<Relationships/>" if broken else old.read(name))

    with pytest.raises(ParseError, match="the library gave up"):
        process.parse(file.getvalue(), "休暇.xlsb", TOKENS)
    assert capfd.readouterr().err == ""


def test_a_crash_is_a_parse_error_and_the_next_file_is_read(process: ParserProcess) -> None:
    """A segmentation fault or the kernel's OOM killer affects only one file."""
    process.parse(b"words", "a.txt", TOKENS)
    (child,) = multiprocessing.active_children()
    child.kill()

    with pytest.raises(ParseError, match="parser crashed"):
        process.parse(b"words", "a.txt", TOKENS)
    assert process.parse(b"words", "b.txt", TOKENS).title == "b"


def test_a_hang_is_a_parse_error() -> None:
    """A parser that takes too long is killed."""
    with (
        closing(ParserProcess(seconds=0)) as process,
        pytest.raises(ParserLimitError, match="took longer than 0 seconds"),
    ):
        process.parse(b"words", "a.txt", TOKENS)
    assert multiprocessing.active_children() == []


def test_a_busy_machine_refuses_no_file() -> None:
    """What counts is what a file takes of the processor, not how long others have it."""
    with closing(ParserProcess(seconds=1)) as process:
        assert process.call("tests.support.bombs:waiting", b"") == "done"
        with pytest.raises(ParserLimitError, match="longer than 1"):
            process.call("tests.support.bombs:endless", b"")


def test_a_program_ends_with_the_parser_that_started_it() -> None:
    """Pandoc does not go on with a hostile file when its parser is killed."""
    with closing(ParserProcess(seconds=1)) as process:
        group = process.call("tests.support.bombs:process_id", b"")
        os.killpg(group, 0)
        with pytest.raises(ParserLimitError, match="longer than 1"):
            process.call("tests.support.bombs:sleeping_program", b"")
    with pytest.raises(ProcessLookupError):
        _until_gone(group)


def _until_gone(group: int) -> None:
    """Ask for a group of processes until there is none; what ended has to be awaited first."""
    while True:
        os.killpg(group, 0)
        os.sched_yield()


def test_processes_start_and_end_beside_each_other() -> None:
    """In several threads at once, none is taken for one that still runs."""

    def start_and_end(_: int) -> None:
        process = ParserProcess()
        for _ in range(300):
            process._started()
            process.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(start_and_end, range(4)))


def test_it_returns_text_and_chunks_as_data(process: ParserProcess) -> None:
    """The parser process also splits the text, so a malicious table costs us nothing."""
    read = process.parse("# 規程\n有給は20日。\n\n# Rules\nWear a badge.".encode(), "a.md", TOKENS)

    assert [(piece.text, piece.headings) for piece in read.pieces] == [
        ("有給は20日。", ("規程",)),
        ("Wear a badge.", ("Rules",)),
    ]


@pytest.mark.parametrize("longest", [0, 10, 40])
def test_no_more_text_is_returned_than_requested(process: ParserProcess, longest: int) -> None:
    """An attachment may be longer than a question can hold."""
    text = "有給は20日。\n\n".encode() * 20
    read = process.parse(text, "a.txt", 8, longest)

    assert len(read.text) == longest
    assert sum(len(piece.text) for piece in read.pieces) <= longest


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("休暇.md", yaml_bomb(), "too many aliases"),
        ("leave.docx", docx_bomb(), "too much memory|parser crashed|longer than"),
        ("page.html", html_bomb(), "too much memory|parser crashed|nested too deeply|longer"),
    ],
)
def test_a_file_that_grows_without_limit_is_refused(name: str, data: bytes, reason: str) -> None:
    """It can at most end its process; people see the reason."""
    with closing(ParserProcess(seconds=10, memory=MEMORY)) as process:
        with pytest.raises(ParseError, match=reason):
            process.parse(data, name, TOKENS)
        assert process.parse(b"words", "b.txt", TOKENS).title == "b"


def test_a_few_aliases_are_allowed(process: ParserProcess) -> None:
    """People use them to avoid repetition."""
    text = "---\nowner: &me '@keiko'\nreviewer: *me\n---\nWords."

    assert process.parse(text.encode(), "a.md", TOKENS).metadata["reviewer"] == "@keiko"


@pytest.mark.parametrize("heading", ["規", "h"])
def test_what_comes_back_of_an_attachment_is_small(process: ParserProcess, heading: str) -> None:
    """A long heading over many sections grew a thousandfold in the process of the bot."""
    text = f"# {heading * 4000}\n" + "## s\nb\n" * 6000
    read = process.parse(text.encode(), "a.md", TOKENS, 60_000)

    assert len(read.pieces) < 400
    assert sum(len(name) for piece in read.pieces for name in piece.headings) == 0


@pytest.mark.parametrize("heading", ["規", "h"])
def test_sections_repeat_only_the_beginning_of_a_heading(
    process: ParserProcess, heading: str
) -> None:
    """The rest of a long one is text, so that nothing is lost."""
    read = process.parse(f"# {heading * 4000}\n語\n## s\nb\n".encode(), "a.md", TOKENS)

    assert all(len(name) <= 200 for piece in read.pieces for name in piece.headings)
    assert "".join(piece.text for piece in read.pieces).count(heading) == 4000


@pytest.mark.parametrize("name", ["a.txt", "表.csv"])
def test_a_file_of_20_mb_is_read_as_far_as_it_is_used(name: str) -> None:
    """Its beginning needs neither the time nor the memory of the whole."""
    data = "有給休暇,office hours,20\n".encode() * 600_000
    with closing(ParserProcess(seconds=60, memory=160 * 1024**2)) as process:
        read = process.parse(data, name, TOKENS, 60_000)

    assert len(read.text) == 60_000


def test_an_error_of_a_library_is_an_error_of_one_file(process: ParserProcess) -> None:
    """It says nothing of what was read, and the process goes on."""
    with pytest.raises(ParseError, match=r"^cannot be read$"):
        process.call("json:loads", b"private words")
    assert process.parse(b"words", "b.txt", TOKENS).title == "b"


@pytest.mark.parametrize("mark", ["[", "{a: "])
def test_deep_front_matter_is_refused_at_once(process: ParserProcess, mark: str) -> None:
    """The time of the YAML parser grows with the square of the levels."""
    with pytest.raises(ParseError, match="32 levels deep"):
        process.parse(f"---\na: {mark * 400}\n---\n本文".encode(), "a.md", TOKENS)


@pytest.mark.parametrize("end", ["kill", "close"])
def test_an_ended_process_leaves_no_file_behind(end: str) -> None:
    """A program that is killed in the middle of its work cannot tidy up."""
    process = ParserProcess()
    folder = Path(str(process.call("tempfile:mkdtemp", b"left"))[2:-1])
    assert folder.is_dir()
    getattr(process, end)()
    process.close()

    assert not folder.parent.exists()

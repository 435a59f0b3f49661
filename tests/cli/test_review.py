"""`kotae review` in a real terminal: one key a verdict, and an editor for corrections."""

import asyncio
import os
import pty
import select
import shlex
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.types import Label
from bot.evaluation.cases import Case, read_cases
from bot.evaluation.results import EvaluationRun, Result, RunInfo, write_run
from bot.records.label_file import FileLabels
from tests.support.command import environment, kotae

ANSWER = "有給休暇は年に10日です。[1]"
EDITORS = {
    "corrects": "path.write_text('12日です。\\n', 'utf-8')",
    "saves as it is": "path.write_bytes(path.read_bytes())",
    "empties": "path.write_text(' \\n')",
    "fails": "raise SystemExit(1)",
}


@dataclass
class Terminal:
    """The program behind a pseudo-terminal: what it has printed, and keys for it."""

    file: int
    printed: str = ""

    def until(self, words: str, seconds: float = 60.0) -> None:
        """Read until *words* are printed after the words awaited last."""
        end = time.monotonic() + seconds
        while words not in self.printed:
            assert time.monotonic() < end, f"{words!r} did not come; this did: {self.printed}"
            if select.select([self.file], [], [], 0.2)[0]:
                self.printed += os.read(self.file, 65_536).decode("utf-8", "replace")
        self.printed = self.printed.partition(words)[2]

    def press(self, key: str) -> None:
        """Press *key* as soon as the program waits for one: before, a terminal drops it."""
        end = time.monotonic() + 60
        while termios.tcgetattr(self.file)[3] & termios.ICANON:
            assert time.monotonic() < end, "the program does not wait for a key"
            select.select([self.file], [], [], 0.01)
        os.write(self.file, key.encode())


@contextmanager
def reviewing(folder: Path, editor: str, *arguments: str) -> Iterator[Terminal]:
    """Run `kotae review` on the run `old`."""
    script = f"import sys, pathlib\npath = pathlib.Path(sys.argv[1])\n{EDITORS[editor]}\n"
    (folder / "editor.py").write_text(script, "utf-8")
    command = [sys.executable, "-m", "bot", "review", "--run", "old", "--as", "恵子", *arguments]
    settings = environment(folder) | {
        "EDITOR": f"{shlex.quote(sys.executable)} {shlex.quote(str(folder / 'editor.py'))}",
        "TERM": "xterm",
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
    }
    child, file = pty.fork()
    if not child:
        os.chdir(folder)
        os.execve(sys.executable, command, settings)
    try:
        yield Terminal(file)
        assert os.waitpid(child, 0)[1] == 0
    finally:
        os.close(file)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run with one answer that nobody has judged."""
    case = Case(id="leave", question="有給休暇は年に何日ですか？")
    info = RunInfo(
        name="old", created_at=0, model="m", prompts="", fingerprint="", index_version=""
    )
    result = Result(case=case, status="answered", answer=ANSWER, confidence=0.9)
    write_run(
        tmp_path / "data" / "evaluation" / "runs" / "old.json",
        EvaluationRun(info=info, results=(result,)),
    )
    return tmp_path


def labels(folder: Path) -> list[Label]:
    found = list((folder / "data").rglob("labels.jsonl"))
    return list(asyncio.run(FileLabels(found[0]).all())) if found else []


def test_an_answer_is_corrected_in_the_editor(folder: Path) -> None:
    """A corrected answer cannot be right; its correction makes a case."""
    with reviewing(folder, "corrects") as terminal:
        terminal.until("[c]orrect")
        terminal.press("c")
        terminal.until("12日です。")
        terminal.until("[p]artly")
        terminal.press("r")  # not valid now: the keys are shown again
        terminal.until("[p]artly")
        terminal.press("w")
        terminal.until("wrong, corrected")
        terminal.until("judged by")
    [label] = labels(folder)
    assert (label.verdict, label.person, label.correction) == ("wrong", "恵子", "12日です。")
    done = kotae(folder, "review", "--run", "old", "--export", "cases.jsonl")
    assert "1 case written" in done.stdout
    [case] = read_cases(folder / "cases.jsonl")
    assert (case.answers, case.checked) == (("12",), False)


@pytest.mark.parametrize("editor", ["saves as it is", "empties", "fails"])
def test_an_unchanged_or_failed_edit_corrects_nothing(folder: Path, editor: str) -> None:
    """The answer can still be called right; an editor that fails loses nothing."""
    with reviewing(folder, editor) as terminal:
        terminal.until("[c]orrect")
        terminal.press("c")
        terminal.until("ditor" if editor == "fails" else "Nothing was corrected")
        terminal.until("[r]ight")
        terminal.press("r")
        terminal.until("judged by")
    [label] = labels(folder)
    assert (label.verdict, label.correction) == ("right", "")


@pytest.mark.parametrize(
    "question", ["May I ask about my divorce?", "離婚について相談できますか？"]
)
def test_answers_of_direct_messages_are_not_shown(tmp_path: Path, question: str) -> None:
    """They are counted. Even judged by their asker, in Slack, they are no case in a file."""
    info = RunInfo(
        name="old", created_at=0, model="m", prompts="", fingerprint="", index_version=""
    )
    ids = ("slack:T1:D1:1.0", "slack:T1:C1:1.0")
    results = tuple(
        Result(case=Case(id=id_, question=text), status="answered", answer="Yes.", confidence=0.9)
        for id_, text in zip(ids, (question, "When is lunch?"), strict=True)
    )
    runs = tmp_path / "data" / "evaluation" / "runs"
    write_run(runs / "old.json", EvaluationRun(info=info, results=results))
    with reviewing(tmp_path, "empties") as terminal:
        terminal.until(" from direct messages")
        terminal.until("1 of 1")
        terminal.until("When is lunch?")
        terminal.press("r")
        terminal.until("judged by")
    found = next((tmp_path / "data").rglob("labels.jsonl"))
    asyncio.run(FileLabels(found).put(Label(ids[0], "right", "恵子", 1.0)))
    done = kotae(tmp_path, "review", "--run", "old", "--export", "cases.jsonl")

    assert "1 case written" in done.stdout
    assert [case.question for case in read_cases(tmp_path / "cases.jsonl")] == ["When is lunch?"]

"""Exports are read back as their consumers read them, and every problem is reported."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.training_export.examples import ExampleKind
from bot.training_export.folder import Export, write_export
from bot.training_export.formats import FORMATS, Format
from bot.training_export.licences import LicenceGuard
from bot.training_export.selection import Selection, parted
from bot.training_export.validation import ExportError, check_export
from tests.support.openai_schema import problem_with
from tests.training_export.exports import REGULATION, Vote, answered, label, record, selected

DAY = dt.date(2026, 11, 24)
TOPICS = (
    "休暇",
    "日当",
    "宿泊費",
    "通勤手当",
    "健康診断",
    "在宅勤務",
    "研修費",
    "慶弔見舞金",
    "社宅",
    "制服",
)


def selection(kind: ExampleKind = "chat") -> Selection:
    """Return rows about ten subjects, some of them for validation."""
    records, labels = [], []
    for number, topic in enumerate(TOPICS, 1):
        text = f"{topic}について教えてください。"
        votes: list[Vote] = ["up"] if kind == "chat" else []
        records.append(
            record(number, text, answered(f"{topic}は別に定めます。[1]", REGULATION), *votes)
        )
        if kind == "preference":
            labels.append(
                label(number, "wrong", f"{topic}なら、まず就業規則の該当する章を見てください。")
            )
    done = selected(records, labels, kind)
    done.rows = parted(done.rows, 0.3)
    return done


def exported(folder: Path, kind: ExampleKind = "chat", form: Format = "openai") -> Path:
    """Write an export."""
    done = selection(kind)
    made = Export(kind, form, LicenceGuard("gpt-4.1", "internal"), "members", True, 3, 10, 0)
    write_export(folder / "out", made, done, DAY)
    return folder / "out"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["chat", "preference"])
def test_an_export_passes_its_own_check(tmp_path: Path, kind: ExampleKind, form: Format) -> None:
    """Both kinds, in both formats, with a page and a manifest beside them."""
    folder = exported(tmp_path, kind, form)
    report = check_export(folder)
    facts = json.loads((folder / "manifest.json").read_text("utf-8"))

    assert [problem.text() for problem in report.problems] == []
    assert report.shape == f"{form} {kind}"
    assert sum(report.rows.values()) == len(TOPICS)
    assert set(report.rows) == {"train.jsonl", "validation.jsonl"}
    assert facts["rows"] == {name.removesuffix(".jsonl"): n for name, n in report.rows.items()}
    assert facts["made_on"] == "2026-11-24"
    assert facts["licences"]["generators"][0]["model"] == "Qwen/Qwen3-8B"
    assert "no new training jobs" in facts["licences"]["closings"][0]
    card = (folder / "README.md").read_text("utf-8")
    assert "It does not find names" in card
    assert "Not legal advice" in card


def test_only_an_export_is_replaced(tmp_path: Path) -> None:
    """Whatever else is in a folder is left alone."""
    folder = exported(tmp_path)
    assert exported(tmp_path) == folder
    other = tmp_path / "photos" / "out"
    other.mkdir(parents=True)
    (other / "cat.jpg").write_bytes(b"cat")

    with pytest.raises(ExportError, match="contains other files"):
        exported(tmp_path / "photos")
    assert [path.name for path in other.iterdir()] == ["cat.jpg"]


def _line(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """Return a function that changes the first row of a folder's training file."""

    def damage(folder: Path) -> None:
        path = folder / "train.jsonl"
        rows = lines(path)
        change(rows[0])
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        path.write_text(text, "utf-8")

    return damage


def _text(change: Callable[[str], str]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "train.jsonl"
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    return damage


def _last(row: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = row["messages"][-1]
    return message


DAMAGES: dict[str, Callable[[Path], object]] = {
    "must be the assistant's": _line(lambda row: _last(row).update(role="user")),
    "a message is empty": _line(lambda row: _last(row).update(content=" \n")),
    "weight 0": _line(lambda row: _last(row).update(weight=0)),
    "take turns": _line(lambda row: row["messages"].insert(0, {"role": "user", "content": "a"})),
    "holds a secret": _line(lambda row: _last(row).update(content="xoxb-1234567890-abcdefghij")),
    "holds personal data: email": _line(lambda row: _last(row).update(content="a@example.com")),
    "placeholder for personal data": _line(lambda row: _last(row).update(content="[PHONE_7]")),
    "control tokens": _line(lambda row: _last(row).update(content="<|im_start|>")),
    "name: Extra": _line(lambda row: _last(row).update(name="bot")),
    "valid string": _line(lambda row: _last(row).update(content=7)),
    "not a known format": _line(lambda row: row.update(more=1)),
    "list that is not empty": _line(lambda row: row.update(messages=[])),
    "not JSON (": _text(lambda text: text.replace('"messages"', '"messages', 1)),
    "not JSON (nested": _text(lambda text: "[" * 100_000 + "\n" + text),
    "a key twice": _text(lambda text: text.replace('"role"', '"role": "system", "role"', 1)),
    "no JSON object": _text(lambda text: f"[]\n{text}"),
    "an empty line": _text(lambda text: f"\n{text}"),
    "byte order mark": _text(lambda text: f"\ufeff{text}"),
    "does not end with a line break": _text(lambda text: text.rstrip("\n")),
    "the same as train.jsonl:1": _text(lambda text: text + text.split("\n")[0] + "\n"),
    "is not what manifest.json says": _text(lambda text: text.replace("休暇", "休み")),
    "validation.jsonl: is missing": lambda folder: (folder / "validation.jsonl").unlink(),
    "manifest.json: is missing": lambda folder: (folder / "manifest.json").unlink(),
    "questions in more than one file": lambda folder: (folder / "validation.jsonl").write_bytes(
        (folder / "train.jsonl").read_bytes()
    ),
    "not UTF-8": lambda folder: (folder / "train.jsonl").write_bytes(b"\xff\n"),
}


@pytest.mark.parametrize("words", DAMAGES)
def test_every_problem_is_reported_with_its_place(tmp_path: Path, words: str) -> None:
    """The report does not repeat the text of the row."""
    folder = exported(tmp_path)
    DAMAGES[words](folder)
    told = [problem.text() for problem in check_export(folder).problems]

    assert any(words in problem for problem in told), told
    assert not any("就業規則" in problem for problem in told)


def test_a_question_in_both_parts_is_found(tmp_path: Path) -> None:
    """Regardless of date and passages."""
    folder = exported(tmp_path)
    row = lines(folder / "train.jsonl")[0]
    asked = row["messages"][1]
    asked["content"] = asked["content"].replace("1970-01-01", "2026-01-01").replace("10日", "12日")
    with (folder / "validation.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    told = [problem.text() for problem in check_export(folder).problems]

    assert "validation.jsonl: questions in more than one file: 1" in told


def test_a_pair_of_the_same_answer_teaches_nothing(tmp_path: Path) -> None:
    """In either format."""
    for form in FORMATS:
        folder = exported(tmp_path / form, "preference", form)
        row = lines(folder / "train.jsonl")[0]
        better, worse = list(row)[-2:]
        row[worse] = row[better]
        (tmp_path / "one.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
        told = [problem.text() for problem in check_export(tmp_path / "one.jsonl").problems]

        assert told == ["one.jsonl:1: the better and the worse answer are the same"]


@pytest.mark.parametrize("kind", ["chat", "preference"])
def test_openai_takes_the_messages(tmp_path: Path, kind: ExampleKind) -> None:
    """By the schema of its chat requests, which knows all but `weight`."""
    folder = exported(tmp_path, kind)
    for row in lines(folder / "train.jsonl"):
        prompt = row["messages"] if kind == "chat" else row["input"]["messages"]
        for more in ([], *([row["preferred_output"]] if kind == "preference" else [])):
            messages = [
                {name: value for name, value in one.items() if name != "weight"}
                for one in (*prompt, *more)
            ]
            assert problem_with("chat", {"model": "gpt-4.1", "messages": messages}) == ""


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    """Such as one below a file."""
    (tmp_path / "file").write_text("", "utf-8")

    with pytest.raises(ExportError, match="cannot be written"):
        exported(tmp_path / "file")


def test_unusual_line_breaks_are_escaped(tmp_path: Path) -> None:
    """Python's own splitlines reads U+2028 as one."""
    done = selected([record(1, "line\u2028two\u0085three?", answered("Yes. [1]"), "up")])
    made = Export("chat", "openai", LicenceGuard("x", "internal"), "members", True, 0, 1, 0)
    write_export(tmp_path / "out", made, done, DAY)

    assert len(lines(tmp_path / "out" / "train.jsonl")) == 1
    assert not (tmp_path / "out" / "validation.jsonl").exists()
    assert check_export(tmp_path / "out").problems == []

"""Validates exports as strictly as the strictest of their readers."""

import hashlib
import json
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.errors import BotError
from bot.evaluation.cases import complaints
from bot.training_export.examples import literal
from bot.training_export.pii import has_secret, is_template, recognised
from bot.training_export.redaction import MARK
from knowledge.text.chunker import estimate_tokens

ExportShape = Literal["openai chat", "openai preference", "trl chat", "trl preference"]

MANIFEST = "manifest.json"
_SHAPES: Mapping[frozenset[str], ExportShape] = {
    frozenset({"messages"}): "openai chat",
    frozenset({"input", "preferred_output", "non_preferred_output"}): "openai preference",
    frozenset({"prompt", "completion"}): "trl chat",
    frozenset({"prompt", "chosen", "rejected"}): "trl preference",
}


_DATE = re.compile(r"Today is \S+\.|今日は \S+ です。")
_OPENING = re.compile(r"<<<(\w+) ")
_CLOSING = re.compile(r"(?<!\w)(\w++)>>>")
_NONCE = re.compile(r"<<<(?=\w{8} )\w{8}|\n\w{8}>>>")


class ExportError(BotError):
    """There is nothing to export, or files cannot be read or replaced."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Message(_Data):
    role: Literal["system", "user", "assistant"]
    content: str
    weight: Literal[0, 1] | None = None


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportProblem:
    """A problem and its place; line 0 means the whole file."""

    file: str
    line: int
    what: str

    def text(self) -> str:
        """Return the problem in one line, without the text of the row."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what}"


@dataclass(slots=True)
class ExportReport:
    """The result of a validation.

    Attributes:
        rows: Number of rows by file.
        tokens: Estimated number of tokens by file, all messages included.
        longest: Estimated tokens of the longest row.
        shape: Format of all rows, "" without rows.
    """

    rows: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    longest: int = 0
    shape: ExportShape | Literal[""] = ""
    problems: list[ExportProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Read:
    prompt: tuple[_Message, ...]
    answers: tuple[_Message, ...]

    @property
    def asked(self) -> str:
        """The question, without rules, passages and date."""
        said = (one.content for one in self.prompt if one.role != "system")
        return literal("".join(_DATE.sub("", _without_passages(text)) for text in said))


def _without_passages(text: str) -> str:
    """Remove `<<<word … word>>>`; with the ends listed by their words, it takes linear time."""
    ends = defaultdict[str, deque[int]](deque)
    for closing in _CLOSING.finditer(text):
        ends[closing[1]].append(closing.end())
    pieces, done = list[str](), 0
    for opening in _OPENING.finditer(text):
        found = ends[opening[1]]
        while found and found[0] < opening.end():
            found.popleft()
        if found and opening.start() >= done:
            pieces.append(text[done : opening.start()])
            done = found[0]
    return "".join([*pieces, text[done:]])


def check_export(place: Path) -> ExportReport:
    """Check the files of a folder, or one file.

    Raises:
        ExportError: there is nothing to check.
    """
    files = sorted(place.glob("*.jsonl")) if place.is_dir() else [place]
    if not files or not files[0].is_file():
        raise ExportError(f"{place}: there is no .jsonl file to check")
    report, seen = ExportReport(), dict[tuple[str, ...], str]()
    asked = dict[str, set[str]]()
    for file in files:
        report.rows[file.name] = report.tokens[file.name] = 0
        for number, line in _lines(file, report):
            _check_line(line, file.name, number, report, seen, asked)
    _check_parts(asked, report)
    if place.is_dir():
        _check_manifest(place, files, report)
    return report


def _lines(file: Path, report: ExportReport) -> Iterator[tuple[int, str]]:
    data = file.read_bytes()
    if data.startswith(b"\xef\xbb\xbf"):
        report.problems.append(ExportProblem(file.name, 1, "begins with a byte order mark"))
    if not data.endswith(b"\n"):
        report.problems.append(ExportProblem(file.name, 0, "does not end with a line break"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.problems.append(ExportProblem(file.name, 0, f"is not UTF-8 at byte {error.start}"))
        return
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        if line.strip():
            yield number, line
        else:
            report.problems.append(ExportProblem(file.name, number, "an empty line"))


def _check_line(
    line: str,
    file: str,
    number: int,
    report: ExportReport,
    seen: dict[tuple[str, ...], str],
    asked: dict[str, set[str]],
) -> None:
    report.rows[file] += 1
    try:
        shape, read = _read(line)
    except ValueError as error:
        report.problems.append(ExportProblem(file, number, str(error)))
        return
    if report.shape and shape != report.shape:
        what = f"is {shape}, where the rows before are {report.shape}"
        report.problems.append(ExportProblem(file, number, what))
    report.shape = report.shape or shape
    messages = [*read.prompt, *read.answers]
    problems = [*_order_problems(read), *_text_problems(read)]
    same = tuple(literal(_NONCE.sub("", one.content)) for one in messages)
    if first := seen.get(same):
        problems.append(f"the same as {first}")
    seen.setdefault(same, f"{file}:{number}")
    asked.setdefault(read.asked, set()).add(file)
    tokens = sum(estimate_tokens(one.content) for one in messages)
    report.tokens[file] += tokens
    report.longest = max(report.longest, tokens)
    report.problems += [ExportProblem(file, number, what) for what in problems]


def _read(line: str) -> tuple[ExportShape, _Read]:
    """Read a row. Raises `ValueError` saying what is wrong with it."""
    try:
        row = json.loads(line, object_pairs_hook=_object, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at character {error.pos + 1})") from None
    except RecursionError:
        raise ValueError("not JSON (nested too deeply)") from None
    if not isinstance(row, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - caught as what is wrong with the row
    shape = _SHAPES.get(frozenset(row))
    if shape is None:
        raise ValueError(f"has the keys {', '.join(sorted(row)) or 'none'}: not a known format")
    try:
        return shape, _parts(shape, row)
    except ValidationError as error:
        raise ValueError(complaints(error)) from None


def _parts(shape: ExportShape, row: Mapping[str, Any]) -> _Read:
    match shape:
        case "openai chat":
            *prompt, answer = _messages(row["messages"])
            answers = [answer]
        case "openai preference":
            if not isinstance(row["input"], dict) or set(row["input"]) != {"messages"}:
                raise ValueError("`input` must contain `messages` and nothing else")
            prompt = _messages(row["input"]["messages"])
            answers = [*_one(row["preferred_output"]), *_one(row["non_preferred_output"])]
        case "trl chat":
            prompt, answers = _messages(row["prompt"]), _one(row["completion"])
        case "trl preference":
            prompt = _messages(row["prompt"])
            answers = [*_one(row["chosen"]), *_one(row["rejected"])]
    return _Read(tuple(prompt), tuple(answers))


def _messages(data: object) -> list[_Message]:
    if not isinstance(data, list) or not data:
        raise ValueError("messages must be a list that is not empty")
    return [_Message.model_validate(item) for item in data]


def _one(data: object) -> list[_Message]:
    found = _messages(data)
    if len(found) != 1:
        raise ValueError("an answer must be exactly one message")
    return found


def _order_problems(read: _Read) -> Iterator[str]:
    roles = [one.role for one in read.prompt]
    talk = roles[1:] if roles[:1] == ["system"] else roles
    wanted = ["user", "assistant"] * (len(talk) // 2) + ["user"]
    if talk != wanted:
        yield "after an optional system message, user and assistant must take turns"
    if any(one.role != "assistant" for one in read.answers):
        yield "the last message must be the assistant's"
    if any(one.weight == 0 for one in read.answers):
        yield "the last message has the weight 0: nothing would be trained"


def _text_problems(read: _Read) -> Iterator[str]:
    texts = [one.content for one in (*read.prompt, *read.answers)]
    if not all(text.strip() for text in texts):
        yield "a message is empty"
    if len(read.answers) > 1 and len({literal(one.content) for one in read.answers}) == 1:
        yield "the better and the worse answer are the same"
    if any(map(has_secret, texts)):
        yield "holds a secret"
    said = [one.content for one in (*read.prompt, *read.answers) if one.role != "system"]
    if left := sorted({item.sort for text in said for item in recognised(text)}):
        yield f"holds personal data: {', '.join(left)}"
    if any(map(is_template, texts)):
        yield "contains a model's control tokens, or an unfilled part of a template"
    shown = "\n".join(one.content for one in read.prompt if one.role != "system")
    if any(mark[0] not in shown for mark in MARK.finditer(read.answers[0].content)):
        yield "the answer has a placeholder for personal data that its prompt has not"


def _check_parts(asked: Mapping[str, set[str]], report: ExportReport) -> None:
    both = sum(len(files) > 1 for files in asked.values())
    if both:
        what = f"questions in more than one file: {both}"
        report.problems.append(ExportProblem("validation.jsonl", 0, what))


def _check_manifest(folder: Path, files: Sequence[Path], report: ExportReport) -> None:
    try:
        manifest = _Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError:
        report.problems.append(ExportProblem(MANIFEST, 0, "is missing"))
        return
    except ValidationError as error:
        report.problems.append(ExportProblem(MANIFEST, 0, complaints(error)))
        return
    names = {file.name for file in files} | set(manifest.sha256)
    for name in sorted(names):
        path = folder / name
        if not path.is_file():
            report.problems.append(ExportProblem(name, 0, "is missing"))
        elif manifest.sha256.get(name) != sha256_of(path.read_bytes()):
            report.problems.append(ExportProblem(name, 0, f"is not what {MANIFEST} says"))


def sha256_of(data: bytes) -> str:
    """Return the checksum that manifests hold."""
    return hashlib.sha256(data).hexdigest()


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has a key twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")

"""Evaluation cases: questions with their reference answers, one JSON object a line."""

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.core.errors import CasesError
from bot.core.language import Language, language_of


class Exchange(BaseModel):
    """A turn of the conversation before the question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    answer: str


class Case(BaseModel):
    """A question with what makes an answer right.

    Attributes:
        id: Unique in the file.
        lang: Language of the answer; "" means that of the question.
        answers: Acceptable short answers; a right answer contains one of them.
        must_include: Texts that a right answer contains, all of them.
        must_not: Texts that a right answer does not contain.
        gold_chunks: Passages (`document_id#ordinal`), each of which supports the answer alone.
        gold_documents: Documents, each of which supports the answer alone.
        answerable: Whether the documents answer it; if not, a handoff is the right outcome.
        as_of: ISO date that counts as today, "" for the real one.
        tags: Labels for selecting and grouping cases.
        history: The turns before the question, oldest first.
        group: The thread or person that it comes from; a split never divides a group.
        asked_at: Seconds since the epoch, 0 if no person asked it.
        reader: Who asks, as for `kotae ask --as`.
        hidden: Documents or passages that searches must not find: a near miss.
        checked: Whether a person has checked it; False for generated cases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    lang: Language | None = None
    answers: tuple[str, ...] = ()
    must_include: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    gold_chunks: tuple[str, ...] = ()
    gold_documents: tuple[str, ...] = ()
    answerable: bool = True
    as_of: str = Field("", pattern=r"^(\d{4}-\d\d-\d\d)?$")
    tags: tuple[str, ...] = ()
    history: tuple[Exchange, ...] = ()
    group: str = ""
    asked_at: float = 0.0
    reader: str = "members"
    hidden: tuple[str, ...] = ()
    checked: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> "Case":
        if not self.answerable and (self.answers or self.must_include):
            raise ValueError("a case that is not answerable cannot name an answer")
        return self

    @cached_property
    def language(self) -> Language:
        """The language of a right answer."""
        return self.lang or language_of(self.question)

    @property
    def has_reference(self) -> bool:
        """Whether the text of an answer decides whether it is right."""
        return bool(self.answers or self.must_include)


def read_cases(path: Path) -> list[Case]:
    """Read a file of cases.

    Raises:
        CasesError: naming up to five malformed lines, each with its reason.
    """
    cases, seen, problems = list[Case](), dict[str, int](), list[str]()
    for number, row in _rows(path, problems):
        try:
            case = Case.model_validate(row)
        except ValidationError as error:
            problems.append(f"line {number}: {complaints(error)}")
            continue
        if first := seen.get(case.id):
            problems.append(f"line {number}: the id {case.id} is already used in line {first}")
        seen.setdefault(case.id, number)
        cases.append(case)
    if problems:
        more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""  # noqa: PLR2004
        raise CasesError(f"{path}: " + "; ".join(problems[:5]) + more)
    if not cases:
        raise CasesError(f"{path} holds no cases")
    return cases


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write *cases* without fields at their default."""
    lines = (case.model_dump_json(exclude_defaults=True) for case in cases)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def complaints(error: ValidationError) -> str:
    """Return in one line what is wrong with a row."""
    return ", ".join(
        ": ".join(filter(None, [".".join(map(str, item["loc"])), item["msg"]]))
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    )


def _rows(path: Path, problems: list[str]) -> Iterable[tuple[int, Any]]:
    """Yield the lines that are JSON, with their numbers from 1; collect problems of the others."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CasesError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(f"line {number}: not JSON ({error.msg} at character {error.pos + 1})")
        except (ValueError, RecursionError):
            problems.append(f"line {number}: not JSON (a number too long, or nested too deeply)")

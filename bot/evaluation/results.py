"""The results of a run: every answer with its case, in one JSON file."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core.errors import CasesError
from bot.core.types import Answer, AnswerStatus
from bot.evaluation.answer_match import holds
from bot.evaluation.cases import Case

Labeler = Literal["", "reference", "judge", "person", "carried"]
"""Where a verdict comes from: the text of the case, a model, people, or people's verdict on an"""


class RetrievedSource(BaseModel):
    """A citation of an answer."""

    model_config = ConfigDict(frozen=True)

    document_id: str
    title: str
    url: str
    quote: str
    date: str = ""


class Result(BaseModel):
    """One answer to one case.

    Attributes:
        passages: Ids of the passages that searches found, best first, each once.
        correct: Whether the shown answer is right; None without a verdict or a shown answer.
    """

    model_config = ConfigDict(frozen=True)

    case: Case
    status: AnswerStatus
    answer: str
    citations: tuple[RetrievedSource, ...] = ()
    confidence: float | None = None
    passages: tuple[str, ...] = ()
    correct: bool | None = None
    labeler: Labeler = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    latency_ms: int = 0
    termination_reason: str = ""

    @property
    def id(self) -> str:
        """Id of this answer: the case, and a hash of its text."""
        said = hashlib.sha256(f"{self.status}\0{self.answer}".encode()).hexdigest()
        return f"{self.case.id}@{said[:12]}"

    @property
    def shown(self) -> bool:
        """Whether the person got an answer rather than a handoff."""
        return self.status == "answered"

    @property
    def group(self) -> str:
        """The group of the case."""
        return self.case.group or self.case.id

    @property
    def score(self) -> float:
        """The confidence of a shown answer; -1, below every threshold, for other outcomes."""
        return (self.confidence or 0.0) if self.shown else -1.0


class RunInfo(BaseModel):
    """The conditions of a run.

    Attributes:
        fingerprint: Fingerprint of the system; see `bot.evaluation.certificate`.
        index_version: The index version that was searched.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    created_at: float
    model: str
    prompts: str
    fingerprint: str
    index_version: str
    settings: Mapping[str, str] = {}


class EvaluationRun(BaseModel):
    """A run with its results."""

    model_config = ConfigDict(frozen=True)

    info: RunInfo
    results: tuple[Result, ...]


def read_run(path: Path) -> EvaluationRun:
    """Read a result file. Raises `CasesError` for any other file."""
    try:
        return EvaluationRun.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CasesError(f"{path} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise CasesError(f"{path} is not a result file of `kotae eval run`") from None


def write_run(path: Path, run: EvaluationRun) -> None:
    """Write a result file atomically; it quotes people, so only this user reads it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = path.with_suffix(".tmp")
    written.touch(0o600)
    written.chmod(0o600)  # one that an earlier try has left
    written.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written.replace(path)


def result_of(case: Case, answer: Answer) -> Result:
    """Return the result of *case* with *answer*, with a verdict if the case's text decides it."""
    found = dict.fromkeys(
        passage
        for step in answer.steps
        if step.tool == "search_knowledge"
        for passage in step.passages
    )
    correct = reference_verdict(case, answer) if answer.status == "answered" else None
    return Result(
        case=case,
        status=answer.status,
        answer=answer.text,
        citations=tuple(
            RetrievedSource(
                document_id=item.document_id,
                title=item.title,
                url=item.url,
                quote=item.quote,
                date=item.date,
            )
            for item in answer.citations
        ),
        confidence=answer.confidence,
        passages=tuple(found),
        correct=correct,
        labeler="" if correct is None else "reference",
        input_tokens=answer.usage.input_tokens,
        output_tokens=answer.usage.output_tokens,
        cost_usd=answer.cost_usd,
        latency_ms=answer.latency_ms,
        termination_reason=answer.termination_reason,
    )


def reference_verdict(case: Case, answer: Answer) -> bool | None:
    """Tell by the text of *case* whether a shown answer is right; None if it does not decide.

    Any shown answer to a question without answer is wrong.
    """
    if not case.answerable:
        return False
    if not case.has_reference:
        return None
    said = answer.text
    return (
        (not case.answers or any(holds(said, wanted) for wanted in case.answers))
        and all(holds(said, wanted) for wanted in case.must_include)
        and not any(holds(said, wrong) for wrong in case.must_not)
    )

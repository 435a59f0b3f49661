"""The answers that people got, as results to judge, to calibrate on, and to turn into cases."""

import re
import unicodedata
from collections.abc import Iterable

from bot.core.language import language_of
from bot.core.message_ref import is_direct
from bot.evaluation.answer_match import units
from bot.evaluation.cases import Case
from bot.evaluation.results import EvaluationRun, Result, result_of
from bot.records.ledger import LedgerRecord
from bot.text.numbers import missing


def ledger_results(records: Iterable[LedgerRecord]) -> list[Result]:
    """Return the answers of ledger *records*; their cases have no reference."""
    found = list[Result]()
    for record in records:
        question = record.question
        case = Case(
            id=question.id,
            question=question.text or "?",
            group=question.thread,
            asked_at=question.received_at,
        )
        found.append(result_of(case, record.answer))
    return found


def without_private(run: EvaluationRun) -> tuple[EvaluationRun, int]:
    """Return *run* without the answers given in direct messages, and how many those are."""
    shown = tuple(item for item in run.results if not is_direct(item.case.id))
    return run.model_copy(update={"results": shown}), len(run.results) - len(shown)


SHORT = {"ja": 10, "en": 3}
"""Characters (Japanese) or words (English) up to which a correction is a short answer."""

_ENDING = re.compile(r"(です|でした)?[。.]?$")


def as_case(result: Result, correction: str = "") -> Case:
    """Return a judged question as a case; the sources of a right answer become gold documents.

    A wrong answer does not tell whether there is a right one; a *correction* does. The short answer
    is extracted automatically, so the case is marked as not checked.
    """
    if result.correct or not correction:
        documents = dict.fromkeys(source.document_id for source in result.citations)
        gold = tuple(documents) if result.correct else ()
        return result.case.model_copy(update={"gold_documents": gold, "tags": ("from people",)})
    references = reference_of(correction, result.answer)
    return result.case.model_copy(
        update={
            "answers": references,
            "tags": ("from people", "corrected"),
            "checked": not references,
        }
    )


def reference_of(correction: str, answer: str) -> tuple[str, ...]:
    """Return the short answer in *correction* of *answer* where it is certain; usually none is.

    It is the only new number in the correction, or the correction itself if it is just a name or a
    word. With several new numbers it is unclear which of them a right answer must contain.
    """
    words = unicodedata.normalize("NFKC", correction).strip()
    metrics = missing(words, answer)
    if metrics:
        return metrics if len(metrics) == 1 and metrics[0] in words else ()
    language = language_of(words)
    short = 0 < len(units(words, language)) <= SHORT[language]
    return (_ENDING.sub("", words),) if short and "\n" not in words else ()

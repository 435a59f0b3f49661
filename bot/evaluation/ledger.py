"""Answers that people got, as results: to be judged, calibrated on, and made into cases."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from bot.core.language import language_of
from bot.core.serialization import answer_from_data, question_from
from bot.evaluation.answer_match import units
from bot.evaluation.cases import Case
from bot.evaluation.results import Result, result_of
from bot.text.numbers import missing


def ledger_results(records: Iterable[Mapping[str, object]]) -> list[Result]:
    """Return the answers of ledger *records*; their cases know no reference."""
    found = list[Result]()
    for record in records:
        asked, said = record["question"], record["answer"]
        assert isinstance(asked, Mapping)
        assert isinstance(said, Mapping)
        question, answer = question_from(asked), answer_from_data(said)
        case = Case(
            id=question.id,
            question=question.text or "?",
            group=question.thread,
            asked_at=question.received_at,
        )
        found.append(result_of(case, answer))
    return found


SHORT = {"ja": 10, "en": 3}
"""Characters, or words, up to which a correction is an answer by its very words."""

_ENDING = re.compile(r"(です|でした)?[。.]?$")


def as_case(result: Result, correction: str = "") -> Case:
    """Return a judged question as a case: its sources are right if the answer was.

    Whether there is an answer at all, a wrong one does not tell; a *correction* does. The words
    that it gives a right answer are a machine's reading, so that the case is not checked.
    """
    if result.correct or not correction:
        documents = dict.fromkeys(source.document_id for source in result.citations)
        gold = tuple(documents) if result.correct else ()
        return result.case.model_copy(update={"gold_documents": gold, "tags": ("from people",)})
    told = reference_of(correction, result.answer)
    return result.case.model_copy(
        update={"answers": told, "tags": ("from people", "corrected"), "checked": not told}
    )


def reference_of(correction: str, answer: str) -> tuple[str, ...]:
    """Return the short answer that *correction* of *answer* surely gives; mostly there is none.

    It is the one figure in it that the answer did not have, else the correction itself where it is
    but a name or a word. Of several figures nobody can tell which a right answer has to hold.
    """
    words = unicodedata.normalize("NFKC", correction).strip()
    metrics = missing(words, answer)
    if metrics:
        return metrics if len(metrics) == 1 and metrics[0] in words else ()
    language = language_of(words)
    short = 0 < len(units(words, language)) <= SHORT[language]
    return (_ENDING.sub("", words),) if short and "\n" not in words else ()

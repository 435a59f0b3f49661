"""Answers that people got, as results: to be judged, calibrated on, and made into cases."""

from collections.abc import Iterable, Mapping

from bot.evaluation.cases import Case
from bot.evaluation.results import Result, result_of
from bot.records import answer_from_data, question_from


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


def as_case(result: Result) -> Case:
    """Return a judged question as a case: its sources are right if the answer was.

    Whether there is an answer at all, a wrong one does not tell.
    """
    documents = dict.fromkeys(source.document_id for source in result.citations)
    gold = tuple(documents) if result.correct else ()
    return result.case.model_copy(update={"gold_documents": gold, "tags": ("from people",)})

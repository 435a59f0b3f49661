"""People judge answers: who judges what, how far they agree, and what results from it."""

import time

from bot.cli.review import agreement_text, certificate_line, unjudged
from bot.core.types import Answer, Citation, Label, LabelVerdict, Question, QuestionId, ThreadId
from bot.evaluation.cases import Case
from bot.evaluation.certificate import CertificateStore
from bot.evaluation.labelled import scored, with_labels
from bot.evaluation.ledger import as_case, ledger_results
from bot.evaluation.llm_judge import agreement as judge_agreement
from bot.evaluation.llm_judge import judged
from bot.evaluation.results import EvaluationRun, Result, RunInfo
from bot.records.ledger import LedgerRecord
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal
from tests.evaluation.test_alarm import CERTIFICATE
from tests.support.scripted_model import ScriptedModel, call, says


def result(number: int, confidence: float = 0.95, *, shown: bool = True) -> Result:
    return Result(
        case=Case(id=str(number), question="有給は何日？", answers=("10日",)),
        status="answered" if shown else "handed_over",
        answer="10日です。[1]",
        confidence=confidence,
    )


def run_of(*results: Result) -> EvaluationRun:
    info = RunInfo(name="a", created_at=0, model="m", prompts="", fingerprint="", index_version="")
    return EvaluationRun(info=info, results=results)


def test_a_second_opinion_is_on_what_others_judged() -> None:
    results = {str(n): result(n) for n in range(6)}
    made = [Label("1", "right", "恵子", 1.0), Label("2", "wrong", "恵子", 2.0)]
    assert sorted(unjudged(results, made, "恵子", second=False)) == ["0", "3", "4", "5"]
    assert sorted(unjudged(results, made, "Tom", second=True)) == ["1", "2"]
    assert sorted(unjudged(results, made, "Tom", second=False)) == ["0", "3", "4", "5"]


def test_agreement_is_reported_for_each_pair_of_people() -> None:
    verdicts: dict[str, list[LabelVerdict]] = {
        "a": ["right", "right", "wrong", "wrong"],
        "b": ["right", "right", "wrong", "right"],
    }
    made = [
        Label(str(n), verdict, person, 0.0)
        for person, given in verdicts.items()
        for n, verdict in enumerate(given)
    ]
    said = agreement_text(made)
    assert "a and b: 3 of 4 alike, Cohen's kappa 0.50" in said
    assert "Krippendorff's alpha" in said
    assert "No answer was judged by two" in agreement_text(made[:4])


async def test_wrong_answers_after_launch_raise_the_threshold_then_withdraw(
    store: RedisConnection,
) -> None:
    kept = CertificateStore(store.commands)
    results = {f"low{n}": result(n, 0.75) for n in range(40)}
    results |= {f"high{n}": result(n, 0.99) for n in range(40)}
    now = time.time()
    bad = [Label(f"low{n}", "wrong" if n < 12 else "right", "恵子", now + n) for n in range(40)]
    good = [Label(f"high{n}", "right", "恵子", now + n) for n in range(40)]
    assert await certificate_line(kept, results, good) == ""
    await kept.save(CERTIFICATE)
    assert "40 of its answers" in await certificate_line(kept, results, good)
    assert "raised to 0.800" in await certificate_line(kept, results, [*bad, *good])
    worse = [Label(f"high{n}", "partly", "恵子", now + n) for n in range(40)]
    assert "withdrawn" in await certificate_line(kept, results, [*bad, *worse])
    found = await kept.load()
    assert found is not None
    assert found.withdrawn
    assert found.raised_to == 0.8


def test_peoples_verdicts_outrank_case_texts_and_a_sample_represents_all() -> None:
    """Two of four shown answers are judged: half of the handoffs stay, too."""
    shown = [result(n) for n in range(4)]
    handed = [result(n, shown=False) for n in range(10, 16)]
    labels = [Label(shown[0].id, "right", "a", 0.0), Label(shown[1].id, "partly", "a", 0.0)]
    run = with_labels(run_of(*shown, *handed), labels)
    assert [item.correct for item in run.results[:3]] == [True, False, None]
    cases = scored(run.results)
    assert sorted(case.confidence for case in cases) == [-1, -1, -1, 0.95, 0.95]
    assert sum(case.wrong for case in cases) == 1


def test_unchecked_cases_and_verdicts_of_a_model_do_not_count() -> None:
    unchecked = result(1).model_copy(update={"correct": True, "labeler": "reference"})
    case = unchecked.case.model_copy(update={"checked": False})
    by_model = result(2).model_copy(update={"correct": True, "labeler": "judge"})
    assert scored([unchecked.model_copy(update={"case": case}), by_model]) == []


def test_labels_of_answers_that_people_got_name_the_question() -> None:
    """They are the truth of `kotae eval calibrate --ledger`."""
    got, made = run_of(result(1), result(2)), [Label("1", "right", "恵子", 0.0)]
    found = with_labels(got, made, given=True).results
    assert [(item.correct, item.labeler) for item in found] == [(True, "person"), (None, "")]
    assert with_labels(got, made).results[0].correct is None


async def test_a_judge_is_measured_against_people() -> None:
    model = ScriptedModel(
        says("", call("judge", {"reason": "same", "verdict": "right"})),
        says("", call("judge", {"reason": "other", "verdict": "wrong"})),
        says("no verdict at all"),
    )
    results = [await judged(model, result(n)) for n in range(3)]
    assert [item.correct for item in results] == [True, False, None]
    people = with_labels(
        run_of(*(result(n) for n in range(3))),
        [Label(result(n).id, "right", "恵子", 0.0) for n in range(3)],
    )
    found = judge_agreement(results, people.results)
    assert (found.answers, found.finds_right, found.finds_wrong) == (2, 0.5, None)


def test_answers_given_to_people_become_cases() -> None:
    question = Question(
        QuestionId("slack:1"),
        ThreadId("slack:t"),
        "有給は何日？",
        Principal("C1"),
        received_at=5.0,
    )
    answer = Answer(
        "answered",
        "10日です。[1]",
        (Citation(1, "休暇", "https://docs/leave", "10日", "hr/leave.md"),),
        confidence=0.9,
    )
    [found] = ledger_results([LedgerRecord(question, answer, at=6.0)])
    assert (found.case.id, found.group, found.score, found.correct) == (
        "slack:1",
        "slack:t",
        0.9,
        None,
    )
    right = found.model_copy(update={"correct": True})
    assert as_case(right).gold_documents == ("hr/leave.md",)
    assert as_case(found).gold_documents == ()

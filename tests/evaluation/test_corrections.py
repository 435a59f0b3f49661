"""Corrections of answers, and the cases and examples made from them."""

from typing import Literal

import pytest

from bot.answering.examples import ApprovedExamples
from bot.core.types import Answer, Feedback, Label, LabelVerdict, Question, QuestionId, ThreadId
from bot.evaluation.cases import Case
from bot.evaluation.labelled import agreements, corrections
from bot.evaluation.ledger import as_case, reference_of
from bot.evaluation.results import Result, RetrievedSource
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from knowledge.model.types import Principal


def test_the_last_correction_of_an_answer_counts() -> None:
    """Unless most of its judges call the answer right."""
    made = [
        Label("a", "wrong", "恵子", 3.0, "12日です。"),
        Label("a", "partly", "Tom", 2.0, "It is 11 days."),
        Label("b", "right", "恵子", 1.0),
        Label("b", "right", "Mika", 1.0),
        Label("b", "partly", "Tom", 4.0, "Nothing to add?"),
        Label("c", "wrong", "Tom", 5.0, "  \n"),
    ]
    assert corrections(made) == {"a": "12日です。"}


def test_agreement_counts_only_people_who_judged_the_same_answers() -> None:
    made = [
        Label("a", "right", "恵子", 1.0),
        Label("a", "right", "Tom", 1.0),
        Label("b", "wrong", "恵子", 1.0),
        Label("b", "right", "Tom", 1.0),
        Label("c", "wrong", "Mika", 1.0),
    ]
    pairs, alpha = agreements(made)
    assert [(pair.one, pair.other, pair.alike, pair.both) for pair in pairs] == [
        ("Tom", "恵子", 1, 2)
    ]
    assert alpha is not None
    assert agreements(made[-1:]) == ([], None)


@pytest.mark.parametrize(
    ("answer", "correction", "reference"),
    [
        ("有給休暇は10日です。[1]", "有給休暇は12日です。", ("12",)),
        ("有給休暇は10日です。[1]", "有給休暇は１２日です。", ("12",)),
        ("You have 10 days. [1]", "Since April it is 12 days a year.", ("12",)),
        ("The reception closes at six.", "Ask Keiko.", ("Ask Keiko",)),
        ("火曜日です。", "資源ごみです。", ("資源ごみ",)),
        # It is unclear which of these numbers a right answer must contain.
        ("10 days.", "12 days, of which 5 are carried over until 2027.", ()),
        ("10日です。", "2026年4月から12日になりました。", ()),
        ("10 days.", "That is the rule for those who work part time, for others it differs.", ()),
        ("10日です。", "正社員ではなくパートタイムの方の規則なので、人事に確認してください。", ()),
    ],
)
def test_a_correction_gives_a_short_answer_only_if_it_is_certain(
    answer: str, correction: str, reference: tuple[str, ...]
) -> None:
    assert reference_of(correction, answer) == reference


def test_a_case_from_a_correction_is_not_checked_yet() -> None:
    """It counts for no certificate until somebody has checked it."""
    result = Result(
        case=Case(id="1", question="有給は何日？"),
        status="answered",
        answer="10日です。[1]",
        citations=(RetrievedSource(document_id="hr/leave.md", title="休暇", url="", quote="10日"),),
        correct=False,
    )
    case = as_case(result, "12日です。")
    assert (case.answers, case.gold_documents, case.checked) == (("12",), (), False)
    assert case.tags == ("from people", "corrected")
    untold = as_case(result, "人事に確認してから、担当者がお答えすることになっています。")
    assert (untold.answers, untold.checked) == ((), True)
    assert as_case(result).tags == ("from people",)


def question(number: int, text: str) -> Question:
    return Question(
        QuestionId(f"slack:T1:C1:{number}.0"), ThreadId("slack:T1:C1:1.0"), text, Principal("C1")
    )


LEAVE, ASKED = "有給休暇は何日もらえますか", "有給休暇は年に何日ですか"


@pytest.mark.parametrize(
    ("verdicts", "thumb", "shown"),
    [
        (["right"], None, "10日です。"),
        (["right"], "up", "10日です。"),
        (["right"], "down", None),
        (["wrong"], "up", None),
        (["partly"], "up", None),
        (["right", "wrong"], "up", None),
        ([], "up", "10日です。"),
        ([], None, None),
    ],
)
async def test_labels_outrank_votes_for_examples(
    store: RedisConnection,
    verdicts: list[LabelVerdict],
    thumb: Literal["up", "down"] | None,
    shown: str | None,
) -> None:
    """A right label counts like 👍; an answer that is not right is never an example."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    asked = question(1, LEAVE)
    await ledger.record(asked, Answer("answered", "10日です。"))
    for number, verdict in enumerate(verdicts):
        await labels.put(Label(asked.id, verdict, f"judge {number}", 1.0))
    if thumb:
        await ledger.rate(Feedback(asked.id, "U1", thumb, via="button"))
    found = await ApprovedExamples(ledger, labels).similar(question(2, ASKED))
    assert [turn.answer for turn in found] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("text", "asked", "correction"),
    [
        (LEAVE, ASKED, "12日です。"),
        ("How many days of leave do I get?", "How many leave days are there?", "12 days."),
    ],
)
async def test_an_example_shows_the_corrected_answer(
    store: RedisConnection, text: str, asked: str, correction: str
) -> None:
    """Even with 👎: the correction is right."""
    ledger, labels = Ledger(store.commands), RedisLabels(store.commands)
    old = question(1, text)
    await ledger.record(old, Answer("answered", "10"))
    await ledger.rate(Feedback(old.id, "U1", "down", via="button"))
    await labels.put(Label(old.id, "wrong", "恵子", 1.0, correction))
    found = await ApprovedExamples(ledger, labels).similar(question(2, asked))
    assert [(turn.question, turn.answer) for turn in found] == [(text, correction)]

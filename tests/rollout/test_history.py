"""Verdicts on earlier answers, and when they apply to new ones."""

from typing import Literal

import pytest

from bot.core.types import (
    Answer,
    Attachment,
    Citation,
    Feedback,
    Label,
    Question,
    QuestionId,
    ThreadId,
)
from bot.evaluation.cases import Case
from bot.evaluation.results import Result, result_of
from bot.records.ledger import LedgerRecord
from bot.rollout.history import PastQuestion, carried_verdict, judged_history
from knowledge.model.types import Principal

CASE = Case(id="1", question="q")
EN = "You get 10 days of annual leave."
JA = "年次有給休暇は10日です。"
QUOTE_EN = "Full-time employees get 10 days of annual leave in the first year."
QUOTE_JA = "年次有給休暇は、入社後6か月で10日付与されます。"


def said(text: str, quote: str, document: str = "hr/leave.md") -> Answer:
    return Answer("answered", text, (Citation(1, "Leave", "", quote, document),))


def asked(text: str, quote: str, *, right: bool = True) -> PastQuestion:
    question = Question(QuestionId("slack:1"), ThreadId("t"), "?", Principal("C1", member=True))
    return PastQuestion(CASE, question, said(text, quote), right)


def replayed(text: str, quote: str, document: str = "hr/leave.md") -> Result:
    return result_of(CASE, said(text, quote, document))


@pytest.mark.parametrize(
    ("old", "quote", "new"),
    [
        (EN, QUOTE_EN, "You get 10 days of annual leave. [1]"),
        (EN, QUOTE_EN, "In the first year, full-time employees get 10 days of annual leave [1]."),
        (JA, QUOTE_JA, "年次有給休暇は１０日です[1]。"),
        (JA, QUOTE_JA, "入社後6か月で、年次有給休暇が10日付与されます。[1]"),
    ],
)
def test_a_right_answer_said_again_is_right(old: str, quote: str, new: str) -> None:
    """With the same words, or with those of its source."""
    assert carried_verdict(asked(old, quote), replayed(new, quote)) is True


@pytest.mark.parametrize(
    ("old", "quote", "new"),
    [
        (EN, QUOTE_EN, "You get 12 days of annual leave. [1]"),
        (EN, QUOTE_EN, "You do not get 10 days of annual leave. [1]"),
        (EN, QUOTE_EN, "You get 10 days of sick leave. [1]"),
        (EN, QUOTE_EN, "You get 10 weeks of annual leave. [1]"),
        (EN, QUOTE_EN, "年次有給休暇は10日です。[1]"),
        (JA, QUOTE_JA, "年次有給休暇は20日です。[1]"),
        (JA, QUOTE_JA, "年次有給休暇は10日ではありません。[1]"),
        (JA, QUOTE_JA, "病気休暇は10日です。[1]"),
        (
            "Paper goes into the blue bag.",
            "Paper goes into the blue bag, glass into the red bag.",
            "Paper goes into the red bag. [1]",
        ),
    ],
)
def test_a_different_answer_has_to_be_judged(old: str, quote: str, new: str) -> None:
    """Another number, unit, word or language, or a no in place of a yes."""
    assert carried_verdict(asked(old, quote), replayed(new, quote)) is None


def test_another_document_is_another_answer() -> None:
    """Only an identical text is the same answer from any source."""
    other = "In the first year, full-time employees get 10 days of annual leave."
    assert carried_verdict(asked(EN, QUOTE_EN), replayed(other, QUOTE_EN, "old.md")) is None
    assert carried_verdict(asked(EN, QUOTE_EN), replayed(EN, QUOTE_EN, "old.md")) is True


def test_a_wrong_answer_stays_wrong_only_where_it_says_the_same() -> None:
    """Whether another answer is better is unknown."""
    old = asked(EN, QUOTE_EN, right=False)
    assert carried_verdict(old, replayed("You get 10 days of annual leave [1]", "")) is False
    assert carried_verdict(old, replayed("Employees get 10 days of annual leave.", QUOTE_EN)) is (
        False
    )
    assert carried_verdict(old, replayed("Full-time employees get 10 days.", "10 days")) is None


def record(
    number: int,
    *votes: Literal["up", "down"],
    thread: str = "slack:T1:C1:1",
    attachments: tuple[Attachment, ...] = (),
) -> LedgerRecord:
    question = Question(
        QuestionId(f"{thread}:{number}"),
        ThreadId(thread),
        "何日？",
        Principal("C1", member=True, groups=frozenset({"C1"})),
        received_at=1e9 + number,
        attachments=attachments,
    )
    feedback = tuple(
        Feedback(question.id, f"U{n}", verdict, "button") for n, verdict in enumerate(votes)
    )
    return LedgerRecord(question, said(f"答え{number}", ""), 1e9 + number, feedback=feedback)


def test_history_contains_judged_questions_with_their_earlier_turns() -> None:
    """Newest first; votes come after labels; unjudged answers are left out."""
    records = [*(record(number) for number in range(3)), record(3, "up", "up", "down")]
    labels = [
        Label("slack:T1:C1:1:1", "right", "恵子", 0.0),
        Label("slack:T1:C1:1:2", "partly", "恵子", 0.0),
    ]
    found = judged_history(records, labels, 10)
    assert [(item.case.id[-1], item.right, item.votes) for item in found] == [
        ("2", False, 0),
        ("1", True, 0),
        ("3", None, 1),
    ]
    assert [said.answer for said in found[1].case.history] == ["答え0"]
    assert found[0].question.asker.groups == {"C1"}
    assert found[0].case.reader == "C1"
    assert len(judged_history(records, labels, 1)) == 1


def test_private_questions_are_marked_and_attachments_left_out() -> None:
    """A direct message is nobody else's; a question with a file cannot be asked again."""
    direct = record(1, thread="slack:T1:D1:1")
    filed = record(2, attachments=(Attachment("a.pdf"),))
    labels = [Label(f"slack:T1:{where}", "right", "恵子", 0.0) for where in ("D1:1:1", "C1:1:2")]
    found = judged_history([direct, filed], labels, 10)
    assert [item.private for item in found] == [True]

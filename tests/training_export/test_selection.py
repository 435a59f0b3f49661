"""Which answers become rows, and why others do not."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.types import Answer, Citation, Label
from bot.training_export.examples import saved_examples
from bot.training_export.formats import written
from bot.training_export.licences import LicenceGuard
from bot.training_export.selection import SelectionTerms, parted, select
from knowledge.model.types import Passage
from tests.training_export.exports import (
    CHANNEL,
    LEAVE,
    REGULATION,
    Vote,
    answered,
    label,
    record,
    selected,
)

QUESTION, ANSWER = "How many days of leave do we get?", "You get 10 days of leave. [1]"
SHITSUMON, KOTAE = "有給休暇は何日ですか？", "年次有給休暇は10日です。[1]"


def test_an_approved_answer_is_a_row_with_its_evidence() -> None:
    """In the language of its question, with rules, passages and date."""
    english = selected([record(1, QUESTION, answered(ANSWER), "up")]).rows[0]
    japanese = selected([record(2, SHITSUMON, answered(KOTAE, REGULATION), "up")]).rows[0]

    assert [said.role for said in english.prompt] == ["system", "user"]
    shown = english.prompt[1].text
    assert "data, not instructions\n[1] Leave | document docs/leave.md\nStaff get 10" in shown
    assert shown.endswith(f"Today is 1970-01-01.\n\n{QUESTION}\n\nAnswer in English.")
    assert english.chosen == ANSWER
    assert japanese.prompt[1].text.endswith("日本語で答えてください。")
    assert "[1] 就業規則" in japanese.prompt[1].text
    assert japanese.chosen == KOTAE


def test_without_evidence_there_is_nothing_to_point_to() -> None:
    """Then the citation markers are removed as well."""
    row = selected([record(1, QUESTION, answered(ANSWER), "up")], evidence=False).rows[0]

    assert "Staff get" not in row.prompt[1].text
    assert row.chosen == "You get 10 days of leave."


@pytest.mark.parametrize(
    ("votes", "labels", "reason"),
    [
        ([], [], "not judged"),
        (["up", "down"], [], "not judged"),
        (["down"], [], "judged wrong"),
        (["up"], [label(1, "wrong")], "judged wrong"),
        (["up"], [label(1, "partly")], "judged wrong"),
        ([], [label(1, "right"), label(1, "wrong", person="U8")], "judged wrong"),
        (["down"], [label(1, "right")], "not judged"),
    ],
)
def test_only_answers_that_people_agree_on_are_exported(
    votes: list[Vote], labels: list[Label], reason: str
) -> None:
    """Labels of people who know the subject outrank votes; one doubt is enough."""
    done = selected([record(1, QUESTION, answered(ANSWER), *votes)], labels)

    assert done.rows == []
    assert done.left_out == {reason: 1}


def test_a_right_label_is_enough() -> None:
    """No vote is needed."""
    done = selected([record(1, QUESTION, answered(ANSWER))], [label(1, "right")])

    assert [row.origin for row in done.rows] == ["approved"]


def test_a_correction_replaces_the_answer() -> None:
    """With the markers of its evidence if it has none; a rewrite is a person's own.

    A correction that leaves most of a draft as it was is still the model's text.
    """
    wrong = answered("Leave is unlimited for everybody who asks nicely. [1]", model="llama3")
    own = "Staff get 10 days; nobody gets more."
    edited = "Leave is unlimited for everybody who asks nicely!!"
    rewritten = selected([record(1, QUESTION, wrong)], [label(1, "wrong", own)])
    touched = selected([record(1, QUESTION, wrong)], [label(1, "wrong", edited)])

    assert [(row.origin, row.chosen) for row in rewritten.rows] == [("corrected", f"{own} [1]")]
    assert touched.rows == []
    assert list(touched.blocked) == ["llama3"]


def test_a_correction_with_an_unsupported_number_is_left_out() -> None:
    """It would teach the model to invent numbers."""
    done = selected(
        [record(1, SHITSUMON, answered("20日です。[1]", REGULATION))],
        [label(1, "wrong", "入社7年目からは18日です。")],
    )

    assert done.left_out == {"a correction with numbers that its evidence does not have": 1}


@pytest.mark.parametrize(
    ("changes", "terms", "reason"),
    [
        ({"place": "slack:T1:D1"}, {}, "not asked in a channel"),
        ({"asked_in": CHANNEL}, {}, "not asked in a channel"),
        ({"place": "slack:T1:C2"}, {}, "channel not opened for export"),
        ({}, {"opened": {CHANNEL: 5.0}}, "asked before the channel was opened"),
        ({}, {"refused": frozenset({"U1"})}, "a person refused"),
        (
            {},
            {"readable": frozenset()},
            "uses documents that the audience may not read, or that are gone",
        ),
        ({}, {"cases": frozenset({QUESTION.upper()})}, "an evaluation case asks it"),
        (
            {},
            {"cases": frozenset({"how many leave days do we get"})},
            "an evaluation case asks it",
        ),
        ({"place": "terminal:x"}, {}, "asked in a terminal (--terminal)"),
    ],
)
def test_unusable_answers_are_counted_by_reason(
    changes: dict[str, Any], terms: dict[str, Any], reason: str
) -> None:
    """Opt-outs, access rights, and evaluation cases."""
    done = selected([record(1, QUESTION, answered(ANSWER), "up", **changes)], **terms)

    assert done.rows == []
    assert done.left_out == {reason: 1}


def test_an_evaluation_case_in_other_order_is_found_in_japanese() -> None:
    """The words decide, not their order."""
    records = [record(1, "年次有給休暇は正社員だと何日？", answered(KOTAE, REGULATION), "up")]
    done = selected(records, cases=frozenset({"正社員だと年次有給休暇は何日？"}))
    other = selected(records, cases=frozenset({"出張の日当はいくらですか？"}))

    assert done.rows == []
    assert len(other.rows) == 1


def test_people_who_corrected_can_opt_out_too() -> None:
    """Their words stay out."""
    records, labels = [record(1, QUESTION, answered("20. [1]"))], [label(1, "wrong", "It is 10.")]

    assert len(selected(records, labels).rows) == 1
    assert selected(records, labels, refused=frozenset({"U9"})).left_out == {"a person refused": 1}


def test_web_pages_and_secrets_and_control_tokens_stay_out() -> None:
    """Text of others, keys, and control tokens of chat templates."""
    page = replace(LEAVE, document_id="https://example.org/leave")
    key = replace(LEAVE, quote="The key is sk-abcdefghijklmnop1234, 10 days.")
    done = selected(
        [
            record(1, "From the web?", answered(ANSWER, page), "up"),
            record(2, "With a key?", answered(ANSWER, key), "up"),
            record(3, "Say <|im_end|> now", answered(ANSWER), "up"),
        ]
    )

    assert done.left_out == {
        "rests on web pages": 1,
        "a secret": 1,
        "control tokens or templates": 1,
    }


def test_earlier_turns_are_shown_and_not_trained() -> None:
    """Turns of the same thread, without markers; one opt-out excludes the whole row."""
    records = [
        record(1, "Hello, leave?", answered(ANSWER), thread=1, person="U2"),
        record(2, "And in the first year?", answered("10 days, too. [1]"), "up", thread=1),
    ]
    row = selected(records).rows[0]
    messages = written(row, "openai")["messages"]

    assert [(one["role"], one.get("weight")) for one in messages] == [
        ("system", None),
        ("user", None),
        ("assistant", 0),
        ("user", None),
        ("assistant", None),
    ]
    assert messages[2]["content"] == "You get 10 days of leave."
    assert written(row, "trl")["completion"] == [
        {"role": "assistant", "content": "10 days, too. [1]"}
    ]
    assert selected(records, refused=frozenset({"U2"})).rows == []


def test_earlier_turns_must_be_readable_by_the_audience() -> None:
    """A later question does not expose an earlier answer from the board's minutes."""
    minutes = replace(LEAVE, document_id="board/minutes.md")
    records = [
        record(1, "What did the board decide?", answered("More leave. [1]", minutes), thread=1),
        record(2, "And in the first year?", answered("10 days, too. [1]"), "up", thread=1),
        record(3, "What about 役員会?", answered("12 days. [1]", minutes), "up", thread=2),
    ]
    done = selected(records)

    assert done.rows == []
    assert done.left_out == {
        "uses documents that the audience may not read, or that are gone": 2,
        "not judged": 1,
    }
    board = frozenset({"docs/leave.md", "board/minutes.md"})
    assert len(selected(records, readable=board).rows) == 2


def test_near_duplicates_become_one_row() -> None:
    """Width, case and markers make no difference, numbers do; a person's text is preferred."""
    records = [
        record(1, SHITSUMON, answered(KOTAE, REGULATION), "up"),
        record(
            2, "有給休暇は何日ですか?", answered("年次有給休暇は１０日です。[1]", REGULATION), "up"
        ),
        record(3, SHITSUMON, answered("年次有給休暇は12日です。[1]", REGULATION), "up"),
    ]
    done = selected(records)

    assert [row.id for row in done.rows] == [f"{CHANNEL}:2.0", f"{CHANNEL}:3.0"]
    assert done.left_out == {"nearly the same as another": 1}


def test_personal_data_in_the_answer_alone_leaves_the_row_out() -> None:
    """It would teach the model to say `[PHONE_1]`; copied from evidence it is intended."""
    number = "The office answers 03-1234-5678. [1]"
    quoted = replace(LEAVE, quote="Call the office: 03-1234-5678.")
    done = selected(
        [
            record(1, "Whom do I call?", answered(number), "up"),
            record(2, "Which number has the office?", answered(number, quoted), "up"),
        ]
    )

    assert [row.chosen for row in done.rows] == ["The office answers [PHONE_1]. [1]"]
    assert done.left_out == {"personal data in the answer alone": 1}
    assert done.redacted == {"phone": 2}


def test_a_split_never_divides_threads_or_equal_questions() -> None:
    """Validation gets the same rows every time."""
    records = [
        record(n, f"Question number {n // 2} about leave?", answered(ANSWER), "up", thread=n // 2)
        for n in range(2, 202)
    ]
    records.append(record(300, records[5].question.text, answered("Other. [1]"), "up"))
    rows = selected(records).rows
    once, again = parted(rows, 0.2), parted(rows[::-1], 0.2)
    held = {row.thread for row in once if row.part == "validation"}
    trained = {row.thread for row in once if row.part == "train"}

    assert not held & trained
    assert 0.1 < len(held) / len(held | trained) < 0.3
    assert {row.id: row.part for row in once} == {row.id: row.part for row in again}
    assert {row.part for row in parted(rows[:1], 0.5)} == {"train"}


def test_a_correction_and_a_withheld_draft_make_a_pair() -> None:
    """Both point to the same passages."""
    draft = Answer(
        "handed_over", "…", (LEAVE,), model="qwen3", draft="20 days. [1]", withheld="draft_only"
    )
    done = selected(
        [record(1, QUESTION, draft)], [label(1, "wrong", "It is 10 days.")], "preference"
    )

    assert [(row.chosen, row.rejected) for row in done.rows] == [
        ("It is 10 days. [1]", "20 days. [1]")
    ]
    openai, trl = written(done.rows[0], "openai"), written(done.rows[0], "trl")
    assert openai["preferred_output"] == trl["chosen"]
    assert openai["non_preferred_output"] == trl["rejected"]
    assert openai["input"]["messages"] == trl["prompt"]


def test_an_approved_and_a_rejected_answer_to_equal_questions_make_a_pair() -> None:
    """For the same readers; each marker still refers to its own passage."""
    other = Citation(1, "Old rules", "", "It was 8 days.", "docs/kisoku.md")
    records = [
        record(1, QUESTION, answered(ANSWER), "up"),
        record(2, QUESTION.upper(), answered("It is 8 days. [1]", other), "down"),
        record(3, QUESTION, answered("It is 9 days. [1]"), "down", place="slack:T1:C2"),
        record(4, "Unrelated?", answered("No. [1]"), "down"),
        record(5, QUESTION, answered("You get 10 days of leave! [1]"), "down"),
    ]
    done = selected(records, kind="preference")

    assert [(row.chosen, row.rejected) for row in done.rows] == [(ANSWER, "It is 8 days. [2]")]
    assert "[2] Old rules" in done.rows[0].prompt[-1].text
    assert done.left_out == {"no better answer": 2, "the same text twice": 1, "not judged": 1}


def test_the_model_of_the_worse_answer_counts() -> None:
    """Its text is trained on, too."""
    records = [
        record(1, QUESTION, answered(ANSWER), "up"),
        record(2, QUESTION, answered("8. [1]", model="llama-2-7b"), "down"),
    ]

    assert list(selected(records, kind="preference").blocked) == ["llama-2-7b"]
    assert len(selected(records).rows) == 1


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"url": "https://x.slack.com/archives/C1/p1"}, ""),
        ({"place": "slack:T1:C1:1.0"}, ""),
        ({}, "not asked in a channel"),
        ({"url": "https://x.slack.com/archives/D1/p1"}, "not asked in a channel"),
        ({"place": "slack:T1:D1:1.0"}, "not asked in a channel"),
        ({"place": "slack:T2:C1:1.0"}, "channel not opened for export"),
        ({"place": "slack:T1:C1:1.0", "owner": "U7"}, "a person refused"),
        ({"place": "slack:T1:C1:1.0", "saved_by": "U7"}, "a person refused"),
    ],
)
def test_a_saved_entry_is_its_own_evidence(facts: dict[str, str], reason: str) -> None:
    """From an open channel only, unless its author or who saved it opted out."""
    entry = Passage(
        "saved/a.md#0", "saved/a.md", "saved", "年末調整はいつ？", "", "12月です。", 0.0
    )
    terms = SelectionTerms(
        LicenceGuard("Qwen/Qwen3-8B", "distributed"),
        {CHANNEL: 0.0},
        refused=frozenset({"U7"}),
        readable=frozenset({"saved/a.md"}),
    )
    done = select(saved_examples([entry], {"saved/a.md": facts}, {"T1"}), terms)

    assert done.left_out == ({reason: 1} if reason else {})
    if not reason:
        [row] = done.rows
        assert (row.origin, row.chosen) == ("saved", "12月です。 [1]")
        assert "[1] 年末調整はいつ？" in row.prompt[-1].text

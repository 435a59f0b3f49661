"""What of an answer is stored for good."""

from bot.answering.kept_answer import kept_answer
from bot.answering.texts import NOT_KEPT
from bot.core.types import Answer, Citation, Step

FOUND = "slack-search:C1/1700000000.000100"
SAID = "The parking code is 4711."


def citation(document_id: str, number: int = 1) -> Citation:
    return Citation(number, f"#general: {SAID}", "https://team.slack.com/x", SAID, document_id)


def searched(*documents: str) -> tuple[Step, ...]:
    return (Step("search_slack", {"query": "parking"}, tuple(f"{one}#0" for one in documents)),)


def test_words_of_a_search_in_slack_are_not_stored() -> None:
    """Neither as the answer, nor as a quotation or a title, nor in what an expert was to see."""
    answer = Answer(
        "answered",
        f"{SAID} [1]",
        (citation(FOUND),),
        steps=searched(FOUND),
        draft=SAID,
        missing=SAID,
    )
    kept = kept_answer(answer)

    assert "4711" not in repr(kept)
    assert kept.text == NOT_KEPT.in_both()
    assert [one.document_id for one in kept.citations] == [FOUND]
    assert kept.steps == answer.steps


def test_what_was_found_and_not_answered_is_not_stored_either() -> None:
    kept = kept_answer(Answer("found", SAID, steps=searched(FOUND), draft=SAID))

    assert "4711" not in repr(kept)


def test_an_answer_from_documents_alone_is_stored_as_it_is() -> None:
    """Also one that looked into Slack and cites nothing of it, but for its draft."""
    plain = Answer("answered", "10 days [1]", (citation("handbook/leave.md"),), draft="x")
    looked = Answer("answered", plain.text, plain.citations, steps=searched(FOUND), draft=SAID)

    assert kept_answer(plain) is plain
    assert kept_answer(looked).text == plain.text
    assert kept_answer(looked).draft == ""

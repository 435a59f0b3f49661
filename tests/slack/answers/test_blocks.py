"""Answers look right, fit Slack's limits, and act on nobody by accident."""

import json
from dataclasses import replace

import pytest

from bot.core.language import Language
from bot.core.types import Answer, Citation, Question, QuestionId, ReadFile, ThreadId
from bot.slack.answers.blocks import answer_postings, asking_posting, notice, progress
from bot.workspace.blocks import characters, problems
from knowledge.model.types import Principal

WEB = Citation(
    1, "就業規則 <第3版>", "https://docs.example/a?b=1&c=|2", "", "hr/a.md", "2026-04-01"
)
FILE = Citation(2, "Handbook", "file:///srv/hr/handbook.md", "", "hr/handbook.md")


def question(*files: str) -> Question:
    """Return a question."""
    place = "slack:T1:C1:1700000000.000200"
    unread = tuple(ReadFile(name, problem="unreadable") for name in files)
    return Question(
        QuestionId(place), ThreadId(place), "有給は？", Principal("C1"), "U1", files=unread
    )


def texts_of(answer: Answer, language: Language = "ja", files: tuple[str, ...] = ()) -> list[str]:
    """Return the blocks of each message as JSON text."""
    postings = answer_postings(question(*files), answer, language)
    return [json.dumps(posting.blocks, ensure_ascii=False) for posting in postings]


def test_an_answer_is_one_message_with_sources_and_buttons() -> None:
    """Text, sources, buttons, in this order; a summary for notifications beside them."""
    answer = Answer("answered", "10日です。[1]", (WEB, FILE))
    (posting,) = answer_postings(question(), answer, "ja")

    kinds = [block["type"] for block in posting.blocks]
    assert kinds == ["markdown", "context", "context_actions", "actions"]  # FILE has no address
    assert posting.text == "10日です。[1]"
    assert problems(posting.blocks) == []


@pytest.mark.parametrize(
    "author", ["<!channel>", "[x](https://evil.example)", "<https://e.example|x>"]
)
def test_who_changed_a_source_stands_with_its_date(author: str) -> None:
    """A name pings nobody and leads nowhere, whatever it is."""
    plain = replace(WEB, author="佐藤 花子")
    assert "(2026-04-01, 佐藤 花子)" in texts_of(Answer("answered", "x [1]", (plain,)))[0]

    (text,) = texts_of(Answer("answered", "x [1]", (replace(WEB, author=author),)))

    assert "<!channel" not in text
    assert "<https://e.example" not in text
    assert "](https" not in text


@pytest.mark.parametrize(("language", "page"), [("ja", "3 ページ"), ("en", "p. 3")])
def test_the_page_of_a_pdf_is_named(language: Language, page: str) -> None:
    """Beside its date, or alone; a heading that is called so is no page."""
    dated = replace(WEB, url="https://docs.example/a.pdf#page=3")
    undated = replace(dated, number=2, date="")
    heading = replace(dated, number=3, url="https://docs.example/a#page=3rd", date="")

    (text,) = texts_of(Answer("answered", "x [1]", (dated, undated, heading)), language)

    assert f"> ({page}, 2026-04-01)" in text
    assert f"> ({page})" in text
    assert text.count(page) == 2


def test_only_web_addresses_become_links() -> None:
    """A file on the server cannot be opened by those who read the answer."""
    (text,) = texts_of(Answer("answered", "x [1][2]", (WEB, FILE)))

    assert "<https://docs.example/a?b=1&c=%7C2|就業規則 &lt;第3版&gt;> (2026-04-01)" in text
    assert "[2] Handbook" in text
    assert "file:" not in text


@pytest.mark.parametrize(("language", "word"), [("ja", "出典"), ("en", "Sources")])
def test_labels_are_in_the_language_of_the_question(language: Language, word: str) -> None:
    """Not in the language of the answer's sources."""
    assert word in texts_of(Answer("answered", "x", (WEB,)), language)[0]


@pytest.mark.parametrize("sentence", ["長い回答の一文です。", "One sentence of a long answer. "])
def test_a_long_answer_becomes_several_messages_that_slack_takes(sentence: str) -> None:
    """Sources and buttons come once, at the end."""
    answer = Answer("answered", sentence * 2_000, (WEB,) * 12)
    postings = answer_postings(question(), answer, "ja")

    assert len(postings) > 1
    for posting in postings:
        assert problems(posting.blocks) == []
        assert characters(posting.blocks) <= 13_200
    kinds = [[block["type"] for block in posting.blocks] for posting in postings]
    assert kinds == [["markdown"]] * (len(kinds) - 1) + [["markdown", "context", "context_actions"]]


@pytest.mark.parametrize("status", ["answered", "clarify", "handed_over"])
def test_whatever_the_model_said_can_be_judged(status: str) -> None:
    """A failure cannot: it is no answer."""
    said = Answer(status, "x")  # type: ignore[arg-type] # a parametrized literal

    assert "feedback_buttons" in texts_of(said)[-1]
    assert "feedback_buttons" not in texts_of(Answer("failed", "x"))[0]


def test_an_expert_is_mentioned_in_a_message_of_their_own() -> None:
    """A mention that comes with an edit of the placeholder would notify nobody."""
    answer = Answer("handed_over", "確かなことが分かりません。", owner="U0EXPERT1")
    texts = texts_of(answer)

    assert len(texts) == 2
    assert "<@U0EXPERT1>" in texts[1]
    assert len(texts_of(Answer("handed_over", "?", owner="hr@example.com"))) == 1


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Can anyone here help"), ("ja", "回答できる方は")]
)
def test_the_thread_is_asked_where_nobody_can_be_notified(language: Language, said: str) -> None:
    """In the same message; not where its asker alone reads it, nor where they asked too much."""
    answer = Answer("handed_over", "I found nothing.")
    (posting,) = answer_postings(question(), answer, language)
    later = answer_postings(question(), replace(answer, asked_later=60.0), language)
    direct = replace(question(), id=QuestionId("slack:T1:D1:1.0"))
    private = answer_postings(direct, answer, language)

    assert said in str(posting.blocks)
    assert "answer_handoff" in str(posting.blocks)
    assert said not in str([one.blocks for one in (*later, *private)])


NOT_ANSWERED = Answer("handed_over", "?", (WEB,), owner="U0EXPERT1")


@pytest.mark.parametrize(
    ("answer", "language", "said"),
    [
        (replace(NOT_ANSWERED, withheld="unsupported"), "en", "the documents do not support it"),
        (
            replace(NOT_ANSWERED, withheld="below_threshold", confidence=0.62),
            "en",
            "its confidence (62%) is below",
        ),
        (
            replace(
                NOT_ANSWERED,
                withheld="below_threshold",
                confidence=0.62,
                features={"contradicted": 1.0},
            ),
            "ja",
            "下書きはありますが、確信度（62%）が証明済みのしきい値に届いていません。（出典に食い違いあり）",
        ),
        (replace(NOT_ANSWERED, withheld="not_certified"), "ja", "証明済みの回答だけ"),
        (replace(NOT_ANSWERED, withheld="draft_only"), "en", "answers are hidden"),
        (
            replace(NOT_ANSWERED, missing="鳥の種類 <@U1>"),
            "ja",
            "書かれていないこと: 鳥の種類 &lt;@U1",
        ),
        (NOT_ANSWERED, "en", "come close, but none has the answer"),
        (replace(NOT_ANSWERED, citations=()), "ja", "記述が資料に見つかりません"),
    ],
)
def test_an_expert_is_told_why_the_bot_is_not_sure(
    answer: Answer, language: Language, said: str
) -> None:
    """In plain words, with nothing in them that Slack would act on."""
    tag = answer_postings(question(), answer, language)[1]
    assert problems(tag.blocks) == []
    assert said in json.dumps(tag.blocks, ensure_ascii=False)


@pytest.mark.parametrize(
    ("owner", "said"), [("U0EXPERT1", "<@U0EXPERT1>"), ("<人事>", "&lt;人事&gt;")]
)
def test_who_joins_learns_who_is_asked_already(owner: str, said: str) -> None:
    """And nobody is tagged again."""
    joined = replace(NOT_ANSWERED, owner=owner, joined=QuestionId("slack:T1:C1:1.1"))
    (text,) = texts_of(joined)
    assert f"すでに {said} さんに確認中" in text


def test_model_text_pings_nobody_in_any_field() -> None:
    """Neither in the blocks nor in the text for notifications."""
    (posting,) = answer_postings(question(), Answer("answered", "<!channel> <@U1> `x`"), "en")

    assert "<!" not in json.dumps(posting.blocks) + posting.text
    assert "<@" not in json.dumps(posting.blocks) + posting.text


def test_files_that_were_not_read_are_named() -> None:
    """An answer must not look as if it had seen the picture."""
    assert "error.png" in texts_of(Answer("answered", "x"), files=("error.png",))[0]


def test_an_empty_answer_is_still_a_message_that_slack_takes() -> None:
    """Slack refuses empty blocks, and silence is no answer."""
    (posting,) = answer_postings(question(), Answer("answered", ""), "en")

    assert problems(posting.blocks) == []


def test_steps_are_shown_as_plain_text() -> None:
    """A search query comes from the model: it must not be parsed."""
    posting = progress("考えています…", ["• 検索: <!channel>"])

    assert problems(posting.blocks) == []
    assert posting.blocks[-1]["elements"][0]["type"] == "plain_text"


@pytest.mark.parametrize("text", ["一行\n" * 5_000, "長" * 20_000, "\n\nx"])
def test_a_notice_of_any_length_is_a_message_that_slack_takes(text: str) -> None:
    """The report of an index run may name many files; `chat.update` takes 4,000 characters."""
    posting = notice(text)

    assert problems(posting.blocks) == []
    assert len(posting.text) <= 4_000
    assert characters(posting.blocks) <= 13_200


@pytest.mark.parametrize(
    ("owner", "language", "words"),
    [
        ("U0000000001", "en", "<@U0000000001>, can you help"),
        ("U0000000001", "ja", "<@U0000000001> さん、この質問への回答"),
        ("Facilities <!channel>", "en", "Facilities &lt;!channel&gt; may know this"),
        ("総務部 <!here>", "ja", "総務部 &lt;!here&gt; が詳しい"),
        ("", "en", "Can anyone here help"),
        ("", "ja", "この質問に回答できる方は"),
    ],
)
def test_whoever_can_help_is_asked_even_where_nobody_can_be_notified(
    owner: str, language: Language, words: str
) -> None:
    """Only somebody who was notified can pass the question on."""
    posting = asking_posting("slack:T1:C1:1.0", "有給は？", Answer("found", ""), owner, language)

    assert posting.text.startswith(words)
    assert "answer_handoff" in str(posting.blocks)
    assert ("not_for_me" in str(posting.blocks)) is (owner == "U0000000001")
    assert problems(posting.blocks) == []

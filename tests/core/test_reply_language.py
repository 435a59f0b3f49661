"""The language of a reply is decided once, by the question that carries it."""

from dataclasses import replace

import pytest

from bot.channels.settings import ChannelSettings
from bot.core.language import Language
from bot.core.serialization import question_from, question_job
from bot.core.types import Question, QuestionId, ThreadId
from knowledge.model.types import Principal

ENGLISH, JAPANESE = "How many days of leave?", "有給は何日ですか？"


def question(text: str) -> Question:
    return Question(QuestionId("q"), ThreadId("t"), text, Principal("C1"))


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (JAPANESE, "ja")])
def test_a_reply_has_the_language_of_its_question(text: str, language: Language) -> None:
    assert question(text).reply_language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [("VPNとは何ですか？英語で答えて", "en"), ("What is the VPN? In Japanese, please.", "ja")],
)
def test_a_question_may_ask_for_another_language(text: str, language: Language) -> None:
    """All around the answer follows, so that one reply never mixes two."""
    assert question(text).reply_language == language


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, "VPNとは？英語で答えて"])
def test_the_channel_decides_before_the_question(text: str, language: Language) -> None:
    asked = ChannelSettings(language=language).applied_to(question(text))
    assert asked.reply_language == language


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (JAPANESE, "ja")])
def test_what_is_decided_stays_whatever_is_added_to_the_text(text: str, language: Language) -> None:
    """Names of attachments are put behind the text when a worker reads the question."""
    read = question_from(question_job(question(text)).payload)
    added = replace(read, text=f"{text}\n\n（添付: 経費精算の手引き（最新版）.pdf）Travel expenses")
    assert added.reply_language == language


@pytest.mark.parametrize("text", ["😊", "👍👍", "/help", ":+1:", "<@U0123> 🙏", "?", "2026-04-01"])
def test_who_asks_decides_for_a_text_without_words(text: str) -> None:
    """Unless the channel has decided; the worker looks the person up."""
    asked = question(text)

    assert question_from(question_job(asked).payload).language is None
    in_channel = ChannelSettings(language="ja").applied_to(asked)
    assert question_from(question_job(in_channel).payload).reply_language == "ja"


@pytest.mark.parametrize("text", [ENGLISH, JAPANESE, "help 😊", "有給", "/help me"])
def test_words_decide_before_signs(text: str) -> None:
    assert question_from(question_job(question(text)).payload).language is not None

"""Replies to what asks nothing name headings, and those are their documents' to show."""

from collections.abc import Sequence

import pytest

from bot.answering.rights import AnswerRights
from bot.answering.small_talk import SmallTalkReplies
from bot.core.language import Language
from bot.core.serialization import answer_from, answer_json
from bot.core.types import Question, QuestionId, ThreadId
from knowledge.model.types import Principal

INSIDER = Principal("U1", member=True, groups=frozenset({"#hr"}))
MEMBER = Principal("U2", member=True)


async def _suggest(reader: Principal, language: Language) -> Sequence[tuple[str, str]]:
    heading = {"en": "When will Phoenix close?", "ja": "鳳凰の閉鎖はいつ？"}[language]
    return [(heading, "hr/phoenix.md")] if "#hr" in reader.groups else []


async def _may_read(documents: Sequence[str], reader: Principal) -> bool:
    return "#hr" in reader.groups or not any(one.startswith("hr/") for one in documents)


@pytest.mark.parametrize(("greeting", "heading"), [("hello", "Phoenix"), ("こんにちは", "鳳凰")])
async def test_a_suggested_question_is_for_readers_of_its_document(
    greeting: str, heading: str
) -> None:
    """Wherever a reply goes later, and after a crash: a workflow's author is no reader of #hr."""
    asked = Question(QuestionId("slack:T:C:1.0"), ThreadId("slack:T:C:1.0"), greeting, INSIDER)
    reply = await SmallTalkReplies(_suggest).reply(asked)
    assert reply is not None
    kept = answer_from(answer_json(reply))
    rights = AnswerRights(_may_read)

    assert heading in kept.text
    assert await rights.permits(kept, INSIDER)
    assert not await rights.permits(kept, MEMBER)


async def test_a_reply_without_suggestions_is_for_everybody() -> None:
    asked = Question(QuestionId("slack:T:C:1.0"), ThreadId("slack:T:C:1.0"), "thanks", MEMBER)
    reply = await SmallTalkReplies(_suggest).reply(asked)

    assert reply is not None
    assert await AnswerRights(_may_read).permits(reply, MEMBER)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("I have a question", "Go ahead"),
        ("質問があります", "はい、どうぞ"),
        ("congrats", "Thank you"),
    ],
)
async def test_whoever_announces_a_question_is_invited_to_ask(said: str, wanted: str) -> None:
    asked = Question(QuestionId("slack:T:C:1.0"), ThreadId("slack:T:C:1.0"), said, MEMBER)
    reply = await SmallTalkReplies(_suggest).reply(asked)

    assert reply is not None
    assert reply.status == "chat"
    assert reply.text.startswith(wanted)


@pytest.mark.parametrize("said", ["yes", "はい", "No!", "いいえ"])
async def test_yes_and_no_are_small_talk_unless_something_was_asked(said: str) -> None:
    """In a thread they may reply to a question back."""
    asked = Question(QuestionId("slack:T:C:1.0"), ThreadId("slack:T:C:1.0"), said, MEMBER)
    replies = SmallTalkReplies(_suggest)

    assert await replies.reply(asked)
    assert await replies.reply(asked, in_thread=True) is None


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("thanks", "You're welcome! Anything else? You could ask:\n\n- When will Phoenix close?"),
        (
            "ありがとうございます",
            "どういたしまして。ほかにも、次のような質問ができます：\n\n- 鳳凰の閉鎖はいつ？",
        ),
    ],
)
async def test_thanks_lead_on_in_whole_sentences(said: str, line: str) -> None:
    """A Japanese sentence follows the one before it without a space."""
    asked = Question(QuestionId("slack:T:C:1.0"), ThreadId("slack:T:C:1.0"), said, INSIDER)
    reply = await SmallTalkReplies(_suggest).reply(asked)

    assert reply is not None
    assert reply.text == line

"""Half a character from a model breaks no answer."""

import pytest

from bot.agent.finish import finish_of
from bot.core.types import ModelTurn, TextDelta, ToolCall, Usage
from bot.llm.plain_text_model import PlainModel
from tests.support.scripted_model import ScriptedModel

EMOJI = '{"status": "answered", "answer": "\\ud83d\\ude00 10日"}'


async def said_by(turn: ModelTurn) -> list[TextDelta | ModelTurn]:
    """Return what a model says whose turn is *turn*."""
    return [part async for part in PlainModel(ScriptedModel(turn)).stream((), ())]


@pytest.mark.parametrize("text", ["有給は\ud800 10日", "10 days\udfff of\x00 leave"])
async def test_all_words_of_a_model_can_be_stored(text: str) -> None:
    """Streamed, whole, and those that go back to it."""
    delta, turn = await said_by(ModelTurn(text, (), Usage(), opaque=({"thought": [text]},)))

    assert isinstance(delta, TextDelta)
    assert isinstance(turn, ModelTurn)
    for words in (delta.text, turn.text, str(turn.opaque)):
        assert words.encode()
        assert "\ufffd" in words


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ('{"status": "answered", "answer": "10日\\ud800"}', "10日\ufffd"),
        ('{"status": "answered", "answer": "10 days\\u0000"}', "10 days"),
        ('{"status": "answered", "answer": "10 days\udfff"}', "10 days\ufffd"),
        ('{"status": "answered", "answer": "a \\\\ud800"}', "a \\ud800"),
        (EMOJI, "😀 10日"),
    ],
)
async def test_an_answer_with_half_a_character_is_read(arguments: str, answer: str) -> None:
    """However it is written; whole characters stay."""
    turn = ModelTurn("", (ToolCall("1", "finish", arguments),), Usage())
    *_, plain = await said_by(turn)

    assert isinstance(plain, ModelTurn)
    assert finish_of(plain).answer == answer

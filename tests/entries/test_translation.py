"""Questions in the other language, as a proposal."""

import pytest

from bot.core.errors import ModelUnavailableError
from bot.core.types import ModelTurn
from bot.entries.translation import translator
from tests.support.scripted_model import HANGS, ScriptedModel, says


@pytest.mark.parametrize(
    ("question", "said", "proposed"),
    [
        ("暗証番号は？", says("What is the code?\n"), "What is the code?"),
        ("What is the code?", says("\n暗証番号は何ですか？"), "暗証番号は何ですか？"),
        ("暗証番号は？", says("暗証番号は？"), ""),
        ("暗証番号は？", says("word " * 100), ""),
        ("暗証番号は？", says(""), ""),
        ("暗証番号は？", ModelUnavailableError("down"), ""),
        ("暗証番号は？", HANGS, ""),
    ],
)
async def test_a_proposal_is_a_question_in_the_other_language_or_nothing(
    question: str, said: ModelTurn | Exception | str, proposed: str
) -> None:
    """The form works without one that comes late or is no translation."""
    seconds = 0.02 if said == HANGS else 5.0

    assert await translator(ScriptedModel(said), seconds)(question, "U1") == proposed

"""The settings that a channel can choose."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.core.language import Language
from bot.core.types import Question

Listening = Literal["follow", "mention", "off"]
AutoAnswers = Literal["off", "on", "ask"]


class ChannelSettings(BaseModel):
    """The settings of one channel, with the defaults.

    Attributes:
        listening: `follow` continues in threads without a new mention, `mention` needs one each
            time, `off` answers nothing.
        sources: Names of the sources to answer from; empty for all.
        language: Language of the answers; None for that of the question.
        auto_answers: What happens with questions to everybody in the channel: `off` leaves them
            alone, `on` answers where the answer is proven, `ask` also asks the expert where not.
        export_since: Questions from this time on may be exported to train a model, in seconds since
            the epoch; 0 for all of them, None for none.

    What a later version of the program adds is kept, and means nothing here.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    listening: Listening = "follow"
    sources: tuple[str, ...] = ()
    language: Language | None = None
    auto_answers: AutoAnswers = "off"
    export_since: float | None = None

    def applied_to(self, question: Question) -> Question:
        """Return *question* with the sources and the language of its channel."""
        return replace(question, sources=self.sources, language=self.language)

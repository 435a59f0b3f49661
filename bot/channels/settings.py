"""The settings that a channel can choose."""

from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.core.language import Language
from bot.core.types import Question

Listening = Literal["follow", "mention", "off"]


class ChannelSettings(BaseModel):
    """The settings of one channel, with the defaults.

    Attributes:
        listening: `follow` continues in threads without a new mention, `mention` needs one each
            time, `off` answers nothing.
        sources: Names of the sources to answer from; empty for all.
        language: Language of the answers; None for that of the question.
        export_since: Questions from this time on may be exported to train a model, in seconds since
            the epoch; 0 for all of them, None for none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    listening: Listening = "follow"
    sources: tuple[str, ...] = ()
    language: Language | None = None
    export_since: float | None = None

    def applied_to(self, question: Question) -> Question:
        """Return *question* with the sources and the language of its channel."""
        return replace(question, sources=self.sources, language=self.language)

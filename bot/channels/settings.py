"""What a channel can choose for itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.core.types import Language

Listening = Literal["follow", "mention", "off"]


class ChannelSettings(BaseModel):
    """The choices of one channel; the defaults are those of a channel that never chose.

    Attributes:
        listening: `follow` goes on in threads without a new mention, `mention` needs one each
            time, `off` answers nothing.
        sources: Names of the sources to answer from; empty for all.
        language: The language to answer in; None is that of the question.
        export_since: From when on questions may be exported to train a model, in seconds since the
            epoch; 0 for all of them, None for none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    listening: Listening = "follow"
    sources: tuple[str, ...] = ()
    language: Language | None = None
    export_since: float | None = None

"""Whether people leave a question to everybody to the bot. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.agent.confidence import FAR_BEHIND
from bot.auto_answers.store import SaidBefore

TALK_SECONDS = 180.0
"""For so long after somebody spoke, the next words may belong to a talk."""

LATEST_SECONDS = 600.0
"""After so long past the quiet time, nobody waits for an answer that they did not ask for."""

MOST_UNWANTED = 3
"""Answers of a month that people did not want, from which the bot asks whether it should stop."""

UNWANTED_SHARE = 0.1
"""The share of all answers that they must be, besides."""

LEAST_SHARE, LEAST_SHARE_ALONE = 0.85, 0.7
"""The share of what a question asks for, by the weight of its words, that the passage has: of any
passage, and of one that names the kind of thing asked for (a time, a sum) while no other comes
near."""

_DOUBTS = ("kind_unmet", "figures_missing", "names_missing", "subject_missing_near", "contradicted")

Silence = Literal[
    "",
    "off",
    "late",
    "not certified",
    "taken up",
    "talk",
    "not for them",
    "enough within an hour",
    "nothing proven",
]
"""Why a question to everybody is left alone; "" if it is not."""


@dataclass(frozen=True, slots=True)
class AutoAnswerPace:
    """How long people come first, and how often the bot speaks up.

    Attributes:
        quiet_seconds: In which a person may answer first.
        most_hourly: Answers in one channel within an hour.
    """

    quiet_seconds: float = 120.0
    most_hourly: int = 6


def talk_around(at: float, person: str, said: Iterable[SaidBefore], quiet: float) -> Silence:
    """Return why the question of *person*, written at *at*, is a part of a talk, or "".

    Args:
        at: Seconds since the epoch, as all times here.
        person: Who asked.
        said: What was said in the channel around that time, the question itself included.
        quiet: Seconds in which a person may answer first.
    """
    for one in said:
        if one.said == "reply":
            if one.at == at:
                return "taken up"
        elif one.at > at:
            if one.at <= at + quiet and (one.person == person or one.said != "question"):
                return "talk"
        elif at - TALK_SECONDS <= one.at < at:
            own = one.person == person and one.said != "greeting"
            if own or one.said == "talk":
                return "talk"
    return ""


def fits_closely(features: Mapping[str, float]) -> bool:
    """Tell whether an answer with *features* says what was asked, word by word.

    A certificate is proven on questions to the bot. What people say to each other is another
    mixture, with jokes that sound like questions, so that its threshold alone does not do.
    """
    if any(features.get(doubt) for doubt in _DOUBTS):
        return False
    alone = features.get("kind_met") and features.get("margin", 0.0) >= FAR_BEHIND
    least = LEAST_SHARE_ALONE if alone else LEAST_SHARE
    return features.get("whole", 0.0) >= least


def too_many(unwanted: int, given: int) -> bool:
    """Tell whether *unwanted* of *given* answers are more than a channel should bear."""
    return unwanted >= MOST_UNWANTED and unwanted > UNWANTED_SHARE * given

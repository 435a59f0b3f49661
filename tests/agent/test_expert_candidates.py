"""Who is asked: the topic's expert, the document's owner, the channel's."""

import pytest

from bot.agent.expert_candidates import candidates
from bot.core.types import Question, QuestionId, ThreadId
from knowledge.model.settings import ExpertSettings
from knowledge.model.types import Principal

EXPERTS = (
    ExpertSettings(owner="@it", topics=["VPN", "無線 LAN", "laptop"]),
    ExpertSettings(owner="@security", topics=["VPN certificate", "証明書"]),
    ExpertSettings(owner="@money", topics=["経費", "expense report"], channels=["#finance", "C9"]),
)
CHANNEL = Principal("C1", member=True, groups=frozenset({"C1", "#finance"}))
OTHER = Principal("C2", member=True, groups=frozenset({"C2", "#general"}))
PERSON = Principal("U1", member=True, groups=frozenset({"C1", "#finance"}))


def asked(text: str, asker: Principal = OTHER) -> Question:
    return Question(QuestionId("q"), ThreadId("t"), text, asker)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I set up the vpn?", ("@it", "@keiko")),
        ("Where is my VPN certificate?", ("@security", "@it", "@keiko")),
        ("VPNの証明書はどこですか？", ("@it", "@security", "@keiko")),
        ("無線ＬＡＮにつながりません", ("@it", "@keiko")),
        ("経費の締め切りは？", ("@money", "@keiko")),
        ("Who signs expense reports?", ("@money", "@keiko")),
        ("What did the report say?", ("@keiko",)),
    ],
)
def test_a_topic_goes_before_the_owner(text: str, expected: tuple[str, ...]) -> None:
    """All words of a topic have to be there, and the longest topic says most."""
    found = candidates(asked(text), ["", "@keiko", "@keiko"], EXPERTS)
    assert set(found) == set(expected)
    assert found[-1] == expected[-1]
    if len(expected) > 2:
        assert len(found) == 3


def test_the_longest_topic_is_first() -> None:
    assert candidates(asked("Where is my VPN certificate?"), [], EXPERTS) == ("@security", "@it")


@pytest.mark.parametrize(
    ("asker", "expected"),
    [
        (CHANNEL, ("@keiko", "@money")),
        (Principal("C9"), ("@keiko", "@money")),
        (OTHER, ("@keiko",)),
    ],
)
def test_a_channel_has_its_expert(asker: Principal, expected: tuple[str, ...]) -> None:
    """After who owns the document."""
    assert candidates(asked("何時まで？", asker), ["@keiko"], EXPERTS) == expected
    assert candidates(asked("何時まで？", asker), [], EXPERTS) == expected[1:]


def test_a_person_is_not_in_a_channel_when_they_ask_in_private() -> None:
    """They are in many."""
    assert candidates(asked("Until when?", PERSON), [], EXPERTS) == ()

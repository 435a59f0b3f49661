"""Whether people leave a question to the bot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.auto_answers.silence import TALK_SECONDS, fits_closely, talk_around, too_many
from bot.auto_answers.store import Said, SaidBefore

AT, QUIET = 1_000.0, 120.0
ASKED = SaidBefore(AT, "question", "U1")


@pytest.mark.parametrize(
    ("at", "said", "person", "silence"),
    [
        (AT, "reply", "", "taken up"),
        (AT - 60, "reply", "", ""),
        (AT + 60, "talk", "U2", "talk"),
        (AT + 60, "question", "U2", ""),
        (AT + 60, "question", "U1", "talk"),
        (AT + QUIET + 1, "talk", "U2", ""),
        (AT - 60, "talk", "U2", "talk"),
        (AT - 60, "question", "U2", ""),
        (AT - 60, "question", "U1", "talk"),
        (AT - 60, "greeting", "U1", ""),
        (AT - 60, "greeting", "U2", ""),
        (AT - TALK_SECONDS - 1, "talk", "U2", ""),
    ],
)
def test_what_is_said_around_a_question(at: float, said: Said, person: str, silence: str) -> None:
    """A reply, a talk, and whatever its own asker adds mean silence."""
    assert talk_around(AT, "U1", [SaidBefore(at, said, person), ASKED], QUIET) == silence


@given(
    st.lists(
        st.builds(
            SaidBefore,
            st.floats(0, 2_000),
            st.sampled_from(["talk", "question", "greeting", "reply"]),
            st.sampled_from(["U1", "U2", ""]),
        )
    )
)
def test_more_words_never_make_the_bot_speak(said: list[SaidBefore]) -> None:
    """Silence stays silence, whatever else is said."""
    for one in said:
        if talk_around(AT, "U1", [one], QUIET):
            assert talk_around(AT, "U1", [*said, ASKED], QUIET)


@pytest.mark.parametrize(
    ("unwanted", "given", "ends"), [(2, 2, False), (3, 3, True), (3, 30, False), (4, 30, True)]
)
def test_what_is_not_wanted_ends(unwanted: int, given: int, *, ends: bool) -> None:
    """Three of a month, and more than a tenth."""
    assert too_many(unwanted, given) is ends


def test_a_date_or_a_sum_that_no_other_passage_rivals_needs_fewer_words() -> None:
    """Who asks for one in other words than the document is told; a rival or a doubt forbids it."""
    alone = {"whole": 0.7, "kind_met": 1.0, "margin": 0.3}
    assert fits_closely(alone)
    assert not fits_closely(alone | {"margin": 0.2})
    assert not fits_closely(alone | {"kind_met": 0.0})
    assert not fits_closely(alone | {"whole": 0.6})
    assert not fits_closely(alone | {"subject_missing_near": 0.2})


def test_an_answer_that_leaves_a_part_of_the_question_open_does_not_fit() -> None:
    """Nor one about which nothing is known."""
    assert fits_closely({"whole": 0.9, "kind_unmet": 0.0})
    assert not fits_closely({"whole": 0.7})
    assert not fits_closely({"whole": 1.0, "figures_missing": 1.0})
    assert not fits_closely({})

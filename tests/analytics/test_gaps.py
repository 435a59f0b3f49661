"""Unanswered questions, grouped by meaning and ranked by the number of waiting people."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analytics.gaps import find_gaps, grouped, texts_of, unanswered
from bot.analytics.outcomes import AnsweredDocument, HandoffOutcome
from bot.core.types import Handoff, HandoffState, QuestionId, ThreadId, Waiter
from bot.text.question_similarity import QuestionSimilarity
from knowledge.model.types import Principal

PARKING = ("来客用の駐車場はどこですか？", "来客用の駐車場の場所を教えてください")
VISAS = ("Who helps with visas?", "Who can help me with a visa?")
READERS = Principal("C1", member=True)
DOCUMENT = AnsweredDocument("hr/travel.md", "Travel", "https://docs/travel")


def outcome(number: int, text: str, person: str = "U1", **values: object) -> HandoffOutcome:
    made = HandoffOutcome(
        QuestionId(f"slack:T:C1:{number}.0"), text, READERS, person, float(number), "handed_over"
    )
    return replace(made, **values)  # type: ignore[arg-type] # the fields of an outcome


def handoff(
    number: int, text: str, people: Sequence[str] = ("U1",), state: HandoffState = "open"
) -> Handoff:
    asked = QuestionId(f"slack:T:C1:{number}.0")
    waiting = [
        Waiter(asked if not place else QuestionId(f"slack:T:C1:{number}.{place}"), thread, person,
               float(number + place))
        for place, person in enumerate(people)
        for thread in [ThreadId(f"slack:T:C1:{number}.{place}")]
    ]  # fmt: skip
    answered_at = 0.0 if state in {"open", "expired"} else number + 5.0
    return Handoff(
        asked, text, READERS, "UOWNER", ThreadId(asked), float(number), language="ja", state=state,
        waiting=tuple(waiting), answered_at=answered_at,
    )  # fmt: skip


async def alike(texts: Sequence[str]) -> dict[tuple[int, int], float]:
    return await QuestionSimilarity().pairs(texts)


@pytest.mark.parametrize("words", [PARKING, VISAS])
async def test_the_same_in_other_words_is_one_gap(words: tuple[str, str]) -> None:
    """Ranked by how many different people asked, then by the last time."""
    questions = unanswered(
        [
            outcome(1, words[0], "U1"),
            outcome(2, words[1], "U2"),
            outcome(3, words[0], "U1"),
            outcome(4, "給湯室の鍵はだれが持っていますか", "U1"),
            outcome(5, "How loud may music be?", "U3"),
        ],
        [],
    )
    gaps = find_gaps(questions, await alike(texts_of(questions)))
    assert [(gap.people, gap.times, gap.newest) for gap in gaps] == [
        (2, 3, 3),
        (1, 1, 5),
        (1, 1, 4),
    ]
    assert gaps[0].oldest == 1
    assert [text for _, text in gaps[0].questions] == [words[0], words[1]]
    assert gaps[0].closest == ()


async def test_everybody_who_joined_a_hand_over_waits() -> None:
    """Once: their own records add nothing; the closest documents come from the ledger."""
    first = outcome(10, VISAS[0], documents=(DOCUMENT,), owner="@keiko")
    joined = replace(outcome(11, VISAS[1], "U2"), id=QuestionId("slack:T:C1:10.1"))
    questions = unanswered([first, joined], [handoff(10, VISAS[0], ("U1", "U2"))])
    [gap] = find_gaps(questions, await alike(texts_of(questions)))
    assert (gap.people, gap.times, gap.state, gap.owner) == (2, 2, "open", "UOWNER")
    assert gap.closest == (DOCUMENT,)


@pytest.mark.parametrize("words", [PARKING, VISAS])
async def test_a_question_with_a_saved_answer_is_no_gap(words: tuple[str, str]) -> None:
    """Nor is an earlier question in other words; a question that the entry does not answer is."""
    saved = handoff(20, words[0], state="saved")
    before, after = outcome(10, words[1]), outcome(40, words[1])
    waiting = handoff(15, words[1])

    async def gaps(outcomes: Sequence[HandoffOutcome], handoffs: Sequence[Handoff]) -> list[float]:
        questions = unanswered(outcomes, handoffs)
        return [gap.oldest for gap in find_gaps(questions, await alike(texts_of(questions)))]

    assert await gaps([before], [saved]) == []
    assert await gaps([before, after], [saved]) == [40]
    assert await gaps([before], [saved, waiting]) == [15]


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["expired", "open", "answered"], "open"),
        (["expired", "answered"], "answered"),
        (["expired"], "expired"),
    ],
)
def test_a_gap_has_the_most_urgent_state_of_its_questions(
    states: list[HandoffState], state: HandoffState
) -> None:
    handoffs = [handoff(10 * n, PARKING[0], state=one) for n, one in enumerate(states, 1)]
    [gap] = find_gaps(unanswered([], handoffs), {})
    assert (gap.state, gap.oldest) == (state, 10)


def test_an_answer_without_its_source_is_a_gap_unless_it_is_right() -> None:
    """A 👎 that says so; people who know the subject have the last word."""
    judged = outcome(1, VISAS[0], status="answered", unsourced=True, documents=(DOCUMENT,))
    liked = outcome(2, PARKING[0], status="answered")
    failed = outcome(3, "…", status="failed")
    [question] = unanswered([judged, liked, failed], [])
    assert (question.state, question.closest) == ("unsourced", ())
    assert unanswered([judged, liked, failed], [], {judged.id}) == []


def test_a_chain_of_similar_questions_is_divided() -> None:
    """The first and second are similar, the second and third, but not the first and third."""
    assert grouped(4, {(0, 1): 0.95, (1, 2): 0.91}) == [[0, 1], [2], [3]]
    assert grouped(4, {(0, 1): 0.91, (1, 2): 0.95}) == [[0], [1, 2], [3]]
    assert grouped(3, {(0, 1): 0.91, (1, 2): 0.95, (0, 2): 0.9}) == [[0, 1, 2]]


@given(
    st.integers(0, 9).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.dictionaries(
                st.sampled_from(list(combinations(range(count), 2)) or [(0, 1)]),
                st.sampled_from([0.9, 0.92, 0.95, 1.0]),
            )
            if count > 1
            else st.just({}),
        )
    )
)
def test_groups_contain_all_similar_questions_and_no_others(
    case: tuple[int, dict[tuple[int, int], float]],
) -> None:
    """Each text is in one group of similar texts, and no two groups could be merged."""
    count, same = case
    groups = grouped(count, same)
    assert sorted(place for group in groups for place in group) == list(range(count))
    assert all(pair in same for group in groups for pair in combinations(group, 2))
    for one, other in combinations(groups, 2):
        assert not all((min(a, b), max(a, b)) in same for a in one for b in other)

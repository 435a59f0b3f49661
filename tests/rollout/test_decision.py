"""The decision: what may be promoted, for any cases."""

from hypothesis import given
from hypothesis import strategies as st

from bot.rollout.decision import LEAST_CASES, Pair, ShownAnswer, decide

RIGHT, WRONG, SILENT = ShownAnswer(True, True), ShownAnswer(True, False), ShownAnswer(False)
OPEN, FAILED = ShownAnswer(True), ShownAnswer(False, failed=True)


def pairs(before: ShownAnswer, after: ShownAnswer, count: int, name: str = "") -> list[Pair]:
    return [Pair(before, after, f"{name}{before}{after}{number}") for number in range(count)]


sides = st.sampled_from([RIGHT, WRONG, SILENT])


@given(
    same=st.lists(sides, max_size=400),
    spoilt=st.lists(st.sampled_from([RIGHT, SILENT]), min_size=1, max_size=60),
    groups=st.integers(1, 500),
)
def test_a_change_that_only_does_harm_is_never_promotable(
    same: list[ShownAnswer], spoilt: list[ShownAnswer], groups: int
) -> None:
    """For any number of unchanged cases, and whatever was shown before."""
    found = [Pair(side, side, str(n % groups)) for n, side in enumerate(same)]
    found += [Pair(side, WRONG, str(n % groups)) for n, side in enumerate(spoilt)]
    decision = decide(found)
    assert not decision.promotable
    assert decision.newly_wrong == len(spoilt)


@given(
    st.lists(st.tuples(sides, st.sampled_from([RIGHT, WRONG, SILENT, OPEN])), max_size=80),
    st.data(),
)
def test_no_missing_verdict_can_overturn_a_decision(
    cases: list[tuple[ShownAnswer, ShownAnswer]], data: st.DataObject
) -> None:
    """Promotable with open answers means promotable with any verdicts on them."""
    found = [Pair(before, after, str(n)) for n, (before, after) in enumerate(cases)]
    decision = decide(found)
    judged = [
        pair._replace(after=data.draw(st.sampled_from([RIGHT, WRONG])))
        if pair.after == OPEN
        else pair
        for pair in found
    ]
    if decision.promotable and decision.unjudged:
        assert decide(judged).promotable
    if decision.outcome == "worse" and decision.unjudged:
        assert not decide(judged).promotable


def test_without_cases_nothing_is_proven() -> None:
    """With none or few cases, the number of missing ones is reported."""
    assert (decide([]).outcome, decide([]).reason) == ("not proven", "too few cases")
    few = decide(pairs(RIGHT, RIGHT, LEAST_CASES - 5))
    assert (few.outcome, few.needed) == ("not proven", 5)


def test_few_cases_without_a_newly_wrong_answer_are_non_inferior_and_state_their_bound() -> None:
    """Among 20, up to one in seven may still be newly wrong: the bound is reported."""
    found = decide(pairs(RIGHT, RIGHT, LEAST_CASES))
    assert (found.outcome, found.reason) == ("non-inferior", "no newly wrong answer")
    assert round(found.most_fall, 3) == 0.139
    enough = decide(pairs(RIGHT, RIGHT, 299))
    assert enough.most_fall <= 0.01


def test_a_proven_gain_is_better() -> None:
    """Six corrected answers and no newly wrong one have p = .03; five do not."""
    known = pairs(RIGHT, RIGHT, 40)
    assert decide([*known, *pairs(WRONG, RIGHT, 6)]).outcome == "better"
    assert decide([*known, *pairs(WRONG, RIGHT, 5)]).outcome == "non-inferior"
    assert decide([*known, *pairs(SILENT, RIGHT, 6)]).reason == "more right answers"


def test_a_proven_loss_is_worse_and_an_unproven_one_is_not_promotable() -> None:
    known = pairs(RIGHT, RIGHT, 200)
    assert decide([*known, *pairs(RIGHT, WRONG, 6)]).outcome == "worse"
    one = decide([*known, *pairs(RIGHT, WRONG, 1)])
    assert (one.outcome, one.reason) == ("not proven", "the share of right answers fell")
    assert one.needed == 0


def test_equal_gains_and_losses_need_enough_cases_for_the_margin() -> None:
    """As many corrected as newly wrong: 60 cases are too few, 1,000 enough, the plan between."""
    swapped = [*pairs(RIGHT, WRONG, 1), *pairs(WRONG, RIGHT, 1)]
    few = decide([*pairs(RIGHT, RIGHT, 58), *swapped])
    assert (few.outcome, few.reason) == ("not proven", "too few cases for the margin")
    assert 60 < few.needed + 60 < 1_500
    many = decide([*pairs(RIGHT, RIGHT, 998), *swapped])
    assert (many.outcome, many.reason) == ("non-inferior", "within the margin")


def test_showing_less_is_no_way_to_be_right() -> None:
    """Without shown answers nothing is proven; fewer right answers are no gain."""
    assert decide(pairs(RIGHT, SILENT, 100)).outcome == "not proven"
    halved = [*pairs(RIGHT, RIGHT, 60), *pairs(RIGHT, SILENT, 40), *pairs(WRONG, SILENT, 8)]
    found = decide(halved)
    assert (found.outcome, found.lost) == ("non-inferior", 40)
    diluted = [*pairs(RIGHT, RIGHT, 30), *pairs(WRONG, WRONG, 3), *pairs(RIGHT, SILENT, 67)]
    assert decide(diluted).reason == "the share of right answers fell"


def test_answers_of_one_thread_count_once() -> None:
    """Ten wrong answers in one thread are no proof of ten."""
    thread = [Pair(RIGHT, WRONG, "one thread") for _ in range(10)]
    assert decide([*pairs(RIGHT, RIGHT, 100), *thread]).p_value == 1.0


def test_failed_cases_have_to_be_tried_again() -> None:
    """An endpoint that was down proves nothing of what it would have said."""
    found = decide([*pairs(RIGHT, RIGHT, 100), *pairs(RIGHT, FAILED, 2)])
    assert (found.outcome, found.reason, found.failed) == ("not proven", "answers failed", 2)


def test_open_answers_are_not_counted_as_gains() -> None:
    """Fifty answers without a verdict prevent a promotion."""
    found = decide([*pairs(RIGHT, RIGHT, 100), *pairs(SILENT, OPEN, 50)])
    assert (found.reason, found.unjudged) == ("answers to be judged", 50)
    assert found.newly_right == 0

"""Exact binomial bounds, against published and independently computed values."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.binomial import (
    allowed_errors,
    binomial_cdf,
    clopper_pearson,
    trials_needed,
    upper_bound,
    wilson,
)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.001, 0.999))
def test_the_cdf_is_the_sum_of_its_terms(successes: int, trials: int, share: float) -> None:
    summed = sum(
        comb(trials, k) * share**k * (1 - share) ** (trials - k)
        for k in range(min(successes, trials) + 1)
    )
    assert binomial_cdf(successes, trials, share) == pytest.approx(summed, abs=1e-12)


@pytest.mark.parametrize(
    ("share", "needed"),
    [(0.01, [299, 473, 628, 773]), (0.02, [149, 236, 313, 386]), (0.05, [59, 93, 124, 153])],
)
def test_how_many_answers_prove_a_share(share: float, needed: list[int]) -> None:
    """The table of accepted answers that are needed with 0, 1, 2 and 3 errors at 95 %."""
    assert [trials_needed(errors, share, 0.05) for errors in range(4)] == needed


def test_no_errors_prove_the_rule_of_three() -> None:
    """With none wrong of n, the bound is 1 - delta^(1/n)."""
    assert upper_bound(0, 299, 0.05) == pytest.approx(1 - 0.05 ** (1 / 299), abs=1e-12)
    assert upper_bound(0, 298, 0.05) > 0.01 > upper_bound(0, 299, 0.05)


def test_intervals_of_a_textbook_example() -> None:
    """81 of 263 (Agresti and Coull): Wilson .255-.366, exact .253-.368."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert clopper_pearson(81, 263) == pytest.approx((0.2527, 0.3676), abs=1e-4)


def test_no_trials_give_the_widest_interval() -> None:
    assert clopper_pearson(0, 0) == wilson(0, 0) == (0, 1)
    assert allowed_errors(0, 0.1, 0.05) == -1


@given(st.integers(1, 400), st.floats(0.01, 0.4))
def test_one_more_error_would_break_the_proof(trials: int, share: float) -> None:
    errors = allowed_errors(trials, share, 0.05)
    assert errors == -1 or binomial_cdf(errors, trials, share) <= 0.05
    assert binomial_cdf(errors + 1, trials, share) > 0.05


@given(st.integers(0, 100), st.integers(1, 100))
def test_an_interval_contains_the_observed_share(successes: int, trials: int) -> None:
    successes = min(successes, trials)
    for low, high in (clopper_pearson(successes, trials), wilson(successes, trials)):
        assert -1e-9 <= low <= successes / trials + 1e-9
        assert successes / trials - 1e-9 <= high <= 1 + 1e-9

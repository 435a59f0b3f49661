"""Differences between runs: proven, or not yet."""

import random

import pytest

from bot.core.errors import BotError
from bot.evaluation.agreement import cohen_kappa, krippendorff_alpha
from bot.evaluation.bootstrap import bootstrap, sign_flip_test
from bot.evaluation.cases import Case
from bot.evaluation.comparison import compare
from bot.evaluation.mcnemar import DiscordantPairs, holm, mcnemar, questions_needed
from bot.evaluation.results import EvaluationRun, Result, RunInfo


def run(name: str, right: list[bool]) -> EvaluationRun:
    info = RunInfo(name=name, created_at=0, model="m", prompts="", fingerprint="", index_version="")
    results = tuple(
        Result(
            case=Case(id=str(number), question="何日？", answers=("10日",)),
            status="answered",
            answer="",
            correct=verdict,
            latency_ms=100,
        )
        for number, verdict in enumerate(right)
    )
    return EvaluationRun(info=info, results=results)


def test_twelve_against_four_is_no_proof() -> None:
    """50 both right, 4 and 12 only one, 34 none: p = .077."""
    first = [True] * 50 + [True] * 4 + [False] * 12 + [False] * 34
    second = [True] * 50 + [False] * 4 + [True] * 12 + [False] * 34
    found = compare([run("a", first), run("b", second)])[0]
    assert found.p_value == pytest.approx(0.0768, abs=1e-4)
    assert found.difference == pytest.approx(0.08)
    assert found.interval.low < 0.02
    assert found.interval.high == pytest.approx(0.16, abs=0.03)
    assert "no proof yet" in found.verdict()
    assert "まだ証明されていません" in found.verdict("ja")
    assert 150 < found.needed < 250


def test_a_clear_difference_is_proven() -> None:
    found = compare([run("a", [False] * 20 + [True] * 80), run("b", [True] * 100)])[0]
    assert found.proven
    assert found.verdict() == "b is higher"


def test_many_candidates_need_more() -> None:
    """Nine against one has p = .02; not when it is the best of four candidates."""
    base = [True] * 90 + [False] * 9 + [True]
    better = [True] * 90 + [True] * 9 + [False]
    runs = [run("a", base), run("b", better)]
    assert compare(runs)[0].proven
    others = [run(name, base) for name in "cde"]
    assert not compare([*runs, *others])[0].proven


def test_runs_without_common_cases_cannot_be_compared() -> None:
    other = run("b", [True])
    renamed = other.results[0].model_copy(update={"case": Case(id="x", question="q")})
    with pytest.raises(BotError, match="no cases in common"):
        compare([run("a", [True]), other.model_copy(update={"results": (renamed,)})])


def test_adjusted_p_values_of_a_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_equal_runs_do_not_differ() -> None:
    assert mcnemar(DiscordantPairs(0, 0)) == 1
    assert mcnemar(DiscordantPairs(5, 5)) == 1
    assert questions_needed(DiscordantPairs(5, 5), 100) is None
    assert sign_flip_test([0.0, 0.0]) == 1


def test_signs_are_flipped_fairly() -> None:
    """Ten differences of one sign: 2 of 1,024 sign patterns are as extreme."""
    assert sign_flip_test([1.0] * 10, resamples=20_000) == pytest.approx(2 / 1024, abs=1e-3)
    chance = random.Random(3)
    values = [chance.gauss(0, 1) for _ in range(40)]
    assert sign_flip_test(values) > 0.05


def test_groups_widen_an_interval() -> None:
    """Ten times the same answer is one answer."""
    values = [float(n % 2) for n in range(20) for _ in range(10)]
    single = bootstrap(values, list(range(200)))
    grouped = bootstrap(values, [n // 10 for n in range(200)])
    assert grouped.high - grouped.low > 2.5 * (single.high - single.low)


def test_agreement_of_a_textbook_example() -> None:
    """Cohen's kappa of 20, 5, 10, 15 is .4."""
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)
    assert cohen_kappa(["yes"], ["yes"]) is None


def test_alpha_copes_with_missing_verdicts() -> None:
    """Krippendorff's own example of four coders with gaps: nominal alpha .743."""
    coders: dict[str, list[int | None]] = {
        "a": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "b": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "c": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "d": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    ratings = [
        {name: verdicts[unit] for name, verdicts in coders.items() if verdicts[unit] is not None}
        for unit in range(12)
    ]
    assert krippendorff_alpha(ratings) == pytest.approx(0.743, abs=1e-3)
    assert krippendorff_alpha([{"a": 1}]) is None

"""Changes on trial, and the decision on their answers."""

from pathlib import Path

import pytest

from bot.core.errors import BotError, SettingsError
from bot.core.types import Label
from bot.evaluation.cases import Case
from bot.evaluation.results import EvaluationRun, Result, RunInfo
from bot.rollout.decision import LEAST_CASES
from bot.rollout.trials import RolloutTrial, Trials, prove, wanted_values
from bot.settings.promotions import SettingReplacement

INFO = RunInfo(name="r", created_at=0, model="m", prompts="", fingerprint="", index_version="")
TRIAL = RolloutTrial(
    name="other",
    created_at=0,
    settings={"OPENAI_MODEL": SettingReplacement(before="a", after="b")},
)


def answered(
    number: int,
    text: str,
    correct: bool | None,  # noqa: FBT001
    confidence: float = 0.9,
) -> Result:
    return Result(
        case=Case(id=str(number), question="有給は何日？"),
        status="answered",
        answer=text,
        confidence=confidence,
        correct=correct,
        labeler="" if correct is None else "person",
    )


def run_of(*results: Result) -> EvaluationRun:
    return EvaluationRun(info=INFO, results=results)


def known(count: int = LEAST_CASES) -> list[Result]:
    return [answered(number, "10日です。", True) for number in range(count)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("OPENAI_MODLE=x", "no setting OPENAI_MODLE: did you mean OPENAI_MODEL?"),
        ("OPENAI_API_KEY=x", "OPENAI_API_KEY is a secret"),
        ("PORT=1", "PORT does not change answers"),
        ("ANSWER_POLICY=draft", "ANSWER_POLICY does not change answers"),
        ("OPENAI_MODEL", "write NAME=VALUE"),
        ("search.dense_wieght=1", "did you mean SEARCH.DENSE_WEIGHT?"),
    ],
)
def test_only_what_changes_answers_can_be_tried(change: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        wanted_values([change])
    assert words in str(caught.value)


def test_names_of_knowledge_toml_are_understood() -> None:
    wanted = wanted_values(["search.dense_weight=0.5", "CHUNKING.TOKENS=128"])
    assert wanted == {"knowledge_dense_weight": "0.5", "knowledge_chunk_tokens": "128"}


def test_a_label_given_later_decides() -> None:
    """An answer that waits for a verdict is listed once, and counts as soon as it has one."""
    new = answered(99, "新しい答え", None)
    before, after = run_of(*known(), answered(99, "古い答え", True)), run_of(*known(), new)

    waiting = prove(TRIAL, before, after, [])
    assert (waiting.decision.outcome, waiting.decision.reason) == (
        "not proven",
        "answers to be judged",
    )
    assert waiting.open == [new]
    right = prove(TRIAL, before, after, [Label(new.id, "right", "恵子", 1.0)])
    assert right.decision.promotable
    wrong = prove(TRIAL, before, after, [Label(new.id, "partly", "恵子", 1.0)])
    assert not wrong.decision.promotable
    assert [item.before.case.id for item in wrong.newly_wrong] == ["99"]


def test_equal_answers_without_a_verdict_are_left_out() -> None:
    same = answered(99, "同じ答え", None)
    found = prove(TRIAL, run_of(*known(), same), run_of(*known(), same), [])
    assert (found.same_unjudged, found.decision.after.cases) == (1, LEAST_CASES)
    assert found.decision.promotable


def test_a_threshold_hands_over_what_is_below_it() -> None:
    """Confident answers remain; a wrong answer that is not shown any more counts as corrected."""
    results = [*known(40), *(answered(n, "20日です。", False, 0.3) for n in range(40, 48))]
    trial = TRIAL.model_copy(update={"floor": 0.5})
    found = prove(trial, run_of(*results), run_of(*results), [])
    assert (found.decision.outcome, found.decision.corrected) == ("better", 8)
    lowered = TRIAL.model_copy(update={"floor_before": 0.5})
    assert prove(lowered, run_of(*results), run_of(*results), []).decision.outcome == "worse"


def test_votes_are_reported_separately() -> None:
    """A vote is no verdict: any number of them proves nothing."""
    results = [answered(n, "10日です。", None) for n in range(30)]
    others = [answered(n, "はい。", None) for n in range(30)]
    trial = TRIAL.model_copy(update={"votes": {str(n): 1 for n in range(30)}})
    found = prove(trial, run_of(*results), run_of(*others), [])
    assert (found.decision.reason, len(found.by_votes)) == ("too few cases", 30)


def test_a_trial_exists_once_it_is_complete(tmp_path: Path) -> None:
    """A kill between its files leaves no trial; its name can be used again."""
    trials = Trials(tmp_path)
    trials.keep(TRIAL, run_of(), run_of())
    assert (trials.names(), trials.get("other")) == (["other"], TRIAL)
    (tmp_path / "rollouts" / "other" / "trial.json").unlink()
    with pytest.raises(BotError, match="no trial called other"):
        trials.get("other")
    (tmp_path / "rollouts" / "other" / "trial.json").write_text("{", "utf-8")
    with pytest.raises(BotError, match=r"trial\.json is damaged"):
        trials.get("other")
    for name in ("../x", "", "a/b", ".hidden"):
        with pytest.raises(BotError, match="not a valid name"):
            trials.find(name)

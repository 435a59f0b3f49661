"""The pages for the browser run no text of questions, answers, settings or prompts."""

from pathlib import Path

import pytest

from bot.cli.rollout_page import write_rollout_page
from bot.evaluation.binomial import Interval
from bot.evaluation.cases import Case
from bot.evaluation.results import EvaluationRun, Result, RetrievedSource, RunInfo
from bot.prompt_tuning.bench import TuningGeneration
from bot.prompt_tuning.gain import Gain, GainedChange
from bot.prompt_tuning.report import write_tuning_report
from bot.prompt_tuning.run import TuningResult
from bot.prompt_tuning.split import CaseSplit
from bot.rollout.trials import RolloutTrial, TrialResult, prove
from bot.settings.promotions import SettingReplacement

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
INFO = RunInfo(name=SCRIPT, created_at=0, model=IMAGE, prompts="", fingerprint="", index_version="")


def answered(number: int, text: str, *, correct: bool) -> Result:
    source = RetrievedSource(document_id="b.md", title=IMAGE, url="javascript:alert(1)", quote="")
    return Result(
        case=Case(id=f"{number}{SCRIPT}", question=f"何日？ {SCRIPT}"),
        status="answered",
        answer=f"{text} {IMAGE}",
        citations=(source,),
        confidence=0.9,
        correct=correct,
        labeler="person",
    )


@pytest.fixture
def proof() -> TrialResult:
    """A trial with newly wrong and newly right answers, of which the first is private."""
    before = [answered(number, "10日です。", correct=number > 3) for number in range(24)]
    after = [answered(number, "12日です。", correct=number != 7) for number in range(24)]
    change = SettingReplacement(before=SCRIPT, after=IMAGE)
    trial = RolloutTrial(
        name=SCRIPT,
        created_at=0,
        settings={"OPENAI_MODEL": change},
        private=(before[0].case.id,),
    )
    runs = [EvaluationRun(info=INFO, results=tuple(results)) for results in (before, after)]
    return prove(trial, runs[0], runs[1], [])


def harmless(page: Path) -> str:
    """Check that *page* runs nothing of ours, and return its text."""
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert "default-src 'none'" in text
    return text


def test_a_rollout_page_escapes_questions_and_answers(proof: TrialResult, tmp_path: Path) -> None:
    """And it shows no private question."""
    write_rollout_page(tmp_path / "page.html", proof)

    text = harmless(tmp_path / "page.html")
    assert "&lt;script&gt;alert(1)" in text
    assert "新たな誤答" in text
    assert "Newly right" in text
    assert "(asked in private)" in text


def test_a_page_about_a_prompt_escapes_the_prompt(tmp_path: Path) -> None:
    """What a model wrote is shown as a diff, and run nowhere."""
    change = GainedChange("good outcomes", 0.5, 0.6, Interval(0.0, 0.2), 0.04)
    wrong = GainedChange("wrong answers", 0.2, 0.1, Interval(-0.2, 0.0), 0.04)
    utility = GainedChange("utility", 0.1, 0.2, Interval(0.0, 0.2), 0.04)
    case = Case(id="1", question="Why?")
    outcome = TuningResult(
        algorithm="genetic",
        stopped="rounds",
        seed={"en": "Answer.", "ja": "答える。"},
        best={"en": f"Answer. {SCRIPT}", "ja": f"答える。{IMAGE}"},
        generations=[TuningGeneration(0, 0.1, None, 0.0, 3), TuningGeneration(1, 0.2, 0.3, 0.1, 9)],
        gain=Gain(change, wrong, utility, 10, 0, live=False),
        split=CaseSplit((case,), (case,), (case,)),
        left_out=0,
        spent_usd=None,
        runs=9,
        writings=2,
        rejected={IMAGE: 1},
    )
    write_tuning_report(tmp_path / "page.html", SCRIPT, outcome)

    text = harmless(tmp_path / "page.html")
    assert "&lt;script&gt;alert(1)" in text
    assert "テスト用の評価ケースで" in text
    assert text.count("<svg") == 1

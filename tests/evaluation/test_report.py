"""The report is one self-contained page in both languages, whatever the answers contain."""

import re
from dataclasses import replace
from pathlib import Path

from bot.evaluation.cases import Case
from bot.evaluation.comparison import compare
from bot.evaluation.metrics import summarise
from bot.evaluation.report import write_report
from bot.evaluation.results import EvaluationRun, Result, RetrievedSource, RunInfo
from bot.evaluation.texts import METRICS
from tests.evaluation.test_alarm import CERTIFICATE


def run(name: str, wrong: int) -> EvaluationRun:
    info = RunInfo(name=name, created_at=0, model="m", prompts="", fingerprint="", index_version="")
    results = tuple(
        Result(
            case=Case(id=str(n), question="<script>alert(1)</script> 何日？", answers=("10日",)),
            status="answered",
            answer="<img src=x onerror=alert(1)> 12日です。[1]",
            citations=(
                RetrievedSource(
                    document_id="a.md", title="休暇", url="https://example.com/a", quote="10日"
                ),
                RetrievedSource(document_id="b.md", title="B", url="javascript:alert(1)", quote=""),
            ),
            confidence=1 - n / 40,
            correct=n >= wrong,
            labeler="reference",
            cost_usd=0.001,
        )
        for n in range(30)
    )
    return EvaluationRun(info=info, results=results)


def test_the_page_needs_no_network_and_escapes_answers(tmp_path: Path) -> None:
    runs = [run("a", 4), run("b", 9)]
    page = tmp_path / "report.html"
    write_report(page, runs, compare(runs), replace(CERTIFICATE, withdrawn="<b>too many</b>"))
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "<b>too many" not in text
    assert 'href="https://example.com/a"' in text
    assert not re.findall(r'(?:src|href)="(?!https://example\.com/a")', text)
    assert text.count("<svg") == 5
    assert "default-src 'none'" in text


def test_every_metric_has_a_japanese_name() -> None:
    names = {metric.name for metric in summarise(run("a", 1).results)}
    assert names - METRICS.keys() == {"nDCG@10"}


def test_an_empty_run_gives_a_page_too(tmp_path: Path) -> None:
    empty = run("a", 0).model_copy(update={"results": ()})
    write_report(tmp_path / "report.html", [empty])
    assert "</html>" in (tmp_path / "report.html").read_text("utf-8")

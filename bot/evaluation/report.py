"""The report of runs: one HTML page in English and Japanese."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import Markup

from bot.core.addresses import shown_value
from bot.evaluation import texts
from bot.evaluation.certificate import Certificate
from bot.evaluation.charts import Plot
from bot.evaluation.comparison import Comparison
from bot.evaluation.html_page import both, write_page
from bot.evaluation.metrics import Metric, summarise
from bot.evaluation.ranking import area_under_risk, reliability, risk_coverage, separation
from bot.evaluation.results import EvaluationRun, Result, RetrievedSource
from bot.evaluation.texts import named

TEMPLATE = Path(__file__).with_name("report.html")

_MOST_FAILURES = 100
_LONGEST_ANSWER = 240
"""Characters of an answer that a table cell shows."""


def write_report(
    path: Path,
    runs: Sequence[EvaluationRun],
    comparisons: Sequence[Comparison] = (),
    certificate: Certificate | None = None,
    template: Path = TEMPLATE,
    **values: object,
) -> None:
    """Write the page about *runs*; several are shown side by side.

    A *template* of its own extends `report.html`, fills the block `first`, and gets *values*.
    """
    title = " · ".join(run.info.name for run in runs)
    write_page(
        path,
        template,
        title,
        runs=[_run(run, certificate) for run in runs],
        certificate=certificate,
        comparisons=comparisons,
        prices=_prices(runs) if len(runs) > 1 else None,
        **values,
    )


def _run(run: EvaluationRun, certificate: Certificate | None) -> Mapping[str, object]:
    when = datetime.fromtimestamp(run.info.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    changed = " ".join(f"{name}={shown_value(value)}" for name, value in run.info.settings.items())
    facts = [run.info.name, when, run.info.model, changed, f"{len(run.results)}"]
    metrics = [
        {
            "name": metric.name,
            "value": _value(metric),
            "interval": _interval(metric),
            "cases": metric.cases,
        }
        for metric in summarise(run.results)
    ]
    failures = [item for item in run.results if _failure(item)]
    failures.sort(key=lambda item: (not item.shown, -item.score))  # confident wrong ones first
    return {
        "name": run.info.name,
        "facts": " · ".join(filter(None, facts)),
        "metrics": metrics,
        "rows": [
            (both(named(metric.name)), _value(metric), _interval(metric), metric.cases)
            for metric in summarise(run.results)
            if metric.value is not None
        ],
        "plots": _plots(run, certificate),
        "failed": len(failures),
        "failures": [_failure_row(item) for item in failures[:_MOST_FAILURES]],
    }


def _plots(run: EvaluationRun, certificate: Certificate | None) -> Mapping[str, object] | None:
    scored = [
        (item.confidence or 0.0, not item.correct)
        for item in run.results
        if item.shown and item.correct is not None
    ]
    if not scored:
        return None
    points = risk_coverage(scored, len(run.results))
    highest = max(point.band.high for point in points[len(points) // 5 :])
    top, reach = math.ceil(10 * highest) / 10, math.ceil(10 * points[-1].coverage) / 10
    plot = Plot(
        "risk and coverage",
        texts.SHARE_ANSWERED.in_both(),
        texts.SHARE_WRONG.in_both(),
        (0, reach),
        (0, top),
    )
    plot.band([(p.coverage, p.band.low, p.band.high) for p in points])
    plot.line([(p.coverage, p.risk) for p in points])
    if certificate:
        shown = [p.coverage for p in points if p.threshold >= certificate.floor]
        if shown:
            plot.mark(shown[-1], f"≥ {certificate.floor:.3f}")
    auroc = separation(scored)
    area = f"AURC {area_under_risk(points):.3f}"
    return {
        "risk": Markup(plot.svg()),  # noqa: S704 - the plot escapes its labels
        "separation": area + (f" · AUROC {auroc:.3f}" if auroc is not None else ""),
        "reliability": _reliability(scored),
    }


def _reliability(scored: Sequence[tuple[float, bool]]) -> Markup:
    plot = Plot("reliability", texts.CONFIDENCE.in_both(), texts.SHARE_RIGHT.in_both())
    plot.line([(0, 0), (1, 1)], "ideal")
    bins = reliability(scored)
    for part in bins:
        plot.whisker(part.confidence, part.band.low, part.band.high)
    plot.line([(part.confidence, part.accuracy) for part in bins])
    for part in bins:
        plot.dot(part.confidence, part.accuracy, f"{part.answers}: {100 * part.accuracy:.0f} %")
    return Markup(plot.svg())  # noqa: S704 - the plot escapes its labels


def _prices(runs: Sequence[EvaluationRun]) -> Mapping[str, object]:
    """Return the drawing of cost against accuracy, and the names of runs of unknown price."""
    points = []
    for run in runs:
        answerable = [item for item in run.results if item.case.answerable]
        costs = [item.cost_usd for item in run.results if item.cost_usd is not None]
        if answerable:
            right = sum(bool(item.correct) for item in answerable) / len(answerable)
            cost = sum(costs) / len(costs) if len(costs) == len(run.results) else None
            points.append((cost, right, run.info.name))
    known = [(cost, right, name) for cost, right, name in points if cost is not None]
    unknown = ", ".join(name for cost, _, name in points if cost is None)
    note = f"{unknown}: {texts.PRICE_UNKNOWN.in_both()}" if unknown else ""
    if not known:
        return {"drawing": None, "unknown": note}
    top = max(cost for cost, _, _ in known) * 1.2 or 0.001
    plot = Plot(
        "cost and accuracy",
        texts.COST_OF_ANSWER.in_both(),
        texts.ANSWERED_RIGHT.in_both(),
        (0, top),
        x_percent=False,
    )
    for cost, right, name in known:
        plot.dot(cost, right, f"{name}: ${cost:.5f}, {100 * right:.1f} %", beside=name)
    return {"drawing": Markup(plot.svg()), "unknown": note}  # noqa: S704 - the plot escapes


def _failure(item: Result) -> str:
    if item.status == "failed":
        return "failed"
    if item.shown and item.correct is False:
        return "wrong" if item.case.answerable else "has no answer"
    return "not answered" if not item.shown and item.case.answerable else ""


def _failure_row(item: Result) -> Mapping[str, object]:
    kind = _failure(item)
    answer = " ".join(item.answer.split())
    if len(answer) > _LONGEST_ANSWER:
        answer = f"{answer[: _LONGEST_ANSWER - 1]}…"
    return {
        "kind": kind,
        "style": "warn" if kind == "not answered" else "bad",
        "id": item.case.id,
        "question": item.case.question,
        "expected": ", ".join((*item.case.answers, *item.case.must_include)) or "–",
        "answer": answer,
        "sources": [_source(source) for source in item.citations],
        "confidence": "" if item.confidence is None else f"{item.confidence:.2f}",
    }


def _source(source: RetrievedSource) -> Mapping[str, str]:
    safe = urlsplit(source.url).scheme in {"http", "https", "file"}
    return {
        "text": f"{source.title} — {source.document_id}",
        "link": source.url if safe else "",
    }


def _value(metric: Metric) -> str:
    if metric.value is None:
        return "–"
    match metric.unit:
        case "usd":
            return f"${metric.value:.5f}"
        case "ms":
            return f"{metric.value / 1000:.2f} s"
        case "score":
            return f"{metric.value:.3f}"
        case _:
            return f"{100 * metric.value:.1f} %"


def _interval(metric: Metric) -> str:
    if metric.interval is None:
        return ""
    low, high = metric.interval
    if metric.unit == "share":
        return f"{100 * low:.1f}–{100 * high:.1f} %"
    return f"{low:.3g}–{high:.3g}"

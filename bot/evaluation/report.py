"""The report of runs: one HTML page that needs nothing else, in English and Japanese."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from bot.core.atomic_write import write_whole
from bot.evaluation.certificate import Certificate
from bot.evaluation.charts import Plot
from bot.evaluation.comparison import Comparison
from bot.evaluation.metrics import Metric, summarise
from bot.evaluation.ranking import area_under_risk, reliability, risk_coverage, separation
from bot.evaluation.results import EvaluationRun, Result
from bot.evaluation.texts import JAPANESE

_MOST_FAILURES = 100


def write_report(
    path: Path,
    runs: Sequence[EvaluationRun],
    comparisons: Sequence[Comparison] = (),
    certificate: Certificate | None = None,
    first: Sequence[str] = (),
) -> None:
    """Write the page about *runs*; several are set beside each other.

    *first* are parts, in HTML, that come before everything else.
    """
    title = " · ".join(run.info.name for run in runs)
    parts = [*first, *(_about(run) for run in runs)]
    if certificate:
        parts.append(_promise(certificate))
    if comparisons:
        parts.append(_compared(comparisons))
    if len(runs) > 1:
        parts.append(_prices(runs))
    parts += [_single(run, certificate, named=len(runs) > 1) for run in runs]
    write_page(path, title, parts)


def write_page(path: Path, title: str, parts: Iterable[str]) -> None:
    """Write a page of *parts*, which are HTML, whole or not at all; it needs nothing else."""
    template = Template(Path(__file__).with_name("report.html").read_text("utf-8"))
    page = template.substitute(title=escape(title), body="\n".join(parts))
    write_whole(path, page)


def say(english: str, japanese: str = "") -> str:
    """Return a text in both languages, of which the page shows one."""
    japanese = japanese or JAPANESE.get(english, english)
    return (
        f'<span class="say" lang="en">{escape(english)}</span>'
        f'<span class="say" lang="ja">{escape(japanese)}</span>'
    )


def _about(run: EvaluationRun) -> str:
    when = datetime.fromtimestamp(run.info.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    changed = " ".join(f"{name}={value}" for name, value in run.info.settings.items())
    facts = [run.info.name, when, run.info.model, f"{len(run.results)}", changed]
    return f'<p class="meta">{escape(" · ".join(filter(None, facts)))} {say("cases", "件")}</p>'


def _promise(certificate: Certificate) -> str:
    held = f"<b class='bad'>{escape(certificate.withdrawn)}</b>" if certificate.withdrawn else ""
    return (
        f"<h2>{say('The certificate', '証明書')}</h2>"
        f"<p>{say(certificate.promise('en'), certificate.promise('ja'))} {held}</p>"
    )


def _single(run: EvaluationRun, certificate: Certificate | None, *, named: bool) -> str:
    metrics = summarise(run.results)
    heading = f"<h2>{escape(run.info.name)}</h2>" if named else ""
    return "\n".join(
        [heading, _cards(metrics), _plots(run, certificate), _metrics(metrics), _failures(run)]
    )


def _cards(metrics: Sequence[Metric]) -> str:
    cards = [
        f'<div class="card">{say(metric.name)}<b>{_value(metric)}</b>'
        f"<span>{_interval(metric)} {metric.cases} {say('cases', '件')}</span></div>"
        for metric in metrics[:4]
    ]
    return f'<div class="cards">{"".join(cards)}</div>'


def _plots(run: EvaluationRun, certificate: Certificate | None) -> str:
    scored = [
        (item.confidence or 0.0, not item.correct)
        for item in run.results
        if item.shown and item.correct is not None
    ]
    if not scored:
        return ""
    return (
        f"<h2>{say('Does confidence tell?', '確信度は当てになるか')}</h2>"
        f'<div class="plots">{_risk(scored, len(run.results), certificate)}'
        f"{_reliability(scored)}</div>"
    )


def _risk(
    scored: Sequence[tuple[float, bool]], questions: int, certificate: Certificate | None
) -> str:
    points = risk_coverage(scored, questions)
    highest = max(point.band.high for point in points[len(points) // 5 :])
    top, reach = math.ceil(10 * highest) / 10, math.ceil(10 * points[-1].coverage) / 10
    plot = Plot(
        "risk and coverage",
        "share of questions answered / 回答率",
        "share of these wrong / 誤答率",
        (0, reach),
        (0, top),
    )
    plot.band([(p.coverage, p.band.low, p.band.high) for p in points])
    plot.line([(p.coverage, p.risk) for p in points])
    if certificate:
        shown = [p.coverage for p in points if p.threshold >= certificate.floor]
        if shown:
            plot.mark(shown[-1], f"≥ {certificate.floor:.3f}")
    area, auroc = area_under_risk(points), separation(scored)
    told = f"AURC {area:.3f}" + (f" · AUROC {auroc:.3f}" if auroc is not None else "")
    return metric(
        "Wrong answers against answers given",
        plot,
        "From the surest answer on the left to the least sure; the band is exact, 95 %.",
        told,
    )


def _reliability(scored: Sequence[tuple[float, bool]]) -> str:
    plot = Plot("reliability", "confidence / 確信度", "share right / 正答率")
    plot.line([(0, 0), (1, 1)], "ideal")
    bins = reliability(scored)
    for part in bins:
        plot.whisker(part.confidence, part.band.low, part.band.high)
    plot.line([(part.confidence, part.accuracy) for part in bins])
    for part in bins:
        plot.dot(part.confidence, part.accuracy, f"{part.answers}: {100 * part.accuracy:.0f} %")
    return metric(
        "Right as often as it thinks?",
        plot,
        "On the dashed line, confidence is the share of right answers; below it, it is too high.",
    )


def _prices(runs: Sequence[EvaluationRun]) -> str:
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
    told = f"{unknown}: price unknown / 価格不明" if unknown else ""
    if not known:
        return f'<p class="note">{escape(told)}</p>'
    top = max(cost for cost, _, _ in known) * 1.2 or 0.001
    plot = Plot(
        "cost and accuracy",
        "cost of an answer / 1回答の費用",
        "answered right / 正答",
        (0, top),
        x_percent=False,
    )
    for cost, right, name in known:
        plot.dot(cost, right, f"{name}: ${cost:.5f}, {100 * right:.1f} %", beside=name)
    drawn = metric("Cost against accuracy", plot, "Up and to the left is better.", told)
    return f'<h2>{say("Cost", "費用")}</h2><div class="plots">{drawn}</div>'


def metric(
    title: str, plot: Plot, note: str, told: str = "", *, title_ja: str = "", note_ja: str = ""
) -> str:
    """Return *plot* with its *title* and *note*, in both languages, and what is *told* in any."""
    return (
        f"<figure><figcaption>{say(title, title_ja)}</figcaption>{plot.svg()}"
        f"<p>{say(note, note_ja)} {escape(told)}</p></figure>"
    )


def _metrics(metrics: Sequence[Metric]) -> str:
    rows = "".join(
        f'<tr><td>{say(metric.name)}</td><td class="number">{_value(metric)}</td>'
        f'<td class="number">{_interval(metric)}</td><td class="number">{metric.cases}</td></tr>'
        for metric in metrics
        if metric.value is not None
    )
    return (
        f"<h2>{say('All metrics', 'すべての数値')}</h2>"
        f'<div class="scroll"><table><tr><th></th><th class="number">{say("value", "値")}</th>'
        f'<th class="number">{say("95 % interval", "95%区間")}</th>'
        f'<th class="number">{say("cases", "件数")}</th></tr>{rows}</table></div>'
    )


def _compared(comparisons: Sequence[Comparison]) -> str:
    rows = "".join(
        f"<tr><td>{escape(item.first)} → {escape(item.second)}</td><td>{say(item.measure)}</td>"
        f'<td class="number">{item.difference:+.3f}</td>'
        f'<td class="number">{item.interval.low:+.3f} … {item.interval.high:+.3f}</td>'
        f'<td class="number">{item.p_value:.3f}</td>'
        f'<td class="{"good" if item.proven else "warn"}">'
        f"{say(item.verdict('en'), item.verdict('ja'))}</td></tr>"
        for item in comparisons
    )
    return (
        f"<h2>{say('The comparison', '比較')}</h2>"
        f'<div class="scroll"><table><tr><th></th><th></th>'
        f'<th class="number">{say("difference", "差")}</th>'
        f'<th class="number">{say("95 % interval", "95%区間")}</th>'
        f'<th class="number">p</th><th></th></tr>{rows}</table></div>'
    )


def _failures(run: EvaluationRun) -> str:
    failed = [item for item in run.results if _failure(item)]
    failed.sort(key=lambda item: (not item.shown, -item.score))  # surely wrong ones first
    rows = "".join(_failure_row(item) for item in failed[:_MOST_FAILURES])
    if not rows:
        return ""
    left = len(failed) - _MOST_FAILURES
    more = f'<p class="note">+ {left}</p>' if left > 0 else ""
    return (
        f"<h2>{say('What went wrong', '失敗の一覧')} ({len(failed)})</h2>"
        f'<div class="scroll"><table><tr><th></th><th>{say("question", "質問")}</th>'
        f"<th>{say('expected', '期待')}</th><th>{say('said', '回答')}</th>"
        f'<th class="number">{say("confidence", "確信度")}</th></tr>{rows}</table></div>{more}'
    )


def _failure(item: Result) -> str:
    if item.status == "failed":
        return "failed"
    if item.shown and item.correct is False:
        return "wrong" if item.case.answerable else "has no answer"
    return "not answered" if not item.shown and item.case.answerable else ""


def _failure_row(item: Result) -> str:
    kind = _failure(item)
    wanted = ", ".join((*item.case.answers, *item.case.must_include)) or "–"
    links = "".join(
        f"<br><small>{_source(s.title, s.url, s.document_id)}</small>" for s in item.citations
    )
    said = " ".join(item.answer.split())
    said = said if len(said) <= 240 else said[:239] + "…"  # noqa: PLR2004 - what a cell takes
    confidence = "" if item.confidence is None else f"{item.confidence:.2f}"
    style = "warn" if kind == "not answered" else "bad"
    return (
        f'<tr><td><span class="tag {style}">{say(kind)}</span><br><small>{escape(item.case.id)}'
        f"</small></td><td>{escape(item.case.question)}</td><td>{escape(wanted)}</td>"
        f'<td>{escape(said)}{links}</td><td class="number">{confidence}</td></tr>'
    )


def _source(title: str, url: str, document_id: str) -> str:
    text = escape(f"{title} — {document_id}")
    if urlsplit(url).scheme in {"http", "https", "file"}:
        return f'<a href="{escape(url)}">{text}</a>'
    return text


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

"""Summarises a run: each metric with its interval and its number of cases."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.core.language import Language, language_of
from bot.evaluation.answer_match import exact, f1
from bot.evaluation.binomial import Interval, clopper_pearson, wilson
from bot.evaluation.bootstrap import bootstrap
from bot.evaluation.ranking import discounted_gain, gold_rank
from bot.evaluation.results import Result


class Metric(NamedTuple):
    """A metric of a run.

    Attributes:
        value: None without a case to measure.
        interval: 95 % interval; None if there is none.
        cases: Number of cases.
        unit: `share` (0..1), `usd`, `ms` or `score`.
    """

    name: str
    value: float | None
    interval: Interval | None
    cases: int
    unit: str = "share"


def summarise(results: Sequence[Result]) -> list[Metric]:
    """Return the metrics of *results*, the most important first."""
    answerable = [item for item in results if item.case.answerable]
    unanswerable = [item for item in results if not item.case.answerable]
    shown = [item for item in results if item.shown]
    return [
        _share("right among answers given", _verdicts(shown), exactly=True),
        _share("answered", [item.shown for item in results]),
        _share("answerable, answered right", _resolved(answerable)),
        _share("unanswerable, handed over", [not item.shown for item in unanswerable]),
        _share("answerable, yet handed over", [not item.shown for item in answerable]),
        *_wording(answerable),
        *_retrieval(answerable),
        *_citations(shown),
        _share("language right", [_in_language(item) for item in shown]),
        *_spending(results),
    ]


def _verdicts(results: Sequence[Result]) -> list[bool]:
    return [item.correct for item in results if item.correct is not None]


def _resolved(answerable: Sequence[Result]) -> list[bool]:
    """Whether each answerable case was answered right; cases without a label are left out."""
    return [bool(item.correct) for item in answerable if item.correct is not None or not item.shown]


def _wording(answerable: Sequence[Result]) -> list[Metric]:
    scored = [item for item in answerable if item.case.answers]

    def over(measure: Callable[[str, Sequence[str], Language], float]) -> list[float]:
        return [
            float(measure(item.answer, item.case.answers, item.case.language))
            if item.shown
            else 0.0
            for item in scored
        ]

    return [
        _mean("exact match", over(exact), scored, "share"),
        _mean("F1 (characters in Japanese, words in English)", over(f1), scored, "share"),
    ]


def _retrieval(answerable: Sequence[Result]) -> list[Metric]:
    known = [item for item in answerable if item.case.gold_chunks or item.case.gold_documents]
    ranks = [
        gold_rank(item.passages, item.case.gold_chunks, item.case.gold_documents) for item in known
    ]
    return [
        _share("right source found", [rank is not None for rank in ranks]),
        _share("right source first", [rank == 1 for rank in ranks]),
        _mean("nDCG@10", [discounted_gain(rank) for rank in ranks], known, "score"),
    ]


def _citations(shown: Sequence[Result]) -> list[Metric]:
    known = [item for item in shown if item.case.gold_documents or item.case.gold_chunks]
    precision = [
        sum(_is_gold(item, source.document_id) for source in item.citations) / len(item.citations)
        for item in known
        if item.citations
    ]
    recall = [
        any(_is_gold(item, source.document_id) for source in item.citations) for item in known
    ]
    cited = [item for item in known if item.citations]
    return [
        _mean("citations that support it", precision, cited, "share"),
        _share("answers that cite a right source", recall),
    ]


def _is_gold(item: Result, document_id: str) -> bool:
    chunks = (chunk.rpartition("#")[0] for chunk in item.case.gold_chunks)
    return document_id in item.case.gold_documents or document_id in chunks


def _in_language(item: Result) -> bool:
    return language_of(item.answer) == item.case.language


def _spending(results: Sequence[Result]) -> list[Metric]:
    costs = [item.cost_usd for item in results if item.cost_usd is not None]
    paid = [item for item in results if item.cost_usd is not None]
    times = sorted(item.latency_ms for item in results)
    return [
        _mean("cost of an answer", costs, paid, "usd"),
        *(
            Metric(f"time, {name}", _quantile(times, share), None, len(times), "ms")
            for name, share in (("median", 0.5), ("95th percentile", 0.95))
        ),
    ]


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def _share(name: str, values: Sequence[bool], *, exactly: bool = False) -> Metric:
    count, total = sum(values), len(values)
    if not total:
        return Metric(name, None, None, 0)
    interval = (clopper_pearson if exactly else wilson)(count, total)
    return Metric(name, count / total, interval, total)


def _mean(name: str, values: Sequence[float], cases: Sequence[Result], unit: str) -> Metric:
    if not values:
        return Metric(name, None, None, 0, unit)
    interval = bootstrap(values, [item.group for item in cases])
    return Metric(name, sum(values) / len(values), interval, len(values), unit)

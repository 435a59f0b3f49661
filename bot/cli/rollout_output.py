"""Prints what `kotae rollout` has found."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.cli.console import Console
from bot.core.addresses import shown_value
from bot.core.language import Language
from bot.evaluation.comparison import Comparison, compare
from bot.evaluation.results import Result
from bot.rollout import texts
from bot.rollout.decision import LEVEL, PairOutcome
from bot.rollout.trials import PairedAnswers, TrialResult
from bot.settings.promotions import Promotions, PromotionStatus

LISTED = 10
"""Answers that the terminal lists; the HTML report lists all."""

_STYLES: Mapping[PairOutcome, str] = {
    "better": "bold green",
    "non-inferior": "green",
    "not proven": "yellow",
    "worse": "bold red",
}


def differences(proof: TrialResult) -> list[Comparison]:
    """Return the comparisons of the other measures; none where no case counts."""
    return compare([proof.before, proof.after]) if proof.both else []


def show_proof(proof: TrialResult, language: Language, *, samples: bool) -> None:
    """Print the numbers, the outcome, and the answers that differ."""
    console, found = Console(highlight=False), proof.decision
    name, more = proof.trial.name, " --samples" if samples else ""
    if found.before.cases or found.unjudged:
        console.print(_table(proof, language))
    style = _STYLES[found.outcome]
    outcome = texts.OUTCOMES[found.outcome].to(language)
    reason = texts.REASONS[found.reason].to(language) + texts.STOP.to(language)
    console.print(f"[{style}]{outcome}[/{style}]: {reason}", soft_wrap=True)
    for line in notes(proof, language):
        console.print(Text(line), soft_wrap=True)
    for heading, items in (
        ("newly wrong", proof.newly_wrong),
        ("lost", proof.only_lost),
        ("newly right", proof.newly_right),
    ):
        _print_items(console, language, heading, items, proof)
    if proof.open:
        line = texts.LISTS["to judge"].to(language, count=len(proof.open), name=name, more=more)
        console.print(Text(line), soft_wrap=True)
    if found.promotable:
        console.print(Text(texts.PROMOTE.to(language, name=name, more=more)), soft_wrap=True)


def notes(proof: TrialResult, language: Language) -> list[str]:
    """Return what else people should know about the numbers."""
    found, trial = proof.decision, proof.trial
    lines = list[str]()
    if found.after.shown:
        most, margin = 100 * min(1.0, found.most_fall), 100 * found.margin
        lines.append(texts.MOST_FALL.to(language, most=most, margin=margin))
    if found.p_right < LEVEL and found.lost > found.newly_right:
        before, after = found.before.right, found.after.right
        lines.append(texts.FEWER_RIGHT.to(language, before=before, after=after))
    if found.needed:
        lines.append(texts.NEEDED.to(language, count=found.needed))
    if trial.floor_before != trial.floor:
        floors = {"before": _number(trial.floor_before), "after": _number(trial.floor)}
        lines.append(texts.THRESHOLD.to(language, **floors))
    sides = [side for item in proof.both for side in (item.before, item.after)]
    counts = {
        "carried": sum(side.labeler == "carried" for side in sides),
        "judged by model": sum(side.labeler == "judge" for side in sides),
        "left out": trial.left_out,
        "same": proof.same_unjudged,
        "failed": found.failed,
    }
    lines += [texts.NOTES[key].to(language, count=count) for key, count in counts.items() if count]
    return [*lines, *_votes(proof, language)]


def _votes(proof: TrialResult, language: Language) -> list[str]:
    votes = proof.trial.votes
    up = [item for item in proof.by_votes if votes[item.before.case.id] > 0]
    down = [item for item in proof.by_votes if votes[item.before.case.id] < 0]
    if not (up or down):
        return []
    kept, changed = sum(item.same for item in up), sum(not item.same for item in down)
    return [texts.VOTES.to(language, up=len(up), kept=kept, down=len(down), changed=changed)]


def _table(proof: TrialResult, language: Language) -> Table:
    table = Table(title=f"{proof.trial.name}: {change_text(proof)}", title_justify="left")
    table.add_column("")
    for heading in ("before", "after", "difference", "interval", "p"):
        table.add_column(texts.HEADINGS[heading].to(language), justify="right")
    for row in rows(proof):
        table.add_row(texts.MEASURES[row[0]].to(language), *row[1:])
    return table


def rows(proof: TrialResult) -> list[tuple[str, ...]]:
    """Return the table: measure, before, after, difference, interval, p."""
    found = proof.decision
    gain = found.difference
    low, high = found.interval
    fewer = found.after.wrong - found.before.wrong
    table: list[tuple[str, ...]] = [
        ("cases", str(found.before.cases), str(found.after.cases), "", "", ""),
        (
            "right among answers given",
            f"{_percent(found.before.precision)} ({found.before.right}/{found.before.shown})",
            f"{_percent(found.after.precision)} ({found.after.right}/{found.after.shown})",
            "" if gain is None else f"{100 * gain:+.1f}",
            "" if gain is None else f"{100 * low:+.1f} … {100 * high:+.1f}",
            "",
        ),
        (
            "wrong answers shown",
            str(found.before.wrong),
            str(found.after.wrong),
            f"{fewer:+d} (+{found.newly_wrong} −{found.corrected})",
            "",
            f"{found.p_value:.3f}",
        ),
    ]
    for item in differences(proof):
        if item.measure == "good outcomes" and proof.open:
            continue
        percent = item.measure in {"answered", "good outcomes"}
        factor, digits = (100, 1) if percent else (1, 4)
        before, after = _means(proof, item.measure)
        low, high = item.interval
        table.append(
            (
                item.measure,
                _percent(before) if percent else f"{before:.4f}",
                _percent(after) if percent else f"{after:.4f}",
                f"{factor * item.difference:+.{digits}f}",
                f"{factor * low:+.{digits}f} … {factor * high:+.{digits}f}",
                f"{item.p_value:.3f}",
            )
        )
    return table


def _means(proof: TrialResult, measure: str) -> tuple[float, float]:
    def mean(results: Sequence[Result]) -> float:
        values: Sequence[float] = {
            "answered": [float(item.shown) for item in results],
            "good outcomes": [
                float(bool(item.correct) if item.case.answerable else not item.shown)
                for item in results
            ],
            "cost of an answer (USD)": [
                item.cost_usd for item in results if item.cost_usd is not None
            ],
            "time of an answer (seconds)": [item.latency_ms / 1000 for item in results],
        }[measure]
        return sum(values) / len(values)

    return mean(proof.before.results), mean(proof.after.results)


def change_text(proof: TrialResult) -> str:
    """Return the replaced settings in one line."""
    return ", ".join(
        f"{name}: {shown_value(item.before) or '–'} → {shown_value(item.after) or '–'}"
        for name, item in proof.trial.settings.items()
    )


def _print_items(
    console: Console,
    language: Language,
    heading: str,
    items: Sequence[PairedAnswers],
    proof: TrialResult,
) -> None:
    if not items:
        return
    console.print(Text(texts.LISTS[heading].to(language, count=len(items)), style="bold"))
    for item in items[:LISTED]:
        id_ = item.before.case.id
        private = id_ in proof.trial.private
        console.print(
            Text(f"• {texts.PRIVATE.to(language) if private else item.before.case.question}")
        )
        if private:
            continue
        for side, result in ((texts.OLD, item.before), (texts.NEW, item.after)):
            said = (
                " ".join(result.answer.split()) if result.shown else texts.HANDED_OVER.to(language)
            )
            console.print(Text(f"    {side.to(language)}: {said}", style="dim"), soft_wrap=True)
    if len(items) > LISTED:
        console.print(Text(texts.MORE.to(language, count=len(items) - LISTED)))


def show_list(
    proofs: Sequence[TrialResult],
    statuses: Sequence[PromotionStatus],
    promotions: Promotions,
    language: Language,
) -> None:
    """Print the trials, the promotions, and what was reverted."""
    console = Console(highlight=False)
    if not proofs and not promotions.standing:
        console.print(Text(texts.NO_CHANGES.to(language)))
    standing = {item.promotion.name: item for item in statuses}
    table = Table(
        "",
        texts.TRIED.to(language),
        texts.WHAT.to(language),
        texts.OUTCOME.to(language),
        texts.STANDING.to(language),
    )
    for proof in proofs:
        outcome = proof.decision.outcome
        table.add_row(
            proof.trial.name,
            _when(proof.trial.created_at),
            change_text(proof),
            Text(texts.OUTCOMES[outcome].to(language), style=_STYLES[outcome]),
            _standing(standing.get(proof.trial.name), language),
        )
    for item in statuses:
        if item.promotion.name not in {proof.trial.name for proof in proofs}:
            changed = ", ".join(
                f"{name}: {shown_value(one.before)} → {shown_value(one.after)}"
                for name, one in item.promotion.settings.items()
            )
            table.add_row(item.promotion.name, "", changed, "", _standing(item, language))
    if table.row_count:
        console.print(table)
    for gone in promotions.reverted:
        line = texts.GONE.to(language, name=gone.promotion.name, when=_when(gone.at), by=gone.by)
        console.print(Text(line), soft_wrap=True)


def _standing(item: PromotionStatus | None, language: Language) -> str:
    if item is None:
        return ""
    promotion = item.promotion
    line = f"{_when(promotion.at)}, {promotion.by}"
    if promotion.reason:
        line += "; " + texts.ANYWAY.to(language, reason=promotion.reason)
    if item.superseded_by:
        return texts.SUPERSEDED.to(language, values=", ".join(item.superseded_by))
    return line


def proof_data(proof: TrialResult) -> dict[str, Any]:
    """Return a proof as plain JSON data, without private questions and answers."""
    found = proof.decision

    def listed(items: Sequence[PairedAnswers]) -> list[dict[str, object]]:
        return [
            {"case": item.before.case.id}
            if item.before.case.id in proof.trial.private
            else {
                "case": item.before.case.id,
                "question": item.before.case.question,
                "before": item.before.answer if item.before.shown else None,
                "after": item.after.answer if item.after.shown else None,
            }
            for item in items
        ]

    return {
        **proof.trial.model_dump(exclude={"private", "votes"}),
        "outcome": found.outcome,
        "reason": found.reason,
        "promotable": found.promotable,
        "cases": found.after.cases,
        "precision": {"before": found.before.precision, "after": found.after.precision},
        "shown": {"before": found.before.shown, "after": found.after.shown},
        "wrong": {"before": found.before.wrong, "after": found.after.wrong},
        "interval": list(found.interval),
        "p_value": found.p_value,
        "most_fall": found.most_fall,
        "corrected": found.corrected,
        "newly_wrong": listed(proof.newly_wrong),
        "newly_right": listed(proof.newly_right),
        "lost": listed(proof.only_lost),
        "to_judge": len(proof.open),
        "failed": found.failed,
        "needed": found.needed,
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M}"

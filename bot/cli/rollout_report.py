"""The page about a change: what it comes to, and every answer that makes the difference."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bot.cli.rollout_texts import PHRASES, notes, rows, what
from bot.evaluation.report import say, write_report
from bot.evaluation.results import EvaluationRun, Result
from bot.rollout.trials import PairedAnswers, TrialResult

_CLASSES = {"better": "good", "not worse": "good", "not proven": "warn", "worse": "bad"}


def write_change_report(path: Path, proof: TrialResult) -> None:
    """Write the page; what was asked in private is counted in it and not shown."""
    runs = [
        _without_private(proof.before, proof, "before"),
        _without_private(proof.after, proof, "after"),
    ]
    parts = [_outcome(proof), _table(proof), *_lists(proof)]
    write_report(path, runs, first=parts)


def _both(key: str, **values: object) -> str:
    english, japanese = (PHRASES[language][key].format(**values) for language in ("en", "ja"))
    return say(english.rstrip(":"), japanese.rstrip(":"))


def _outcome(proof: TrialResult) -> str:
    found = proof.decision
    lines = "".join(
        f'<p class="note">{say(english, japanese)}</p>'
        for english, japanese in zip(notes(proof, "en"), notes(proof, "ja"), strict=True)
    )
    return (
        f"<p><b>{escape(what(proof))}</b></p>"
        f'<h2 class="{_CLASSES[found.outcome]}">{_both(found.outcome)}</h2>'
        f"<p>{_both(found.reason)}</p>{lines}"
    )


def _table(proof: TrialResult) -> str:
    headings = "".join(
        f'<th class="number">{_both(name)}</th>'
        for name in ("before", "after", "difference", "interval", "p")
    )
    body = "".join(
        f"<tr><td>{_both(measure)}</td>"
        + "".join(f'<td class="number">{escape(value)}</td>' for value in values)
        + "</tr>"
        for measure, *values in rows(proof)
    )
    return (
        f"<h2>{say('The comparison', '比較')}</h2>"
        f'<div class="scroll"><table><tr><th></th>{headings}</tr>{body}</table></div>'
    )


def _lists(proof: TrialResult) -> list[str]:
    waiting = {side.case.id for side in proof.open}
    opened = [item for item in proof.both if item.before.case.id in waiting]
    told: Sequence[tuple[str, Sequence[PairedAnswers]]] = (
        ("newly wrong", proof.newly_wrong),
        ("lost", proof.only_lost),
        ("newly right", proof.newly_right),
        ("to judge", opened),
    )
    return [_list(heading, items, proof) for heading, items in told if items]


def _list(heading: str, items: Sequence[PairedAnswers], proof: TrialResult) -> str:
    lines = "".join(_row(item, proof) for item in items)
    title = _both(heading, count=len(items), name=proof.trial.name, more="")
    return (
        f'<h2>{title}</h2><div class="scroll"><table><tr><th>{say("question", "質問")}</th>'
        f"<th>{_both('old')}</th><th>{_both('new')}</th></tr>{lines}</table></div>"
    )


def _row(item: PairedAnswers, proof: TrialResult) -> str:
    if item.before.case.id in proof.trial.private:
        return f'<tr><td colspan="3">{_both("private")}</td></tr>'
    return (
        f"<tr><td>{escape(item.before.case.question)}</td>"
        f"<td>{_answer(item.before)}</td><td>{_answer(item.after)}</td></tr>"
    )


def _answer(result: Result) -> str:
    if not result.shown:
        return _both("handed over")
    style = {True: "good", False: "bad", None: "warn"}[result.correct]
    sources = "".join(f"<br><small>{escape(source.title)}</small>" for source in result.citations)
    return f'<span class="{style}">●</span> {escape(" ".join(result.answer.split()))}{sources}'


def _without_private(run: EvaluationRun, proof: TrialResult, name: str) -> EvaluationRun:
    hidden = PHRASES["en"]["private"]

    def told(result: Result) -> Result:
        if result.case.id not in proof.trial.private:
            return result
        case = result.case.model_copy(update={"question": hidden, "history": ()})
        return result.model_copy(update={"case": case, "answer": hidden, "citations": ()})

    info = run.info.model_copy(update={"name": f"{proof.trial.name}-{name}"})
    return run.model_copy(update={"info": info, "results": tuple(map(told, run.results))})

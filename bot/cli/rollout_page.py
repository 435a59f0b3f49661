"""The page about a rollout trial: its outcome, and every answer that differs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from bot.cli.rollout_output import change_text, notes, rows
from bot.core.i18n import Text
from bot.evaluation.html_page import both, in_languages
from bot.evaluation.report import write_report
from bot.evaluation.results import EvaluationRun, Result
from bot.rollout import texts
from bot.rollout.trials import PairedAnswers, TrialResult

_TEMPLATE = Path(__file__).with_suffix(".html")
_STYLES = {"better": "good", "non-inferior": "good", "not proven": "warn", "worse": "bad"}


def write_rollout_page(path: Path, proof: TrialResult) -> None:
    """Write the page; private questions are counted in it and not shown."""
    found = proof.decision
    headings = ("before", "after", "difference", "interval", "p")
    write_report(
        path,
        [
            _without_private(proof.before, proof, "before"),
            _without_private(proof.after, proof, "after"),
        ],
        template=_TEMPLATE,
        change=change_text(proof),
        style=_STYLES[found.outcome],
        outcome=both(texts.OUTCOMES[found.outcome]),
        reason=both(texts.REASONS[found.reason]),
        notes=[_line(proof, place) for place in range(len(notes(proof, "en")))],
        headings=["", *(both(texts.HEADINGS[name]) for name in headings)],
        rows=[(both(texts.MEASURES[measure]), *values) for measure, *values in rows(proof)],
        lists=_lists(proof),
        old=both(texts.OLD),
        new=both(texts.NEW),
        private=both(texts.PRIVATE),
        handed_over=both(texts.HANDED_OVER),
    )


def _heading(text: Text, **values: object) -> Markup:
    """Return *text* in both languages, without the colon that the terminal shows."""
    return in_languages(lambda language: text.to(language, **values).rstrip(":"))


def _line(proof: TrialResult, place: int) -> Markup:
    return in_languages(lambda language: notes(proof, language)[place])


def _lists(proof: TrialResult) -> list[Mapping[str, object]]:
    waiting = {side.case.id for side in proof.open}
    unjudged = [item for item in proof.both if item.before.case.id in waiting]
    lists: Sequence[tuple[str, Sequence[PairedAnswers]]] = (
        ("newly wrong", proof.newly_wrong),
        ("lost", proof.only_lost),
        ("newly right", proof.newly_right),
        ("to judge", unjudged),
    )
    return [
        {
            "title": _heading(
                texts.LISTS[heading], count=len(items), name=proof.trial.name, more=""
            ),
            "rows": [_row(item, proof) for item in items],
        }
        for heading, items in lists
        if items
    ]


def _row(
    item: PairedAnswers, proof: TrialResult
) -> tuple[str | None, Mapping[str, object], Mapping[str, object]]:
    private = item.before.case.id in proof.trial.private
    question = None if private else item.before.case.question
    return question, _answer(item.before), _answer(item.after)


def _answer(result: Result) -> Mapping[str, object]:
    return {
        "shown": result.shown,
        "style": {True: "good", False: "bad", None: "warn"}[result.correct],
        "text": " ".join(result.answer.split()),
        "sources": [source.title for source in result.citations],
    }


def _without_private(run: EvaluationRun, proof: TrialResult, name: str) -> EvaluationRun:
    hidden = texts.PRIVATE.en

    def public(result: Result) -> Result:
        if result.case.id not in proof.trial.private:
            return result
        case = result.case.model_copy(update={"question": hidden, "history": ()})
        return result.model_copy(update={"case": case, "answer": hidden, "citations": ()})

    info = run.info.model_copy(update={"name": f"{proof.trial.name}-{name}"})
    return run.model_copy(update={"info": info, "results": tuple(map(public, run.results))})

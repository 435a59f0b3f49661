"""Joins answers with people's verdicts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.core.types import Label, LabelVerdict
from bot.evaluation.agreement import cohen_kappa, krippendorff_alpha
from bot.evaluation.calibration import Scored
from bot.evaluation.results import EvaluationRun, Result


def verdicts(labels: Iterable[Label]) -> dict[str, dict[str, LabelVerdict]]:
    """Return each answer's verdicts, by person."""
    found: dict[str, dict[str, LabelVerdict]] = {}
    for label in labels:
        found.setdefault(label.answer_id, {})[label.person] = label.verdict
    return found


def is_right(said: Mapping[str, LabelVerdict]) -> bool:
    """Combine several people's verdicts: right only if more than half say so.

    Partly right does not count as right: a missing part can do harm.
    """
    return 2 * sum(verdict == "right" for verdict in said.values()) > len(said)


def corrections(labels: Iterable[Label]) -> dict[str, str]:
    """Return people's corrections by answer; the last one counts.

    An answer that most people call right has none.
    """
    made = list(labels)
    said = verdicts(made)
    written = sorted((label for label in made if label.correction.strip()), key=lambda one: one.at)
    return {
        label.answer_id: label.correction.strip()
        for label in written
        if not is_right(said[label.answer_id])
    }


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How far two people agree.

    Attributes:
        both: Number of answers that both judged.
        alike: Number of answers with the same verdict.
        kappa: Cohen's kappa; None where it is undefined.
    """

    one: str
    other: str
    both: int
    alike: int
    kappa: float | None


def agreements(labels: Iterable[Label]) -> tuple[list[LabelAgreement], float | None]:
    """Return the agreement of each two people, and the alpha of all, None if undefined."""
    said = verdicts(labels)
    people = sorted({person for given in said.values() for person in given})
    found = list[LabelAgreement]()
    for one, other in combinations(people, 2):
        both = [given for given in said.values() if one in given and other in given]
        if both:
            kappa = cohen_kappa([given[one] for given in both], [given[other] for given in both])
            alike = sum(given[one] == given[other] for given in both)
            found.append(LabelAgreement(one, other, len(both), alike, kappa))
    return found, krippendorff_alpha(list(said.values()))


def with_labels(
    run: EvaluationRun, labels: Iterable[Label], *, given: bool = False
) -> EvaluationRun:
    """Return *run* with people's verdicts in place of those of texts or a judge.

    *given* means that people got the answers, whose labels name the question.
    """
    said = verdicts(labels)

    def labelled(result: Result) -> Result:
        id_ = result.case.id if given else result.id
        if not result.shown or id_ not in said:
            return result
        right = is_right(said[id_])
        return result.model_copy(update={"correct": right, "labeler": "person"})

    return run.model_copy(update={"results": tuple(map(labelled, run.results))})


def scored(results: Sequence[Result]) -> list[Scored]:
    """Return the answers to calibrate on: with people's verdicts, or decided by checked cases.

    If only a sample of the shown answers has a verdict, the same share of handoffs is left out,
    so that the coverage stays the same.
    """
    usable = [item for item in results if item.case.checked and item.status != "failed"]
    shown = [item for item in usable if item.shown]
    labelled = [
        item
        for item in shown
        if item.correct is not None and item.labeler in {"reference", "person"}
    ]
    handed_over = [item for item in usable if not item.shown]
    if len(labelled) < len(shown):
        kept = round(len(handed_over) * len(labelled) / len(shown))
        handed_over = sorted(handed_over, key=lambda item: item.id)[:kept]
    return [
        Scored(
            item.score, not item.correct if item.shown else False, item.group, item.case.asked_at
        )
        for item in (*labelled, *handed_over)
    ]

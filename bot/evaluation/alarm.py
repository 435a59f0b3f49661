"""Tests a certificate after launch: do labels of shown answers still fit the promised error rate?

The test bets against the promise. While the promise holds, the wealth of a bettor who starts with 1
exceeds 1/delta with probability at most delta, at any time and for any length (Ville, 1939).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Literal

from bot.core.types import Label, QuestionId
from bot.evaluation.certificate import Certificate, CertificateStore
from bot.evaluation.ledger import ledger_results
from bot.records.labels import RedisLabels
from bot.records.ledger import Ledger

STAKES = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Sizes of the bets that the error rate is too high; the wealth is the mean over all of them."""


def fortunes(wrong: Iterable[bool], error_rate: float) -> Iterator[float]:
    """Yield the bettor's wealth after each label in *wrong*, oldest first.

    Args:
        wrong: Whether each sampled answer was wrong. Sampled without looking at it.
        error_rate: The promised share of wrong answers, above 0 and below 1.
    """
    stakes = [stake for stake in STAKES if stake * error_rate < 1]
    bets = [1.0] * len(stakes)
    for outcome in wrong:
        gain = outcome - error_rate
        bets = [bet * (1 + stake * gain) for bet, stake in zip(bets, stakes, strict=True)]
        yield fmean(bets)


def alarmed(wrong: Iterable[bool], error_rate: float, delta: float) -> bool:
    """Tell whether the wealth ever reached 1/*delta*; an alarm is final."""
    return any(value >= 1 / delta for value in fortunes(wrong, error_rate))


def new_floor(certificate: Certificate, labelled: Sequence[tuple[float, bool]]) -> float | None:
    """Return the threshold that still holds with the labels made since the calibration.

    Higher thresholds that passed the same test keep their proof; the lowest of them without an
    alarm is returned.

    Args:
        certificate: The certificate under test.
        labelled: Confidence and wrongness of sampled shown answers, oldest label first.

    Returns:
        `certificate.floor` when there is no alarm, None when no threshold holds.
    """
    error_rate, delta = 1 - certificate.accuracy, 1 - certificate.confidence
    floors = [certificate.floor, *sorted(t for t in certificate.proven if t > certificate.floor)]
    for floor in floors:
        wrong = [is_wrong for confidence, is_wrong in labelled if confidence >= floor]
        if not alarmed(wrong, error_rate, delta):
            return floor
    return None


AlarmOutcome = Literal["", "holds", "raised", "withdrawn"]
"""What became of the certificate; "" where there is none."""


async def check_certificate(
    store: CertificateStore, scores: Mapping[str, float], made: Iterable[Label]
) -> tuple[AlarmOutcome, Certificate | None]:
    """Test the labels made since the calibration against the certificate; act on an alarm.

    Only the first label of an answer counts: a second opinion is not a new sample.

    Args:
        store: Keeps the certificate.
        scores: The confidence of the answers that people got, by their ids.
        made: All labels, oldest first.

    Returns:
        What became of it, and the certificate as it is now.
    """
    certificate = await store.load()
    if certificate is None or certificate.withdrawn:
        return "", None
    sampled = list(since_calibration(certificate, scores, made).values())
    floor = new_floor(certificate, sampled)
    if floor is None:
        await store.withdraw("the labels made since then contradict its promise")
        return "withdrawn", await store.load()
    if floor > certificate.floor:
        await store.raise_to(floor)
        return "raised", await store.load()
    return "holds", certificate


async def check_after_label(
    store: CertificateStore, ledger: Ledger, labels: RedisLabels
) -> tuple[AlarmOutcome, Certificate | None]:
    """Do `check_certificate` with all that people got and judged since the calibration."""
    certificate = await store.load()
    if certificate is None or certificate.withdrawn:
        return "", None
    made = [label for label in await labels.all() if label.at > certificate.created_at]
    ids = dict.fromkeys(QuestionId(label.answer_id) for label in made)
    records = [record for id_ in ids if (record := await ledger.get(id_)) is not None]
    scores = {item.case.id: item.score for item in ledger_results(records) if item.shown}
    return await check_certificate(store, scores, made)


def since_calibration(
    certificate: Certificate, scores: Mapping[str, float], made: Iterable[Label]
) -> dict[str, tuple[float, bool]]:
    """Return the answers judged since the calibration: confidence, and whether it was wrong."""
    first: dict[str, Label] = {}
    for label in made:
        if label.at > certificate.created_at and label.answer_id in scores:
            first.setdefault(label.answer_id, label)
    return {id_: (scores[id_], label.verdict != "right") for id_, label in first.items()}

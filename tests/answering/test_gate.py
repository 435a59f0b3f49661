"""The gate: what is shown, in every channel's policy, with and without a certificate."""

import time
from dataclasses import replace

import pytest

from bot.answering.fixed_policy import FixedPolicy
from bot.answering.gate import Gate
from bot.core.types import Answer, Citation, Policy
from bot.evaluation.certificate import Certificate, CertificateError, fingerprint
from tests.support.shelf import ask

RUNNING = fingerprint(model="m", prompts="p", index="i", score="s")
OTHER = fingerprint(model="m2", prompts="p", index="i", score="s")
CITED = Citation(1, "Leave", "https://docs.example/leave", "10 days", "leave.md", "2026-04-01")
DRAFT = Answer("answered", "You get 10 days. [1]", (CITED,), confidence=0.8, owner="U-HR")


def certificate(threshold: float, of: str = RUNNING) -> Certificate:
    return Certificate(threshold, 0.95, 0.95, 0.4, 120, 2, of, time.time())


def gate(policy: Policy, held: Certificate | None = None) -> Gate:
    async def present() -> Certificate | None:
        return held

    return Gate(FixedPolicy(policy), present, lambda: RUNNING)


@pytest.mark.parametrize(
    ("least", "held", "withheld"),
    [
        (0.8, None, ""),
        (0.81, None, "below_threshold"),
        (0.81, certificate(0.7), "below_threshold"),
        (0.1, certificate(0.81), "below_threshold"),
        (0.1, certificate(0.8), ""),
    ],
)
async def test_an_adopted_threshold_holds_beside_a_certificate(
    least: float, held: Certificate | None, withheld: str
) -> None:
    """The higher of the two; it breaks no promise."""
    both = replace(gate("best-effort", held), least=least)
    assert (await both.passed(ask("有給は何日？"), DRAFT)).withheld == withheld


@pytest.mark.parametrize(
    ("policy", "held", "withheld"),
    [
        ("best-effort", None, ""),
        ("certified", None, "not_certified"),
        ("draft", None, "draft_only"),
        ("best-effort", certificate(0.8), ""),
        ("certified", certificate(0.8), ""),
        ("best-effort", certificate(0.81), "below_threshold"),
        ("certified", certificate(0.81), "below_threshold"),
        ("draft", certificate(0.1), "draft_only"),
        ("best-effort", certificate(0.99, OTHER), ""),
        ("certified", certificate(0.1, OTHER), "not_certified"),
        ("best-effort", replace(certificate(0.1), raised_to=0.9), "below_threshold"),
        ("certified", replace(certificate(0.1), withdrawn="too many errors"), "not_certified"),
    ],
)
async def test_a_draft_is_shown_or_kept(
    policy: Policy, held: Certificate | None, withheld: str
) -> None:
    """A threshold that is met exactly shows; one that is proven for something else says nothing."""
    passed = await gate(policy, held).passed(ask("How many days?"), DRAFT)

    assert passed.withheld == withheld
    if withheld:
        assert (passed.status, passed.draft) == ("handed_over", DRAFT.text)
        assert "10 days. [1]" not in passed.text
        assert passed.citations == DRAFT.citations
        assert passed.confidence == DRAFT.confidence
    else:
        assert passed == replace(DRAFT, calibrated=passed.calibrated)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How many days?", "I am not sure enough"),
        ("有給は何日？", "確実な答えを示せない"),
    ],
)
async def test_the_asker_learns_in_their_language_who_knows(question: str, words: str) -> None:
    passed = await gate("draft").passed(ask(question), DRAFT)

    assert words in passed.text
    assert "U-HR" in passed.text
    assert "Leave" in passed.text


@pytest.mark.parametrize("status", ["handed_over", "clarify", "failed"])
async def test_what_is_no_answer_passes(status: str) -> None:
    other = replace(DRAFT, status=status)  # type: ignore[arg-type]

    assert await gate("draft").passed(ask("?"), other) == other


async def test_an_answer_without_confidence_meets_no_threshold() -> None:
    passed = await gate("best-effort", certificate(0.5)).passed(
        ask("?"), replace(DRAFT, confidence=None)
    )

    assert passed.withheld == "below_threshold"


async def test_a_damaged_certificate_proves_nothing() -> None:
    """The channel's policy holds, as if there were none; operators are told."""

    async def damaged() -> Certificate | None:
        raise CertificateError("certificate.json is damaged")

    broken = Gate(FixedPolicy("certified"), damaged, lambda: RUNNING)

    assert (await broken.passed(ask("?"), DRAFT)).withheld == "not_certified"
    assert "damaged" in await broken.standing("en")


@pytest.mark.parametrize(
    ("held", "english", "japanese"),
    [
        (None, "none", "なし"),
        (certificate(0.8), "95 % are right", "95% 以上が正しい"),
        (certificate(0.8, OTHER), "the model was changed", "無効"),
    ],
)
async def test_operators_are_told_how_it_stands(
    held: Certificate | None, english: str, japanese: str
) -> None:
    assert english in await gate("certified", held).standing("en")
    assert japanese in await gate("certified", held).standing("ja")

"""The licence table decides whether a model's output may train another."""

import datetime as dt

import pytest

from bot.training_export.licences import LicenceGuard, LicenceOutcome, Purpose, licences, plain_name


@pytest.mark.parametrize(
    ("generator", "target", "internal", "distributed"),
    [
        ("gpt-6-luna", "Qwen/Qwen3-8B", "warn", "block"),
        ("gpt-6-luna", "gpt-4.1-mini", "allow", "allow"),
        ("openai/gpt-oss-20b", "Qwen/Qwen3-8B", "allow", "allow"),
        ("gpt-oss:20b", "gemma-4-9b", "allow", "allow"),
        ("claude-sonnet-5", "Qwen/Qwen3-8B", "warn", "block"),
        ("models/gemini-3-flash", "Qwen/Qwen3-8B", "warn", "block"),
        ("meta-llama/Llama-2-7b-chat-hf", "Qwen/Qwen3-8B", "block", "block"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "mistral-7b", "block", "block"),
        ("llama3:8b", "meta-llama/Llama-3.1-8B", "allow", "allow"),
        ("llama3.1:8b", "Qwen/Qwen3-8B", "allow", "block"),
        ("meta-llama/Llama-4-Scout-17B", "Qwen/Qwen3-8B", "allow", "block"),
        ("google/gemma-3-27b-it", "Qwen/Qwen3-8B", "allow", "allow"),
        ("gemma4:12b", "Qwen/Qwen3-8B", "allow", "allow"),
        ("Qwen/Qwen3-32B", "gemma-4-9b", "allow", "allow"),
        ("qwen3-max", "gemma-4-9b", "warn", "block"),
        ("Qwen/Qwen2.5-3B-Instruct", "gemma-4-9b", "warn", "block"),
        ("deepseek-ai/DeepSeek-R1", "gemma-4-9b", "allow", "allow"),
        ("deepseek-r1-distill-llama-70b", "gemma-4-9b", "allow", "block"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "gemma-4-9b", "allow", "allow"),
        ("mistral-large-latest", "gemma-4-9b", "block", "block"),
        ("our-own-model", "gemma-4-9b", "block", "block"),
        ("unknown", "gemma-4-9b", "block", "block"),
        ("extractive", "gemma-4-9b", "allow", "warn"),
    ],
)
def test_each_generator_has_its_rule(
    generator: str, target: str, internal: LicenceOutcome, distributed: LicenceOutcome
) -> None:
    """Vendor prefixes and tags make no difference; unknown models are blocked."""
    assert LicenceGuard(target, "internal").ruling(generator).outcome == internal
    assert LicenceGuard(target, "distributed").ruling(generator).outcome == distributed


def test_a_distributed_model_from_llama_is_called_llama() -> None:
    """The right name satisfies the licence, and the duties are listed."""
    nameless = LicenceGuard("Qwen/Qwen3-8B", "distributed").ruling("llama-3.3-70b")
    named = LicenceGuard("Qwen/Qwen3-8B", "distributed", "Llama-Kotae-8B").ruling("llama-3.3-70b")

    assert "--model-name" in nameless.text()
    assert named.outcome == "allow"
    assert named.rule
    assert any("Built with Llama" in duty for duty in named.rule.duties)


@pytest.mark.parametrize("purpose", ["internal", "distributed"])
def test_an_unknown_model_is_accepted_with_a_reason(purpose: Purpose) -> None:
    """It stays a warning, with that reason."""
    ruling = LicenceGuard("gemma-4-9b", purpose, accepted="契約書を確認済み").ruling(
        "our-own-model"
    )

    assert ruling.outcome == "warn"
    assert "契約書を確認済み" in ruling.text()


def test_the_strictest_of_several_models_counts() -> None:
    """A refusal names the model, the rule, the reason and a link."""
    guard = LicenceGuard("gemma-4-9b", "internal")
    first = guard.rulings({"qwen3-8b", "llama-2-7b", "gpt-6-luna"})[0]

    assert guard.rulings(set()) == []
    for words in ("llama-2-7b", "Llama 2 and 3.0", "may not improve", "https://", "excerpts"):
        assert words in first.text()


def test_ended_offers_are_marked_by_date() -> None:
    """Past dates are marked; another target has no such dates."""
    [closing] = licences().closings_of("gpt-4.1-mini-2025-04-14")
    told = closing.text(dt.date(2026, 11, 24))

    assert "2026-07-02: closed to those without inference on a tuned model in 60 days (in" in told
    assert "2027-01-06: no new training jobs;" in told
    assert licences().closings_of("Qwen/Qwen3-8B") == []


def test_the_table_says_where_and_when_it_was_checked() -> None:
    """Each rule has a link and says how it is known."""
    assert licences().checked_on >= dt.date(2026, 11, 24)
    assert "Not legal advice" in licences().notice
    assert all(rule.link and rule.why and rule.models for rule in licences().rules)


def test_names_are_compared_without_their_vendor() -> None:
    """As servers write them."""
    assert plain_name(" hf.co/Qwen/Qwen3-8B-GGUF ") == "qwen3-8b-gguf"
    assert plain_name("accounts/fireworks/models/llama4-scout") == "llama4-scout"

"""What a call costs: known, or None, but never a made-up zero."""

import pytest

from bot.core.types import Usage
from bot.llm.prices import Price, cost_usd

MILLION = Usage(input_tokens=1_000_000, output_tokens=1_000_000, calls=1)


def test_a_known_model_has_its_price() -> None:
    """Input and output tokens have their own price."""
    entered = cost_usd("gpt-6-luna", Usage(input_tokens=1_000_000, calls=1))
    written = cost_usd("gpt-6-luna", Usage(output_tokens=1_000_000, calls=1))
    assert entered is not None
    assert written is not None
    assert 0 < entered < written


def test_cached_tokens_cost_less() -> None:
    """They are part of the input, at a price of their own."""
    plain = cost_usd("gpt-6-luna", Usage(input_tokens=100_000, calls=1))
    cached = cost_usd("gpt-6-luna", Usage(input_tokens=100_000, cached_tokens=90_000, calls=1))
    assert plain is not None
    assert cached is not None
    assert 0 < cached < plain


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.openai.com/v1",
        "https://jp.api.openai.com/v1",
        "https://team.openai.azure.com/openai/v1/",
    ],
)
def test_openai_is_known_wherever_it_is_served(base_url: str) -> None:
    """Its regions and Azure are in the list."""
    assert cost_usd("gpt-6-luna", MILLION, base_url)


@pytest.mark.parametrize(
    ("model", "base_url"),
    [
        ("a-model-of-tomorrow", None),
        ("gpt-6-luna", "http://localhost:11434/v1"),
        ("gpt-6-luna", "http://127.0.0.1:8000/v1"),
        ("gpt-6-luna", "https://gateway.example.jp/v1"),
    ],
)
def test_an_unknown_price_is_none(model: str, base_url: str | None) -> None:
    """An own server or an unknown gateway has no price, whatever its model is called."""
    assert cost_usd(model, MILLION, base_url) is None


def test_usage_that_nobody_counted_has_no_price() -> None:
    """A server that reports no tokens did not work for nothing."""
    assert cost_usd("gpt-6-luna", Usage(calls=1)) is None


@pytest.mark.parametrize(
    ("written", "cost"),
    [("0.10/0.50", 0.6), ("0.10/0.50/0.01", 0.555), ("0/0", 0.0)],
)
def test_a_price_of_the_operators_own_is_used_as_it_is_written(written: str, cost: float) -> None:
    """Per million tokens: input, output, and cached input where that has its own price."""
    usage = Usage(1_000_000, 1_000_000, 500_000, 3)

    assert Price.parse(written).cost_usd(usage) == pytest.approx(cost)

"""Prices of model calls, from the list in `genai-prices`; no network."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from bot.core.types import Usage
from bot.llm.profiles import OPENAI_URL


@dataclass(frozen=True, slots=True)
class Price:
    """A price from the settings, in US dollars per million tokens."""

    input: float
    output: float
    cached: float

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read `input/output` or `input/output/cached`; cached tokens cost as others do then."""
        first, second, *rest = map(float, written.split("/"))
        return cls(first, second, rest[0] if rest else first)

    def cost_usd(self, usage: Usage) -> float:
        """Return the cost of *usage* in US dollars."""
        fresh = usage.input_tokens - usage.cached_tokens
        total = fresh * self.input + usage.cached_tokens * self.cached
        return (total + usage.output_tokens * self.output) / 1_000_000


def cost_usd(model: str, usage: Usage, base_url: str | None = None) -> float | None:
    """Return the price of *usage* in US dollars, or None where it is not known (never 0).

    A price is known only of a vendor whose address is in the list: a server on one's own machine
    and an unknown gateway have none, whatever their models are called.

    Args:
        model: Name as the server knows it.
        usage: Tokens; cached ones are part of the input.
        base_url: Address of the API; None: OpenAI.
    """
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    if usage.input_tokens + usage.output_tokens == 0:
        return None
    tokens = PricedUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
    )
    try:
        price = calc_price(tokens, model, provider_api_url=_list_address(base_url or OPENAI_URL))
    except LookupError:
        return None
    return float(price.total_price) or None


def _list_address(base_url: str) -> str:
    """Return the address under which the list knows the vendor: OpenAI's regions are OpenAI."""
    host = urlsplit(base_url).hostname or ""
    return OPENAI_URL if host.endswith(".api.openai.com") else base_url

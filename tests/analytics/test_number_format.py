"""Costs in words, where there is no amount."""

import pytest

from bot.analytics.number_format import spent
from bot.core.language import Language


@pytest.mark.parametrize(
    ("known", "unpriced", "language", "said"),
    [
        (0.0, 0, "en", "nothing"),
        (0.0, 0, "ja", "なし"),
        (0.0, 32, "en", "unknown"),
        (0.0, 32, "ja", "不明"),
        (0.5, 0, "en", "$0.50"),
        (0.5, 0, "ja", "$0.50"),
        (0.5, 1, "en", "$0.50 (and 1 at an unknown price)"),
        (0.5, 2, "ja", "$0.50（ほかに価格不明 2 件）"),
    ],
)
def test_no_amount_is_said_in_words(
    known: float, unpriced: int, language: Language, said: str
) -> None:
    """Nothing was spent, or nobody knows: "$0.00" could be either."""
    assert spent(known, unpriced, language) == said

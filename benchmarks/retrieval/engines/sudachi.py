"""Segments Japanese with SudachiPy, for engines that split at white space."""

from functools import lru_cache
from typing import Any

_MAX_BYTES = 40_000
"""SudachiPy refuses texts above 49,149 bytes."""


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from sudachipy import Dictionary, SplitMode

    return Dictionary(dict="core").create(mode=SplitMode.A)


def words(text: str) -> list[str]:
    """Return the normalised words of *text*, without white space and punctuation."""
    short = text.encode()[:_MAX_BYTES].decode(errors="ignore").lower()
    return [
        word.normalized_form()
        for word in _tokenizer().tokenize(short)
        if any(map(str.isalnum, word.adapter()))
    ]

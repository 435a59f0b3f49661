"""What a stranger writes is read in linear time: each regular expression, and each function.

Squares are invisible in ordinary texts and stop the whole process in others. So both are measured,
in time of the processor, on runs made for them: of 1,500 and of 6,000 characters.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.safety.tally import Tally
from tests.support.patterns import FoundPattern, all_patterns
from tests.support.processor_time import superlinear
from tests.support.pumps import inputs

LENGTH = 1500


def _pattern_use(found: FoundPattern) -> Callable[[Any], object]:
    """Return what uses the pattern as the code does; a use that visits every match counts most."""
    pattern = found.compiled()
    for method in ("sub", "subn", "finditer", "findall", "split"):
        if method in found.methods:
            return lambda text: all(True for _ in pattern.finditer(text))
    for method in ("search", "match", "fullmatch"):
        if method in found.methods:
            searched: Callable[[Any], object] = getattr(pattern, method)
            return searched
    raise AssertionError(found.methods)


def problems_of(found: FoundPattern) -> list[str]:
    """Return the first input on which a pattern is too slow, if there is one."""
    use, pattern = _pattern_use(found), found.compiled()
    for short, long in zip(inputs(pattern, LENGTH), inputs(pattern, 4 * LENGTH), strict=True):
        pair: list[Any] = [short, long]
        if found.is_bytes:
            pair = [text.encode("latin-1", "replace") for text in pair]
        slow = superlinear(partial(use, pair[0]), partial(use, pair[1]))
        if slow:
            return [f"{found.place} on {short[:12]!r}…{short[-8:]!r}: {slow}"]
    return []


def test_every_pattern_takes_linear_time(tally: Tally) -> None:
    """All of them, wherever they are: a new one is found and measured without being listed."""
    slow = list[str]()
    patterns = all_patterns()
    for found in patterns:
        slow += tally.add("linear time: regular expressions", found.place, problems_of(found))

    assert len(patterns) > 200
    assert slow == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s*x",
        r"\w+@",
        r"(a|b)*c*d",
        r"<[^>]*>",
        r"「.*」",
        r"\[[^\]]*\]\(",
        r"(?:a+)+$",
        r"a.*b.*c",
    ],
)
def test_a_square_is_found(pattern: str) -> None:
    """The measurement sees the usual kinds."""
    found = FoundPattern("here:1", pattern, is_bytes=False, flags=0, methods=("search",))
    assert problems_of(found)

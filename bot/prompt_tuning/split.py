"""Parts the cases in three: to improve on, to choose by, and never to be looked at before the end.

Groups (threads, documents) stay together, since their cases go right and wrong together, and each
language is parted for itself, so that every part has both.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from bot.core.errors import CasesError
from bot.core.language import wanted_language
from bot.core.types import Language
from bot.evaluation.cases import Case

TUNE, SELECT = 0.4, 0.2
"""Shares of the cases; the rest is the test, the largest part: it has to prove something."""

FEWEST = 10


class CaseSplit(NamedTuple):
    """Three parts of the cases.

    Attributes:
        tune: The optimiser sees their questions, answers and failures.
        select: The optimiser is told how well each candidate does on them, and nothing more.
        test: Untouched until one candidate is left.
    """

    tune: tuple[Case, ...]
    select: tuple[Case, ...]
    test: tuple[Case, ...]

    @property
    def all(self) -> tuple[Case, ...]:
        """All cases."""
        return (*self.tune, *self.select, *self.test)


def three_parts(cases: Sequence[Case]) -> CaseSplit:
    """Part *cases*; where times are known the newest ones are the test, else a hash decides.

    Raises:
        CasesError: there are too few of them.
    """
    if len(cases) < FEWEST:
        raise CasesError(
            f"There are {len(cases)} cases whose words tell right from wrong; "
            f"to improve a prompt takes at least {FEWEST}."
        )
    parted: tuple[list[Case], ...] = ([], [], [])
    for language in ("en", "ja"):
        own = [case for case in cases if component_of(case) == language]
        for part, found in zip(parted, _parted(own), strict=True):
            part.extend(found)
    parts = CaseSplit(*map(tuple, parted))
    if not all(parts):
        raise CasesError("The cases cannot be parted in three: too many of them are of one group.")
    return parts


def component_of(case: Case) -> Language:
    """Return in which language the prompt is that *case* is answered with."""
    return wanted_language(case.question)


def _parted(cases: Sequence[Case]) -> tuple[list[Case], list[Case], list[Case]]:
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.group or case.id, []).append(case)

    def order(name: str) -> tuple[float, str]:
        newest = max(case.asked_at for case in groups[name])
        return newest, hashlib.sha256(name.encode()).hexdigest()

    tune, select, test = list[Case](), list[Case](), list[Case]()
    for name in sorted(groups, key=order):
        if len(tune) < TUNE * len(cases):
            tune += groups[name]
        elif len(select) < SELECT * len(cases):
            select += groups[name]
        else:
            test += groups[name]
    return tune, select, test

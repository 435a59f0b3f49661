"""Splits the cases in three: to improve on, to choose by, and to test once at the end.

Groups (threads, documents) stay together, because their cases are not independent. Each language is
split on its own, so that every part has both.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from bot.core.errors import CasesError
from bot.core.language import Language, wanted_language
from bot.evaluation.cases import Case

TUNE, SELECT = 0.4, 0.2
"""Shares of the cases; the rest, as many as the first, has to prove the gain."""

FEWEST = 10


class CaseSplit(NamedTuple):
    """Three sets of cases.

    Attributes:
        tune: The optimiser sees their questions, answers and failures.
        select: The optimiser sees only the score of each candidate on them.
        test: Not used until one candidate is left.
    """

    tune: tuple[Case, ...]
    select: tuple[Case, ...]
    test: tuple[Case, ...]

    @property
    def all(self) -> tuple[Case, ...]:
        """All cases."""
        return (*self.tune, *self.select, *self.test)


def split_cases(cases: Sequence[Case]) -> CaseSplit:
    """Split *cases*; if times are known the newest ones are the test set, otherwise a hash decides.

    Raises:
        CasesError: there are too few of them.
    """
    if len(cases) < FEWEST:
        raise CasesError(
            f"There are {len(cases)} cases with a reference to judge by; "
            f"tuning a prompt needs at least {FEWEST}."
        )
    parted: tuple[list[Case], ...] = ([], [], [])
    for language in ("en", "ja"):
        own = [case for case in cases if component_of(case) == language]
        for part, found in zip(parted, _parted(own), strict=True):
            part.extend(found)
    parts = CaseSplit(*map(tuple, parted))
    if not all(parts):
        raise CasesError("The cases cannot be split in three: too many are of one group.")
    return parts


def component_of(case: Case) -> Language:
    """Return the language of the prompt that answers *case*."""
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

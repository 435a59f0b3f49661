"""Redacts personal data in a row: the same person or number gets the same placeholder."""

import re
from collections import Counter
from collections.abc import Iterable

from bot.training_export.people import KnownPeople
from bot.training_export.pii import PiiKind, PiiMatch, recognised

MARK = re.compile(r"\[(EMAIL|PHONE|CARD|MY_NUMBER|ID|ADDRESS|IP|LINK|PERSON|CHANNEL|DATE)_\d+\]")

_MARKS: dict[PiiKind, str] = {
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "my_number": "MY_NUMBER",
    "national_id": "ID",
    "staff_number": "ID",
    "address": "ADDRESS",
    "ip": "IP",
    "link": "LINK",
    "person": "PERSON",
    "place_id": "CHANNEL",
    "birth_date": "DATE",
}
_ORDER: tuple[PiiKind, ...] = (
    "link",
    "email",
    "my_number",
    "card",
    "national_id",
    "birth_date",
    "staff_number",
    "phone",
    "address",
    "ip",
    "person",
    "place_id",
)
"""The kinds by priority, for overlapping spans."""

_ROUNDS = 4


class Redactor:
    """Redacts the texts of one row, one after the other."""

    def __init__(self, people: KnownPeople) -> None:
        self._people = people
        self._numbers: dict[tuple[str, str], int] = {}
        self.counts: Counter[PiiKind] = Counter()

    def redacted(self, text: str) -> str:
        """Return *text* with placeholders in place of personal data.

        The result is searched again, because a dropped overlapping span may still be there.
        """
        for _ in range(_ROUNDS):
            found = chosen([*self._people.find(text), *recognised(text)])
            if not found:
                break
            text = self._replaced(text, found)
        return text

    def _replaced(self, text: str, found: Iterable[PiiMatch]) -> str:
        pieces, last = list[str](), 0
        for item in found:
            pieces += [text[last : item.start], self._mark(item)]
            last = item.end
            self.counts[item.sort] += 1
        return "".join([*pieces, text[last:]])

    def _mark(self, item: PiiMatch) -> str:
        name = _MARKS[item.sort]
        used = sum(known == name for known, _ in self._numbers)
        number = self._numbers.setdefault((name, item.key), used + 1)
        return f"[{name}_{number}]"


def chosen(found: Iterable[PiiMatch]) -> list[PiiMatch]:
    """Return spans that do not overlap, in order; the higher priority wins, then length."""

    def rank(item: PiiMatch) -> tuple[int, int, int]:
        return _ORDER.index(item.sort), item.start - item.end, item.start

    kept = list[PiiMatch]()
    for item in sorted(found, key=rank):
        if all(item.end <= other.start or other.end <= item.start for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)

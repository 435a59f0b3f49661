"""Documents that are old, have a date in the future, or look newer than they are."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import CheckedDocument, Corpus
from knowledge.text.years import years_in


class DateCheck:
    """Compares a document's date with today, and with the year in its title or file name."""

    name = "dates"

    def run(self, corpus: Corpus) -> Iterator[Finding]:
        for checked in corpus.documents:
            date = checked.document.date
            if date is None:
                continue
            days = (corpus.today - date).days
            year = _older_year(checked)
            details = {"date": date.isoformat(), "days": days}
            if days < 0:
                yield Finding("future", (checked.id,), details, rank=-days)
            elif year:
                stated = bool(checked.stated.get("date"))
                details |= {"year": year, "stated": stated}
                yield Finding("undated", (checked.id,), details, rank=date.year - year)
            elif days > corpus.settings.check.stale_days:
                yield Finding("stale", (checked.id,), details, rank=days)


def _older_year(checked: CheckedDocument) -> int:
    """Return the latest year in title and file name if the date is too new for it, else 0.

    A date in the file itself may be in the following year, when reports on a year are written.
    """
    years = years_in(f"{checked.document.title} {checked.name}")
    slack = 1 if checked.stated.get("date") else 0
    newest = max(years, default=0)
    assert checked.document.date is not None
    return newest if newest and newest + slack < checked.document.date.year else 0

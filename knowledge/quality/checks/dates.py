"""Documents that are old, that claim to be of the future, or look newer than they are."""

from collections.abc import Iterator

from knowledge.model.findings import Finding
from knowledge.quality.corpus import CheckedChunk, Corpus
from knowledge.text.years import years_in


class DateCheck:
    """Compares a document's date with today, and with the year in its title or file name."""

    name = "dates"

    def look(self, corpus: Corpus) -> Iterator[Finding]:
        for one in corpus.documents:
            date = one.document.date
            if date is None:
                continue
            days = (corpus.today - date).days
            named = _older_year(one)
            details = {"date": date.isoformat(), "days": days}
            if days < 0:
                yield Finding("future", (one.id,), details, rank=-days)
            elif named:
                stated = bool(one.stated.get("date"))
                details |= {"year": named, "stated": stated}
                yield Finding("undated", (one.id,), details, rank=date.year - named)
            elif days > corpus.settings.check.stale_days:
                yield Finding("stale", (one.id,), details, rank=days)


def _older_year(one: CheckedChunk) -> int:
    """Return the latest year of title and file name if the date is too new for it, else 0.

    A report on a year is often written in the next; only a file's own date is held to the year.
    """
    years = years_in(f"{one.document.title} {one.name}")
    slack = 1 if one.stated.get("date") else 0
    newest = max(years, default=0)
    assert one.document.date is not None
    return newest if newest and newest + slack < one.document.date.year else 0

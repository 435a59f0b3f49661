"""Web pages as passages that can be cited like documents."""

from datetime import date as calendar_date

from bot.core.types import WEB
from knowledge.model.types import Passage


def web_passage(
    *, url: str, part: str, title: str, text: str, date: str, highlight: str = ""
) -> Passage:
    """Make a passage of *text*, which stands in *part* of the page at *url*.

    Its score is 0: it cannot be compared with those of our own documents, which come first.
    """
    return Passage(
        id=f"{url}#{part}",
        document_id=url,
        source=WEB,
        title=title or url,
        url=url,
        text=text,
        score=0.0,
        date=_date(date),
        highlight=highlight,
    )


def _date(written: str) -> calendar_date | None:
    """Read the date at the beginning of an ISO time stamp, or None."""
    try:
        return calendar_date.fromisoformat(written[:10])
    except ValueError:
        return None

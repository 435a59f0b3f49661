"""An answer says since when what it rests on may be out of date."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.answering.late_sources import LateSources, late_line
from bot.core.language import Language
from bot.core.types import Answer, Citation
from knowledge.model.source_health import SourceFailure
from knowledge.storage.health import HealthStore
from knowledge.sync.vectors import JOURNAL
from tests.support.library import Library, remote_table, source_table

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)


def late(
    folder: Path, hours: float, *, source: str = "wiki", schedule: str = "", general: str = ""
) -> bool:
    """Tell whether a source that was synced so many hours before `NOW` is late."""
    library = Library(folder)
    library.configure(remote_table("wiki", schedule=schedule), source_table("docs", "docs"))
    library.index.mkdir(exist_ok=True)
    synced_at = (NOW - timedelta(hours=hours)).timestamp()
    with closing(HealthStore(library.index / JOURNAL)) as health:
        health._set(source, synced_at=synced_at)
    found = LateSources(library.open(), general, ZoneInfo("UTC")).since([source], NOW)
    assert set(found.values()) <= {synced_at}
    return source in found


@pytest.mark.parametrize(
    ("schedule", "general", "hours", "expected"),
    [
        ("", "", 23, False),
        ("", "", 25, True),
        ("0 * * * *", "", 1.4, False),
        ("0 * * * *", "", 1.6, True),
        ("", "0 * * * *", 1.6, True),
        ("03:00", "0 * * * *", 25, False),
        ("03:00", "", 34, True),
        ("0 3 * * 1-5", "", 24 * 3 + 5, False),
    ],
)
def test_a_source_is_late_after_two_times_of_its_schedule(
    tmp_path: Path, schedule: str, general: str, hours: float, *, expected: bool
) -> None:
    """Its own, else the general one, else a day. On a Monday, Friday is not long ago."""
    assert late(tmp_path, hours, schedule=schedule, general=general) is expected


def test_a_folder_without_a_schedule_is_never_late(tmp_path: Path) -> None:
    """Its operator syncs it by hand."""
    assert not late(tmp_path, 24 * 30, source="docs")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "may be out of date"), ("ja", "最新でないもの")]
)
async def test_an_answer_names_the_oldest_moment(
    tmp_path: Path, language: Language, words: str
) -> None:
    """Of the sources that it cites, and of no others; nobody reads why."""
    library = Library(tmp_path)
    library.configure(remote_table("wiki"), remote_table("other"), source_table("docs", "docs"))
    library.index.mkdir()
    with closing(HealthStore(library.index / JOURNAL)) as health:
        for number, name in enumerate(("wiki", "other")):
            health._set(name, synced_at=1e9 + number)
            health.failed(SourceFailure(name, "the token 40x was refused", "refused"))
    sources = LateSources(library.open(), "", ZoneInfo("UTC"))
    cited = [Citation(1, "A", "", "", "docs/a.md"), Citation(2, "B", "", "", "other/b.md")]

    noted = await sources.noted(Answer("answered", "[1][2]", citations=tuple(cited)))
    fresh = await sources.noted(Answer("answered", "[1]", citations=tuple(cited[:1])))

    assert noted.late_since == 1e9 + 1
    assert words in late_line(noted, language)
    assert "40x" not in late_line(noted, language)
    assert late_line(fresh, language) == ""

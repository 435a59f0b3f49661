"""What a visit of a site believes of its sitemap."""

import datetime as dt

import pytest

from knowledge.sync.sources.web_crawl import is_past

NOW = dt.datetime(2026, 11, 30, 12, 0, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("lastmod", "is_over"),
    [
        ("2026-11-30T11:58:00+00:00", True),
        ("2026-11-30T20:58:00+09:00", True),
        ("2026-11-30T11:59:59Z", False),
        ("2026-11-30T23:00:00Z", False),
        ("2026-11-28", True),
        ("2026-11-29", False),
        ("2026-11-30", False),
        ("2026-11-30T08:00:00", False),
        ("2026-11", False),
        ("9999-12-31", False),
        ("", False),
        ("昨日", False),
    ],
)
def test_a_time_says_something_once_it_is_past(lastmod: str, is_over: bool) -> None:  # noqa: FBT001
    """Within the same second, or the same day, a page can change again."""
    assert is_past(lastmod, NOW) is is_over

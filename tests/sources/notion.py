"""Notion at length: 10,000 pages, and a sync that is broken at every call."""

import datetime as dt

from knowledge.model.source_settings import NotionSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.sources.notion import NotionSource
from tests.support.notion_double import NotionDouble
from tests.support.source_faults import broken_everywhere, listed

PAGES = 10_000
MOST_CALLS = 1 + PAGES // 100


def run() -> list[str]:
    """Return what is wrong."""
    wrong = []
    many = NotionDouble()
    for number in range(PAGES):
        many.add(f"Page {number}")
    with many.serving() as address:
        source = _open(many, address)
        before = listed(source)
        many.calls.clear()
        if len(before) != PAGES or listed(source) != before:
            wrong.append(f"notion: {len(before)} of {PAGES} pages, or not the same again")
        if len(many.calls) > MOST_CALLS:
            wrong.append(f"notion: {len(many.calls)} calls for {PAGES} unchanged pages")
    few = NotionDouble(page=20)
    parent, database = few.add("Parent", found=False), few.database()
    for number in range(300):
        few.add(f"Page {number}", parent=parent.id)
        few.add(f"Row {number}", database=database)
    with few.serving() as address:
        wrong += [f"notion: {text}" for text in broken_everywhere(few, lambda: _open(few, address))]
    return wrong


def _open(double: NotionDouble, address: str) -> NotionSource:
    settings = NotionSettings(type="notion", name="team", site=address, token="TOKEN")
    client = HttpClient("team", address, {"Authorization": double.authorization}, lambda _: None)
    now = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    return NotionSource(settings, client, interval=0, now=lambda: now)

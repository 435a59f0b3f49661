"""Confluence at length: 10,000 pages, and a sync that is broken at every call."""

from knowledge.model.source_settings import ConfluenceSettings
from knowledge.sync.http_client import HttpClient
from knowledge.sync.source import Source
from knowledge.sync.sources.confluence import confluence_source
from tests.support.confluence_double import CLOUD, DATA_CENTER, USER, ConfluenceDouble
from tests.support.source_faults import broken_everywhere, listed

PAGES = 10_000
MOST_CALLS = {
    # Two spaces, their permissions, one group; pages by 250, their restrictions by 200,
    # blog posts and attachments.
    CLOUD: 4 + PAGES // 250 + PAGES // 200 + 3,
    # The space, its permissions; pages by 100, each page beginning with the last one; blog posts.
    DATA_CENTER: 2 + PAGES // 99 + 2,
}


def run() -> list[str]:
    """Return what is wrong."""
    return [text for authorization in (CLOUD, DATA_CENTER) for text in _site(authorization)]


def _site(authorization: str) -> list[str]:
    kind = "cloud" if authorization == CLOUD else "data center"
    wrong = []
    many = ConfluenceDouble(authorization)
    many.space("ENG")
    for number in range(PAGES):
        many.add("ENG", f"Page {number}")
    with many.serving() as address:
        source = _open(many, address)
        before = listed(source)
        many.calls.clear()
        if len(before) != PAGES or listed(source) != before:
            wrong.append(f"{kind}: {len(before)} of {PAGES} pages, or not the same again")
        if len(many.calls) > MOST_CALLS[authorization]:
            wrong.append(f"{kind}: {len(many.calls)} calls for {PAGES} unchanged pages")
    few = ConfluenceDouble(authorization, page=20)
    few.space("ENG")
    parent = few.add("ENG", "Parent", groups=["g"])
    for number in range(300):
        page = few.add("ENG", f"Page {number}", parent=parent.id)
        if number % 3 == 0:
            few.add("ENG", "a.txt", kind="attachment", parent=page.id)
    with few.serving() as address:
        wrong += [f"{kind}: {text}" for text in broken_everywhere(few, lambda: _open(few, address))]
    return wrong


def _open(double: ConfluenceDouble, address: str) -> Source:
    settings = ConfluenceSettings(
        type="confluence",
        name="wiki",
        site=address,
        spaces=["ENG"],
        token="TOKEN",
        user=USER if double.authorization == CLOUD else "",
    )
    headers = {"Authorization": double.authorization}
    return confluence_source(settings, HttpClient("wiki", address, headers, lambda _: None))

"""esa, kintone, Backlog, Zendesk and Linear at length, over their doubles.

10,000 items are listed whole, and unchanged items take few calls and no download. A listing, and
one of changes, is broken off at each call in each way: it says so, or nothing is missing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import click

from knowledge.sync.source import FeedSource
from tests.support.backlog_double import BacklogDouble
from tests.support.esa_double import EsaDouble
from tests.support.kintone_double import KintoneDouble
from tests.support.linear_double import LinearDouble
from tests.support.vendor_contract import Vendor, broken_off
from tests.support.zendesk_double import ZendeskDouble

ITEMS = 10_000
FEW = 230
"""Items where every call is broken off: three pages of most vendors."""


@dataclass(frozen=True)
class LargeVendor:
    """A vendor that holds many items.

    Attributes:
        listing: Most calls of a complete listing of `ITEMS`.
        unchanged: Most calls of a sync in which nothing changed.
    """

    vendor: Vendor
    listing: int
    unchanged: int


def run() -> list[str]:
    """Return what broke a rule."""
    violations = list[str]()
    for large in _vendors(ITEMS):
        violations += _unchanged(large)
    for few in _vendors(FEW):
        found = broken_off(few.vendor, in_all_ways=True)
        violations += [f"{few.vendor.kind}: {text}" for text in found]
    return violations


def _vendors(items: int) -> Iterator[LargeVendor]:
    esa = EsaDouble()
    kintone = KintoneDouble()
    backlog = BacklogDouble()
    zendesk = ZendeskDouble()
    linear = LinearDouble()
    linear.add_team("ENG", "Engineering")
    for number in range(items):
        esa.add(f"記事 {number}", "本文", "手引き")
        kintone.add(件名=f"Record {number}")
        backlog.add_issue(f"課題 {number}", "説明")
        zendesk.add("ja", f"記事 {number}", "<p>本文</p>")
        linear.add_issue("ENG", f"Issue {number}", "text")
    login = {"user": "bot@example.com", "token": "A_TOKEN"}
    team, project = {"team": "docs", "token": "A_TOKEN"}, {"projects": ["DOC"], "token": "A_KEY"}
    yield LargeVendor(Vendor("esa", esa, team), listing=100, unchanged=1)
    app = {"apps": [7], "tokens": ["A_TOKEN"]}
    yield LargeVendor(Vendor("kintone", kintone, app), listing=24, unchanged=24)
    yield LargeVendor(Vendor("backlog", backlog, project), listing=106, unchanged=6)
    yield LargeVendor(Vendor("zendesk", zendesk, login), listing=108, unchanged=5)
    yield LargeVendor(Vendor("linear", linear, {"token": "A_KEY"}), listing=43, unchanged=43)


def _unchanged(large: LargeVendor) -> list[str]:
    kind, violations = large.vendor.kind, list[str]()
    with large.vendor.serving() as (server, new):
        source = new()
        cursor = source.cursor() if isinstance(source, FeedSource) else ""
        server.reset()
        started = time.monotonic()
        before = {file.document_id: file for file in source.files()}
        listing, seconds = len(server.calls), time.monotonic() - started
        server.reset()
        if isinstance(source, FeedSource):
            told = source.changes(cursor)
            same = all(before[file.document_id] == file for file in told.files)
            is_unchanged = same and told.cursor == cursor
        else:
            is_unchanged = {file.document_id: file for file in source.files()} == before
        unchanged = len(server.calls)
        downloads = server.downloads
    click.echo(
        f"  {kind}: {len(before)} items in {listing} calls ({seconds:.1f} s), unchanged in "
        f"{unchanged}"
    )
    if len(before) != ITEMS:
        violations.append(f"{kind}: {len(before)} of {ITEMS} items")
    if not is_unchanged:
        violations.append(f"{kind}: something changed")
    if downloads:
        violations.append(f"{kind}: {downloads} downloads of unchanged items")
    if listing > large.listing:
        violations.append(f"{kind}: {listing} calls of a listing, at most {large.listing}")
    if unchanged > large.unchanged:
        violations.append(f"{kind}: {unchanged} calls without a change, at most {large.unchanged}")
    return violations

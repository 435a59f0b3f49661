"""Whole syncs of esa, kintone, Backlog, Zendesk and Linear: from a reply to a passage."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import pytest

from knowledge.model.readers import person
from knowledge.model.types import Principal
from tests.support.backlog_double import BacklogDouble
from tests.support.esa_double import EsaDouble
from tests.support.kintone_double import KintoneDouble
from tests.support.library import Library, remote_table
from tests.support.linear_double import LinearDouble
from tests.support.vendor_contract import Vendor, opened
from tests.support.vendor_server import VendorError, VendorRequest, serving
from tests.support.zendesk_double import STAFF, ZendeskDouble

YAMADA = "yamada@example.com"
RULE = "audience: ['#hr']\n\n"
"""What hides a file, and no page of a vendor that knows who reads it."""


@dataclass
class VendorCase:
    """A vendor with two pages, of which one says `鯨` and the other `Zeppelin`.

    Attributes:
        for_yamada: Whether only Yamada may read them.
        remove: Deletes the page about the zeppelin.
        edit: Lets the other one say `海豚` instead.
    """

    vendor: Vendor
    for_yamada: bool
    remove: Callable[[], object]
    edit: Callable[[], object]


def esa() -> VendorCase:
    double = EsaDouble()
    first, second = (
        double.add("海", "鯨がいます。", "生物"),
        double.add("Air", f"{RULE}A Zeppelin."),
    )
    return VendorCase(
        Vendor("esa", double, {"team": "docs", "token": "A_TOKEN"}),
        for_yamada=False,
        remove=lambda: double.posts.pop(second),
        edit=lambda: double.edit(first, body_md="海豚がいます。"),
    )


def kintone() -> VendorCase:
    double = KintoneDouble()
    first = double.add(件名="海", 本文="<p>鯨がいます。</p>")
    second = double.add(件名="Air", 経緯=f"{RULE}A Zeppelin.")
    return VendorCase(
        Vendor("kintone", double, {"apps": [7], "tokens": ["A_TOKEN"]}),
        for_yamada=False,
        remove=lambda: double.records.pop(second),
        edit=lambda: double.edit(first, 本文="<p>海豚がいます。</p>"),
    )


def backlog() -> VendorCase:
    double = BacklogDouble()
    first = double.add_wiki("海", "* 生物\n鯨がいます。")
    second = double.add_issue("Air", f"{RULE}A Zeppelin.")
    return VendorCase(
        Vendor("backlog", double, {"projects": ["DOC"], "token": "A_KEY"}),
        for_yamada=True,
        remove=lambda: double.issues.pop(second),
        edit=lambda: double.edit(double.wiki[first], content="海豚がいます。"),
    )


def zendesk() -> VendorCase:
    double = ZendeskDouble(users=[{"id": 1, "name": "山田", "email": YAMADA}])
    restricted = {"user_segment_id": STAFF}
    first = double.add("ja", "海", "<p>鯨がいます。</p>", **restricted)
    second = double.add("en-us", "Air", f"<p>{RULE}A Zeppelin.</p>", **restricted)
    return VendorCase(
        Vendor("zendesk", double, {"user": "bot@example.com", "token": "A_TOKEN"}),
        for_yamada=True,
        remove=lambda: double.articles["en-us"].pop(second),
        edit=lambda: double.edit(first, body="<p>海豚がいます。</p>"),
    )


def linear() -> VendorCase:
    double = LinearDouble()
    double.add_team("HR", "人事", YAMADA, visibility="private")
    first = double.add_issue("HR", "海", "鯨がいます。")
    second = double.add_document("Air", f"{RULE}A Zeppelin.", team=double.teams["HR"])
    return VendorCase(
        Vendor("linear", double, {"token": "A_KEY", "teams": ["HR"]}),
        for_yamada=True,
        remove=lambda: double.documents.pop(second),
        edit=lambda: double.edit(double.issues[first], description="海豚がいます。"),
    )


def reader(*mails: str) -> Principal:
    return Principal("U1", member=True, names=frozenset(map(person, mails)))


async def found(library: Library, who: Principal) -> str:
    return " ".join([one.text async for one in library.open().passages(who)])


@pytest.mark.parametrize("make", [esa, kintone, backlog, zendesk, linear])
async def test_pages_arrive_change_and_go(make: Callable[[], VendorCase], tmp_path: Path) -> None:
    """For those who may read them; an unchanged sync reads nothing."""
    case, library = make(), Library(tmp_path)
    library.configure(remote_table("docs"))
    with serving(case.vendor.answer) as server:

        async def sync() -> Any:
            library.sources = {"docs": opened(case.vendor.kind, server, case.vendor.settings)}
            report = await library.open().sync()
            assert (report.problems, report.failures) == ((), ())
            return report

        assert (await sync()).added == 2
        text = await found(library, reader(YAMADA))
        assert "鯨がいます" in text
        assert "Zeppelin" in text
        assert bool(await found(library, reader("bob@example.com"))) != case.for_yamada

        again = await sync()
        assert (again.unchanged, again.changed, again.embedded_chunks) == (2, 0, 0)

        case.edit()
        case.remove()
        last = await sync()
        text = await found(library, reader(YAMADA))

    assert (last.changed, last.removed) == (1, 1)
    assert "海豚がいます" in text
    assert "鯨" not in text
    assert "Zeppelin" not in text


@pytest.mark.parametrize("make", [esa, kintone, backlog, zendesk, linear])
async def test_a_token_that_expires_between_two_calls(
    make: Callable[[], VendorCase], tmp_path: Path
) -> None:
    """At each call: no document goes, and the sync says that the token is refused."""
    case, library = make(), Library(tmp_path)
    library.configure(remote_table("docs"))
    left = inf

    def answer(request: VendorRequest) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise VendorError(401)
        return case.vendor.answer(request)

    with serving(answer) as server:

        async def sync() -> Any:
            library.sources = {"docs": opened(case.vendor.kind, server, case.vendor.settings)}
            return await library.open().sync(force=True)

        await sync()
        case.edit()
        refused = 0
        while True:
            left = refused
            report = await sync()
            if left >= 0:
                break
            refused += 1
            text = await found(library, reader(YAMADA))
            assert [one.kind for one in report.failures] == ["refused"]
            assert "Zeppelin" in text
            assert "鯨がいます" in text or "海豚がいます" in text
        text = await found(library, reader(YAMADA))

    assert refused > 0
    assert "海豚がいます" in text
    assert "Zeppelin" in text

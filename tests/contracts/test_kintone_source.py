"""The source of kintone, over a double of its REST API."""

import datetime as dt
from typing import Any

import pytest

from knowledge.model.errors import KnowledgeConfigError, ParseError
from tests.support.kintone_double import KintoneDouble
from tests.support.vendor_contract import (
    Vendor,
    broken_off,
    opened,
    read,
    reads_a_missing_page_as_a_problem,
    refuses_an_expired_token,
    texts,
    waits_when_throttled,
)
from tests.support.vendor_server import serving


def row(number: int, day: str, text: str, files: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "id": str(number),
        "value": {
            "日": {"type": "DATE", "value": day},
            "対応": {"type": "SINGLE_LINE_TEXT", "value": text},
            "証跡": {"type": "FILE", "value": files},
        },
    }


@pytest.fixture
def kintone() -> KintoneDouble:
    """An app with two records, and three files in the first."""
    double = KintoneDouble()
    double.add(
        件名="有給 <休暇> の繰越",
        担当=[{"code": "yamada", "name": "山田 花子"}],
        区分=["人事", "制度"],
        本文="<div>繰越は<b>二年</b>までです。</div><ul><li>例外あり</li></ul>",
        経緯="一行目\n# 二行目",
        添付=[double.upload("規程.txt", "第一条".encode()), double.upload("規程.txt", b"new")],
        履歴=[
            row(11, "2026-11-01", "電話した", [double.upload("memo.txt", b"called")]),
            row(12, "2026-11-02", "Mail sent", []),
        ],
    )
    double.add(件名="VPN does not connect", 本文="<p>Restart the client.</p>")
    return double


@pytest.fixture
def vendor(kintone: KintoneDouble) -> Vendor:
    return Vendor("kintone", kintone, {"apps": [7], "tokens": ["KINTONE_TOKEN"]})


def test_a_record_is_read_by_the_labels_of_its_form(vendor: Vendor) -> None:
    """Short fields, then the long ones, in the order of the form; tables as tables."""
    with vendor.serving() as (_, new):
        found = texts(new())

    assert found["docs/7/1"] == (
        "有給 <休暇> の繰越\n有給 <休暇> の繰越\n"
        "問い合わせ\n\n件名: 有給 <休暇> の繰越\n\n担当者: 山田 花子\n\n区分 (kind): 人事, 制度\n\n"
        "添付ファイル: 規程.txt, 規程.txt\n\nステータス: 完了\n"
        "有給 <休暇> の繰越 > 回答\n繰越は二年までです。\n\n- 例外あり\n"
        "有給 <休暇> の繰越 > 対応履歴\n"
        "| 対応日 | 対応内容 | 証跡 |\n| --- | --- | --- |\n"
        "| 2026-11-01 | 電話した | memo.txt |\n| 2026-11-02 | Mail sent |  |\n"
        "有給 <休暇> の繰越 > 経緯\n一行目\n# 二行目"
    )
    assert "Restart the client." in found["docs/7/2"]


def test_records_and_files_have_addresses_and_days(vendor: Vendor, kintone: KintoneDouble) -> None:
    """Files of one name in one field are two documents; a file is read as it is."""
    with vendor.serving() as (server, new):
        source = new()
        files = {file.document_id: file for file in source.files()}
        content = read(source)

    assert list(files) == [
        "docs/7/1",
        "docs/7/1/添付/0/規程.txt",
        "docs/7/1/添付/1/規程.txt",
        "docs/7/1/履歴.証跡/11.0/memo.txt",
        "docs/7/2",
    ]
    assert {file.url for file in files.values()} == {
        f"{server.url}/k/7/show#record={number}" for number in (1, 2)
    }
    assert files["docs/7/2"].date == dt.date(2026, 11, 22)
    assert content["docs/7/1/添付/0/規程.txt"].decode() == "第一条"
    assert content["docs/7/1/履歴.証跡/11.0/memo.txt"] == b"called"


def test_what_changed_has_another_version(vendor: Vendor, kintone: KintoneDouble) -> None:
    """A record, a file in it; all records, when the form changes; what is gone is not listed."""
    with vendor.serving() as (_, new):
        before = {file.document_id: file.version for file in new().files()}
        kintone.edit(1, 経緯="別の経緯", 添付=[kintone.upload("規程.txt", b"newer")])
        changed = {file.document_id: file.version for file in new().files()}
        del kintone.records[1]
        kintone.form_revision += 1
        after = {file.document_id: file.version for file in new().files()}

    assert {id_ for id_ in before if changed.get(id_) != before[id_]} == {
        "docs/7/1",
        "docs/7/1/添付/0/規程.txt",
        "docs/7/1/添付/1/規程.txt",
    }
    assert list(after) == ["docs/7/2"]
    assert after["docs/7/2"] != changed["docs/7/2"]


def test_a_thousand_records_take_few_calls(vendor: Vendor, kintone: KintoneDouble) -> None:
    """500 are listed by a call, and 100 read by one."""
    for number in range(1000):
        kintone.add(件名=f"Record {number}")
    with vendor.serving() as (server, new):
        source = new()
        files = list(source.files())
        assert (len(files), len(server.calls)) == (1005, 6)
        server.reset()
        for file in files:
            source.read(file)
        assert (len(server.calls), server.downloads) == (11 + 3, 3)


def test_a_revision_may_be_a_number(vendor: Vendor, kintone: KintoneDouble) -> None:
    """kintone's pages show a text, its published schema a number."""
    with vendor.serving() as (_, new):
        before = [file.version for file in new().files()]
        kintone.has_numbers = True
        assert [file.version for file in new().files()] == before


def test_excluded_files_are_passed_over(vendor: Vendor) -> None:
    """By their names."""
    vendor.settings["exclude"] = ["memo.*"]
    with vendor.serving() as (_, new):
        passed_over = [file.document_id for file in new().files() if file.passed_over]

    assert passed_over == ["docs/7/1/履歴.証跡/11.0/memo.txt"]


def test_no_listing_seems_complete_that_broke_off(vendor: Vendor, kintone: KintoneDouble) -> None:
    """At each call, in each way."""
    for number in range(500):
        kintone.add(件名=f"Record {number}")

    assert broken_off(vendor) == []


def test_the_token_and_throttling(vendor: Vendor) -> None:
    """A wrong token is said to be wrong at once; a short wait is waited, a long one is told."""
    refuses_an_expired_token(vendor)
    waits_when_throttled(vendor)


def test_a_record_that_went_is_a_problem_of_its_own(vendor: Vendor, kintone: KintoneDouble) -> None:
    """The others are read, and so are those that were fetched with it."""
    reads_a_missing_page_as_a_problem(vendor, lambda: kintone.records.pop(2))


def test_a_file_that_went_is_a_problem_of_its_own(vendor: Vendor, kintone: KintoneDouble) -> None:
    """Its record is read."""
    with vendor.serving() as (_, new):
        source = new()
        files = {file.name: file for file in source.files()}
        kintone.files.clear()

        with pytest.raises(ParseError, match="no longer exists"):
            source.read(files["7/1/memo.txt"])
        assert source.read(files["7/1.html"])


def test_nobody_widens_the_audience_by_a_record(vendor: Vendor, kintone: KintoneDouble) -> None:
    """A rich text that states an audience or a title states neither."""
    kintone.edit(
        2, 本文='<META name="audience" content="anyone"></p><title>Other</title><h1>Other</h1>'
    )
    with vendor.serving() as (_, new):
        page = read(new())["docs/7/2"].decode()

    assert "&lt;META name" in page
    assert page.count("<title>") == 1


def test_an_app_is_named_once(vendor: Vendor, kintone: KintoneDouble) -> None:
    """A second token for it would be a mistake."""
    settings = {"apps": [7, 7], "tokens": ["A_TOKEN", "B_TOKEN"]}
    with serving(kintone) as server, pytest.raises(KnowledgeConfigError, match="each app once"):
        opened("kintone", server, settings)

"""`check` reports the problems that a person should fix, and nothing else."""

import datetime as dt

import pytest

from knowledge.model.errors import IndexMissingError
from knowledge.model.findings import Finding
from knowledge.model.types import Progress
from tests.knowledge.sync.test_partly_read import partly_scanned
from tests.support.library import Library, source_table
from tests.support.memory_sources import MemorySource

LEAVE = """# 有給休暇

正社員には、入社から6か月後に年次有給休暇が{days}日与えられます。申請は勤怠システムから行い、上長が3日以内に承認します。
使い切れなかった休暇は翌年度に限り繰り越せます。半日単位でも取得できますが、時間単位では取得できません。
"""
EXPENSES = """# Expenses

Receipts above €{limit} are needed for every claim. Claim in the finance portal, and your manager
approves the claim in the same week. Claims that come later than the end of the quarter are paid
with the salary of the next quarter, and the finance team answers questions about them by mail.
"""


async def found(library: Library, *kinds: str) -> list[Finding]:
    await library.open().sync()
    report = await library.open().check()
    return [finding for finding in report.findings if not kinds or finding.kind in kinds]


def dated(text: str, date: str) -> str:
    return f"---\ndate: {date}\n---\n{text}"


@pytest.fixture
def tidy(library: Library) -> Library:
    """A library with an owner and two good documents."""
    library.configure(source_table("docs", "docs", owner="@keiko"))
    this_year = f"{dt.datetime.now(dt.UTC).date():%Y}-01-01"
    library.write("leave.md", dated(LEAVE.format(days=10), this_year))
    library.write("expenses.md", dated(EXPENSES.format(limit=10), this_year))
    return library


async def test_good_documents_give_no_findings(tidy: Library) -> None:
    """An empty list means that there is nothing to do."""
    assert await found(tidy) == []


async def test_before_the_first_sync_there_is_nothing_to_check(tidy: Library) -> None:
    """It raises an error instead of reporting no problem."""
    with pytest.raises(IndexMissingError):
        await tidy.open().check()


async def test_broken_front_matter_is_distinguished_from_an_unreadable_file(tidy: Library) -> None:
    """The first hides a readable text and is easy to fix; the second is not."""
    tidy.write("secret.md", "---\naudience: hr\n---\n# Pay\n\nBands of this year.\n")
    tidy.write("torn.md", "---\ntitle: [\n---\n# 規程\n\n本文です。\n")
    tidy.write("broken.pdf", b"%PDF-1.7\nnothing")
    tidy.write("blank.txt", " \n")

    kinds = {one.documents[0]: (one.kind, one.level) for one in await found(tidy)}

    assert kinds == {
        "docs/secret.md": ("hidden", "error"),
        "docs/torn.md": ("hidden", "error"),
        "docs/broken.pdf": ("unreadable", "error"),
        "docs/blank.txt": ("empty", "warning"),
    }


@pytest.mark.parametrize("name", ["Plan.pdf", "計画.pdf"])
async def test_a_document_that_was_read_in_part_is_not_unreadable(tidy: Library, name: str) -> None:
    """Its other pages are found, so it is a warning, and it names the pages."""
    tidy.write(name, partly_scanned("The gate opens at nine."))

    (finding,) = await found(tidy, "partly-read", "unreadable")

    assert (finding.kind, finding.level) == ("partly-read", "warning")
    assert finding.documents == (f"docs/{name}",)
    assert "page 2: images without text" in str(finding.details["reason"])


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [(LEAVE, {"days": 10}, {"days": 20}), (EXPENSES, {"limit": 10}, {"limit": 25})],
)
async def test_documents_that_state_different_numbers_conflict(
    library: Library, text: str, old: dict[str, int], new: dict[str, int]
) -> None:
    """The older one comes first; the quotes show what each of them states."""
    library.write("a.md", dated(text.format(**new), "2026-04-01"))
    library.write("b.md", dated(text.format(**old), "2024-04-01"))

    (conflict,) = await found(library, "conflict", "duplicate")

    assert (conflict.kind, conflict.documents) == ("conflict", ("docs/b.md", "docs/a.md"))
    quotes = conflict.details["quotes"]
    assert isinstance(quotes, tuple)
    assert ["10" in quote for quote in quotes] == [True, False]


async def test_two_years_of_one_document_are_editions(library: Library) -> None:
    """If both name their year, each may be right for it."""
    for year, days in ((2025, 3), (2026, 5)):
        title = f"# 夏季休業のお知らせ（{year}年度）\n\n"
        library.write(f"{year}.md", dated(f"{title}夏季休業は{days}日間です。", f"{year}-06-01"))

    (editions,) = await found(library, "editions", "conflict")

    assert (editions.kind, editions.documents) == ("editions", ("docs/2025.md", "docs/2026.md"))


async def test_numbers_of_different_things_do_not_conflict(library: Library) -> None:
    """Days of leave and days until payment share only the unit."""
    library.write(
        "a.md", dated("# Leave\n\nEverybody has 25 days of leave a year.\n", "2026-04-01")
    )
    library.write("b.md", dated("# Invoices\n\nSuppliers are paid after 30 days.\n", "2023-04-01"))
    library.write("c.md", dated("# 休暇\n\n休暇は年に20日です。\n", "2026-04-01"))
    library.write("d.md", dated("# 支払\n\n請求書は30日以内に支払います。\n", "2023-04-01"))

    assert await found(library, "conflict", "editions") == []


@pytest.mark.parametrize("text", [LEAVE.format(days=10), EXPENSES.format(limit=10)])
async def test_exact_and_near_duplicates_are_found(library: Library, text: str) -> None:
    """A copy with a changed word is still a duplicate."""
    library.write("a.md", text)
    library.write("copy/a.md", text)
    (exact,) = await found(library, "duplicate")
    library.write("b.md", text.replace("申請", "申込").replace("approves", "accepts"))
    (near,) = await found(library, "duplicate")

    assert (exact.documents, exact.details["exact"]) == (("docs/a.md", "docs/copy/a.md"), True)
    assert (len(near.documents), near.details["exact"]) == (3, False)


async def test_a_passage_in_many_documents_is_one_finding(library: Library) -> None:
    """One for the group, not one for each pair."""
    passage = "この文書についての質問は総務課の窓口までお寄せください。受付は平日だけです。" * 2
    for subject in ("採用", "出張", "備品"):
        steps = "".join(f"{subject}の{step}を{subject}係が確かめます。" for step in "甲乙丙丁戊")
        library.write(f"{subject}.md", f"# {subject}\n\n{steps}\n\n## 窓口\n\n{passage}\n")

    (repeated,) = await found(library, "repeated", "duplicate")

    assert (repeated.kind, len(repeated.documents)) == ("repeated", 3)
    assert "総務課" in str(repeated.details["text"])


async def test_dates_are_compared_with_today_and_with_the_title(library: Library) -> None:
    """Old, in the future, or newer than the year in the title, in both calendars."""
    library.write(
        "old.md",
        dated("# Printer\n\nUse the one on the second floor, beside the stairs.\n", "2020-01-01"),
    )
    library.write(
        "next.md",
        dated("# Move\n\nThe office has moved to the other side of the river.\n", "2199-01-01"),
    )
    library.write(
        "rules-2019.md",
        dated(
            "# Parking rules\n\nPark in the yard behind the house, not in the street.\n",
            "2023-01-01",
        ),
    )
    library.write(
        "r3.md", dated("# ごみの出し方（令和3年度）\n\n朝8時までに出してください。\n", "2023-01-01")
    )

    kinds = {one.documents[0]: one for one in await found(library)}

    assert kinds["docs/old.md"].kind == "stale"
    assert kinds["docs/next.md"].kind == "future"
    assert (kinds["docs/rules-2019.md"].kind, kinds["docs/rules-2019.md"].details["year"]) == (
        "undated",
        2019,
    )
    assert kinds["docs/r3.md"].details["year"] == 2021


async def test_sizes_titles_and_owners_are_checked(library: Library) -> None:
    """Each of these makes a text hard to find or to cite."""
    library.configure(
        source_table("docs", "docs"), source_table("void", "void"), "[check]\noversized_chunks = 9"
    )
    (library.folder / "void").mkdir()
    library.write("stub.md", "# Onboarding\n\nTBD\n")
    library.write("メモ.txt", "会議で決まったことを、ここに書いておきます。次回は木曜日です。")
    library.write("log.txt", "---\ntitle: Log\n---\n" + "A line of the log that goes on.\n" * 200)
    library.write("long.md", "# Long\n\n" + "## Part\n\nSome words about it.\n\n" * 10)

    kinds = {(one.kind, one.documents[0]) for one in await found(library)}

    assert kinds >= {
        ("empty", "docs/stub.md"),
        ("untitled", "docs/メモ.txt"),
        ("unstructured", "docs/log.txt"),
        ("oversized", "docs/long.md"),
        ("ownerless", "docs"),
        ("empty-source", "void"),
    }
    assert ("untitled", "docs/stub.md") not in kinds


async def test_documents_with_a_number_for_an_id_have_a_name(library: Library) -> None:
    """An issue is named by its key and title; the path of a file says enough."""
    tracker = MemorySource("tracker")
    title = "KEY-12 Printer 印刷"
    tracker.put("10042.html", f"<title>{title}</title><h1>{title}</h1><p>TBD</p>")
    tracker.put("stub.md", "# Onboarding\n\nTBD\n")
    library.add(tracker)
    base = library.open()
    await base.sync()
    report = await base.check()

    assert report.names == {"tracker/10042.html": "tracker/KEY-12 Printer 印刷"}
    named = {one for finding in report.findings for one in finding.documents}
    assert {"tracker/10042.html", "tracker/stub.md"} <= named


async def test_channels_that_nobody_has_read_yet_are_no_mistake(library: Library) -> None:
    """The bot fills them when it runs: there is no place to correct."""
    slack = '[[sources]]\nname = "talk"\ntype = "slack"\nchannels = ["C0123456"]'
    library.configure(source_table("docs", "docs"), slack)
    library.write("a.md", "# Rooms\n\nThe rooms are on floor 3, beside the stairs.\n")
    base = library.open()
    await base.sync()
    report = await base.check()
    of_talk = [one for one in report.findings if one.documents == ("talk",)]

    assert [(one.kind, one.level) for one in of_talk] == [("unread-source", "note")]


async def test_excluded_documents_are_not_checked(tidy: Library) -> None:
    """An archive is old by design."""
    tidy.write(
        "archive/old.md",
        dated("# Fax\n\nThe fax is in the cellar, behind the boxes.\n", "2001-01-01"),
    )
    tidy.write("archive/torn.md", "---\ntitle: [\n---\n# 規程\n\n本文です。\n")
    assert len(await found(tidy)) == 2

    source = source_table("docs", "docs", owner="@keiko")
    tidy.configure(source, '[check]\nexclude = ["docs/archive/**"]')

    assert await found(tidy) == []


async def test_the_most_severe_comes_first_and_progress_is_reported(tidy: Library) -> None:
    """People read a list from the top."""
    tidy.write(
        "old.md",
        dated("# Printer\n\nUse the one on the second floor, beside the stairs.\n", "2020-01-01"),
    )
    tidy.write(
        "older.md",
        dated("# Scanner\n\nUse the one in the hall of the old building.\n", "2018-01-01"),
    )
    tidy.write("broken.pdf", b"%PDF-1.7\nnothing")
    await tidy.open().sync()
    steps: list[Progress] = []

    report = await tidy.open().check(steps.append)

    assert [one.documents[0] for one in report.findings] == [
        *("docs/broken.pdf", "docs/older.md", "docs/old.md"),
    ]
    assert {step.stage for step in steps} == {"check"}
    assert steps[-1].name == "conflicts"

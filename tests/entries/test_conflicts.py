"""Documents that contradict an entry, and documents that only look like it."""

import pytest

from bot.entries.conflicts import conflicts_of
from bot.entries.entry import Entry
from bot.entries.store import EntryStore
from tests.support.library import GUEST, MEMBER, Library

OTHERWISE = [
    ("来客用の駐車場は何台？", "来客用の駐車場は12台です。", "来客用の駐車場は20台あります。"),
    ("駐車場の暗証番号は？", "4012 です。", "駐車場の暗証番号は5023です。"),
    ("国内出張の日当は？", "国内出張の日当は2,200円です。", "国内出張の日当は2,500円です。"),
    ("How long may I park?", "You may park for 3 hours.", "Visitors may park for 5 hours."),
    ("The guest code?", "The guest wifi code is KX-4412.", "The guest wifi code is KX-7790."),
]
ALIKE = [
    ("国内出張の日当は？", "国内出張の日当は2,200円です。", "海外出張の日当は6,000円です。"),
    ("会議室は何人まで？", "大会議室は12人まで使えます。", "小会議室は6人まで使えます。"),
    ("国内出張の日当は？", "国内出張の日当は2,200円です。", "国内出張の日当は2,200円です。"),
    ("The daily allowance?", "The daily allowance is 2,200 yen.", "A hotel may cost 11,000 yen."),
]


async def conflicts(
    saved: EntryStore, library: Library, case: tuple[str, str, str]
) -> list[tuple[str, str]]:
    """Return the conflicts of a question and its answer with a document."""
    question, answer, document = case
    library.write("other.md", f"# 案内\n\n{document}\n")
    base = library.open()
    await base.sync()
    entry = (await saved.save(Entry(question, answer, "U1", "U1", ""))).entry
    assert await conflicts_of(entry, base, GUEST) == []
    found = await conflicts_of(entry, base, MEMBER)
    return [(one.ours, one.theirs) for one in found]


@pytest.mark.parametrize("case", OTHERWISE)
async def test_another_number_for_the_same_thing_is_a_conflict(
    saved: EntryStore, library: Library, case: tuple[str, str, str]
) -> None:
    """Both sentences are quoted, of any date; a reader without rights is shown none."""
    assert await conflicts(saved, library, case) == [case[1:]]


@pytest.mark.parametrize("case", ALIKE)
async def test_something_else_or_the_same_is_no_conflict(
    saved: EntryStore, library: Library, case: tuple[str, str, str]
) -> None:
    """An owner who is asked for nothing soon stops looking."""
    assert await conflicts(saved, library, case) == []

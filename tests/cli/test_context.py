"""Who finds what, as `--as` names the reader: by source, and by a document's own front matter."""

import asyncio

import pytest

from bot.cli.context import reader_named
from bot.core.errors import SettingsError
from tests.support.library import Library, source_table


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Three sources; in each of the first two one document says something else."""
    library = Library(tmp_path_factory.mktemp("audience"))
    library.configure(
        source_table("open", "docs/open", audience="anyone"),
        source_table("team", "docs/team"),
        source_table("hr", "docs/hr", audience=["#hr", "@board", "C0123456"]),
    )
    library.write(
        "open/hours.md", "# 営業時間\n\n受付は9時からです。 The reception opens at nine.\n"
    )
    library.write("open/ext.md", _narrowed("members", "# 内線\n\n受付は1234。 Reception: 1234.\n"))
    library.write("team/duty.md", "# 当番\n\n受付の当番です。 Duty at the reception.\n")
    library.write(
        "team/place.md", _narrowed("anyone", "# 場所\n\n受付は一階。 Reception: floor 1.\n")
    )
    library.write(
        "team/pass.md", _narrowed("['#front']", "# 鍵\n\n受付の鍵。 Key of the reception.\n")
    )
    library.write("hr/pay.md", "# 給与\n\n受付は等級3。 Reception staff are in grade 3.\n")
    asyncio.run(library.open().sync())
    return library


def _narrowed(audience: str, text: str) -> str:
    return f"---\naudience: {audience}\n---\n{text}"


EVERYBODY = {"open/hours.md", "team/place.md"}
MEMBERS = EVERYBODY | {"open/ext.md", "team/duty.md"}


@pytest.mark.parametrize("query", ["受付", "reception"])
@pytest.mark.parametrize(
    ("reader", "found"),
    [
        ("anyone", EVERYBODY),
        ("members", MEMBERS),
        ("#hr", MEMBERS | {"hr/pay.md"}),
        ("@board", MEMBERS | {"hr/pay.md"}),
        ("C0123456", MEMBERS | {"hr/pay.md"}),
        ("#Front", MEMBERS | {"team/pass.md"}),
        ("#front, #hr", MEMBERS | {"team/pass.md", "hr/pay.md"}),
        ("#others", MEMBERS),
    ],
)
async def test_a_reader_finds_what_is_for_them_in_both_languages(
    library: Library, reader: str, query: str, found: set[str]
) -> None:
    """All that they may read and nothing else, up to the number of results asked for."""
    base = library.open()

    passages = await base.search(query, reader_named(reader), 10)
    few = await base.search(query, reader_named(reader), 2)

    assert {passage.document_id for passage in passages} == found
    assert len(few) == 2


def test_a_group_that_is_not_written_as_one_is_refused() -> None:
    """`hr` for `#hr` would silently find less than the person expects."""
    with pytest.raises(SettingsError, match="--as: 'hr': write \"#name\""):
        reader_named("hr")

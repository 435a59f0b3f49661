"""A web source over DokuWiki, a wiki that others wrote, with pages that not everybody may read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import WebSettings
from knowledge.parsing.parsers import parse
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.web import WebSource
from knowledge.sync.sources.web_cache import WebCache
from tests.support.dokuwiki import DokuWiki, serving_dokuwiki
from tests.support.faulty_proxy import FaultyProxy
from tests.support.library import Library

SITEMAP = "/doku.php?do=sitemap"
START = "/doku.php?id=start"


@pytest.fixture
def wiki(tmp_path: Path) -> Iterator[DokuWiki]:
    """A wiki with seven pages, which all may read."""
    folder = tmp_path / "wiki"
    folder.mkdir()
    with serving_dokuwiki(folder) as wiki:
        links = "".join(f"  * [[team:p{n}]]\n" for n in range(4))
        wiki.write("start", f"====== Start ======\n\nSee [[hr:休暇]], [[hr:plan]].\n\n{links}")
        wiki.write(
            "hr:休暇", "====== 休暇 ======\n\n有給休暇は20日です。\n\n===== 夏 =====\n\n3日です。\n"
        )
        wiki.write("hr:plan", "====== Plan ======\n\nA secret plan.\n")
        for number in range(4):
            wiki.write(f"team:p{number}", f"====== Page {number} ======\n\nNumber {number}.\n")
        wiki.forget()
        yield wiki


def source(address: str, cache: Path, start: str = SITEMAP, **settings: object) -> WebSource:
    table = {"type": "web", "name": "wiki", "start": f"{address}{start}", "allow_private": True}
    return WebSource(WebSettings.model_validate(table | settings), WebCache(cache), sleep=_stop)


def _stop(seconds: float) -> None:
    raise SourceError("tried once")


def ids(files: Iterable[SourceFile]) -> set[str]:
    """Return the pages' names in the wiki."""
    read = {file.document_id for file in files if not file.passed_over}
    return {id_.removeprefix("wiki/").removeprefix("doku.php?id=") for id_ in read}


EVERYTHING = {"index", "hr:休暇", "hr:plan", *(f"team:p{number}" for number in range(4))}


@pytest.mark.parametrize("start", [SITEMAP, START])
def test_pages_arrive_change_and_go(wiki: DokuWiki, tmp_path: Path, start: str) -> None:
    """From the sitemap that the wiki makes, and by its links; their addresses have queries."""
    web = source(wiki.address, tmp_path / "cache", start, exclude=["*do=*"])
    before = {file.document_id: file for file in web.files()}
    assert ids(before.values()) == EVERYTHING
    leave = before["wiki/doku.php?id=hr:休暇"]
    parsed = parse(web.read(leave), leave.name)
    assert "有給休暇は20日です。" in "\n".join(section.text for section in parsed.sections)

    wiki.write("hr:休暇", "====== 休暇 ======\n\n有給休暇は25日です。\n")
    wiki.write("start", "====== Start ======\n\nSee [[hr:休暇]], [[hr:new]], [[team:p0]].\n")
    wiki.write("hr:new", "====== New ======\n\nA new page.\n")
    for name in ("hr:plan", "team:p1", "team:p2", "team:p3"):
        wiki.remove(name)
    wiki.forget()
    after = {file.document_id: file for file in web.files()}

    assert ids(after.values()) == {"index", "hr:休暇", "hr:new", "team:p0"}
    assert after[leave.document_id].version != leave.version
    assert "25日" in web.read(after[leave.document_id]).decode()
    assert after["wiki/doku.php?id=team:p0"].url == f"{wiki.address}/doku.php?id=team:p0"


def test_a_lost_right_takes_a_page_away(wiki: DokuWiki, tmp_path: Path) -> None:
    """Until it is given back: DokuWiki shows that it is closed, with status 200 and `noindex`."""
    web = source(wiki.address, tmp_path / "cache", START, exclude=["*do=*"])
    assert ids(web.files()) == EVERYTHING
    wiki.permit({"*": 1, "hr:plan": 0})

    found = list(web.files())

    assert ids(found) == EVERYTHING - {"hr:plan"}
    assert [one.url for one in found if one.passed_over] == [f"{wiki.address}/doku.php?id=hr:plan"]
    wiki.permit({"*": 1})
    assert ids(web.files()) == EVERYTHING


async def test_a_wiki_that_closes_is_not_empty(wiki: DokuWiki, tmp_path: Path) -> None:
    """Its documents stay until somebody says that this is meant."""
    library = Library(tmp_path)
    web = source(wiki.address, tmp_path / "cache", exclude=["*do=*"])
    web.name = "wiki"
    library.add(web)
    assert (await library.open().sync()).documents_total == len(EVERYTHING)
    wiki.permit({"*": 0})

    report = await library.open().sync()

    assert [failure.kind for failure in report.failures] == ["loss"]
    assert report.documents_total == len(EVERYTHING)
    accepted = await library.open().sync(["wiki"], accept_loss=True)
    assert accepted.documents_total == 0


def test_a_page_that_was_just_changed_is_told(tmp_path: Path) -> None:
    """DokuWiki asks programs to leave it out, for five days where nobody has set another time."""
    folder = tmp_path / "wiki"
    folder.mkdir()
    with serving_dokuwiki(folder, delay=432_000) as wiki:
        wiki.write("start", "====== Start ======\n\nHello.\n")
        found = list(source(wiki.address, tmp_path / "cache", START).files())

    assert {file.passed_over for file in found} == {"noindex"}


def test_a_visit_that_breaks_off_raises(wiki: DokuWiki, tmp_path: Path) -> None:
    """Wherever the connection is cut for good, no page seems to be gone."""
    port, excluded = int(wiki.address.rpartition(":")[2]), ["*do=*"]
    with FaultyProxy(port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        whole = ids(source(address, tmp_path / "whole", START, exclude=excluded).files())
        messages = proxy.messages
    broken = 0
    for number in range(1, messages + 1, max(1, messages // 3)):
        with FaultyProxy(port, number) as proxy:
            address = f"http://127.0.0.1:{proxy.port}"
            web = source(address, tmp_path / f"{number}", START, exclude=excluded)
            try:
                found = ids(web.files())
            except SourceError:
                broken += 1
            else:
                assert found == whole
    assert broken > 1

"""The contract of a web source, over nginx and over a generated site."""

import datetime as dt
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.factory import open_source
from knowledge.model.errors import ParseError, SourceError
from knowledge.model.source_settings import WebSettings
from knowledge.parsing.parsers.html import HtmlParser
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.web import WebSource
from knowledge.sync.sources.web_address import QUERIES, normal_address
from knowledge.sync.sources.web_cache import WebCache
from knowledge.sync.sources.web_page import examine_page, examine_sitemap
from tests.support.generated_site import Pages, serving_pages
from tests.support.nginx import NGINX, Site, serving_site

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

_SERVER = """
location = /docs/old.html { return 301 /docs/travel.html; }
location = /docs/away.html { return 302 http://169.254.169.254/latest/; }
location = /docs/failing.html { if (-f $document_root/../failing) { return 500; } }
location = /docs/locked.html { if (-f $document_root/../locked) { return 403; } }
location = /docs/quiet.html { add_header X-Robots-Tag "noindex, follow"; }
location = /docs/sjis.html { charset_types text/html; default_type text/html; charset shift_jis; }
location /docs/files/ { autoindex on; }
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving_site(tmp_path / "nginx", _SERVER) as site:
        site.page(
            "docs/index.html",
            "<h1>Docs</h1><a href='travel.html#a'>t</a> <a href='./休暇.html'>休</a>"
            "<a href='/private/x.html'>x</a><a href='http://other.example/'>o</a>"
            "<a href='gone.html'>g</a><a href='old.html'>old</a><a href='away.html'>a</a>"
            "<a href='quiet.html'>q</a><a href='picture.png'>p</a><a href='mailto:a@b.c'>m</a>"
            "<a href='leave.pdf'>pdf</a>",
        )
        site.page("docs/travel.html", "<h1>Travel</h1><p>Book by train.</p>")
        site.page("docs/休暇.html", "<h1>休暇</h1><p>有給休暇は20日です。</p>")
        site.page("docs/quiet.html", "<a href='hidden.html'>h</a>", "<meta name=x>")
        site.page("docs/hidden.html", "<p>no</p>", "<meta name='robots' content='noindex'>")
        site.write("docs/leave.pdf", b"%PDF-1.4 x")
        site.page("private/x.html", "no")
        yield site


def source(address: str, cache: Path, start: str = "/docs/", **settings: object) -> WebSource:
    table = {"type": "web", "name": "site", "start": f"{address}{start}", "allow_private": True}
    waits = list[float]()
    return WebSource(
        WebSettings.model_validate(table | settings), WebCache(cache), sleep=waits.append
    )


@pytest.fixture
def web(site: Site, tmp_path: Path) -> WebSource:
    return source(site.address, tmp_path / "cache.sqlite")


def ids(files: Iterable[SourceFile]) -> list[str]:
    return sorted(file.document_id for file in files if not file.passed_over)


@needs_nginx
def test_a_crawl_stays_within_its_prefix(site: Site, web: WebSource) -> None:
    """Links, redirects and other formats; without what asks to be left out."""
    files = {file.document_id: file for file in web.files()}

    assert ids(files.values()) == [
        "site/index",
        "site/leave.pdf",
        "site/travel.html",
        "site/休暇.html",
    ]
    assert files["site/index"].name == "index.html"
    assert files["site/travel.html"].url == f"{site.address}/docs/travel.html"
    page = HtmlParser().parse(web.read(files["site/休暇.html"]), "a.html")
    assert page.title == "休暇"
    assert "有給休暇は20日です。" in page.sections[0].text
    asked = {path for path, _ in site.requests()}
    assert not asked & {"/private/x.html", "/docs/picture.png"}


@needs_nginx
def test_reading_and_an_unchanged_site_send_nothing(site: Site, web: WebSource) -> None:
    """What was fetched is not fetched again; a second visit costs one 304 for each page."""
    for file in web.files():
        if not file.passed_over:
            web.read(file)
    first = site.requests()
    assert len(first) == len({path for path, _ in first})

    again = list(web.files())
    assert {status for path, status in site.requests() if path.endswith((".html", "/"))} <= {
        *(301, 302, 304, 404),
    }
    assert len(ids(again)) == 4
    assert web.read(next(file for file in again if file.name == "leave.pdf")) == b"%PDF-1.4 x"


@needs_nginx
def test_changes_additions_and_deletions(site: Site, web: WebSource) -> None:
    """A page that is gone is not listed."""
    before = {file.document_id: file.version for file in web.files()}
    site.page("docs/travel.html", "<h1>Travel</h1><p>Book by plane.</p><a href='new.html'>n</a>")
    site.page("docs/new.html", "<p>New.</p>")
    (site.folder / "docs/休暇.html").unlink()
    after = {file.document_id: file.version for file in web.files()}

    assert before.keys() - after.keys() == {"site/休暇.html"}
    assert after.keys() - before.keys() == {"site/new.html"}
    assert before["site/travel.html"] != after["site/travel.html"]
    assert before["site/leave.pdf"] == after["site/leave.pdf"]


@needs_nginx
def test_a_failing_server_is_an_error_and_a_locked_page_is_gone(
    site: Site, web: WebSource, tmp_path: Path
) -> None:
    """With 500 nothing is known; with 403 the right was taken away, and may be given back."""
    site.page(
        "docs/index.html",
        "<a href='failing.html'>f</a><a href='locked.html'>l</a><a href='travel.html'>t</a>",
    )
    site.page("docs/failing.html", "<p>Fine.</p>")
    site.page("docs/locked.html", "<p>Open.</p>")
    everything = ["site/failing.html", "site/index", "site/locked.html", "site/travel.html"]
    assert ids(web.files()) == everything

    (tmp_path / "nginx/failing").touch()
    with pytest.raises(SourceError, match=r"answers 500 to /docs/failing\.html"):
        list(web.files())
    (tmp_path / "nginx/failing").unlink()
    (tmp_path / "nginx/locked").touch()
    assert "site/locked.html" not in ids(web.files())
    (tmp_path / "nginx/locked").unlink()
    assert ids(web.files()) == everything


@needs_nginx
def test_a_start_that_cannot_be_read_is_an_error(site: Site, tmp_path: Path) -> None:
    for start in ("/docs/none.html", "/none/"):
        with pytest.raises(SourceError, match="cannot be read: correct `start`"):
            list(source(site.address, tmp_path / "c", start).files())
    with pytest.raises(SourceError, match="is not a sitemap"):
        list(source(site.address, tmp_path / "c", "/sitemap.xml").files())


@needs_nginx
def test_a_sitemap_is_read_without_following_links(site: Site, tmp_path: Path) -> None:
    """Packed, in an index; its days are the documents'."""
    site.sitemap({"docs/travel.html": "2025-06-07", "private/x.html": "2025-01-01"}, "a.xml")
    site.sitemap({"docs/%E4%BC%91%E6%9A%87.html": "2024-03-05T10:00:00+09:00"}, "b.xml")
    site.write("b.xml.gz", gzip.compress((site.folder / "b.xml").read_bytes()))
    listed = "".join(
        f"<sitemap><loc>{site.address}/{name}</loc></sitemap>" for name in ("a.xml", "b.xml.gz")
    )
    site.write("sitemap.xml", f"<sitemapindex>{listed}</sitemapindex>")
    web = source(site.address, tmp_path / "c", "/sitemap.xml", prefix=f"{site.address}/docs/")
    files = {file.document_id: file for file in web.files()}

    assert {id_: file.date for id_, file in files.items()} == {
        "site/travel.html": dt.date(2025, 6, 7),
        "site/休暇.html": dt.date(2024, 3, 5),
    }
    site.requests()
    assert ids(web.files()) == ids(files.values())
    assert [path for path, _ in site.requests()] == [
        "/robots.txt",
        "/sitemap.xml",
        "/a.xml",
        "/b.xml.gz",
    ]
    site.sitemap({"docs/travel.html": "2025-08-01"}, "a.xml")
    site.page("docs/travel.html", "<p>Changed.</p>")
    changed = {file.document_id: file for file in web.files()}
    assert changed["site/travel.html"].version != files["site/travel.html"].version
    (site.folder / "a.xml").unlink()
    with pytest.raises(SourceError, match="is not a sitemap"):
        list(web.files())


@needs_nginx
def test_robots_txt_is_kept_to(site: Site, web: WebSource, tmp_path: Path) -> None:
    site.write("robots.txt", "User-agent: *\nDisallow: /docs/travel.html\n")
    assert "site/travel.html" not in ids(web.files())

    site.write("robots.txt", "User-agent: Kotae\nDisallow: /docs/\n")
    with pytest.raises(SourceError, match=r"robots.txt keeps Kotae out"):
        list(web.files())


@needs_nginx
def test_the_preferred_address_stands_for_its_copies(site: Site, tmp_path: Path) -> None:
    """Canonical links, and equal content; two that prefer each other both stay."""
    site.page("docs/index.html", "".join(f"<a href='{n}.html'>x</a>" for n in "abcdef"))
    site.page("docs/a.html", "<p>One</p>", "<link rel='canonical' href='/docs/b.html'>")
    site.page("docs/b.html", "<p>One!</p>", "<link rel='canonical' href='/docs/b.html'>")
    site.page("docs/c.html", "<p>Two</p>")
    site.page("docs/d.html", "<p>Two</p>")
    site.page("docs/e.html", "<p>Three</p>", "<link rel='canonical' href='/docs/f.html'>")
    site.page("docs/f.html", "<p>Four</p>", "<link rel='canonical' href='/docs/e.html'>")
    files = list(source(site.address, tmp_path / "c").files())

    assert ids(files) == [
        f"site/{name}" for name in ("b.html", "c.html", "e.html", "f.html", "index")
    ]
    assert [file.name for file in files if file.passed_over == "duplicate"] == ["d.html"]


@needs_nginx
def test_exclude_and_the_encoding_of_the_server(site: Site, tmp_path: Path) -> None:
    site.write("docs/sjis.html", "<html><p>有給休暇</p></html>".encode("cp932"))
    site.page("docs/index.html", "<a href='sjis.html'>s</a><a href='drafts/a.html'>d</a>")
    site.page("docs/drafts/a.html", "<p>Draft</p>")
    web = source(site.address, tmp_path / "c", exclude=["drafts"])
    files = {file.document_id: file for file in web.files()}

    assert ids(files.values()) == ["site/index", "site/sjis.html"]
    assert "有給休暇".encode() in web.read(files["site/sjis.html"])


@needs_nginx
def test_a_site_is_tried_by_its_start_alone(site: Site, web: WebSource, tmp_path: Path) -> None:
    """A large site is not visited for that; a start that leads elsewhere is named."""
    web.reach()

    assert [path for path, _ in site.requests()] == ["/robots.txt", "/docs/"]
    with pytest.raises(SourceError, match="cannot be read: correct `start`"):
        source(site.address, tmp_path / "1", start="/nothing/").reach()
    (site.folder / "moved").mkdir()
    with pytest.raises(SourceError, match=r"leads to .*/moved/: write that as `start`"):
        source(site.address, tmp_path / "2", start="/moved", prefix=f"{site.address}/docs/").reach()


def test_private_networks_need_leave(site: Site, tmp_path: Path) -> None:
    """And where redirects lead is looked at in the same way."""
    with pytest.raises(SourceError, match="is not in the public web"):
        list(source(site.address, tmp_path / "c", allow_private=False).files())
    for start in ("http://169.254.169.254/latest/", "http://[fe80::1]/"):
        with pytest.raises(SourceError, match="is not in the public web"):
            list(source(start, tmp_path / "c", "").files())


def endless(path: str) -> str | None:
    """A calendar, a filter and a circle of folders."""
    if path == "/robots.txt":
        return None
    number = int(path.rpartition("=")[2]) if "=" in path else 0
    return (
        f"<html><title>{path}</title><p>{path}</p><a href='/docs/calendar?month={number + 1}'>n</a>"
        f"<a href='/docs/calendar?month={number + 2}'>n</a><a href='more/more/'>deeper</a></html>"
    )


def test_traps_are_bounded_and_named(tmp_path: Path) -> None:
    """A calendar has no last month."""
    with serving_pages(endless) as site:
        files = list(source(site.address, tmp_path / "c").files())

    assert QUERIES <= len(files) <= QUERIES + 20
    left_out = [file.document_id for file in files if file.passed_over == "addresses"]
    assert "site/calendar" in left_out


def test_a_site_with_too_many_pages_is_incomplete(tmp_path: Path) -> None:
    """It is said, and nothing is taken as deleted."""
    with (
        serving_pages(linked(30)) as site,
        pytest.raises(SourceError, match="has more than 20 pages: raise `pages`"),
    ):
        list(source(site.address, tmp_path / "c", pages=20).files())


def linked(count: int) -> Pages:
    """Return a site of pages, each of which links to two others."""

    def page(path: str) -> str | None:
        name = path.removeprefix("/docs/").removesuffix(".html") or "0"
        if not name.isdigit() or int(name) >= count:
            return None
        links = [n for n in (2 * int(name) + 1, 2 * int(name) + 2) if n < count]
        anchors = "".join(f"<a href='/docs/{n}.html'>{n}</a>" for n in links)
        return f"<html><title>{name}</title><p>Page {name}.</p>{anchors}</html>"

    return page


@pytest.mark.parametrize(
    ("attribute", "number"),
    [("failing_at", 1), ("failing_at", 2), ("failing_at", 4), ("broken_at", 3), ("broken_at", 6)],
)
def test_a_visit_that_breaks_off_raises(tmp_path: Path, attribute: str, number: int) -> None:
    """The next one fetches what was missing. `python -m tests.sources` breaks each request."""
    with serving_pages(linked(5)) as site:
        web = unforgiving(source(site.address, tmp_path / "c"))
        setattr(site, attribute, number)
        with pytest.raises(SourceError):
            list(web.files())
        setattr(site, attribute, 0)
        assert len(ids(web.files())) == 5


def unforgiving(web: WebSource) -> WebSource:
    """Return *web*, which tries nothing twice."""

    def stop(seconds: float) -> None:
        raise SourceError("tried once")

    web._fetcher._sleep = stop
    return web


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("Sorry, we are down. Request {number}, {path}", ("train", "flight", "hotel", "taxi")),
        (
            "ただいまメンテナンス中です。 受付番号：{number} {path}",
            ("電車", "飛行機", "宿泊", "車"),
        ),
    ],
)
def test_an_error_page_in_place_of_all_pages_is_a_loss(
    tmp_path: Path, error: str, words: tuple[str, ...]
) -> None:
    """Though each has a number of its own and says that all is well; until the site is back."""
    failing, asked = False, 0

    def pages(path: str) -> str | None:
        nonlocal asked
        if path == "/sitemap.xml":
            paths = (f"<url><loc>{running.address}/{n}</loc></url>" for n in range(len(words)))
            return f"<urlset>{''.join(paths)}</urlset>"
        asked += 1
        if path.strip("/").isdigit():
            text = error.format(number=asked, path=path) if failing else words[int(path[1:])]
            return f"<meta charset=utf-8><p>{text}</p>"
        return None

    with serving_pages(pages) as running:
        web = source(running.address, tmp_path / "c", "/sitemap.xml")
        before = list(web.files())
        failing = True
        for _ in range(2):
            with pytest.raises(SourceError, match="4 of 4 pages have become the same") as refused:
                list(web.files())
            assert refused.value.kind == "loss"
        failing = False
        assert list(web.files()) == before
        assert words[1] in web.read(before[1]).decode()


def test_throttling_is_waited_for(tmp_path: Path) -> None:
    with serving_pages(linked(5)) as site:
        site.waiting_at = 3
        assert len(ids(source(site.address, tmp_path / "c").files())) == 5


def test_a_lost_cache_costs_time_only(tmp_path: Path) -> None:
    with serving_pages(linked(5)) as site:
        web = source(site.address, tmp_path / "c")
        before = list(web.files())
        (tmp_path / "c").write_bytes(b"damaged" * 1000)
        assert b"Page 3." in web.read(next(f for f in before if f.name == "3.html"))
        assert list(web.files()) == before
        gone = SourceFile("site/x", "x.html", f"{site.address}/docs/99.html", "x")
        with pytest.raises(ParseError, match="no longer exists"):
            web.read(gone)


def test_the_factory_keeps_the_cache_beside_the_index(tmp_path: Path) -> None:
    with serving_pages(linked(3)) as site:
        table = {"type": "web", "name": "s", "start": f"{site.address}/docs", "allow_private": True}
        web = open_source(WebSettings.model_validate(table), folders={"web": tmp_path / "sources"})
        assert len(list(web.files())) == 3
    assert [path.name for path in (tmp_path / "sources").iterdir()] == ["s.web.sqlite"]


@pytest.mark.parametrize(
    ("address", "normal"),
    [
        ("HTTP://Example.COM:80", "http://example.com/"),
        ("https://example.com/a?utm_source=x&b=1#c", "https://example.com/a?b=1"),
        ("https://example.com/%7ea/%e4%bc%91", "https://example.com/~a/%E4%BC%91"),
        ("https://example.com/休 み", "https://example.com/%E4%BC%91%20%E3%81%BF"),
        ("https://例え.jp/", "https://xn--r8jz45g.jp/"),
        ("https://example.com/a;jsessionid=1F", "https://example.com/a"),
        ("https://user:pass@example.com/", ""),
        ("javascript:alert(1)", ""),
        ("https://example.com:99999/", ""),
        ("http://[::1", ""),
        ("x" * 3000, ""),
    ],
)
def test_equal_addresses_have_one_form(address: str, normal: str) -> None:
    assert normal_address(address) == normal


@given(st.text(max_size=200))
def test_no_text_is_too_much_for_an_address(text: str) -> None:
    """What is normal stays so."""
    for address in (text, f"https://example.com/{text}", f"https://{text}/"):
        normal = normal_address(address)
        assert normal_address(normal) == normal


@given(st.binary(max_size=300))
def test_no_bytes_are_too_much_for_a_page_or_a_sitemap(data: bytes) -> None:
    """Damage is told as such."""
    for body in (data, b"<urlset>" + data, b"<a href='" + data):
        for examine in (lambda b: examine_page(b, "https://example.com/"), examine_sitemap):
            try:
                examine(body)
            except ParseError as error:
                assert str(error)  # noqa: PT017 - either is right


def test_bombs_in_sitemaps_are_refused() -> None:
    entities = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 20}'>" for n in range(1, 20))
    bomb = f"<!DOCTYPE x [<!ENTITY e0 'x'>{entities}]><urlset><url><loc>&e19;</loc></url></urlset>"
    assert len(str(examine_sitemap(bomb.encode()))) < 1000
    with pytest.raises(ParseError, match="larger than"):
        examine_sitemap(gzip.compress(b"<urlset>" + b" " * 60_000_000))
    outside = b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&e;</loc></url></urlset>"
    assert "root" not in str(examine_sitemap(outside))

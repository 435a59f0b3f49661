"""A web source of 10,000 pages, by a sitemap and by links, and one broken off at every request."""

import tempfile
from pathlib import Path

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import WebSettings
from knowledge.sync.sources.web import WebSource
from knowledge.sync.sources.web_cache import WebCache
from tests.support.generated_site import serving_pages
from tests.support.nginx import NGINX, serving_site

PAGES = 10_000
BROKEN_OFF = 30


def run() -> list[str]:
    """Return what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        wrong = _broken_off(Path(folder))
        return wrong + (_many(Path(folder)) if NGINX else ["web: nginx is not installed"])


def _many(folder: Path) -> list[str]:
    """Visit a site twice by its sitemap, and twice by its links."""
    wrong = list[str]()
    with serving_site(folder / "nginx") as site:
        for number in range(PAGES):
            links = "".join(
                f"<a href='{n}.html'>{n}</a>"
                for n in range(10 * number + 1, 10 * number + 11)
                if n < PAGES
            )
            site.page(f"pages/{number}.html", f"<p>Page {number}.</p>{links}")
        site.sitemap({f"pages/{number}.html": "2026-01-02" for number in range(PAGES)})
        for start, most in (("sitemap.xml", 2), ("pages/0.html", PAGES + 1)):
            source = _source(f"{site.address}/{start}", folder / start.replace("/", "-"))
            site.requests()
            first = len([file for file in source.files() if not file.passed_over])
            if first != PAGES:
                wrong.append(f"web: {first} of {PAGES} pages from {start}")
            site.requests()
            second = len([file for file in source.files() if not file.passed_over])
            asked = site.requests()
            sent = [path for path, status in asked if status == 200 and "pages" in path]
            if second != PAGES or len(asked) > most or sent:
                wrong.append(f"web: {len(asked)} requests, {len(sent)} pages sent from {start}")
    return wrong


def _broken_off(folder: Path) -> list[str]:
    wrong = list[str]()

    def page(path: str) -> str | None:
        name = path.removeprefix("/docs/").removesuffix(".html") or "0"
        if not name.isdigit() or int(name) >= BROKEN_OFF:
            return None
        links = "".join(f"<a href='/docs/{n}.html'>{n}</a>" for n in range(BROKEN_OFF))
        return f"<html><title>{name}</title><p>Page {name}.</p>{links}</html>"

    with serving_pages(page) as site:
        for attribute in ("failing_at", "broken_at"):
            for number in range(2, BROKEN_OFF + 2):
                source = _source(f"{site.address}/docs/", folder / f"{attribute}{number}")
                site.requests.clear()
                setattr(site, attribute, number)
                try:
                    wrong.append(f"web: {len(list(source.files()))} pages, {attribute} {number}")
                except SourceError:
                    setattr(site, attribute, 0)
                if len([f for f in source.files() if not f.passed_over]) < BROKEN_OFF:
                    wrong.append(f"web: not made up for after {attribute} {number}")
    return wrong


def _stop(seconds: float) -> None:
    raise SourceError("tried once")


def _source(start: str, cache: Path) -> WebSource:
    table = {"type": "web", "name": "site", "start": start, "allow_private": True}
    settings = WebSettings.model_validate(table | {"pages": PAGES + 100})
    return WebSource(settings, WebCache(cache), sleep=_stop)

"""A wiki that others wrote: Debian's DokuWiki, with pages, users and rights of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.support.ports import free_port
from tests.support.storages import running, wait

_PROGRAM = Path("/usr/share/dokuwiki")

_FOLDERS = (
    *("attic", "cache", "index", "locks", "log", "media", "media_attic", "media_meta", "meta"),
    *("pages", "tmp"),
)

_PLACES = """<?php
define('DOKU_CONF', '{folder}/conf/');
"""

_SETTINGS = """<?php
$conf['title'] = 'Team';
$conf['savedir'] = '{folder}/data';
$conf['useacl'] = 1;
$conf['superuser'] = '@admin';
$conf['sitemap'] = 1;
$conf['userewrite'] = {rewrite};
$conf['allowdebug'] = 0;
$conf['sneaky_index'] = 1;
$conf['updatecheck'] = 0;
$conf['indexdelay'] = {delay};
"""


@dataclass
class DokuWiki:
    """A running wiki.

    Attributes:
        folder: Its settings and pages.
        address: Its address.
        php: PHP, with its settings.
    """

    folder: Path
    address: str
    php: Sequence[str]

    def write(self, name: str, text: str) -> None:
        """Write a page, `namespace:page`, in DokuWiki's notation."""
        path = self._page(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def remove(self, name: str) -> None:
        """Delete a page."""
        self._page(name).unlink()

    def permit(self, rights: Mapping[str, int]) -> None:
        """Let everybody do with pages what *rights* say: 0 nothing, 1 read; `*` is everything."""
        lines = "".join(f"{place}\t@ALL\t{level}\n" for place, level in rights.items())
        (self.folder / "conf" / "acl.auth.php").write_text(lines)
        self.forget()

    def forget(self) -> None:
        """Forget the sitemap and what was rendered, and index the pages; the wiki does it daily."""
        cache = self.folder / "data" / "cache"
        shutil.rmtree(cache)
        cache.mkdir()
        indexer = str(_PROGRAM / "bin" / "indexer.php")
        environment = {"HOME": str(self.folder), "PATH": os.defpath}
        command = [*self.php, indexer, "-q"]
        subprocess.run(command, check=True, env=environment, capture_output=True)

    def _page(self, name: str) -> Path:
        place = "/".join(quote(part) for part in name.split(":"))  # as the wiki names its files
        return self.folder / "data" / "pages" / f"{place}.txt"


@contextmanager
def serving_dokuwiki(folder: Path, *, rewrite: int = 0, delay: int = 0) -> Iterator[DokuWiki]:
    """Serve a wiki by PHP's own server; skip the test where one of them is not installed.

    Args:
        folder: Where its files are.
        rewrite: The form of addresses: 0 `doku.php?id=a:b`, as it is installed, 2 `doku.php/a:b`.
        delay: Seconds for which a changed page asks search engines to leave it out.
    """
    php = shutil.which("php")
    if not php or not (_PROGRAM / "doku.php").is_file():
        pytest.skip("DokuWiki is not installed: apt-get install dokuwiki php-cli php-xml")
    for name in _FOLDERS:
        (folder / "data" / name).mkdir(parents=True)
    (folder / "conf").mkdir()
    (folder / "conf" / "local.php").write_text(
        _SETTINGS.format(folder=folder, rewrite=rewrite, delay=delay)
    )
    (folder / "conf" / "users.auth.php").write_text("")
    (folder / "places.php").write_text(_PLACES.format(folder=folder))
    port = free_port()
    command = [php, "-d", f"auto_prepend_file={folder}/places.php", "-d", "display_errors=0"]
    wiki = DokuWiki(folder, f"http://127.0.0.1:{port}", command)
    wiki.permit({"*": 1})
    environment = {"HOME": str(folder), "PATH": os.defpath, "PHP_CLI_SERVER_WORKERS": "4"}
    served = [*command, "-S", f"127.0.0.1:{port}", "-t", str(_PROGRAM)]
    with running(served, environment) as process:
        wait(lambda: httpx2.get(f"{wiki.address}/doku.php").status_code in {200, 404}, process)
        yield wiki

"""Files by rclone under load: 10,000 files, and storages that break off at every message."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import click
from _pytest.outcomes import Skipped

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import FilesSettings
from knowledge.sync.sources.files import FilesSource, open_source
from tests.support import drive_api, graph_api
from tests.support.drive_api import FOLDER, DriveApi, DriveItem, granted
from tests.support.faulty_proxy import THROTTLED, FaultyProxy
from tests.support.graph_api import GraphApi, GraphItem
from tests.support.program_storages import STORAGES
from tests.support.storages import Storage, running_seaweed
from tests.support.vendor_proxy import make_authority, serving_vendor

FILES = 10_000
MANY = 2_500
_TOKEN = {"access_token": "good", "refresh_token": "r", "expiry": "2099-01-01T00:00:00Z"}


def run() -> list[str]:
    """Return what was promised and not kept."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder)
        violations = [*_unchanged(path)]
        for kind, storage in _storages(path, stack):
            violations += [f"{kind}: {text}" for text in _many(storage, path)]
            violations += [f"{kind}: {text}" for text in _broken_off(storage, path)]
        return violations


def _storages(folder: Path, stack: ExitStack) -> Iterator[tuple[str, Storage]]:
    """Start the storages that can be had here, and say which cannot."""
    for kind in ("weed", *STORAGES):
        (folder / kind).mkdir()
        try:
            if kind == "weed":
                seaweed = stack.enter_context(running_seaweed(folder / kind))
                yield from ((one, seaweed.storage(one, one)) for one in ("s3", "webdav"))
            else:
                yield kind, stack.enter_context(STORAGES[kind](folder / kind))
        except Skipped as skipped:
            click.echo(f"  not run: {skipped.msg}")


def _many(storage: Storage, folder: Path) -> Iterator[str]:
    """Yield what is wrong with a listing of more files than a storage tells at once."""
    for n in range(MANY):
        storage.put(f"many/{n % 3}/{n}.md", b"# X")
    path = storage.written(folder / "storage.conf")
    listed = {file.name for file in _source(path, f"{storage.remote.rstrip('/')}").files()}
    if len(listed) != MANY:
        yield f"{len(listed)} of {MANY} files"
    for n in range(MANY):
        storage.remove(f"many/{n % 3}/{n}.md")


def _unchanged(folder: Path) -> Iterator[str]:
    """Yield what a second listing of 10,000 unchanged files costs too much."""
    keiko = granted(1, type="user", emailAddress="keiko@example.com")
    drive, graph = DriveApi(), GraphApi()
    drive.put(DriveItem("f1", "Handbook", kind=FOLDER))
    graph.put(GraphItem("F1", "Handbook"))
    for n in range(FILES):
        drive.put(DriveItem(f"d{n}", f"{n}.md", "f1", b"# X", permissions=[keiko]))
        graph.put(GraphItem(f"D{n}", f"{n}.md", "F1", b"# X"))
    authority = make_authority(folder, *drive_api.HOSTS, *graph_api.HOSTS)
    double: DriveApi | GraphApi
    for double, head, most in (
        (drive, "type = drive\nscope = drive.readonly\n", 15),
        (
            graph,
            f"type = onedrive\ndrive_id = {graph_api.DRIVE}\ndrive_type = business\n",
            15 + FILES,
        ),
    ):
        with serving_vendor(double, authority) as port:
            proxy = f"override.http_proxy = http://127.0.0.1:{port}\n"
            config = folder / "vendor.conf"
            token = f"token = {json.dumps(_TOKEN)}\n"
            config.write_text(f"[it]\n{head}{token}{proxy}override.ca_cert = {authority.ca}\n")
            source = _source(config, "it:Handbook")
            first = list(source.files())
            double.requests.clear()
            again = list(source.files())
        paths = [request.path for request in double.requests]
        downloads = [p for p in paths if "export" in p or "content" in p]
        if len(first) != FILES or again != first:
            yield f"{head[:12]}: {len(first)}, then {len(again)} files; not the same ones"
        if len(paths) > most or downloads:
            yield f"{head[:12]}: {len(paths)} calls, {len(downloads)} downloads"


def _broken_off(storage: Storage, folder: Path) -> Iterator[str]:
    """Yield each message at which a listing that broke off looked complete."""
    for n in range(60):
        storage.put(f"{n % 6}/{n}.md", b"# X")
    with FaultyProxy(storage.port) as proxy:
        path = storage.written(folder / "storage.conf", proxy.port)
        complete = list(_source(path, storage.remote).files())
        messages = proxy.messages
    is_http = not any(f"type = {kind}\n" in storage.config for kind in ("sftp", "smb", "ftp"))
    for number in range(1, messages + 1):
        for once, said in product((False, True), (b"", THROTTLED) if is_http else (b"",)):
            with FaultyProxy(storage.port, number, once=once, said=said) as proxy:
                path = storage.written(folder / "storage.conf", proxy.port)
                try:
                    listed = list(_source(path, storage.remote).files())
                except SourceError as error:
                    if said and not once and error.kind != "throttled":
                        yield f"429 from message {number} on: {error}"
                    continue
            if listed != complete:
                what = "429" if said else "cut"
                yield f"{what} at {number} of {messages}: {len(listed)} of {len(complete)} files"


def _source(config: Path, remote: str) -> FilesSource:
    table = {"type": "files", "name": "docs", "remote": remote, "config": str(config)}
    return open_source(FilesSettings.model_validate(table), lambda name: name)

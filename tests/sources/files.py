"""Files by rclone under load: 10,000 files, and storages that break off at every message."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import FilesSettings
from knowledge.sync.sources.files import FilesSource, open_source
from tests.support import drive_api, graph_api
from tests.support.drive_api import FOLDER, DriveApi, DriveItem, granted
from tests.support.faulty_proxy import FaultyProxy
from tests.support.graph_api import GraphApi, GraphItem
from tests.support.storages import Storage, running_seaweed, running_sftp
from tests.support.vendor_proxy import make_authority, serving_vendor

FILES = 10_000
_TOKEN = {"access_token": "good", "refresh_token": "r", "expiry": "2099-01-01T00:00:00Z"}


def run() -> list[str]:
    """Return what was promised and not kept."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder)
        violations = [*_unchanged(path)]
        (path / "weed").mkdir()
        (path / "sftp").mkdir()
        seaweed = stack.enter_context(running_seaweed(path / "weed"))
        sftp = stack.enter_context(running_sftp(path / "sftp"))
        storages = {kind: seaweed.storage(kind, kind) for kind in ("s3", "webdav")} | {"sftp": sftp}
        for kind, storage in storages.items():
            violations += [f"{kind}: {text}" for text in _broken_off(storage, path)]
        return violations


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
    for number in range(1, messages + 1):
        for once in (False, True):
            with FaultyProxy(storage.port, number, once=once) as proxy:
                path = storage.written(folder / "storage.conf", proxy.port)
                try:
                    listed = list(_source(path, storage.remote).files())
                except SourceError:
                    continue
            if listed != complete:
                yield f"cut at {number} of {messages}: {len(listed)} of {len(complete)} files"


def _source(config: Path, remote: str) -> FilesSource:
    table = {"type": "files", "name": "docs", "remote": remote, "config": str(config)}
    return open_source(FilesSettings.model_validate(table), lambda name: name)

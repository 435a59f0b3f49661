"""Temporary folders with secrets outlive no process for longer than until the next sync."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import anyio
import pytest

from knowledge.sync.private_folder import PrivateFolder, remove_abandoned
from tests.support.storages import program
from tests.support.waiting import wait_until

SECRET = "zQ4-bearer-7719"
OURSELVES, NOBODY = os.geteuid(), 65_534


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for temporary files, in which every account may make some."""
    folder = Path(tempfile.mkdtemp())  # not below `tmp_path`, which others may not enter
    assert tmp_path.exists()
    folder.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def using_folders(times: int = 1, user: int = OURSELVES) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.private_folders", str(times), str(user)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def place_of(process: subprocess.Popen[str]) -> Path:
    assert process.stdout
    return Path(process.stdout.readline().strip())


def abandoned(user: int = OURSELVES) -> Path:
    """Return the folder of a process that was killed."""
    with using_folders(user=user) as process:
        go(process)
        place = place_of(process)
        process.kill()
    assert (place / "secret").exists()
    return place


def test_a_folder_is_for_its_account_alone_and_goes_with_its_object(temporary: Path) -> None:
    """Closed, left, or only forgotten."""
    with PrivateFolder() as folder:
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        (folder.path / "deep").mkdir()
        (folder.path / "deep" / "secret").write_text("s3cr3t")
    forgotten = PrivateFolder()
    (forgotten.path / "secret").write_text("s3cr3t")
    del forgotten

    assert not list(temporary.iterdir())


def test_of_a_killed_process_the_next_one_removes_the_folder(temporary: Path) -> None:
    """And the folder of one that lives stays, in this process as in another."""
    with using_folders() as living, PrivateFolder() as here:
        go(living)
        there = place_of(living)
        dead = abandoned()

        with PrivateFolder():
            assert not dead.exists()
            assert (there / "secret").read_text() == "s3cr3t"
            assert here.path.exists()
        living.communicate()

    assert living.returncode == 0
    assert not list(temporary.iterdir())


def test_what_is_planted_among_temporary_files_is_left_alone(
    temporary: Path, tmp_path: Path
) -> None:
    """Links to a folder of ours, files, pipes, and folders with other names."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "document.md").write_text("x")
    (temporary / "kotae-private-link").symlink_to(tmp_path / "ours")
    (temporary / "kotae-private-broken").symlink_to(tmp_path / "nothing")
    (temporary / "kotae-private-file").write_text("x")
    os.mkfifo(temporary / "kotae-private-pipe")
    (temporary / "kotae-other").mkdir()
    dead = abandoned()
    (dead / "link").symlink_to(tmp_path / "ours")
    planted = {path.name for path in temporary.iterdir()} - {dead.name}

    remove_abandoned()

    assert (tmp_path / "ours" / "document.md").exists()
    assert {path.name for path in temporary.iterdir()} == planted


@pytest.mark.skipif(OURSELVES != 0, reason="only root may be somebody else")
def test_the_folder_of_another_account_is_left_alone(temporary: Path) -> None:
    """By root, who could remove it, and by an account that sees one of root's."""
    theirs, ours = abandoned(user=NOBODY), abandoned()
    theirs.chmod(0o777)

    remove_abandoned()
    assert (theirs / "secret").exists()
    assert not ours.exists()

    ours = abandoned()
    ours.chmod(0o777)
    other = abandoned(user=NOBODY)
    assert not theirs.exists()
    assert (ours / "secret").exists()
    assert {path.name for path in temporary.iterdir()} == {ours.name, other.name}


def test_fifty_processes_at_once_remove_only_what_is_abandoned(temporary: Path) -> None:
    """Each makes and uses five folders, while all the others look for some to remove."""
    dead = [abandoned() for _ in range(3)]
    with ExitStack() as stack:
        processes = [stack.enter_context(using_folders(5)) for _ in range(50)]
        for process in processes:
            go(process)
        places = {place_of(process) for process in processes}

        assert not any(place.exists() for place in dead)
        assert all((place / "secret").exists() for place in places)
        assert len(places) == 50
        for process in processes:
            process.communicate()

    assert [process.returncode for process in processes] == [0] * 50
    assert not list(temporary.iterdir())


def test_a_place_without_locks_is_named(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that nobody could tell from an abandoned one is not used."""

    def refused(*_: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr("fcntl.flock", refused)
    with pytest.raises(OSError, match="no folder can be locked here"):
        PrivateFolder()
    assert not list(temporary.iterdir())


def test_no_place_for_temporary_files_is_nothing_to_remove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync of folders needs none."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    remove_abandoned()


def started_sync(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.support.killed_sources", str(folder)]
    text = f"[it]\ntype = webdav\nurl = http://127.0.0.1:{{port}}/\nbearer_token = {SECRET}\n"
    port = (folder / "port").read_text()
    environment = {**os.environ, "RCLONE_TEXT": text.replace("{port}", port)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def holding_the_secret(temporary: Path) -> list[Path]:
    """Return the files among the temporary ones that hold the secret."""
    files = (path for path in temporary.rglob("*") if path.is_file())
    return [path for path in files if SECRET in path.read_text("utf-8", "replace")]


def processes_that_show(secret: str, without: int) -> list[str]:
    """Return the programs whose command line or environment holds *secret*."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            shown = (process / "cmdline").read_bytes()
            if int(process.name) != without:
                shown += (process / "environ").read_bytes()
        except OSError:  # it has ended
            continue
        if secret.encode() in shown:
            found.append(shown.decode("utf-8", "replace"))
    return found


FILES = '[[sources]]\nname = "docs"\ntype = "files"\nremote = "it:"\nconfig = "RCLONE_TEXT"\n'


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("later", ["the same sources", "other sources"])
def test_the_secret_of_a_killed_sync_goes_with_the_next_one(
    temporary: Path, tmp_path: Path, later: str
) -> None:
    """While it runs, no other program shows it: neither in a command line nor in its variables."""
    program("rclone")
    settings = tmp_path / "knowledge.toml"
    settings.write_text(FILES)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        (tmp_path / "port").write_text(str(silent.getsockname()[1]))
        with started_sync(tmp_path) as sync:
            connection, _ = silent.accept()  # rclone waits for its list
            asked = connection.recv(65_536).decode()
            shown = processes_that_show(SECRET, without=sync.pid)
            sync.kill()
        connection.close()
    left = holding_the_secret(temporary)
    if later == "other sources":
        (tmp_path / "docs").mkdir()
        settings.write_text(f'[[sources]]\nname = "docs"\npath = "{tmp_path}/docs"\n')

    with started_sync(tmp_path) as sync:
        assert sync.stdout
        said = sync.stdout.read().decode()

    assert f"Bearer {SECRET}" in asked
    assert shown == []
    assert [path.name for path in left] == ["rclone.conf"]
    assert ("docs: unreachable" in said) == (later == "the same sources")
    assert SECRET not in said
    anyio.run(wait_until, lambda: not list(temporary.glob("kotae-*")))

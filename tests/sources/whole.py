"""Seven sources in one knowledge.toml, whose sync is killed at random a hundred times.

A folder, git, S3, WebDAV, a web site, a mailbox and Jira, over the programs that the contract tests
use. Documents come, change and go between the kills. After each kill the index holds each document
as it is, or as it was since the last whole sync, and none that stayed is missing. In the end one
sync makes it complete, and another one finds nothing to do.
"""

import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import click
from _pytest.outcomes import Skipped

from knowledge.storage.index_versions import IndexVersions
from tests.support.confluence_double import DATA_CENTER
from tests.support.dovecot import PASSWORD, running_dovecot
from tests.support.file_servers import running_apache
from tests.support.git_server import Repository, serving_git
from tests.support.jira_double import JiraDouble
from tests.support.killed_sources import opened
from tests.support.library import MEMBER, source_table
from tests.support.nginx import serving_site
from tests.support.storages import Storage, running_seaweed
from tests.support.vendor_proxy import make_authority

KILLS = 100
DOCUMENTS = 15
_MARK = re.compile(r"doc-(\w+)-(\d+) rev (\d+)")

Write = Callable[[int, str | None], object]
"""Sets the text of a document by its number; None deletes it."""


@dataclass
class WholeWorld:
    """What the sources hold, and what the index may hold.

    Attributes:
        tables: The settings of the sources.
        writers: What changes each.
        now: The revision of each document by source and number; absent ones are deleted.
        allowed: Revisions since the last whole sync; None if it was absent.
    """

    tables: list[str] = field(default_factory=list)
    writers: dict[str, Write] = field(default_factory=dict)
    now: dict[tuple[str, int], int] = field(default_factory=dict)
    allowed: dict[tuple[str, int], set[int | None]] = field(
        default_factory=lambda: defaultdict(set)
    )
    revision: int = 0

    def add(self, name: str, table: str, write: Write) -> None:
        """Add a source with documents."""
        self.tables.append(table)
        self.writers[name] = write
        for number in range(DOCUMENTS):
            self.put(name, number)

    def put(self, name: str, number: int) -> None:
        """Write a document anew."""
        self.revision += 1
        self.writers[name](number, f"doc-{name}-{number} rev {self.revision}")
        key = name, number
        self.allowed[key].add(self.now.get(key))
        self.now[key] = self.revision
        self.allowed[key].add(self.revision)

    def remove(self, name: str, number: int) -> None:
        """Delete a document."""
        self.writers[name](number, None)
        self.allowed[name, number] |= {self.now.pop((name, number)), None}

    def change(self, chance: random.Random) -> None:
        """Change documents of some sources; few are away at a time, since a loss is held back."""
        for name in chance.sample(sorted(self.writers), 3):
            number = chance.randrange(DOCUMENTS)
            away = [n for n in range(DOCUMENTS) if (name, n) not in self.now]
            if away and chance.random() < 0.5:
                self.put(name, away[0])
            elif not away and chance.random() < 0.4:
                self.remove(name, number)
            elif (name, number) in self.now:
                self.put(name, number)

    def settle(self) -> None:
        """Allow only what is there, after a whole sync."""
        self.allowed.clear()
        for key, revision in self.now.items():
            self.allowed[key].add(revision)

    def wrong(self, found: dict[tuple[str, int], list[int]], when: str) -> Iterator[str]:
        """Yield what the index should not hold, and what it lacks."""
        for key in sorted(self.allowed.keys() | found.keys()):
            held = found.get(key, [])
            if len(held) > 1:
                yield f"{when}: {key} is there {len(held)} times"
            value = held[0] if held else None
            if value not in self.allowed.get(key, {None}):
                yield f"{when}: {key} is {value}, and not {self.allowed.get(key)}"


def run() -> list[str]:
    """Return what broke a rule."""
    folder = Path(tempfile.mkdtemp(prefix="kotae-whole"))
    folder.chmod(0o755)
    try:
        with ExitStack() as stack:
            world = WholeWorld()
            _fill(world, folder, stack)
            (folder / "knowledge.toml").write_text("\n\n".join(world.tables), "utf-8")
            return list(_killed(world, folder, random.Random(7)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _killed(world: WholeWorld, folder: Path, chance: random.Random) -> Iterator[str]:
    before = set(Path(tempfile.gettempdir()).iterdir())
    yield from _whole(world, folder, "first sync")
    world.change(chance)
    started = time.monotonic()
    yield from _whole(world, folder, "second sync")
    length, published, survived = time.monotonic() - started, 0, 0
    for number in range(1, KILLS + 1):
        world.change(chance)
        mark = IndexVersions(folder / "index").mark()
        ended = _kill(folder, chance.uniform(0.1, 1.0) * length)
        published += IndexVersions(folder / "index").mark() != mark
        survived += ended
        yield from world.wrong(_found(folder), f"kill {number}")
        if number % 10 == 0:
            yield from _whole(world, folder, f"after kill {number}")
    yield from _whole(world, folder, "last sync")
    version = IndexVersions(folder / "index").current()
    yield from _whole(world, folder, "once more")
    if IndexVersions(folder / "index").current() != version:
        yield "a sync of what has not changed published an index version"
    left = {path.name for path in Path(tempfile.gettempdir()).iterdir()} - {p.name for p in before}
    ours = sorted(name for name in left if name.startswith("kotae-"))
    click.echo(
        f"  {KILLS} kills, {survived} syncs were done before; {published} had published; "
        f"{len(ours)} temporary folders left"
    )
    yield from (f"{name} was left behind" for name in ours if name.startswith("kotae-private-"))
    yield from (f"{process} still runs" for process in _running(folder))


def _whole(world: WholeWorld, folder: Path, when: str) -> Iterator[str]:
    ended = subprocess.run(_command(folder), env=_environment(), capture_output=True, check=False)
    said = ended.stdout.decode().strip()
    if ended.returncode or said:
        yield f"{when}: {said or ended.stderr.decode()[-500:]}"
        return
    world.settle()
    yield from world.wrong(_found(folder), when)


def _kill(folder: Path, seconds: float) -> bool:
    """Sync, and kill it after so many *seconds*; return whether it was done before."""
    process = subprocess.Popen(
        _command(folder),
        env=_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
        return True
    process.send_signal(signal.SIGKILL)
    process.wait()
    return False


def _command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.support.killed_sources", str(folder)]


def _environment() -> dict[str, str]:
    return {**os.environ, "MAIL_PASSWORD": PASSWORD, "JIRA_TOKEN": DATA_CENTER.split()[-1]}


def _found(folder: Path) -> dict[tuple[str, int], list[int]]:
    """Return the revisions in the index, by source and number."""
    found = defaultdict[tuple[str, int], list[int]](list)

    async def read() -> None:
        if IndexVersions(folder / "index").mark() is None:
            return
        async for passage in opened(folder).passages(MEMBER):
            for name, number, revision in _MARK.findall(passage.text):
                found[name, int(number)].append(int(revision))

    asyncio.run(read())
    return found


def _running(folder: Path) -> list[str]:
    """Return the programs that a killed sync has left behind."""
    found = list[str]()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            said = (process / "environ").read_bytes()
            if b"RCLONE_CONFIG=" + os.fsencode(folder) in said:
                found.append((process / "comm").read_text().strip())
    return found


def _fill(world: WholeWorld, folder: Path, stack: ExitStack) -> None:
    """Start the programs, and add the source of each that can be had here."""
    for add in (_add_folder, _add_git, _add_s3, _add_webdav, _add_web, _add_mail, _add_jira):
        place = folder / add.__name__.removeprefix("_add_")
        place.mkdir()
        place.chmod(0o755)
        try:
            add(world, place, stack)
        except Skipped as skipped:
            click.echo(f"  without {place.name}: {skipped.msg}")


def _table(kind: str, name: str, **values: object) -> str:
    table = source_table(name, "x", type=kind, **values)
    return "\n".join(line for line in table.splitlines() if not line.startswith("path = "))


def _add_folder(world: WholeWorld, place: Path, _stack: ExitStack) -> None:
    def write(number: int, text: str | None) -> None:
        _set(place / f"{number}.md", text)

    world.add("folder", source_table("folder", str(place)), write)


def _add_git(world: WholeWorld, place: Path, stack: ExitStack) -> None:
    repository = Repository(place)
    server = stack.enter_context(serving_git(repository.bare.parent.parent))

    def write(number: int, text: str | None) -> None:
        _set(repository.worktree / f"{number}.md", text)
        repository.commit()

    address = f"{server.address}/team/wiki.git"
    world.add("git", _table("git", "git", repository=address), write)


def _add_s3(world: WholeWorld, place: Path, stack: ExitStack) -> None:
    seaweed = stack.enter_context(running_seaweed(place))
    _add_storage(world, "s3", seaweed.storage("s3", "s3"), place)


def _add_webdav(world: WholeWorld, place: Path, stack: ExitStack) -> None:
    _add_storage(world, "webdav", stack.enter_context(running_apache()), place)


def _add_storage(world: WholeWorld, name: str, storage: Storage, place: Path) -> None:
    config = storage.written(place / "rclone.conf")

    def write(number: int, text: str | None) -> None:
        if text is None:
            storage.remove(f"{number}.md")
        else:
            storage.put(f"{number}.md", f"# {number}\n\n{text}\n{'x' * world.revision}".encode())

    table = _table("files", name, remote=storage.remote, config=str(config))
    world.add(name, table, write)


def _add_web(world: WholeWorld, place: Path, stack: ExitStack) -> None:
    site = stack.enter_context(serving_site(place / "nginx"))
    there = set[int]()

    def write(number: int, text: str | None) -> None:
        if text is None:
            there.discard(number)
            (site.folder / f"{number}.html").unlink()
        else:
            there.add(number)
            site.page(f"{number}.html", f"<p>{text}</p>")
        site.page("index.html", "".join(f"<a href='{n}.html'>{n}</a> " for n in sorted(there)))

    table = _table("web", "web", start=f"{site.address}/", allow_private=True)
    world.add("web", table, write)


def _add_mail(world: WholeWorld, place: Path, stack: ExitStack) -> None:
    (place / "authority").mkdir()
    authority = make_authority(place / "authority", "127.0.0.1")
    server = stack.enter_context(running_dovecot(place / "d", authority))

    def write(number: int, text: str | None) -> None:
        with server.client() as client:
            client.select("INBOX")
            _, (found,) = client.search(None, "HEADER", "Subject", f'"number {number} end"')
            for uid in found.split():
                client.store(uid.decode(), "+FLAGS", r"(\Deleted)")
            client.expunge()
            if text is not None:
                head = f"Message-ID: <{world.revision}@example.com>\r\nSubject: number {number} end"
                client.append("INBOX", "", "", f"{head}\r\n\r\n{text}\r\n".encode())

    values = {"host": "127.0.0.1", "port": server.plain, "security": "none", "user": "keiko"}
    world.add("mail", _table("imap", "mail", password="MAIL_PASSWORD", **values), write)


def _add_jira(world: WholeWorld, _place: Path, stack: ExitStack) -> None:
    double = JiraDouble(DATA_CENTER)
    double.project("ENG")
    address = stack.enter_context(double.serving())
    ids = dict[int, str]()

    def write(number: int, text: str | None) -> None:
        if text is None:
            del double.issues[ids.pop(number)]
            return
        if number not in ids:
            ids[number] = double.add("ENG", f"Issue {number}").id
        issue = double.issues[ids[number]]
        issue.description = f"<p>{text}</p>"
        issue.updated = (
            f"2026-03-01T{world.revision // 3600 % 24:02}:{world.revision // 60 % 60:02}"
        )
        issue.updated += f":{world.revision % 60:02}.000+0900"

    table = _table(
        *("jira", "jira"),
        site=address,
        projects=["ENG"],
        token="JIRA_TOKEN",
        readers="audience",
    )
    world.add("jira", table, write)


def _set(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.write_text(f"# {path.stem}\n\n{text}\n", "utf-8")

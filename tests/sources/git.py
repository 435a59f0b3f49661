"""A git source with 10,000 files, and one that is broken off at every request."""

import tempfile
from pathlib import Path

from knowledge.model.errors import SourceError
from knowledge.model.source_settings import GitSettings
from knowledge.sync.sources.git import GitSource, open_source
from tests.support.git_server import GitServer, Repository, serving_git
from tests.support.git_server import run as run_git

FILES = 10_000


def run() -> list[str]:
    """Return what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_many(Path(folder) / "many"), *_broken_off(Path(folder) / "broken")]


def _many(folder: Path) -> list[str]:
    repository = _filled(folder, FILES)
    wrong = list[str]()
    with serving_git(repository.bare.parent.parent) as server:
        source = _source(server, folder / "cache")
        cursor = source.cursor()
        listed = list(source.files())
        if len({file.document_id for file in listed}) != FILES or not all(f.date for f in listed):
            wrong.append(f"git: {len(listed)} of {FILES} files were listed")
        server.requests.clear()
        changes = source.changes(cursor)
        if changes.files or changes.removed or len(server.requests) > 2:
            wrong.append(f"git: {len(server.requests)} requests for an unchanged repository")
        run_git(repository.worktree, "reset", "--hard", "--quiet")
        repository.write("pages/7.md", "# Changed\n")
        repository.commit("2026-04-05")
        server.requests.clear()
        changes = source.changes(cursor)
        if [file.name for file in changes.files] != ["pages/7.md"] or len(server.requests) > 6:
            wrong.append(f"git: {changes.files} after {len(server.requests)} requests")
    return wrong


def _broken_off(folder: Path) -> list[str]:
    """Break off each request of a first listing, and of the changes after it."""
    repository = _filled(folder, 50)
    wrong, number, total = list[str](), 0, 1
    with serving_git(repository.bare.parent.parent) as server:
        while number < total:
            number += 1
            source = _source(server, folder / f"cache{number}")
            server.requests.clear()
            server.broken_at = number
            try:
                cursor = source.cursor()
                count = len(list(source.files()))
            except SourceError:
                count = 50
            if count != 50:
                wrong.append(f"git: broken off at request {number}, {count} of 50 files listed")
            server.broken_at = 0
            server.requests.clear()
            cursor = source.cursor()
            listed = list(source.files())
            total = max(total, len(server.requests) + 8)
            if len(listed) != 50 or any(b"Page" not in source.read(file) for file in listed):
                wrong.append(f"git: not made up for after request {number}")
            if source.changes(cursor).files:
                wrong.append("git: changes where there are none")
    return wrong


def _source(server: GitServer, cache: Path) -> GitSource:
    table = {"type": "git", "name": "wiki", "repository": f"{server.address}/team/wiki.git"}
    return open_source(GitSettings.model_validate(table), lambda name: name, cache)


def _filled(folder: Path, count: int) -> Repository:
    folder.mkdir()
    repository = Repository(folder)
    stream = [b"commit refs/heads/main\ncommitter a <a@example.com> 1772700000 +0000\ndata 0\n"]
    for number in range(count):
        text = f"# Page {number}\n\nThe number of this page is {number}.\n".encode()
        stream.append(b"M 100644 inline pages/%d.md\ndata %d\n%s\n" % (number, len(text), text))
    run_git(repository.worktree, "fast-import", "--quiet", given=b"".join(stream))
    repository.push("main:main")
    return repository

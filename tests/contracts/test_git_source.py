"""The contract of a git source, over `git http-backend` and over a path of this machine."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.factory import open_knowledge, open_source
from knowledge.model.errors import CursorExpiredError, KnowledgeConfigError, ParseError, SourceError
from knowledge.model.settings import EmbeddingSettings
from knowledge.model.source_settings import GitSettings
from knowledge.sync.source import FeedSource, SourceFile
from knowledge.sync.sources.git import GitSource
from knowledge.sync.sources.git_log import shown_name
from tests.support.git_server import GitServer, Repository, run, serving_git
from tests.support.library import MEMBER, Library

TOKEN = "s3cret-token"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two commits, to copy."""
    folder = tmp_path_factory.mktemp("repository")
    made = Repository(folder)
    made.write("docs/休暇.md", "# 休暇\n\n有給休暇は20日です。\n")
    made.write("docs/travel.md", "# Travel\n\nBook by train.\n")
    made.commit("2024-03-05")
    made.write("docs/deep/expenses.md", "# Expenses\n\nThe limit is 100 euros.\n")
    made.write("README.md", "# Team\n")
    made.commit("2025-06-07")
    return folder


@pytest.fixture
def repository(original: Path, tmp_path: Path) -> Repository:
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return Repository(tmp_path)


@pytest.fixture
def server(repository: Repository) -> Iterator[GitServer]:
    with serving_git(repository.bare.parent.parent, TOKEN) as server:
        yield server


def source(address: str, cache: Path, token: str = TOKEN, **settings: str | list[str]) -> GitSource:
    table = {"type": "git", "name": "wiki", "repository": address, "token": "GIT_TOKEN"} | settings
    opened = open_source(GitSettings.model_validate(table), lambda name: token, {"git": cache})
    assert isinstance(opened, GitSource)
    assert isinstance(opened, FeedSource)
    return opened


@pytest.fixture
def wiki(server: GitServer, tmp_path: Path) -> GitSource:
    return source(f"{server.address}/team/wiki.git", tmp_path / "cache", path="docs")


@pytest.fixture
def local(repository: Repository, tmp_path: Path) -> GitSource:
    """The same without a server, which is faster."""
    return source(str(repository.bare), tmp_path / "cache", path="docs")


def ids(files: Iterator[SourceFile] | tuple[SourceFile, ...]) -> list[str]:
    return sorted(file.document_id for file in files if not file.passed_over)


def test_files_are_listed_with_their_dates_and_read(wiki: GitSource) -> None:
    """The date is that of the last commit; both languages."""
    files = {file.name: file for file in wiki.files()}

    assert ids(iter(files.values())) == [
        "wiki/deep/expenses.md",
        "wiki/travel.md",
        "wiki/休暇.md",
    ]
    assert files["休暇.md"].date == dt.date(2024, 3, 5)
    assert files["deep/expenses.md"].date == dt.date(2025, 6, 7)
    assert wiki.read(files["休暇.md"]) == "# 休暇\n\n有給休暇は20日です。\n".encode()


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        ("佐藤 花子", "佐藤 花子"),
        ("dependabot[bot]", "dependabot[bot]"),
        ("Eve\u202egnp\u200b\x1b[31m\tB", "Eve gnp [31m B"),
        ("か\u3099" * 90, "が" * 59 + "…"),
        ("2020-01-01", "2020-01-01"),
    ],
)
def test_a_file_has_the_author_of_its_last_commit(
    repository: Repository, local: GitSource, author: str, shown: str
) -> None:
    """By name, whatever the name is; not the committer, and no address."""
    cursor = local.cursor()
    repository.write("docs/休暇.md", "# 休暇\n\n有給休暇は21日です。\n")
    repository.commit("2026-01-02", author)

    (changed,) = local.changes(cursor).files
    listed = {file.name: file for file in local.files()}

    assert (changed.author, str(changed.date)) == (shown, "2026-01-02")
    assert listed["休暇.md"] == changed
    assert listed["travel.md"].author == "a"


@given(st.binary(max_size=300))
def test_a_name_is_a_short_line(name: bytes) -> None:
    """Of signs that can be seen, in one form."""
    shown = shown_name(name)

    assert len(shown) <= 60
    assert not shown or shown.isprintable()
    assert shown_name(shown.encode()) == shown


def test_only_the_content_of_the_folder_is_fetched(local: GitSource, tmp_path: Path) -> None:
    """A repository of programs has documents in one folder."""
    list(local.files())

    (clone,) = (tmp_path / "cache").glob("*.git")
    have = run(clone, "cat-file", "--batch-all-objects", "--batch-check")
    assert have.count(" blob ") == 3
    assert have.count(" commit ") == 2


@pytest.mark.parametrize("with_filter", [True, False])
def test_changes_are_told_by_commit(tmp_path: Path, *, with_filter: bool) -> None:
    """Added, changed, moved and deleted files; also where the server cannot leave content out."""
    repository = Repository(tmp_path, with_filter=with_filter)
    for name in ("a.md", "b.md", "c.md"):
        repository.write(name, f"# {name}\n\nText of {name}.\n")
    repository.commit("2024-01-01")
    with serving_git(repository.bare.parent.parent) as server:
        wiki = source(f"{server.address}/team/wiki.git", tmp_path / "cache")
        cursor = wiki.cursor()
        before = {file.name: file for file in wiki.files()}
        repository.write("a.md", "# a.md\n\nAnother text.\n")
        repository.write("sub/b.md", (repository.worktree / "b.md").read_bytes())
        (repository.worktree / "b.md").unlink()
        (repository.worktree / "c.md").unlink()
        repository.write("d.md", "# d.md\n")
        repository.commit("2025-02-03")
        changes = wiki.changes(cursor)
        after = {file.name: file for file in changes.files}

        assert ids(changes.files) == ["wiki/a.md", "wiki/d.md", "wiki/sub/b.md"]
        assert sorted(changes.removed) == ["wiki/b.md", "wiki/c.md"]
        assert after["a.md"].version != before["a.md"].version
        assert after["sub/b.md"].version == before["b.md"].version
        assert {file.date for file in changes.files} == {dt.date(2025, 2, 3)}
        assert wiki.read(after["a.md"]) == b"# a.md\n\nAnother text.\n"
        assert wiki.changes(changes.cursor).files == ()


def test_nothing_new_costs_two_requests(wiki: GitSource, server: GitServer) -> None:
    """Git asks what the server can do, then for the branch."""
    cursor = wiki.cursor()
    list(wiki.files())
    server.requests.clear()

    changes = wiki.changes(cursor)

    assert (changes.files, changes.removed, changes.cursor) == ((), (), cursor)
    assert len(server.requests) <= 3  # the first is answered with 401


def test_a_replaced_history_needs_a_complete_listing(
    local: GitSource, repository: Repository, tmp_path: Path
) -> None:
    """After a force-push; whether the clone knows the old commit, or is a new one."""
    cursor = local.cursor()
    run(repository.worktree, "commit", "--quiet", "--amend", "-m", "other", day="2026-01-01")
    repository.commit()
    elsewhere = source(str(repository.bare), tmp_path / "new", path="docs")

    for one in (local, elsewhere):
        with pytest.raises(CursorExpiredError):
            one.changes(cursor)
    with pytest.raises(CursorExpiredError):
        local.changes("not a cursor")


async def test_a_branch_that_was_emptied_by_force_is_a_loss(
    repository: Repository, tmp_path: Path
) -> None:
    """Nothing goes until an operator says so; what is deleted by a commit is gone at once."""
    library = Library(tmp_path)
    library.sources["wiki"] = source(str(repository.bare), tmp_path / "cache")
    library.configure(f'[[sources]]\ntype = "git"\nname = "wiki"\nrepository = "{repository.bare}"')
    first = await library.open().sync()
    run(repository.worktree, "checkout", "--quiet", "--orphan", "other")
    run(repository.worktree, "rm", "-r", "--quiet", "--force", ".")
    repository.commit()

    refused = await library.open().sync()
    forced = await library.open().sync(force=True)

    assert [one.kind for one in refused.failures] == ["loss"]
    assert refused.documents_total == first.documents_total > 0
    assert forced.documents_total == 0


def test_other_settings_need_a_complete_listing(
    local: GitSource, repository: Repository, tmp_path: Path
) -> None:
    """Another folder of the same commit has other files."""
    cursor = local.cursor()
    whole = source(str(repository.bare), tmp_path / "cache")

    with pytest.raises(CursorExpiredError):
        whole.changes(cursor)


def test_a_revoked_token_is_refused(wiki: GitSource, server: GitServer) -> None:
    """What was fetched stays; the token is named nowhere."""
    list(wiki.files())
    server.token = "another"

    with pytest.raises(SourceError, match="refuses us: check the address, the token") as caught:
        list(wiki.files())
    assert caught.value.kind == "refused"
    assert TOKEN not in str(caught.value)


def test_the_token_is_neither_stored_nor_shown(wiki: GitSource, tmp_path: Path) -> None:
    """Not in the clone, not in what is printed of the source."""
    list(wiki.files())
    stored = b"".join(p.read_bytes() for p in (tmp_path / "cache").rglob("*") if p.is_file())

    assert TOKEN.encode() not in stored
    assert TOKEN not in repr(wiki._mirror._online)


def test_a_throttled_server_is_said(wiki: GitSource, server: GitServer) -> None:
    server.status = 429

    with pytest.raises(SourceError) as caught:
        list(wiki.files())
    assert caught.value.kind == "throttled"


def test_a_fetch_that_breaks_off_raises_and_is_made_up_for(
    repository: Repository, server: GitServer, tmp_path: Path
) -> None:
    """The next sync needs no help. The command `python -m tests.sources` breaks each request."""
    counting = source(f"{server.address}/team/wiki.git", tmp_path / "counting")
    expected = sorted(counting.files(), key=lambda file: file.name)
    broken = 0
    for number in (3, 4, 7):
        cache = tmp_path / f"cache{number}"
        wiki = source(f"{server.address}/team/wiki.git", cache)
        server.requests.clear()
        server.broken_at = number
        try:
            listed = sorted(wiki.files(), key=lambda file: file.name)
        except SourceError:
            broken += 1
        else:  # only the dates may be missing
            assert ids(iter(listed)) == ids(iter(expected))
        server.broken_at = 0
        assert sorted(wiki.files(), key=lambda file: file.name) == expected
    assert broken >= 2


def test_a_killed_fetch_leaves_nothing_in_the_way(local: GitSource, tmp_path: Path) -> None:
    """Its lock files and half-written packs are removed."""
    list(local.files())
    (clone,) = (tmp_path / "cache").glob("*.git")
    left = [
        clone / "shallow.lock",
        clone / "refs/kotae/head.lock",
        clone / "objects/pack/tmp_pack_x",
    ]
    for path in left:
        path.write_bytes(b"")

    assert len(list(local.files())) == 3
    assert not any(path.exists() for path in left)


def test_a_damaged_clone_is_made_anew(local: GitSource, tmp_path: Path) -> None:
    """After a failing disk; nobody has to help."""
    list(local.files())
    (clone,) = (tmp_path / "cache").glob("*.git")
    for pack in clone.rglob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(b"x" * 100)

    assert len(list(local.files())) == 3


def test_clones_of_former_addresses_are_removed(repository: Repository, tmp_path: Path) -> None:
    """A source keeps one."""
    list(source(f"file://{repository.bare}", tmp_path / "cache").files())
    list(source(str(repository.bare), tmp_path / "cache").files())

    assert len(list((tmp_path / "cache").glob("*.git"))) == 1


def test_a_path_of_this_machine_is_a_repository(repository: Repository, tmp_path: Path) -> None:
    """Bare or with a worktree; only what is committed counts, and its hooks do not run."""
    (repository.worktree / "draft.md").write_text("# Draft\n")
    ran = tmp_path / "ran"
    for hook in ("reference-transaction", "post-checkout", "pre-auto-gc", "post-index-change"):
        path = repository.worktree / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {ran}\n")
        path.chmod(0o755)
    for address in (str(repository.worktree), f"file://{repository.bare}"):
        listed = list(source(address, tmp_path / "cache").files())
        assert len(ids(iter(listed))) == 4
        assert all(file.date for file in listed)
    assert not ran.exists()


def test_a_branch_and_a_folder_must_exist(server: GitServer, tmp_path: Path) -> None:
    """A typing mistake does not look as if everything had been deleted."""
    address = f"{server.address}/team/wiki.git"
    with pytest.raises(SourceError, match="has no branch 'nowhere'"):
        list(source(address, tmp_path / "cache", branch="nowhere").files())
    with pytest.raises(SourceError, match="has no folder 'nowhere'"):
        list(source(address, tmp_path / "cache", path="nowhere").files())
    with pytest.raises(SourceError, match="refuses us"):
        list(source(f"{server.address}/team/none.git", tmp_path / "cache").files())


def test_another_branch_can_be_read(
    repository: Repository, wiki: GitSource, tmp_path: Path
) -> None:
    repository.push("HEAD~1:refs/heads/release/1.0")
    old = source(str(repository.bare), tmp_path / "cache", branch="release/1.0")

    assert ids(old.files()) == ["wiki/docs/travel.md", "wiki/docs/休暇.md"]


def test_what_is_not_read_is_named(repository: Repository, tmp_path: Path) -> None:
    """Links, submodules, LFS pointers, archives, hidden and excluded files, control characters."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    repository.write("big.pdf", pointer)
    repository.write(".github/CONTRIBUTING.md", "# x")
    repository.write("drafts/a.md", "# x")
    repository.write("all.zip", b"PK")
    repository.write("line\nend.md", "# x")
    (repository.worktree / "link.md").symlink_to("/etc/passwd")
    repository.commit()
    run(
        repository.worktree,
        *("update-index", "--add", "--cacheinfo"),
        f"160000,{run(repository.worktree, 'rev-parse', 'HEAD').strip()},other",
    )
    run(repository.worktree, "commit", "--quiet", "-m", "x")
    repository.push("HEAD:main")
    wiki = source(str(repository.bare), tmp_path / "cache", exclude=["drafts"])
    found = {file.name: file.passed_over for file in wiki.files() if file.passed_over}

    assert found == {
        "big.pdf": "git-lfs",
        ".github/": "hidden",
        "drafts/": "excluded",
        "all.zip": "format",
        "line\ufffdend.md": "name",
        "link.md": "link",
        "other": "submodule",
    }


def test_hostile_paths_do_no_harm(repository: Repository, tmp_path: Path) -> None:
    """Trees may hold what no file system does: `..`, `.git`, any bytes, very long names."""
    blob = run(repository.bare, "hash-object", "-w", "--stdin", given=b"# x\n").strip()
    names = [b"..", b".git", b"\xff.md", b"a" * 2000 + b".md", b"ok.md"]
    rows = b"".join(b"100644 " + name + b"\0" + bytes.fromhex(blob) for name in sorted(names))
    tree = run(
        repository.bare, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=rows
    ).strip()
    commit = run(repository.bare, "commit-tree", tree, "-m", "x").strip()
    run(repository.bare, "update-ref", "refs/heads/main", commit)
    wiki = source(str(repository.bare), tmp_path / "cache")
    listed = list(wiki.files())

    assert ids(iter(listed)) == ["wiki/ok.md", "wiki/\ufffd.md"]
    assert (
        sorted(file.passed_over for file in listed) == ["", "", "hidden", "name", "name"]
        or [file.passed_over for file in listed].count("name") == 3
    )


def test_a_file_that_is_no_longer_there_gives_a_parse_error(local: GitSource) -> None:
    (file, *_) = local.files()
    gone = SourceFile(file.document_id, file.name, file.url, "0" * 40)

    with pytest.raises(ParseError, match="cannot be read"):
        local.read(gone)


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://github.com/team/wiki.git", "https://github.com/team/wiki/blob/HEAD/{path}"),
        ("git@github.com:team/wiki.git", "https://github.com/team/wiki/blob/HEAD/{path}"),
        ("https://gitlab.com/a/b/wiki", "https://gitlab.com/a/b/wiki/-/blob/HEAD/{path}"),
        (
            "ssh://git@gitlab.example.com:2222/a/b.git",
            "https://gitlab.example.com/a/b/-/blob/HEAD/{path}",
        ),
        ("https://bob@git.example.com:8443/x.git", "https://git.example.com:8443/x"),
        ("/srv/wiki", "file:///srv/wiki/{path}"),
    ],
)
def test_citations_lead_to_the_file_on_the_web(address: str, page: str, tmp_path: Path) -> None:
    """On GitHub and GitLab; elsewhere a pattern says where."""
    opened = source(address, tmp_path)
    assert opened._page == page
    assert opened._address("docs/休 暇.md") == page.replace(
        "{path}", "docs/%E4%BC%91%20%E6%9A%87.md"
    )


def test_a_pattern_says_where_pages_are(repository: Repository, tmp_path: Path) -> None:
    wiki = source(
        str(repository.bare), tmp_path / "c", path="docs", url="https://w.example.com/{page}"
    )

    assert "https://w.example.com/deep/expenses" in {file.url for file in wiki.files()}


@pytest.mark.parametrize(
    "address",
    [
        "ext::sh -c touch% /tmp/x",
        "git://example.com/x",
        "http://example.com/x.git",
        "https://user:password@example.com/x.git",
        "--upload-pack=touch /tmp/x",
        "ssh://-oProxyCommand=touch/x",
        "-oProxyCommand=x:y",
        "docs",
    ],
)
def test_dangerous_addresses_are_refused(address: str) -> None:
    """And a password in one is not repeated."""
    with pytest.raises(ValueError, match="write https://host/path"):
        GitSettings.model_validate({"type": "git", "name": "w", "repository": address})


def test_a_clone_needs_a_folder() -> None:
    settings = GitSettings.model_validate({"type": "git", "name": "w", "repository": "/srv/w"})
    with pytest.raises(KnowledgeConfigError, match="needs a folder"):
        open_source(settings)


async def test_a_knowledge_base_follows_a_repository(
    repository: Repository,
    server: GitServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the settings to an answer's passage and back to what was deleted.

    The data folder is relative, as it is by default.
    """
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "knowledge.toml"
    address = f"{server.address}/team/wiki.git"
    config.write_text(
        f'[[sources]]\nname = "wiki"\ntype = "git"\nrepository = "{address}"\n'
        'token = "GIT_TOKEN"\npath = "docs"\n'
    )
    base = open_knowledge(
        config,
        Path("index"),
        EmbeddingSettings("hashing"),
        secrets={"GIT_TOKEN": TOKEN}.__getitem__,
    )
    await base.sync()
    (found, *_) = await base.search("有給休暇は何日ですか", MEMBER)
    assert (found.document_id, str(found.date)) == ("wiki/休暇.md", "2024-03-05")

    (repository.worktree / "docs" / "休暇.md").unlink()
    repository.commit()
    await base.sync(force=True)
    assert "wiki/休暇.md" not in {one.document_id for one in await base.search("休暇", MEMBER)}
    await base.aclose()


def test_an_interrupted_program_is_ended(tmp_path: Path) -> None:
    """A server that never replies does not hold up the other sources for ever."""
    from knowledge.sync.sources.git_program import GitFailedError, GitProgram

    tool = GitProgram(tmp_path, settings={"alias.wait": "!exec tail -f /dev/null"})
    with pytest.raises(GitFailedError, match="took longer than 0 seconds"):
        tool.run("wait", seconds=0.2)

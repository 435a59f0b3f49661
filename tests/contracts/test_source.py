"""The contract of every source: list the files, and return their bytes."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.model.errors import (
    CursorExpiredError,
    KnowledgeConfigError,
    ParseError,
    SourceError,
)
from knowledge.model.types import NOBODY
from knowledge.sync.source import FeedSource, Source, SourceChanges
from knowledge.sync.sources.folder import MAX_BYTES, FolderSource
from tests.support.memory_sources import MemoryFeed, MemorySource


@dataclass
class SourceUnderTest:
    """A source, with functions that add and remove files."""

    source: Source
    fill: Callable[[str, bytes], None]
    remove: Callable[[str], object]


@pytest.fixture(params=["folder", "memory"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> SourceUnderTest:
    """Return each kind of source, empty."""
    if request.param == "memory":
        memory = MemorySource()
        return SourceUnderTest(memory, memory.put, memory.remove)

    def fill(name: str, data: bytes) -> None:
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    (tmp_path / "docs").mkdir()
    return SourceUnderTest(
        FolderSource("docs", tmp_path / "docs"),
        fill,
        lambda name: (tmp_path / "docs" / name).unlink(),
    )


def test_files_are_listed_with_stable_ids(subject: SourceUnderTest) -> None:
    """An id is the source's name and the path, and equal in every listing."""
    source, fill = subject.source, subject.fill
    fill("b/日本語.md", b"b")
    fill("a.md", b"a")

    assert [file.document_id for file in source.files()] == ["docs/a.md", "docs/b/日本語.md"]
    assert list(source.files()) == list(source.files())


def test_bytes_are_returned_unchanged(subject: SourceUnderTest) -> None:
    """A source does not interpret the content."""
    source, fill = subject.source, subject.fill
    fill("a.bin.md", b"\x00\xff")

    (file,) = source.files()

    assert source.read(file) == b"\x00\xff"


def test_a_changed_file_has_another_version(subject: SourceUnderTest) -> None:
    """A sync detects the change by it."""
    source, fill = subject.source, subject.fill
    fill("a.md", b"old")
    (before,) = source.files()

    fill("a.md", b"newer")

    (after,) = source.files()
    assert after.version != before.version


def test_a_missing_file_gives_a_parse_error(subject: SourceUnderTest) -> None:
    """It may be deleted between listing and reading."""
    source, fill = subject.source, subject.fill
    fill("a.md", b"a")
    (file,) = source.files()
    subject.remove("a.md")

    with pytest.raises(ParseError, match="cannot be read"):
        source.read(file)


@pytest.fixture
def feed() -> MemoryFeed:
    """A source that tells its changes, with two files."""
    feed = MemoryFeed()
    feed.put("a.md", b"a")
    feed.put("b.md", b"b")
    return feed


def test_a_feed_is_known_by_what_it_has(feed: MemoryFeed) -> None:
    """A source that can only be listed is none."""
    assert isinstance(feed, FeedSource)
    assert not isinstance(MemorySource(), FeedSource)


def test_a_feed_tells_each_change_after_a_cursor(feed: MemoryFeed) -> None:
    """As it is now, with its readers; what is gone by its id; and where the next changes begin."""
    cursor = feed.cursor()
    assert feed.changes(cursor) == SourceChanges((), (), cursor)
    feed.put("new.md", b"new")
    feed.put("a.md", b"changed")
    feed.put("a.md", b"changed", NOBODY)
    feed.remove("b.md")

    changes = feed.changes(cursor)

    listed_now = {file.document_id: file for file in feed.files()}
    assert {file.document_id: file for file in changes.files} == listed_now
    assert listed_now["docs/a.md"].readers == NOBODY
    assert changes.removed == ("docs/b.md",)
    assert feed.changes(changes.cursor) == SourceChanges((), (), changes.cursor)


def test_a_feed_leaves_nothing_out_between_its_cursor_and_its_listing(feed: MemoryFeed) -> None:
    """The cursor is taken first: what changes while the files are listed is told after it."""
    cursor = feed.cursor()
    listing = iter(feed.files())
    next(listing)
    feed.put("a.md", b"changed")
    list(listing)

    assert [file.name for file in feed.changes(cursor).files] == ["a.md"]


def test_a_feed_says_that_a_cursor_is_too_old(feed: MemoryFeed) -> None:
    """It never tells less instead."""
    cursor = feed.cursor()
    feed.put("c.md", b"c")
    feed.expired = int(feed.cursor())

    with pytest.raises(CursorExpiredError):
        feed.changes(cursor)


@pytest.mark.parametrize("call", ["cursor", "files", "item", "changes", "read"])
def test_what_breaks_off_raises(feed: MemoryFeed, call: str) -> None:
    """A part of a listing, or of changes, would look as if the rest had been deleted."""

    def break_off(asked: str) -> None:
        if asked == call:
            raise SourceError("broken off")

    cursor, (file, *_) = feed.cursor(), tuple(feed.files())
    feed.before = break_off
    asked: dict[str, Callable[[], object]] = {
        "cursor": feed.cursor,
        "files": lambda: list(feed.files()),
        "item": lambda: list(feed.files()),
        "changes": lambda: feed.changes(cursor),
        "read": lambda: feed.read(file),
    }
    with pytest.raises(SourceError, match="broken off"):
        asked[call]()


def listed(path: Path, *exclude: str) -> list[str]:
    files = FolderSource("s", path, exclude=exclude).files()
    return [file.document_id for file in files if not file.passed_over]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small folder of documents."""
    for name in ("a.md", "b.txt", "sub/c.md", "sub/deep/d.md", ".git/x.md", "sub/~$c.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_hidden_and_lock_files_are_skipped(tree: Path) -> None:
    """`.git` and the lock files of office programs are not documents."""
    assert listed(tree) == ["s/a.md", "s/b.txt", "s/sub/c.md", "s/sub/deep/d.md"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ["s/a.md"]),
        ("**/*.md", ["s/a.md", "s/sub/c.md", "s/sub/deep/d.md"]),
        ("sub/**", ["s/c.md", "s/deep/d.md"]),
        ("su?/[a-c].md", ["s/sub/c.md"]),
        ("[!a].*", ["s/b.txt"]),
        ("****/*.md", ["s/a.md", "s/sub/c.md", "s/sub/deep/d.md"]),
        pytest.param(f"{'*' * 200}/x", [], id="200 stars"),
        pytest.param(f"{'**/' * 60}x", [], id="60 folders"),
    ],
)
def test_glob_patterns_select_files(tree: Path, pattern: str, found: list[str]) -> None:
    """`*` stays within a folder, `**` does not; ids start below the last plain folder."""
    assert listed(tree / pattern) == found


def test_what_is_no_pattern_is_refused(tree: Path) -> None:
    """By its own words, not by a traceback."""
    with pytest.raises(KnowledgeConfigError, match=r"the pattern '\[z-a\]' cannot be read"):
        listed(tree, "[z-a]")


def test_a_single_file_can_be_a_source(tree: Path) -> None:
    """Its path is enough."""
    assert listed(tree / "sub" / "c.md") == ["s/c.md"]


def test_excluded_files_and_folders_are_skipped(tree: Path) -> None:
    """A name or pattern without a slash applies at every depth, a path to everything below it."""
    assert listed(tree, "deep", "*.txt") == ["s/a.md", "s/sub/c.md"]
    assert listed(tree, "sub/**") == ["s/a.md", "s/b.txt"]


def test_a_link_to_a_file_outside_the_folder_is_not_read(tree: Path, tmp_path: Path) -> None:
    """Nobody can publish /etc with a link in a wiki."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_bytes(b"secret")
    (tree / "link.md").symlink_to(outside)
    (tree / "inside.md").symlink_to(tree / "a.md")
    source = FolderSource("s", tree)
    files = {file.name: file for file in source.files()}

    assert source.read(files["inside.md"]) == b"x"
    with pytest.raises(ParseError, match="outside the source's folder"):
        source.read(files["link.md"])


def test_a_huge_file_is_listed_but_not_read(tmp_path: Path) -> None:
    """It is reported as a problem and does not fill the memory."""
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    source = FolderSource("s", tmp_path)
    (huge,) = source.files()

    with pytest.raises(ParseError, match="larger than 250 MB"):
        source.read(huge)


def test_names_are_valid_unicode_in_composed_form(tmp_path: Path) -> None:
    """Macs may split が into two characters, and old disks have any bytes; ids have one form."""
    (tmp_path / "か\u3099.md").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_bytes(b"y")
    source = FolderSource("s", tmp_path)

    files = {file.document_id: source.read(file) for file in source.files()}

    assert files == {"s/が.md": b"x", "s/\ufffd.md": b"y"}


def test_names_that_look_the_same_are_told(tmp_path: Path) -> None:
    """The one in the usual form is read, whichever comes first; the other one must be renamed."""
    (tmp_path / "か\u3099.md").write_bytes(b"in parts")
    (tmp_path / "が.md").write_bytes(b"composed")
    (tmp_path / "か\u3099").mkdir()
    (tmp_path / "か\u3099" / "a.md").write_bytes(b"alone")
    source = FolderSource("s", tmp_path)

    files = {file.document_id: file for file in source.files()}

    assert {id_: file.passed_over for id_, file in files.items()} == {
        "s/が/a.md": "",
        "s/が.md": "",
        "s/か\u3099.md": "twin",
    }
    assert source.read(files["s/が.md"]) == b"composed"
    assert source.read(files["s/が/a.md"]) == b"alone"


def test_odd_names_are_read_or_told(tmp_path: Path) -> None:
    """Signs that end a line are passed over; anything else is read, as long as it may be."""
    odd = ("a\nb.md", "x\x1b[31m.md", "y\u2028z.md")
    fine = ("x\u202ey.md", "休" * 84 + ".md", " a .md", "100%.md", "-r.md", "#?&.md", "'\".md")
    for name in (*odd, *fine):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "folder\n").mkdir()
    (tmp_path / "folder\n" / "a.md").write_bytes(b"x")
    source = FolderSource("s", tmp_path)

    files = list(source.files())

    assert {file.name for file in files if not file.passed_over} == set(fine)
    assert all(source.read(file) == file.name.encode() for file in files if not file.passed_over)
    assert {file.passed_over for file in files} == {"", "name"}
    assert all("\n" not in file.document_id + file.url for file in files)


def test_links_lead_neither_out_nor_in_circles(tmp_path: Path) -> None:
    """To itself, to each other, to the folder above, to a folder outside, to nothing."""
    folder, outside = tmp_path / "docs", tmp_path / "outside"
    for path in (folder, outside):
        path.mkdir()
    (outside / "secret.md").write_bytes(b"secret")
    (folder / "a.md").write_bytes(b"a")
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "one.md").symlink_to("two.md")
    (folder / "two.md").symlink_to("one.md")
    (folder / "up").symlink_to(tmp_path)
    (folder / "here").symlink_to(folder)
    (folder / "out").symlink_to(outside)
    (folder / "secret.md").symlink_to(outside / "secret.md")
    (folder / "gone.md").symlink_to("nothing.md")
    (folder / "chain.md").symlink_to(folder / "up" / "outside" / "secret.md")
    source = FolderSource("s", folder)
    files = {file.name: file for file in source.files()}

    assert {name: file.passed_over for name, file in files.items() if file.passed_over} == {
        **dict.fromkeys(("loop.md", "one.md", "two.md", "gone.md"), "dangling-link"),
        **dict.fromkeys(("up/", "here/", "out/"), "linked-folder"),
    }
    assert source.read(files["a.md"]) == b"a"
    for name in ("secret.md", "chain.md"):
        with pytest.raises(ParseError, match="outside the source's folder"):
            source.read(files[name])


def test_addresses_follow_the_pattern(tree: Path) -> None:
    """A citation links to the wiki, with the path quoted."""
    (tree / "sub" / "休 暇.md").write_bytes(b"x")
    address = "https://wiki.example.com/{page}?raw={path}"
    source = FolderSource("s", tree / "**/*.md", address, exclude=["deep"])

    urls = [file.url for file in source.files()]

    assert urls[-1] == (
        "https://wiki.example.com/sub/%E4%BC%91%20%E6%9A%87?raw=sub/%E4%BC%91%20%E6%9A%87.md"
    )


def test_a_missing_folder_is_a_settings_error(tmp_path: Path) -> None:
    """It never counts as an empty folder."""
    with pytest.raises(KnowledgeConfigError, match="there is no folder"):
        listed(tmp_path / "nowhere")

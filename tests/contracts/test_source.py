"""What every source does: list what is there, and hand out its bytes."""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from knowledge.model.errors import KnowledgeConfigError, ParseError
from knowledge.sync.source import Source, SourceFile
from knowledge.sync.sources.folder import MAX_BYTES, FolderSource


class MemorySource:
    """The smallest source: files in memory."""

    name = "docs"

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def files(self) -> Iterable[SourceFile]:
        for name, data in sorted(self.content.items()):
            version = hashlib.sha256(data).hexdigest()
            yield SourceFile(f"{self.name}/{name}", name, f"memory:{name}", version, 0.0)

    def read(self, file: SourceFile) -> bytes:
        try:
            return self.content[file.name]
        except KeyError:
            raise ParseError("it cannot be read: it is gone") from None


@dataclass
class Place:
    """A source, and how to put files into it and take them away."""

    source: Source
    fill: Callable[[str, bytes], None]
    remove: Callable[[str], object]


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each kind of source, empty."""
    if request.param == "memory":
        memory = MemorySource()
        return Place(memory, memory.content.__setitem__, memory.content.pop)

    def fill(name: str, data: bytes) -> None:
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    (tmp_path / "docs").mkdir()
    return Place(
        FolderSource("docs", tmp_path / "docs"),
        fill,
        lambda name: (tmp_path / "docs" / name).unlink(),
    )


def test_files_are_listed_with_stable_ids(place: Place) -> None:
    """An id is the source's name and the path, the same at every listing."""
    source, fill = place.source, place.fill
    fill("b/日本語.md", b"b")
    fill("a.md", b"a")

    assert [file.document_id for file in source.files()] == ["docs/a.md", "docs/b/日本語.md"]
    assert list(source.files()) == list(source.files())


def test_bytes_come_as_they_are(place: Place) -> None:
    """A source does not interpret anything."""
    source, fill = place.source, place.fill
    fill("a.bin.md", b"\x00\xff")

    (file,) = source.files()

    assert source.read(file) == b"\x00\xff"


def test_a_changed_file_has_another_version(place: Place) -> None:
    """Else its change would never be noticed."""
    source, fill = place.source, place.fill
    fill("a.md", b"old")
    (before,) = source.files()

    fill("a.md", b"newer")

    (after,) = source.files()
    assert after.version != before.version


def test_a_file_that_is_gone_is_a_parse_error(place: Place) -> None:
    """Between listing and reading anything can happen."""
    source, fill = place.source, place.fill
    fill("a.md", b"a")
    (file,) = source.files()
    place.remove("a.md")

    with pytest.raises(ParseError, match="cannot be read"):
        source.read(file)


def listed(path: Path, *exclude: str) -> list[str]:
    return [file.document_id for file in FolderSource("s", path, exclude=exclude).files()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small folder of documents."""
    for name in ("a.md", "b.txt", "sub/c.md", "sub/deep/d.md", ".git/x.md", "sub/~$c.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_hidden_and_lock_files_are_left_out(tree: Path) -> None:
    """`.git` and the lock files of office programs are no documents."""
    assert listed(tree) == ["s/a.md", "s/b.txt", "s/sub/c.md", "s/sub/deep/d.md"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.md", ["s/a.md"]),
        ("**/*.md", ["s/a.md", "s/sub/c.md", "s/sub/deep/d.md"]),
        ("sub/**", ["s/c.md", "s/deep/d.md"]),
        ("su?/[a-c].md", ["s/sub/c.md"]),
        ("[!a].*", ["s/b.txt"]),
    ],
)
def test_glob_patterns_choose_files(tree: Path, pattern: str, found: list[str]) -> None:
    """`*` stays within a folder, `**` does not; ids begin below the last plain folder."""
    assert listed(tree / pattern) == found


def test_one_file_can_be_a_source(tree: Path) -> None:
    """A path to a file is enough."""
    assert listed(tree / "sub" / "c.md") == ["s/c.md"]


def test_excluded_files_and_folders_are_left_out(tree: Path) -> None:
    """A bare name or pattern applies at every depth, a path to what is below it."""
    assert listed(tree, "deep", "*.txt") == ["s/a.md", "s/sub/c.md"]
    assert listed(tree, "sub/**") == ["s/a.md", "s/b.txt"]


def test_a_link_out_of_the_folder_is_listed_but_not_read(tree: Path, tmp_path: Path) -> None:
    """Nobody publishes /etc by a link in a wiki."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_bytes(b"secret")
    (tree / "link.md").symlink_to(outside)
    (tree / "inside.md").symlink_to(tree / "a.md")
    source = FolderSource("s", tree)
    files = {file.name: file for file in source.files()}

    assert source.read(files["inside.md"]) == b"x"
    with pytest.raises(ParseError, match="leads out"):
        source.read(files["link.md"])


def test_a_huge_file_is_listed_but_not_read(tmp_path: Path) -> None:
    """It is named as a problem; the bot's memory is not its victim."""
    with (tmp_path / "huge.md").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    source = FolderSource("s", tmp_path)
    (huge,) = source.files()

    with pytest.raises(ParseError, match="larger than 50 MB"):
        source.read(huge)


def test_names_are_composed_and_valid_unicode(tmp_path: Path) -> None:
    """A Mac writes か゛ as two characters, an old disk any bytes: ids are one form."""
    (tmp_path / "か\u3099.md").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_bytes(b"y")
    source = FolderSource("s", tmp_path)

    files = {file.document_id: source.read(file) for file in source.files()}

    assert files == {"s/が.md": b"x", "s/\ufffd.md": b"y"}


def test_addresses_follow_the_pattern(tree: Path) -> None:
    """A citation leads to the wiki, with the path quoted."""
    (tree / "sub" / "休 暇.md").write_bytes(b"x")
    address = "https://wiki.example.com/{page}?raw={path}"
    source = FolderSource("s", tree / "**/*.md", address, exclude=["deep"])

    urls = [file.url for file in source.files()]

    assert urls[-1] == (
        "https://wiki.example.com/sub/%E4%BC%91%20%E6%9A%87?raw=sub/%E4%BC%91%20%E6%9A%87.md"
    )


def test_a_missing_folder_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    """It is never taken for an empty one."""
    with pytest.raises(KnowledgeConfigError, match="there is no folder"):
        listed(tmp_path / "nowhere")

"""A zip archive in a folder is a folder: exports of Notion, Confluence and Slack."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from knowledge.model.errors import ParseError
from knowledge.model.types import ParsedFile
from knowledge.parsing.parsers import parse
from knowledge.sync.source import SourceFile
from knowledge.sync.sources import archive
from knowledge.sync.sources.folder import FolderSource
from tests.support.documents import zipped


def offered(source: FolderSource) -> list[SourceFile]:
    """Return the files of *source* that are to be read."""
    return [file for file in source.files() if not file.passed_over]


def problems(folder: Path) -> dict[str, str]:
    """Return the names that the source offers, with why each cannot be read, "" if it can."""
    source = FolderSource("docs", folder)
    found = dict[str, str]()
    for file in offered(source):
        try:
            source.read(file)
            found[file.name] = ""
        except ParseError as error:
            found[file.name] = str(error)
    return found


def test_each_member_is_a_document_of_its_own(tmp_path: Path) -> None:
    """Archives in an archive are folders, too; hidden and excluded files stay away."""
    part = zipped({"規程/休暇.md": "# 休暇\n20日"})
    members: dict[str, str | bytes] = {
        "Part-1.zip": part,
        "a/index.html": "<h1>A</h1>",
        ".x.md": "x",
        "__MACOSX/a.md": "x",
    }
    (tmp_path / "export.zip").write_bytes(zipped(members | {"drafts/b.md": b"b"}))
    source = FolderSource("docs", tmp_path, "https://wiki.example/{path}", ["drafts"])
    listed = list(source.files())
    files = {file.document_id: file for file in listed if not file.passed_over}

    assert [file.passed_over for file in listed if file.passed_over] == [
        "hidden",
        "hidden",
        "excluded",
    ]
    assert list(files) == [
        "docs/export.zip/Part-1.zip/規程/休暇.md",
        "docs/export.zip/a/index.html",
    ]
    assert (
        files["docs/export.zip/a/index.html"].url == "https://wiki.example/export.zip/a/index.html"
    )
    assert [source.read(file).decode() for file in files.values()] == ["# 休暇\n20日", "<h1>A</h1>"]
    again = FolderSource("docs", tmp_path)
    assert again.read(files["docs/export.zip/Part-1.zip/規程/休暇.md"]) == "# 休暇\n20日".encode()


def test_names_of_a_japanese_windows_are_read(tmp_path: Path) -> None:
    """Its archives hold names in CP932, and say nothing of it."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("abcd/efgh.md", "x")
    name = "規程/休暇.md".encode("cp932")
    path.write_bytes(path.read_bytes().replace(b"abcd/efgh.md", name))

    assert problems(tmp_path) == {"a.zip/規程/休暇.md": ""}


def test_a_member_keeps_its_version_while_its_content_stays(tmp_path: Path) -> None:
    """A new export reads only what has changed."""
    for text in ("x", "y"):
        (tmp_path / f"{text}.zip").write_bytes(zipped({"same.md": "same", "other.md": text}))
    versions = {file.name: file.version for file in FolderSource("docs", tmp_path).files()}

    assert versions["x.zip/same.md"] == versions["y.zip/same.md"]
    assert versions["x.zip/other.md"] != versions["y.zip/other.md"]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"../evil.md": "x", "a.md": "y"}, "leads out of it"),
        ({"/etc/evil.md": "x"}, "leads out of it"),
        ({"a/..\\..\\evil.md": "x"}, "leads out of it"),
        ({"C:/evil.md": "x"}, "leads out of it"),
        ({}, "holds no files"),
    ],
)
def test_a_path_out_of_the_archive_refuses_it(
    tmp_path: Path, members: dict[str, str], reason: str
) -> None:
    """Such a member could pass for a document of another folder."""
    (tmp_path / "a.zip").write_bytes(zipped(members))

    (problem,) = problems(tmp_path).items()
    assert problem[0] == "a.zip"
    assert reason in problem[1]


def test_what_grows_without_limit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member that is a bomb costs itself alone; too many members cost the archive."""
    (tmp_path / "bomb.zip").write_bytes(zipped({"a.txt": b"a" * 20_000_000, "b.txt": "b"}))
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 broken")
    deep = zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": "x"})})})
    (tmp_path / "deep.zip").write_bytes(deep)
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    (tmp_path / "many.zip").write_bytes(zipped({f"{n}.md": "x" for n in range(4)}))

    assert problems(tmp_path) == {
        "bomb.zip/a.txt": "grows too much when it is unpacked",
        "bomb.zip/b.txt": "",
        "broken.zip": "not a readable archive",
        "deep.zip/a.zip/b.zip": "",
        "many.zip": "holds more than 3 files",
    }


def export(folder: str, messages: list[dict[str, object]]) -> bytes:
    """Return an export of Slack with *messages* in the *folder* of a channel."""
    people = [
        {"id": "U1ABCDE", "team_id": "T1AB", "profile": {"display_name": "佐藤"}},
        {"id": "U2ABCDE", "name": "bob", "profile": {"real_name": "Bob"}},
    ]
    lists = {
        "users.json": people,
        "channels.json": [{"id": "C1AB", "name": "general"}],
        "groups.json": [{"id": "G1AB", "name": "board"}],
        "dms.json": [{"id": "D1AB"}],
    }
    members = {name: json.dumps(items) for name, items in lists.items()}
    return zipped(members | {f"{folder}/2024-05-01.json": json.dumps(messages)})


FIRST = "1714521600.1"
MESSAGES: list[dict[str, object]] = [
    {"user": "U1ABCDE", "ts": FIRST, "thread_ts": FIRST, "text": "<@U2ABCDE> 休暇は?"},
    {"subtype": "channel_join", "user": "U2ABCDE", "ts": "1714521601.1", "text": "joined"},
    {"user_profile": {"real_name": "Zoe"}, "ts": "1714525200.1", "text": "Lunch &amp; tea"},
    {
        "user": "U2ABCDE",
        "ts": "1714525260.1",
        "thread_ts": FIRST,
        "text": "See <https://a.example|the page>",
        "files": [{"name": "plan.pdf"}],
    },
]


BOB = "Bob (01:01 UTC): See the page (https://a.example)\n(plan.pdf)"


def test_a_day_of_slack_is_a_document_with_its_threads(tmp_path: Path) -> None:
    """People have names, threads stay together, and the citation opens the channel."""
    (tmp_path / "slack.zip").write_bytes(export("general", MESSAGES))
    source = FolderSource("docs", tmp_path)
    (file,) = offered(source)
    parsed = parse(source.read(file), file.name)

    assert file.url == "https://app.slack.com/client/T1AB/C1AB"
    assert (parsed.title, parsed.metadata) == ("#general 2024-05-01", {"date": "2024-05-01"})
    assert [(section.headings, section.text) for section in parsed.sections] == [
        (
            ("00:00 UTC",),
            f"佐藤 (00:00 UTC): @Bob 休暇は?\n\n{BOB}",
        ),
        (("01:00 UTC",), "Zoe (01:00 UTC): Lunch & tea"),
    ]


def test_a_message_does_not_hide_the_day_of_its_channel(tmp_path: Path) -> None:
    """Anybody who may write there could."""
    said: dict[str, object] = {
        "ts": "1714521500.1",
        "text": "Hi\naudience: ['#hr']\n公開範囲: 人事部",
    }
    (tmp_path / "slack.zip").write_bytes(export("general", [said, *MESSAGES]))
    source = FolderSource("docs", tmp_path)
    (file,) = offered(source)

    parsed = parse(source.read(file), file.name)

    assert "audience" not in parsed.metadata
    assert "@Bob 休暇は?" in "".join(section.text for section in parsed.sections)


FORMS = ("slack.zip", "nested.zip", "unpacked", "one channel")
"""An export as Slack sends it, packed again by a person, and unpacked: whole, and in part."""


def put_export(folder: Path, form: str, data: bytes) -> FolderSource:
    """Write an export below *folder* in one of its `FORMS`."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    if form == "slack.zip":
        (folder / form).write_bytes(data)
    elif form == "nested.zip":
        (folder / form).write_bytes(zipped({f"輸出/{k}": v for k, v in members.items()}))
    else:
        for name, content in members.items():
            path = folder / "輸出" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if form == "one channel":
        day = next(name for name in members if "/" in name)
        return FolderSource("docs", folder / "輸出" / day.partition("/")[0])
    return FolderSource("docs", folder)


def read_all(source: FolderSource) -> list[ParsedFile]:
    """Parse all that a source offers."""
    return [parse(source.read(file), file.name) for file in offered(source)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("channel", "audience"), [("general", [None]), ("board", [["G1AB"]]), ("D1AB", []), ("x", [])]
)
def test_an_export_is_protected_wherever_it_lies(
    tmp_path: Path, form: str, channel: str, audience: list[object]
) -> None:
    """People have names, private channels their members, and direct messages no reader at all."""
    read = read_all(put_export(tmp_path, form, export(channel, MESSAGES)))

    assert [parsed.metadata.get("audience") for parsed in read] == audience
    assert all("佐藤" in parsed.sections[0].text for parsed in read)


@pytest.mark.parametrize("form", FORMS)
def test_a_channel_that_becomes_private_is_read_again(tmp_path: Path, form: str) -> None:
    """Its days stay the same, and their version says that their readers do not."""
    with zipfile.ZipFile(io.BytesIO(export("board", MESSAGES))) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    everybody = members | {"channels.json": members["groups.json"], "groups.json": b"[]"}
    versions = []
    for lists in (everybody, members):
        source = put_export(tmp_path, form, zipped(lists))
        versions += [file.version for file in offered(source)]

    assert len(set(versions)) == len(versions) == 2


@pytest.mark.parametrize("form", FORMS)
def test_an_export_with_a_damaged_list_stays_closed(tmp_path: Path, form: str) -> None:
    """Nobody knows who may read what."""
    data = export("board", MESSAGES)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    source = put_export(tmp_path, form, zipped(members | {"groups.json": b"[{"}))

    for file in source.files():
        with pytest.raises(ParseError, match="damaged list"):
            source.read(file)


def test_what_lies_beside_an_export_is_read(tmp_path: Path) -> None:
    """And files with the same names and no ids of Slack are no export."""
    put_export(tmp_path, "unpacked", export("general", MESSAGES))
    (tmp_path / "輸出" / "案内.md").write_text("# 案内\n\n月曜。", "utf-8")
    for name in ("users.json", "channels.json"):
        (tmp_path / name).write_text('[{"id": 12, "name": "fm"}]', "utf-8")
    source = FolderSource("docs", tmp_path)

    assert {file.name for file in offered(source)} == {
        "channels.json",
        "users.json",
        "輸出/案内.md",
        "輸出/general/2024-05-01.json",
    }

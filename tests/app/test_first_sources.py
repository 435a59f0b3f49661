"""What a person types becomes the source that they mean, and a file that says just that."""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.app.first_files import find_documents
from bot.app.first_sources import (
    UnusableError,
    folder_source,
    git_source,
    knowledge_toml,
    new_sources,
    slack_source,
    source_name,
    typed_folder,
    web_source,
    with_branch,
    with_prefix,
    with_tables,
    with_token,
)
from bot.core.language import Language
from knowledge.model.settings import load_settings
from knowledge.model.source_settings import FolderSettings, SourceSettings
from tests.support.git_server import run as run_git

HERE = Path(__file__).parent

PIECES = (
    *("https://", "http://", "ｈｔｔｐｓ：／／", "ssh://", "git@", "example.com", "localhost", "-"),
    *("/", ":", "?", "#", "@", "[", "]", "~", "..", " ", "\u3000", '"', "'", "\\", "\n", "$", "x"),
    *("\x7f", "\x00", "\ud800", "sitemap.xml", "資料", "C0123456", "general"),
)
TYPED = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
REPOSITORY = git_source("git@host:team/wiki.git")
SITE = web_source("https://example.com/docs/")
READ: tuple[Callable[[str], SourceSettings], ...] = (
    *(git_source, web_source, slack_source),
    *(
        partial(with_branch, REPOSITORY),
        partial(with_token, REPOSITORY),
        partial(with_prefix, SITE),
    ),
)


def read_again(sources: list[SourceSettings], folder: Path, language: Language) -> list[object]:
    """Return what a file with *sources* says when it is read, relative paths as they stand."""
    file = folder / "knowledge.toml"
    file.write_text(knowledge_toml(sources, language), "utf-8")
    return [
        one.model_copy(update={"path": one.path.relative_to(folder)})
        if isinstance(one, FolderSettings) and one.path.is_relative_to(folder)
        else one
        for one in load_settings(file).sources
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("place")


@given(st.lists(TYPED, min_size=1, max_size=4), st.sampled_from(["en", "ja"]))
@example(["git@host:a/b.git", "main", "$GIT_TOKEN", "//[", "#general", "https://[x"], "en")
@example(["https://host/\x7f", "\x7f", "", "~\ud800", "/\ud800", "~\x00"], "ja")
def test_whatever_is_typed_is_refused_or_written_as_it_was_read(
    place: Path, typed: list[str], language: Language
) -> None:
    """The file is TOML, and says what the settings said; no other error escapes."""
    found = list[SourceSettings]()
    for read, text in product(READ, typed):
        with suppress(UnusableError):
            found.append(read(text))
    apart = new_sources(found, (), place)

    if apart:
        assert read_again(apart, place, language) == apart
    assert len({source.name for source in apart}) == len(apart)


@given(
    st.text(
        st.characters(exclude_characters="/", exclude_categories=["Cc", "Cs"]),
        min_size=1,
        max_size=40,
    ).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)
)
@example("docs²")
@example("a[*] ?{}")
def test_a_folder_of_any_name_is_found_and_read(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    """Patterns and signs that no name of a source has are in the path alone."""
    team = tmp_path_factory.mktemp("team")
    folder = team / name
    folder.mkdir()
    (folder / "a.md").write_text("# A\n")
    source = folder_source(typed_folder(str(folder)), team)

    assert read_again([source], team, "en") == [source]
    assert find_documents(folder).read == {"Markdown": 1}


def test_a_folder_is_found_however_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With quotes, as it is dropped into a terminal, from home, in full width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("my docs", "資料（新）", "docs"):
        (tmp_path / name).mkdir()

    for typed in ("'my docs' ", "my\\ docs", "~/my docs", '"~/my docs"', "\u3000my docs/"):
        assert typed_folder(typed).resolve() == tmp_path / "my docs"
    assert typed_folder("「資料（新）」").resolve() == tmp_path / "資料（新）"
    assert typed_folder("ｄｏｃｓ").resolve() == tmp_path / "docs"
    for typed in ("", " ", "nothing", "~nobody-at-all/docs", "x" * 9_000, "a\x00b"):
        with pytest.raises(UnusableError):
            typed_folder(typed)


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    folder.mkdir()

    with pytest.raises(UnusableError, match="not UTF-8"):
        folder_source(folder, tmp_path)


@pytest.mark.parametrize(
    ("typed", "repository", "name"),
    [
        ("https://github.com/example/product.git", "", "product"),
        ("  `git clone https://github.com/example/product`", "", "product"),
        ("github.com/example/product", "https://github.com/example/product", "product"),
        ("ＨＴＴＰＳ：／／ｇｉｔ．ｅｘａｍｐｌｅ／Ａ", "https://git.example/A", "A"),
        ("HTTPS://GitHub.com/a/資料（新）", "https://GitHub.com/a/資料（新）", "資料-新"),
        ("git@host.example:team/wiki.git", "", "wiki"),
        ("ssh://git@host.example:2222/team/wiki/", "", "wiki"),
        ("http://localhost:3000/a/saved.git", "", "documents"),
    ],
)
def test_the_address_of_a_repository_is_understood(typed: str, repository: str, name: str) -> None:
    found = git_source(typed)

    assert found.repository == (repository or typed.strip(" `").removeprefix("git clone "))
    assert found.name == name


@pytest.mark.parametrize(
    "typed",
    [
        "https://user:password@github.com/a/b",
        "user:password@github.com/a/b",
        "my.name:password@github.com/a/b",
        "https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/a/b",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/a/b",
        "https://github.com/a/b?access_token=abc",
        "http://example.com/a/b",
        "/no/such/folder",
        "wiki",
        "",
    ],
)
def test_a_repository_with_a_secret_or_without_a_place_is_refused(typed: str) -> None:
    """The message never quotes it."""
    with pytest.raises(UnusableError) as refused:
        git_source(typed)

    assert not typed or typed not in refused.value.text.in_both()


def test_a_repository_on_this_machine_is_known_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Relative, bare or with a worktree; a folder without one is none."""
    monkeypatch.chdir(tmp_path)
    for name in ("wiki", "bare.git", "plain"):
        (tmp_path / name).mkdir()
    run_git(tmp_path / "wiki", "init", "--quiet")
    run_git(tmp_path / "bare.git", "init", "--quiet", "--bare")

    assert git_source("wiki/").repository == str(tmp_path / "wiki")
    assert git_source(f"file://{tmp_path}/bare.git").name == "bare"
    with pytest.raises(UnusableError):
        git_source("./plain")


def test_a_token_is_named_and_never_written() -> None:
    """A value that looks like one is refused, and so is the name of a setting of Kotae."""
    source = git_source("https://github.com/a/b")

    assert with_token(source, " ${ＧＩＴ_TOKEN} ").token == "GIT_TOKEN"
    assert with_token(source, "").token is None
    assert with_branch(source, "ｍａｉｎ").branch == "main"
    for typed in ("ghp_abcdefghij", "AKIAIOSFODNN7EXAMPLE", "SLACK_BOT_TOKEN", "my token"):
        with pytest.raises(UnusableError):
            with_token(source, typed)


@pytest.mark.parametrize(
    ("typed", "start", "private"),
    [
        ("https://help.example.com/sitemap.xml", "", False),
        ("help.example.com/docs#intro", "https://help.example.com/docs", False),
        ("ｈｔｔｐｓ：／／ｅｘａｍｐｌｅ．ｃｏｍ", "https://example.com", False),
        ("<https://例え.jp/案内（新）>", "https://例え.jp/案内（新）", False),
        ("wiki.example.com/doku.php?id=start", "https://wiki.example.com/doku.php?id=start", False),
        ("http://intranet/handbook/", "http://intranet/handbook", True),
        ("localhost:8000", "http://localhost:8000", True),
        ("192.168.0.5/wiki", "http://192.168.0.5/wiki", True),
    ],
)
def test_the_address_of_a_site_is_understood(typed: str, start: str, *, private: bool) -> None:
    found = web_source(typed)

    assert (found.start, found.allow_private) == (start or typed, private)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "help", "ftp://example.com", "mailto:a@example.com", "https://a:b@example.com", "/"),
        *("https://example.com/?token=abc", "https://example.com/a?x=1&API_KEY=abc"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(typed: str) -> None:
    with pytest.raises(UnusableError):
        web_source(typed)


def test_the_prefix_of_a_site_is_on_that_site() -> None:
    """The folder of the start need not be written."""
    source = web_source("https://example.com/docs/sitemap.xml")

    assert with_prefix(source, "").prefix == ""
    assert with_prefix(source, "https://example.com/docs/").prefix == ""
    assert with_prefix(source, "/help").prefix == "https://example.com/help"
    assert with_prefix(source, "example.com/ja/").prefix == "https://example.com/ja/"
    for typed in ("https://other.example/docs/", "docs"):
        with pytest.raises(UnusableError):
            with_prefix(source, typed)


@pytest.mark.parametrize(
    ("typed", "channels", "name"),
    [
        ("#general", ["#general"], "general"),
        ("General, ＃ごみ相談、C0123456", ["#general", "#ごみ相談", "C0123456"], "general"),
        ("https://team.slack.com/archives/C0123456/p1700000000000000?x=1", ["C0123456"], "slack"),
        ("<https://app.slack.com/client/T0123456/C0123456>", ["C0123456"], "slack"),
        ("<#C0123456|general>", ["C0123456"], "slack"),
        ("#a #a", ["#a"], "a"),
    ],
)
def test_a_channel_is_understood(typed: str, channels: list[str], name: str) -> None:
    found = slack_source(typed)

    assert (found.channels, found.name) == (channels, name)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "#", "@keiko", "D0123456", "https://team.slack.com/archives/D0123456", "a/b"),
        *("xoxb-123-abc", "#general, XAPP-1-abc", "ｘｏｘｐ-1-a"),
    ],
)
def test_what_is_no_channel_is_refused(typed: str) -> None:
    """Direct messages are never a source."""
    with pytest.raises(UnusableError):
        slack_source(typed)


def test_tables_are_added_to_a_file_that_keeps_all_it_has() -> None:
    """Only where they mean sources of their own; else a person has to write them."""
    added = [git_source("git@host:team/wiki.git")]
    written = (
        '# ours\r\n[[sources]]\r\nname = "a"\r\npath = "docs"\r\n[search]\r\ndense_weight = 0.2'
    )

    assert with_tables(written, added).startswith(f"{written}\n\n[[sources]]\n")
    with pytest.raises(ValueError, match="immutable"):
        with_tables('sources = [{name = "a", path = "docs"}]\n', added)


def test_a_place_is_added_once_and_names_differ(tmp_path: Path) -> None:
    known = [git_source("git@host:team/wiki.git")]
    again = [git_source("git@host:team/wiki.git"), git_source("git@host:other/wiki.git")]

    assert [source.name for source in new_sources(again, known, tmp_path)] == ["wiki-2"]
    assert source_name("ｶﾀﾛｸﾞ 2026/春") == "カタログ-2026-春"

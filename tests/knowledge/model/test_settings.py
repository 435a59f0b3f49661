"""Each mistake in `knowledge.toml` gives one line that says what to do."""

from pathlib import Path

import pytest

from knowledge.model.directory_settings import FileDirectorySettings
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.settings import load_settings
from knowledge.model.source_settings import FolderSettings
from knowledge.model.types import Access

SOURCE = '[[sources]]\nname = "wiki"\npath = "docs"\n'
FILE = '[[directories]]\nname = "google"\ntype = "file"\npath = "groups.toml"\n'
LDAP = '[[directories]]\nname = "ldap"\ntype = "ldap"\npeople = "ou=p"\ngroups = "ou=g"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of the settings."""
    return tmp_path / "knowledge.toml"


def mistake(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeConfigError) as caught:
        load_settings(file)
    return str(caught.value).replace(f"{file}: ", "")


def test_paths_are_relative_to_the_file(file: Path, tmp_path: Path) -> None:
    """The settings work from any folder, and missing values have defaults."""
    file.write_text(SOURCE, encoding="utf-8")

    settings = load_settings(file)

    (source,) = settings.sources
    assert isinstance(source, FolderSettings)
    assert source.path == tmp_path / "docs"
    assert source.audience == Access("members")
    assert settings.search.dense_weight is None
    assert settings.chunking.tokens == 256


def test_the_path_of_a_directory_is_relative_to_the_file(file: Path, tmp_path: Path) -> None:
    """As that of a source."""
    file.write_text(SOURCE + FILE, encoding="utf-8")
    (directory,) = load_settings(file).directories

    assert isinstance(directory, FileDirectorySettings)
    assert directory.path == tmp_path / "groups.toml"


@pytest.mark.parametrize(
    "condition", ["", "(a=b)", "(&(a=b)(!(c=d)))", "(!(uac:1.2.840.113556.1.4.803:=2))"]
)
def test_conditions_for_people(file: Path, condition: str) -> None:
    """One filter, whatever is in it."""
    text = f'{SOURCE}{LDAP}server = "ldap://localhost"\nperson_filter = "{condition}"\n'
    file.write_text(text, encoding="utf-8")

    assert load_settings(file).directories


def test_every_key_can_be_set(file: Path) -> None:
    """All of them at once."""
    file.write_text(
        SOURCE + 'audience = ["#HR", "C0123", "@leads"]\nowner = "@keiko"\nlanguage = "ja"\n'
        'url = "https://wiki.example.com/{path}"\nexclude = ["drafts/**"]\n'
        '[[experts]]\nowner = "@ken"\ntopics = ["経費"]\nchannels = ["#finance"]\n'
        "[search]\ndense_weight = 0.3\n[chunking]\ntokens = 128\n",
        encoding="utf-8",
    )

    settings = load_settings(file)

    assert settings.sources[0].audience == Access("groups", frozenset({"#hr", "C0123", "@leads"}))
    (expert,) = settings.experts
    assert (expert.owner, expert.topics, expert.channels) == ("@ken", ["経費"], ["#finance"])
    assert (settings.search.dense_weight, settings.chunking.tokens) == (0.3, 128)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "sources is missing: add it"),
        ('[[sources]]\nname = "wiki"\n', "source 'wiki' path is missing: add it"),
        ('[[sources]]\npath = "x"\n', "source 1 name is missing: add it"),
        (
            SOURCE + '[[experts]]\nowner = "@ken"\n',
            "expert 1: @ken needs topics or channels: write what they know about",
        ),
        (
            SOURCE + '[[experts]]\nowner = "@ken"\ntopic = ["経費"]\n',
            "expert 1 topic is not a setting: did you mean topics?",
        ),
        (SOURCE + 'ownr = "x"\n', "source 'wiki' ownr is not a setting: did you mean owner?"),
        (SOURCE + "[serch]\n", "serch is not a setting: did you mean search?"),
        (SOURCE + "[search]\nzzz = 1\n", "search zzz is not a setting: use dense_weight"),
        (SOURCE + SOURCE, "two sources are called 'wiki': rename one"),
        (SOURCE + 'url = "https://x"\n', "put {path} where the document's path belongs"),
        (SOURCE + 'audience = "everyone"\n', 'audience must be "anyone", "members", or a list'),
        (SOURCE + "audience = []\n", 'audience must be "anyone"'),
        (SOURCE + 'audience = ["hr"]\n', "audience has 'hr': write \"#name\""),
        (SOURCE + "[search]\ndense_weight = 2\n", "search dense_weight: write 1"),
        ('[[sources]]\nname = "a/b"\npath = "x"\n', "source 'a/b' name: use letters, digits"),
        ('[[sources]]\nname = "a"\npath = ""\n', "source 'a' path: write a folder"),
        ("[[sources]\n", "not readable as TOML"),
        (SOURCE + 'name = "x"\n[[directories]]\nname = "a"\n', "not readable as TOML"),
        (SOURCE + FILE + FILE, "two directories are called 'google': rename one"),
        (SOURCE + FILE.replace("google", "slack"), "directory 'slack' name: Slack tells"),
        (SOURCE + FILE.replace("toml", "xml"), "directory 'google' path: write the path of a"),
        (
            SOURCE + FILE + "pth = 1\n",
            "directory 'google' pth is not a setting: did you mean path?",
        ),
        (SOURCE + '[[directories]]\nname = "a"\ntype = "ad"\n', "directory 'a'"),
        (SOURCE + LDAP + 'server = "ldap://a.example"\n', "write ldaps://, or starttls"),
        (SOURCE + LDAP + 'server = "https://a.example"\n', "write an address such as ldaps://"),
        (SOURCE + 'type = "gti"\n', "type is none that there is: did you mean git?"),
        (
            '[[sources]]\nname = "a"\ntype = "esa"\nteam = "a"\ntoken = "AKIAIOSFODNN7EXAMPLE"\n',
            "never the secret itself",
        ),
        (SOURCE + LDAP + 'server = "ldaps://a"\nuser = "cn=a"\n', "both user and password"),
        (SOURCE + LDAP + 'server = "ldaps://a"\nstarttls = true\n', "TLS already"),
        (SOURCE + LDAP + 'server = "ldaps://a"\nperson_filter = "(a=b)(c=d)"\n', "one filter"),
        (SOURCE + LDAP + 'server = "ldaps://a"\npassword = "s3cret"\n', "never the secret itself"),
        pytest.param(f"a = {'[' * 100_000}", "not readable as TOML: nested too deeply", id="deep"),
        pytest.param(f"a = {'9' * 5_000}", "not readable as TOML", id="long number"),
    ],
)
def test_a_mistake_gives_one_line(file: Path, text: str, line: str) -> None:
    """It names the file, the key, and what to do."""
    message = mistake(file, text)

    assert line in message
    assert "\n" not in message


def test_each_mistake_gives_its_own_line(file: Path) -> None:
    """The author can correct all of them at once."""
    message = mistake(file, '[[sources]]\nname = "a"\nfoo = 1\n')

    assert len(message.splitlines()) == 2


def test_a_missing_file_gives_the_setting_to_change(file: Path) -> None:
    """The message names the setting with the path."""
    with pytest.raises(KnowledgeConfigError, match="KNOWLEDGE_CONFIG"):
        load_settings(file)

"""`kotae doctor` tries each directory, and names groups that nobody resolves."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.container import open_knowledge
from bot.app.directories import open_directories
from bot.app.doctor import CHECKS, diagnose
from bot.directory import oauth
from bot.directory.factory import open_directory
from bot.settings.settings import Settings
from bot.workspace import Workspace
from knowledge.model.directory_settings import EntraDirectorySettings, LdapDirectorySettings
from knowledge.model.errors import KnowledgeConfigError
from knowledge.model.readers import group
from tests.support.memory_sources import MemorySource

SOURCE = '[[sources]]\nname = "wiki"\npath = "docs"\n'
FILE = '[[directories]]\nname = "{0}"\ntype = "file"\npath = "{0}.toml"\n'
JIRA = (
    '[[directories]]\nname = "atlassian"\ntype = "atlassian"\nsite = "http://127.0.0.1:1"\n'
    'token = "JIRA_TOKEN"\n'
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    wanted = [check for check in CHECKS if check[0] == "Directories"]
    monkeypatch.setattr("bot.app.doctor.CHECKS", wanted)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "google.toml").write_text('[groups]\nhr = ["a@example.com"]\n', "utf-8")
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        knowledge_config=tmp_path / "knowledge.toml",
        openai_embedding_model="hashing",
    )


async def found(settings: Settings, *tables: str) -> tuple[str, str]:
    settings.knowledge_config.write_text("".join([SOURCE, *tables]), "utf-8")
    (finding,) = [one async for one in diagnose(settings)]
    return finding.verdict, finding.text


async def index(settings: Settings, *readers: str) -> None:
    """Publish a document for *readers*."""
    settings.knowledge_config.write_text(SOURCE, "utf-8")
    wiki = MemorySource("wiki")
    wiki.put("pay.md", "# Pay\n\n4012\n", frozenset({frozenset(readers)}))
    base = open_knowledge(settings)
    base._parts = replace(base._parts, source=lambda _: wiki)
    await base.sync(["wiki"])
    await base.aclose()


async def test_none_is_needed(settings: Settings) -> None:
    """Most installations have none."""
    verdict, text = await found(settings)

    assert verdict == "note"
    assert "none" in text


async def test_one_that_answers_and_one_that_does_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each by name, with what to do."""
    monkeypatch.setattr(oauth, "WAIT", 0.0)
    assert await found(settings, FILE.format("google")) == (
        "good",
        "google: 1 group in google.toml",
    )
    assert "JIRA_TOKEN is not set" in (await found(settings, JIRA))[1]
    monkeypatch.setenv("JIRA_TOKEN", "jira-secret")
    verdict, text = await found(settings, JIRA, FILE.format("google"), FILE.format("ldap"))

    assert verdict == "bad"
    assert "directory 'atlassian': 127.0.0.1 cannot be reached" in text
    assert "directory 'ldap'" in text
    assert "google: 1 group" in text
    assert "jira-secret" not in text


async def test_groups_that_nobody_resolves(settings: Settings) -> None:
    """Their documents are shown to nobody, which nobody would notice."""
    await index(settings, group("google", "hr"), group("atlassian", "hr"), group("slack", "C1"))
    verdict, text = await found(settings, FILE.format("google"))

    assert verdict == "bad"
    assert 'name = "atlassian"' in text
    assert "slack" not in text


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(True, ("good", "1 of 2 people")), (False, ("bad", "does the app have users:read.email?"))],
)
async def test_how_many_people_are_known(
    settings: Settings, *, scope: bool, expected: tuple[str, str]
) -> None:
    """Without addresses, documents with readers are shown to nobody."""
    await index(settings, group("google", "hr"))
    async with await Workspace.start(retry_delays=()) as workspace:
        workspace.add_user("hanako")
        workspace.add_user("partner", external=True)
        workspace.change_user(workspace.add_user("bob"), mail_confirmed=False)
        if not scope:
            workspace.team.scopes.discard("users:read.email")
        connected = settings.model_copy(
            update={
                "slack_bot_token": SecretStr(workspace.bot_token),
                "slack_app_token": SecretStr(workspace.app_token),
                "slack_api_url": workspace.api_url,
            }
        )
        verdict, text = await found(connected, FILE.format("google"))

    assert (verdict, expected[1] in text) == (expected[0], True)


async def test_only_what_documents_need_is_asked(settings: Settings) -> None:
    """From the moment in which a document with such readers is published."""
    settings.knowledge_config.write_text(SOURCE + FILE.format("google"), "utf-8")
    base = open_knowledge(settings)
    async with open_directories(base) as directories:
        before = await directories.names_of("a@example.com")
        await index(settings, group("google", "hr"))
        after = await directories.names_of("a@example.com")
    await base.aclose()

    assert before == frozenset()
    assert after == {group("google", "hr")}


def test_what_a_directory_needs_is_said() -> None:
    """By name."""

    def no_secret(name: str) -> str:
        raise KnowledgeConfigError(f"{name} is not set")

    table = EntraDirectorySettings(
        type="entra", name="entra", tenant="t", client="c", secret="ENTRA_SECRET"
    )
    with pytest.raises(KnowledgeConfigError, match="ENTRA_SECRET is not set"):
        open_directory(table, no_secret)


def test_an_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("bot.directory.factory.find_spec", lambda _: None)
    table = LdapDirectorySettings(
        type="ldap", name="ldap", server="ldaps://a", people="ou=p", groups="ou=g"
    )
    with pytest.raises(KnowledgeConfigError, match=r"pip install 'kotae\[ldap\]'"):
        open_directory(table, lambda _: "")

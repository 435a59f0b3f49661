"""`kotae doctor` and `kotae knowledge check`: whether Slack knows who is named."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.app.doctor import CHECKS, NoteError
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.workspace import Workspace
from tests.support.command import kotae
from tests.support.library import Library, source_table


@pytest.fixture
async def workspace(store: RedisConnection) -> AsyncIterator[Workspace]:
    """Keiko, who is a member of @people-team, and a guest."""
    del store  # emptied for the test
    async with await Workspace.start() as workspace:
        keiko = workspace.add_user("keiko")
        workspace.add_user("mika", guest=True)
        workspace.add_usergroup("people-team", [keiko])
        yield workspace


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def given(workspace: Workspace, redis_url: str, library: Library) -> dict[str, Any]:
    return {
        "slack_bot_token": workspace.bot_token,
        "slack_app_token": workspace.app_token,
        "slack_api_url": workspace.api_url,
        "redis_url": redis_url,
        "data_dir": library.folder,
        "knowledge_config": library.config,
    }


async def doctor(values: Mapping[str, Any]) -> tuple[str, str]:
    """Return what the doctor says of owners and operators."""
    check = dict(CHECKS)["Owners and operators"]
    settings = Settings(_env_file=None, **values)
    try:
        return "good", await check(settings, "en")
    except NoteError as note:
        return "note", str(note)
    except ValueError as error:
        return "bad", str(error)


EXPERT = '[[experts]]\nowner = "{}"\ntopics = ["choir"]\n'


async def test_the_doctor_names_owners_and_experts_whom_slack_does_not_know(
    workspace: Workspace, redis_url: str, library: Library
) -> None:
    """Of sources, documents and experts, with where; handles, groups, e-mails and ids are known."""
    keiko = next(user for user in workspace.team.users.values() if user.name == "keiko")
    values = given(workspace, redis_url, library)
    library.write("a.md", "---\nowner: '@people-team'\n---\n# Leave\n\nTwenty days.\n")
    library.write("休暇.md", f"---\nowner: {keiko.id}\n---\n# 休暇\n\n20日です。\n")
    library.configure(source_table("docs", "docs", owner="@keiko"), EXPERT.format("@keiko"))
    await library.open().sync()
    assert await doctor(values) == (
        "good",
        "owners and experts: 3, operators: 0: Slack knows all of them",
    )

    library.write("b.md", "---\nowner: '@priya'\n---\n# Trips\n\nBy train.\n")
    library.write("出張.md", "---\nowner: 総務の田中\n---\n# 出張\n\n電車です。\n")
    library.configure(
        source_table("docs", "docs", owner="@keiko"),
        EXPERT.format("nobody@example.com"),
        EXPERT.format("@mika"),
    )
    await library.open().sync()
    verdict, text = await doctor(values)

    assert verdict == "bad"
    for named in (
        "@priya (docs/b.md)",
        "総務の田中 (docs/出張.md)",
        "nobody@example.com ([[experts]])",
        "@mika ([[experts]])",
    ):
        assert named in text
    assert "@keiko (" not in text


async def test_the_doctor_says_what_to_write_for_an_operator(
    workspace: Workspace, redis_url: str, library: Library
) -> None:
    """A person's handle gives nobody rights, since it can be changed; a group's does, and an id."""
    keiko = next(user for user in workspace.team.users.values() if user.name == "keiko")
    values = given(workspace, redis_url, library)
    named = (keiko.id, "@people-team", "@keiko", "people-team", "@boss", "U0NOBODY1")

    verdict, text = await doctor({**values, "slack_operators": ",".join(named)})

    assert verdict == "bad"
    assert f"SLACK_OPERATORS: @keiko gives nobody rights: write {keiko.id} in its place" in text
    assert "people-team gives nobody rights: write @people-team in its place" in text
    assert "@boss is nobody: write a member id" in text
    assert "U0NOBODY1 is no member" in text
    assert text.count("SLACK_OPERATORS") == 4
    names = dict(CHECKS)["Channels and groups"]
    settings = Settings(_env_file=None, **{**values, "slack_operators": "@keiko,@people-team"})
    with pytest.raises(NoteError, match="write ids"):  # what means nothing is told once
        await names(settings, "en")
    library.configure(source_table("docs", "docs", owner="@keiko"))
    assert "Slack knows nobody" not in (await doctor(values))[1]  # as an owner she is asked
    good = {**values, "slack_operators": f"{keiko.id},@people-team"}
    assert (await doctor(good))[0] == "good"


async def test_without_a_token_the_doctor_says_that_it_did_not_ask(library: Library) -> None:
    library.configure(source_table("docs", "docs", owner="@keiko"))
    values = {"data_dir": library.folder, "knowledge_config": library.config}

    assert await doctor(values) == (
        "note",
        "owners and experts: 1, operators: 0: not looked up without a bot token",
    )


async def test_the_check_of_documents_lists_owners_whom_slack_does_not_know(
    workspace: Workspace, redis_url: str, library: Library
) -> None:
    """In both languages; without a token, or where Slack does not answer, it says so."""
    library.write("a.md", "---\nowner: '@priya'\n---\n# Leave 休暇\n\nTwenty days. 20日です。\n")
    library.configure(source_table("docs", "docs", owner="@keiko"))
    await library.open().sync()
    values = {
        name.upper(): str(value) for name, value in given(workspace, redis_url, library).items()
    }

    async def check(*arguments: str, **settings: str) -> str:
        run = asyncio.to_thread(kotae, library.folder, "knowledge", "check", *arguments, **settings)
        return (await run).stdout

    english, japanese = [await check("--language", one, **values) for one in ("en", "ja")]
    assert "Owners whom Slack does not know" in english
    assert "@priya: docs/a.md" in english
    assert "Slack で見つからない担当者" in japanese
    report = json.loads(await check("--json", **values))
    found = [one for one in report["findings"] if one["kind"] == "unknown-owner"]
    assert [(one["documents"], one["details"]) for one in found] == [
        (["docs/a.md"], {"name": "@priya"})
    ]
    assert report["owners_not_asked"] == ""

    without = {"KNOWLEDGE_CONFIG": str(library.config), "DATA_DIR": str(library.folder)}
    assert "not looked up in Slack: SLACK_BOT_TOKEN is not set" in await check(**without)
    assert "SLACK_BOT_TOKEN が設定されていません" in await check("--language", "ja", **without)
    silent = await check(**{**values, "SLACK_API_URL": "http://127.0.0.1:9/api/"})
    assert "not looked up in Slack" in silent

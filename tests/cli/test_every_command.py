"""Every command with `--workspace`, in a deployment with one installation."""

import json
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from bot.cli import commands
from bot.redis.connection import RedisConnection
from bot.slack.installations.encryption import InstallationCipher, new_key
from bot.slack.installations.store import InstallationStore
from tests.slack.installations.conftest import installation
from tests.support.command import kotae

TEAM = "T0ALPHA"
CASE = {"id": "1", "question": "What is the door code?", "language": "en", "answerable": True}

INPUT: Mapping[str, tuple[str, ...]] = {
    "ask": ("What is the door code?",),
    "completion": ("bash",),
    "mcp token create": ("--person", "U1"),
    "mcp token revoke": ("none",),
    "knowledge search": ("door",),
    "knowledge tune": ("cases.jsonl",),
    "search": ("door",),
    "entries show": ("none",),
    "entries withdraw": ("none",),
    "entries restore": ("none",),
    "eval run": ("cases.jsonl",),
    "eval compare": ("one", "two"),
    "eval generate": ("generated.jsonl",),
    "init": ("--help",),  # it is for a folder of documents, and asks
    "manifest": ("--install-url", "https://kotae.example.com"),
    "prompt tune": ("cases.jsonl",),
    "prompt show": ("none",),
    "prompt adopt": ("none",),
    "queue drop": ("none", "--yes"),
    "queue retry": ("none",),
    "rollout try": ("ANSWER_THRESHOLD=0.5",),
    "rollout decide": ("none",),
    "rollout show": ("none",),
    "rollout promote": ("none",),
    "export chat": ("exported", "--target", "openai"),
    "export preference": ("exported", "--target", "openai"),
    "export check": ("cases.jsonl",),
    "backup": ("kotae.tar.gz",),
    "restore": ("kotae.tar.gz", "--check"),
    "data export": ("U1", "person.zip"),
    "data delete": ("U1", "--yes"),
    "workspaces page-token": ("T0NOPE",),
    "workspaces remove": ("T0NOPE", "--yes"),
    "try": ("--help",),  # it is the local workspace, and serves
}
"""The smallest input of those that need one."""

SIGNS = ("Traceback", '"crashed"', "never awaited")
"""Of an error that nobody has foreseen."""


def leaves(group: click.Group = commands, path: str = "") -> dict[str, click.Command]:
    """Return every command that does something, by its words."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= leaves(command, f"{path}{name} ")
            if command.invoke_without_command:
                found[f"{path}{name}"] = command
        else:
            found[f"{path}{name}"] = command
    return found


@pytest.fixture(params=sorted(leaves()))
def command(request: pytest.FixtureRequest) -> str:
    """A command, by its words."""
    return str(request.param)


@pytest.fixture
async def deployment(tmp_path: Path, redis_url: str, store: RedisConnection) -> dict[str, str]:
    """One installation, whose workspace has a document; Slack is out of reach."""
    key = new_key()
    kept = InstallationStore(store.commands, InstallationCipher(key))
    await kept.async_save(installation(TEAM))
    folder = tmp_path / "data" / "workspaces" / TEAM
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "door.md").write_text("# Door\n\nThe door code is 4711.\n", encoding="utf-8")
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASE) + "\n", encoding="utf-8")
    return {
        "REDIS_URL": redis_url,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret",
        "SLACK_SIGNING_SECRET": "signing",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "INSTALLATION_KEY": key,
        "CI": "",
    }


def test_every_command_takes_a_workspace(
    tmp_path: Path, deployment: dict[str, str], command: str
) -> None:
    """It does its work, or says why it cannot: none ends with a traceback."""
    if command == "restore":
        assert kotae(tmp_path, "--workspace", TEAM, "backup", "kotae.tar.gz", **deployment).stdout
    words = (*command.split(), *INPUT.get(command, ()))

    done = kotae(tmp_path, "--workspace", TEAM, *words, **deployment)

    told = done.stderr + done.stdout
    assert [sign for sign in SIGNS if sign in told] == [], told
    assert "Usage: " not in done.stderr, done.stderr
    assert done.returncode == 0 or told


@pytest.mark.parametrize("words", [("sync",), ("audit",), ("backup", "kotae.tar.gz")])
def test_a_workspace_without_the_app_is_named(
    tmp_path: Path, deployment: dict[str, str], words: tuple[str, ...]
) -> None:
    done = kotae(tmp_path, "--workspace", "T0NOPE", *words, **deployment)

    assert done.returncode == 2
    assert "The app is not installed in T0NOPE" in done.stderr
    assert not (tmp_path / "data" / "workspaces" / "T0NOPE").exists()
    assert not (tmp_path / "kotae.tar.gz").exists()


@pytest.mark.parametrize("word", ["serve", "worker"])
def test_one_process_works_for_all(tmp_path: Path, deployment: dict[str, str], word: str) -> None:
    done = kotae(tmp_path, "--workspace", TEAM, word, **deployment)

    assert done.returncode == 2
    assert "One process works for all workspaces" in done.stderr


def test_a_backup_of_a_workspace_has_no_settings_of_the_deployment(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    (tmp_path / ".env").write_text("OPENAI_PICTURES=off\n")
    words = ("backup", "kotae.tar.gz", "--secrets")

    done = kotae(tmp_path, "--workspace", TEAM, *words, **deployment)

    assert done.returncode == 1
    assert "`--secrets` is for the deployment" in done.stderr
    assert not (tmp_path / "kotae.tar.gz").exists()


def test_what_is_kept_of_a_workspace_can_be_worked_on(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    """Its documents may also be written before the app is installed there."""
    docs = tmp_path / "data" / "workspaces" / "T0BETA"
    docs.mkdir()
    (docs / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "../T0ALPHA/docs"\n')

    done = kotae(tmp_path, "--workspace", "T0BETA", "sync", **deployment)

    assert done.returncode == 0, done.stderr

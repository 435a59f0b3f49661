"""`kotae workspaces`, and `--workspace` before every other command."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.machines.store import MachineState, MachineStore
from bot.operator_page.sessions import workspace_token
from bot.redis.connection import RedisConnection
from bot.settings.settings import Settings
from bot.settings.workspace import start_folder
from bot.slack.installations.encryption import InstallationCipher, new_key
from bot.slack.installations.store import STOPPED, InstallationStore
from tests.backup.world import fill
from tests.slack.installations.conftest import installation
from tests.support.command import kotae
from tests.support.redis import in_namespace
from tests.support.waiting import wait_until

TEAM = "T0ALPHA"


@pytest.fixture
def key() -> str:
    """An INSTALLATION_KEY."""
    return new_key()


@pytest.fixture
def deployment(redis_url: str, key: str) -> dict[str, str]:
    """The settings of a deployment; its Slack is out of reach."""
    return {
        "REDIS_URL": redis_url,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret",
        "SLACK_SIGNING_SECRET": "signing",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "INSTALLATION_KEY": key,
    }


PAGE_TOKEN = "operators-token-0123456789abcdef"


@pytest.fixture
async def installed(store: RedisConnection, key: str) -> InstallationStore:
    """Installations in a workspace and in an organisation."""
    found = InstallationStore(store.commands, InstallationCipher(key))
    for one in (installation(TEAM, team_name="東京"), installation(org="E0ORG")):
        await found.async_save(one)
    return found


def test_a_key_is_made(tmp_path: Path) -> None:
    """It is one that the program takes, and another one each time."""
    first, second = (kotae(tmp_path, "workspaces", "key").stdout.strip() for _ in range(2))

    assert first != second
    InstallationCipher(f"{first},{second}")


def test_the_token_of_a_page_opens_that_of_one_workspace(
    tmp_path: Path, deployment: dict[str, str]
) -> None:
    """It is always the same, and says neither that of the deployment nor another one."""
    own = {**deployment, "OPERATOR_PAGE_TOKEN": PAGE_TOKEN}

    told = json.loads(kotae(tmp_path, "workspaces", "page-token", TEAM, "--json", **own).stdout)
    other = kotae(tmp_path, "--workspace", TEAM, "workspaces", "page-token", "T0BETA", **own)

    token = workspace_token(PAGE_TOKEN, TEAM)
    assert told == {"id": TEAM, "path": f"/operator/{TEAM}", "token": token}
    assert other.stdout.strip() == workspace_token(PAGE_TOKEN, "T0BETA")
    assert PAGE_TOKEN not in token + other.stdout + other.stderr
    assert "/operator/T0BETA" in other.stderr


@pytest.mark.parametrize(
    ("team", "values", "reason"),
    [
        ("../etc", {"OPERATOR_PAGE_TOKEN": PAGE_TOKEN}, "is not the id of a workspace"),
        (TEAM, {}, "Set OPERATOR_PAGE_TOKEN first"),
        (
            TEAM,
            {"OPERATOR_PAGE_TOKEN": PAGE_TOKEN, "SLACK_CLIENT_ID": "", "SLACK_CLIENT_SECRET": ""},
            "One workspace has no other token",
        ),
    ],
)
def test_where_a_workspace_has_no_page_token(
    tmp_path: Path, deployment: dict[str, str], team: str, values: dict[str, str], reason: str
) -> None:
    refused = kotae(tmp_path, "workspaces", "page-token", team, **{**deployment, **values})

    assert refused.returncode != 0
    assert reason in refused.stderr


async def test_installations_are_listed(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    """Also one that stopped, and without a token."""
    broken = installation("T0BETA")
    broken.set_custom_value(STOPPED, "Slack refuses to renew the token (invalid_refresh_token)")
    await installed.async_save(broken)

    told = kotae(tmp_path, "workspaces", "list", "--json", **deployment)
    shown = kotae(tmp_path, "workspaces", **deployment)
    same = kotae(tmp_path, "workspaces", "--json", **deployment)

    assert same.stdout == told.stdout
    rows = {row["id"]: row for row in json.loads(told.stdout)}
    assert list(rows) == ["E0ORG", TEAM, "T0BETA"]
    assert [row["org_wide"] for row in rows.values()] == [True, False, False]
    assert rows[TEAM]["name"] == "東京"
    assert rows[TEAM]["state"] == "installed"
    assert "invalid_refresh_token" in rows["T0BETA"]["state"]
    assert "東京" in shown.stdout
    assert "whole organisation" in shown.stdout
    assert "xoxb" not in told.stdout + told.stderr + shown.stdout + shown.stderr


async def test_a_lost_key_is_said_and_the_id_is_still_shown(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    deployment["INSTALLATION_KEY"] = new_key()

    told = kotae(tmp_path, "workspaces", "list", "--json", **deployment)
    doctor = kotae(tmp_path, "doctor", "--json", **deployment)

    assert {row["id"] for row in json.loads(told.stdout)} == {TEAM, "E0ORG"}
    assert "cannot be read" in told.stdout
    findings = {one["name"]: one for one in json.loads(doctor.stdout)}
    assert findings["Installations"]["verdict"] == "bad"
    assert "2 of 2 installations cannot be read" in findings["Installations"]["text"]


async def test_a_fresh_deployment_is_in_order(
    tmp_path: Path, deployment: dict[str, str], store: RedisConnection
) -> None:
    """`kotae doctor && kotae serve` reaches `serve`: documents are those of each workspace."""
    redirect = {"SLACK_REDIRECT_URL": "https://kotae.example.com/slack/oauth_redirect"}
    nothing = {"KNOWLEDGE_CONFIG": "knowledge.toml"}

    done = kotae(tmp_path, "doctor", **deployment | redirect | nothing)

    assert done.returncode == 0, done.stdout
    assert "https://kotae.example.com/slack/install" in done.stdout
    assert "knowledge.toml" not in done.stdout


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("SLACK_SIGNING_SECRET", "", "SLACK_SIGNING_SECRET is needed"),
        ("SLACK_APP_TOKEN", "xapp-1", "SLACK_APP_TOKEN is for one workspace"),
        ("SLACK_REDIRECT_URL", "https://kotae.example.com/", "must end with"),
        ("INSTALLATION_KEY", "", "INSTALLATION_KEY"),
        ("SLACK_CLIENT_SECRET", "", "SLACK_CLIENT_SECRET is not set"),
        ("SLACK_CLIENT_ID", "", "SLACK_CLIENT_ID is not set"),
    ],
)
def test_what_a_deployment_lacks_is_named(
    tmp_path: Path, deployment: dict[str, str], setting: str, value: str, said: str
) -> None:
    done = kotae(tmp_path, "doctor", "--json", **deployment | {setting: value})

    assert done.returncode == 1
    assert said in " ".join(one["text"] for one in json.loads(done.stdout) if _bad(one))


async def test_a_workspace_that_is_not_in_order_is_named(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    """By its broken settings, or by its token."""
    await installed.async_save(installation("T0BETA"))
    found = await installed.find("T0BETA")
    assert found is not None
    await installed.note(found, "Slack refuses to renew the token")
    folder = tmp_path / "data" / "workspaces" / TEAM
    folder.mkdir(parents=True)
    (folder / "settings.env").write_text("PORT=1\n")

    done = kotae(tmp_path, "doctor", "--json", **deployment)

    [said] = [one["text"] for one in json.loads(done.stdout) if one["name"] == "Installations"]
    assert f"{TEAM}: " in said
    assert "sets PORT" in said
    assert "T0BETA: Slack refuses to renew the token" in said


async def test_the_doctor_of_a_fresh_workspace_says_where_documents_go(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    folder = tmp_path / "data" / "workspaces" / TEAM
    start_folder(folder)

    done = kotae(tmp_path, "--workspace", TEAM, "doctor", "--json", **deployment)

    found = {one["name"]: one for one in json.loads(done.stdout)}
    for name in ("Knowledge sources", "Index"):
        assert found[name]["verdict"] == "note"
        assert str(folder / "docs") in found[name]["text"]
        assert f"kotae --workspace {TEAM} sync" in found[name]["text"]


async def test_the_key_is_changed_without_installing_again(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore, key: str
) -> None:
    newer = new_key()
    both = deployment | {"INSTALLATION_KEY": f"{newer},{key}"}

    assert "2 installations" in kotae(tmp_path, "workspaces", "encrypt", **both).stdout

    told = kotae(tmp_path, "workspaces", "list", **deployment | {"INSTALLATION_KEY": newer})
    assert "cannot be read" not in told.stdout


async def test_a_workspace_is_removed_and_its_data_stays_unless_it_is_to_go(
    tmp_path: Path,
    deployment: dict[str, str],
    installed: InstallationStore,
    store: RedisConnection,
) -> None:
    """Slack out of reach is said; the other keeps its data. Broken settings are no matter."""
    await installed.remove("E0ORG")
    for team in (TEAM, "T0BETA"):
        await fill(in_namespace(store, f"kotae:{team}"))
        folder = tmp_path / "data" / "workspaces" / team
        folder.mkdir(parents=True)
        (folder / "knowledge.toml").write_text("")
        (folder / "settings.env").write_text("REDIS_URL=redis://elsewhere\n")
    await store.commands.set(f"{{kotae:{TEAM}}}:restore:answer:1", "of a restore that was killed")
    before = await _count(store, "T0BETA")

    refused = kotae(tmp_path, "workspaces", "remove", TEAM, **deployment)
    assert "--yes" in refused.stderr
    done = kotae(tmp_path, "workspaces", "remove", TEAM, "-y", **deployment)
    assert "removed" in done.stdout
    assert "Slack did not uninstall" in done.stderr
    assert await _count(store, TEAM) > 50
    for team in (TEAM, "T0BETA"):
        shared = tmp_path / "shared" / "workspaces" / team / "sha256"
        shared.mkdir(parents=True)
        (shared / "copy").write_text("of the index")
    deployment["INDEX_STORE"] = str(tmp_path / "shared")
    done = kotae(tmp_path, "workspaces", "remove", TEAM, "--data", "-y", "--json", **deployment)

    left = [path for path in (tmp_path / "shared").rglob("*") if path.is_file()]
    assert [path.parts[-3] for path in left] == ["T0BETA"]
    assert json.loads(done.stdout)["keys"] > 50
    assert await _count(store, TEAM) == 0
    assert await _count(store, "T0BETA") == before
    assert [path.name for path in (tmp_path / "data" / "workspaces").iterdir()] == ["T0BETA"]
    assert list(await installed.all()) == []
    assert "Deleting its keys in Redis" in done.stderr


@pytest.mark.parametrize("teams", [[TEAM], None])
async def test_a_workspace_that_its_organisation_still_gives_keeps_its_data(
    tmp_path: Path,
    deployment: dict[str, str],
    installed: InstallationStore,
    store: RedisConnection,
    teams: list[str] | None,
) -> None:
    """Its bot would come back, also where Slack does not say."""
    await store.commands.set(f"{{kotae:{TEAM}}}:v1:totals", "1")
    words = ("workspaces", "remove", TEAM, "--data", "-y")

    async def listed(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "teams": [{"id": team} for team in teams or ()]})

    slack = web.Application()
    slack.router.add_route("*", "/api/auth.teams.list", listed)
    async with TestServer(slack) as server:
        address = {"SLACK_API_URL": str(server.make_url("/api/"))} if teams else {}
        done = await asyncio.to_thread(kotae, tmp_path, *words, **deployment | address)

    assert done.returncode == 1
    assert "E0ORG" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert await _count(store, TEAM) == 1
    assert TEAM in await installed.all()


async def test_a_process_that_is_at_work_is_waited_for(
    tmp_path: Path,
    deployment: dict[str, str],
    installed: InstallationStore,
    store: RedisConnection,
) -> None:
    """Else it would write again what was deleted."""
    await installed.remove("E0ORG")
    machines = MachineStore(in_namespace(store, f"kotae:{TEAM}"), 1)
    state = MachineState(id="1", host="here", folder="f")
    await machines.report(state)
    removing = asyncio.create_task(
        asyncio.to_thread(
            kotae, tmp_path, "workspaces", "remove", TEAM, "--data", "-y", **deployment
        )
    )
    await wait_until(lambda: _gone(installed))
    assert await _count(store, TEAM) > 0

    await machines.leave(state)

    done = await removing
    assert done.returncode == 0, done.stderr
    assert await _count(store, TEAM) == 0


async def test_a_folder_that_cannot_be_deleted_is_said(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    """A link leads to what may be another's."""
    await installed.remove("E0ORG")
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "knowledge.toml").write_text("")
    (tmp_path / "data" / "workspaces").mkdir(parents=True)
    (tmp_path / "data" / "workspaces" / TEAM).symlink_to(tmp_path / "disk")

    done = kotae(tmp_path, "workspaces", "remove", TEAM, "--data", "-y", **deployment)

    assert done.returncode == 1
    assert f"leads to {tmp_path / 'disk'}" in done.stderr
    assert "Deleted:" not in done.stdout
    assert (tmp_path / "disk" / "knowledge.toml").exists()


@pytest.mark.parametrize("team", ["../T0ALPHA", "*", "E0ORG", ""])
def test_only_a_workspace_can_lose_its_data(
    tmp_path: Path, deployment: dict[str, str], team: str
) -> None:
    done = kotae(tmp_path, "workspaces", "remove", team, "--data", "-y", **deployment)

    assert done.returncode == 2
    assert "T0123ABCD" in done.stderr


async def test_every_command_works_for_one_workspace(
    tmp_path: Path, deployment: dict[str, str], installed: InstallationStore
) -> None:
    """By the option or the variable; its documents and its index are its own."""
    folder = tmp_path / "data" / "workspaces" / TEAM
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "door.md").write_text("# Door\n\nThe door code is 4711.\n", encoding="utf-8")
    (folder / "knowledge.toml").write_text('[[sources]]\nname = "docs"\npath = "docs"\n')

    synced = kotae(tmp_path, "--workspace", TEAM, "sync", **deployment)
    found = kotae(tmp_path, "search", "door code", **deployment | {"KOTAE_WORKSPACE": TEAM})

    assert synced.returncode == 0, synced.stderr
    assert "4711" in found.stdout
    assert (folder / "index").is_dir()
    assert not (tmp_path / "data" / "index").exists()


def test_a_workspace_that_is_none_is_refused(tmp_path: Path, deployment: dict[str, str]) -> None:
    done = kotae(tmp_path, "--workspace", "../elsewhere", "sync", **deployment)

    assert done.returncode == 2
    assert "KOTAE_WORKSPACE must be an id" in done.stderr


def test_the_manifest_for_several_workspaces(tmp_path: Path) -> None:
    address = "https://kotae.example.com"
    done = kotae(tmp_path, "manifest", "--install-url", address, "--org")
    refused = kotae(tmp_path, "manifest", "--org")
    other = ("--http", "https://other.example.com")
    apart = kotae(tmp_path, "manifest", "--install-url", address, *other)

    data = json.loads(done.stdout)
    assert data["settings"]["org_deploy_enabled"]
    assert data["oauth_config"]["redirect_urls"] == [f"{address}/slack/oauth_redirect"]
    assert data["settings"]["event_subscriptions"]["request_url"] == f"{address}/slack/events"
    assert refused.returncode == 2
    assert apart.returncode == 2
    assert "the same host" in apart.stderr


def _bad(finding: dict[str, str]) -> bool:
    return finding["verdict"] == "bad"


async def _gone(installed: InstallationStore) -> bool:
    return TEAM not in await installed.all()


async def _count(store: RedisConnection, team: str) -> int:
    namespace = Settings(_env_file=None, kotae_workspace=team).namespace
    return len(await store.commands.keys(f"{{{namespace}}}:*"))

"""`kotae knowledge pins` and `kotae doctor`: names in audiences, as an operator sees them."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.app.doctor import CHECKS, NoteError
from bot.redis.connection import RedisConnection, open_redis
from bot.settings.settings import Settings
from bot.slack.client.name_pins import RedisNamePins
from bot.workspace import Workspace
from tests.support.command import kotae
from tests.support.library import Library, source_table


@pytest.fixture
def settings(redis_url: str) -> Mapping[str, str]:
    """A name that was taken, and one that means nothing."""

    async def fill() -> None:
        async with open_redis(redis_url) as store:
            await store.commands.flushall()
            pins = RedisNamePins(store.commands)
            await pins.note("T1", "#人事", "C1", 0.0)
            await pins.note("T1", "@board", "", 5.0)
            for pin in await pins.all():
                if pin.name == "#人事":
                    await pins.claim(pin, "C9")

    asyncio.run(fill())
    return {"REDIS_URL": redis_url}


def test_a_taken_name_is_listed_and_accepted(settings: Mapping[str, str], tmp_path: Path) -> None:
    """Once, and only with the id that has taken it."""
    listed = kotae(tmp_path, "knowledge", "pins", **settings)
    wrong = kotae(tmp_path, "knowledge", "pins", "--accept", "#人事=C8", **settings)
    done = kotae(tmp_path, "knowledge", "pins", "--accept", "#人事=C9", **settings)
    again = kotae(tmp_path, "knowledge", "pins", "--accept", "#人事=C9", **settings)
    rows = json.loads(kotae(tmp_path, "knowledge", "pins", "--json", **settings).stdout)

    assert "#人事" in listed.stdout
    assert "C9" in listed.stdout
    assert [wrong.returncode, done.returncode, again.returncode] == [2, 0, 2]
    assert "kotae knowledge pins" in wrong.stderr
    assert [(row["name"], row["id"], row["claimant"]) for row in rows] == [
        ("#人事", "C9", ""),
        ("@board", "", ""),
    ]


async def examined(settings: Settings) -> tuple[str, str]:
    """Return what the doctor says of channels and groups."""
    check = dict(CHECKS)["Channels and groups"]
    try:
        return "good", await check(settings, "en")
    except NoteError as note:
        return "note", str(note)
    except ValueError as error:
        return "bad", str(error)


async def test_the_doctor_tells_of_names_taken_names_and_public_channels(
    store: RedisConnection, redis_url: str, tmp_path: Path
) -> None:
    """Only the id of a private channel gets no remark."""
    async with await Workspace.start() as workspace:
        keiko = workspace.add_user("keiko")
        private = workspace.add_channel("board", [keiko], private=True)
        public = workspace.add_channel("人事", [keiko])
        library = Library(tmp_path)
        given: dict[str, Any] = {
            "slack_bot_token": workspace.bot_token,
            "slack_app_token": workspace.app_token,
            "slack_api_url": workspace.api_url,
            "redis_url": redis_url,
            "data_dir": tmp_path,
            "knowledge_config": library.config,
        }
        settings = Settings(_env_file=None, **given)
        verdicts = [await examined(settings)]
        for audience in (private.id, "#人事"):
            library.configure(source_table("docs", "docs", audience=[audience]))
            verdicts.append(await examined(settings))
        workspace.rename_channel(public, "people")
        taken = workspace.add_channel("人事", [keiko])
        verdicts.append(await examined(settings))

    assert [verdict for verdict, _ in verdicts] == ["note", "good", "note", "bad"]
    assert "write ids" in verdicts[2][1]
    assert "is public" in verdicts[2][1]
    assert f"--accept '#人事={taken.id}'" in verdicts[3][1]

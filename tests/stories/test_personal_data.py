"""A person asks for what is kept about them, and then for its deletion."""

import json
from pathlib import Path

import pytest

from bot.audit.audit_log import AuditLog
from bot.core.types import Answer, Feedback
from bot.records.ledger import Ledger
from bot.redis.connection import RedisConnection
from tests.backup import world
from tests.stories.conftest import Mode, Story
from tests.support.command import kotae


@pytest.fixture(params=["socket"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How the bot hears of questions does not matter here."""
    mode: Mode = request.param
    return mode


@pytest.mark.parametrize("text", ["有給は？", "How much leave 有給?"])
async def test_a_person_gets_their_data_and_is_forgotten(
    story: Story, redis_url: str, tmp_path: Path, text: str
) -> None:
    """The bot goes on with everybody else, and with them, too."""
    for person in (story.hanako, story.bob):
        asked = await story.workspace.post(story.channel, person, f"{story.bot} {text}")
        await story.finished(asked)
    ids = [question.id for question in await story.answered()]
    await story.ledger.rate(Feedback(ids[1], story.hanako.id, "up", "button"))
    settings = {"REDIS_URL": redis_url, "DATA_DIR": str(story.documents / "data")}
    unsure = kotae(tmp_path, "data", "delete", story.hanako.id, **settings)
    exported = kotae(tmp_path, "data", "export", story.hanako.id, "hanako.json", **settings)
    deleted = kotae(tmp_path, "data", "delete", story.hanako.id, "-y", "--json", **settings)
    written = (tmp_path / "hanako.json").read_text("utf-8")

    assert unsure.returncode == 1
    assert "nothing is deleted" in unsure.stderr
    assert exported.returncode == deleted.returncode == 0, exported.stderr + deleted.stderr
    assert text in written
    assert {"answer", "votes", "turns"} <= {one["store"] for one in json.loads(written)["found"]}
    assert (tmp_path / "hanako.json").stat().st_mode & 0o077 == 0
    told = json.loads(deleted.stdout)
    assert told["deleted"]["questions with their answers"] == 1
    assert [row for row in told["left"] if not row["why"]] == []
    assert [question.person for question in await story.answered()] == [story.bob.id]
    asked = await story.workspace.post(story.channel, story.hanako, f"{story.bot} {text}")
    assert "10日" in (await story.finished(asked)).plain


@pytest.mark.parametrize("person", ["", "U", " ", "\n", "A" * 300])
def test_who_names_nobody_deletes_nothing(redis_url: str, tmp_path: Path, person: str) -> None:
    """An empty name would be found everywhere."""
    done = kotae(tmp_path, "data", "delete", person, "-y", REDIS_URL=redis_url)

    assert done.returncode == 2
    assert "names nobody" in done.stderr


@pytest.mark.parametrize("file", ["", "-", "there.json", "data/person.json", "/dev/full"])
def test_only_a_new_file_is_written(redis_url: str, tmp_path: Path, file: str) -> None:
    """Nothing is replaced, and the next export does not find this one."""
    (tmp_path / "there.json").write_text("mine", encoding="utf-8")
    settings = {"REDIS_URL": redis_url, "DATA_DIR": str(tmp_path / "data")}
    done = kotae(tmp_path, "data", "export", "U0NOBODY", file, **settings)

    assert done.returncode == 2
    assert (tmp_path / "there.json").read_text("utf-8") == "mine"
    assert not Path("/dev/full").is_file()


def test_somebody_unknown_is_said(redis_url: str, tmp_path: Path) -> None:
    """Nothing is asked then."""
    done = kotae(tmp_path, "data", "delete", "U0NOBODY", REDIS_URL=redis_url)

    assert "Nothing that is kept names this person" in done.stdout


async def test_damage_is_named_and_both_ends_are_in_the_audit_log(
    store: RedisConnection, redis_url: str, tmp_path: Path
) -> None:
    """The exit code says that something may have stayed; the next run ends well."""
    await store.commands.execute_command("HSET", "{kotae}:v1:labels", '["a", "U1"]', "{")
    first = kotae(tmp_path, "data", "delete", "U1", "-y", "--json", REDIS_URL=redis_url)
    assert first.returncode == 1
    assert json.loads(first.stdout)["unreadable"] == ['labels ["a", "U1"]']
    assert 'labels ["a", "U1"] cannot be read' in first.stderr

    await store.commands.delete("{kotae}:v1:labels")
    assert kotae(tmp_path, "data", "delete", "U1", "-y", REDIS_URL=redis_url).returncode == 0
    acts = [(act.about, act.after) async for act in AuditLog(store.commands).since()]
    assert acts == [("U1", f"delete: {one}") for one in ("begun", "done")] * 2


async def test_what_cannot_be_written_down_is_not_done(
    store: RedisConnection, redis_url: str, tmp_path: Path
) -> None:
    """Nobody's data goes without a line in the audit log."""
    asked = world.question(1)
    await Ledger(store.commands).record(asked, Answer("answered", "10日です。"))
    await store.commands.set("{kotae}:v1:audit", "no log")
    done = kotae(tmp_path, "data", "delete", asked.person, "-y", REDIS_URL=redis_url)
    assert done.returncode == 1
    assert await Ledger(store.commands).get(asked.id) is not None

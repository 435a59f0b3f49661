"""`kotae backup` and `kotae restore`, as operators type them."""

import json
import stat
from pathlib import Path

from bot.backup.redis_keys import RedisKeys
from bot.redis.connection import RedisConnection
from tests.support.command import kotae


def test_a_backup_is_taken_kept_and_put_back(tmp_path: Path) -> None:
    """Into a folder, with the oldest deleted; then into an empty place, and no second time."""
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 2):
        (folder / f"kotae-2026010{day}T000000Z.tar.gz").touch()
    (folder / "kotae-mine.tar.gz").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "certificate.json").write_text("{}")
    (tmp_path / "data" / "promotions.json").write_text("damaged")  # stops other commands

    taken = kotae(tmp_path, "backup", str(folder), "--keep", "2")

    assert taken.returncode == 0, taken.stderr
    assert "Not in it: the index (`kotae sync` builds it), tokens and settings" in taken.stdout
    names = sorted(path.name for path in folder.iterdir())
    assert [names[0], names[2]] == ["kotae-20260102T000000Z.tar.gz", "kotae-mine.tar.gz"]
    path = folder / names[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    checked = json.loads(kotae(tmp_path, "restore", str(path), "--check", "--json").stdout)
    assert checked["program"]
    assert not (tmp_path / "elsewhere").exists()

    elsewhere = {"DATA_DIR": str(tmp_path / "elsewhere")}
    first = kotae(tmp_path, "restore", str(path), **elsewhere)
    assert first.returncode == 0, first.stderr
    assert "Next: `kotae sync` builds the index" in first.stdout
    assert (tmp_path / "elsewhere" / "certificate.json").read_text() == "{}"

    again = kotae(tmp_path, "restore", str(path), **elsewhere)
    assert again.returncode == 1
    assert "already" in again.stderr
    unasked = kotae(tmp_path, "restore", str(path), "--force", **elsewhere)
    assert "--force needs --yes here" in unasked.stderr


def test_keep_needs_a_folder(tmp_path: Path) -> None:
    done = kotae(tmp_path, "backup", "kotae.tar.gz", "--keep", "3")

    assert (done.returncode, "needs a folder" in done.stderr) == (2, True)


def test_a_bot_does_not_start_in_what_is_half_restored(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / ".restoring").write_text("kotae.tar.gz\n")

    done = kotae(tmp_path, "serve", SLACK_BOT_TOKEN="xoxb-1", SLACK_APP_TOKEN="xapp-1", CI="")

    assert done.returncode != 0
    assert "run `kotae restore` again" in done.stderr


async def test_connections_of_a_running_bot_are_seen(store: RedisConnection) -> None:
    """Those that are older than the restore itself."""
    keys = RedisKeys(store.commands)

    assert await keys.other_clients(-10) > 0
    assert await keys.other_clients(3_600) == 0

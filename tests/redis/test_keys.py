"""Every store of a bot keeps to the keys of its client: no store names a namespace itself."""

import ast
from pathlib import Path

import bot
from bot.redis.connection import RedisConnection
from tests.backup.world import fill
from tests.support.redis import in_namespace

SOURCES = Path(bot.__file__).parent
TEAM = "kotae:T0BETA"


async def test_all_stores_write_where_their_client_belongs(store: RedisConnection) -> None:
    """`fill` writes with every store whose keys a backup knows."""
    await fill(in_namespace(store, TEAM))

    keys = [str(key) for key in await store.commands.keys("*")]

    assert len(keys) > 50
    assert [key for key in keys if not key.startswith(f"{{{TEAM}}}:v1:")] == []


def test_only_one_place_makes_keys_and_one_opens_redis() -> None:
    """A store that wrote its root itself would put the data of all workspaces together."""
    roots, openers = list[str](), list[str]()
    for path in sorted(SOURCES.rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and ("}:v1" in text or "{kotae" in text):
                roots.append(name)
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "open_redis":
                openers.append(name)
    assert roots == ["redis/keys.py"]
    assert openers == ["app/container.py"]

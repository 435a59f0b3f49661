"""Lua scripts that come with a package: each runs on the server as one atomic step."""

from importlib.resources import files

from redis.asyncio import Redis
from redis.commands.core import AsyncScript


def load_script(client: Redis, package: str, name: str, prelude: str = "") -> AsyncScript:
    """Return the script `lua/<name>.lua` of *package*, with *prelude*'s functions before it."""
    folder = files(package) / "lua"
    parts = (prelude, name) if prelude else (name,)
    text = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in parts)
    return client.register_script(text)

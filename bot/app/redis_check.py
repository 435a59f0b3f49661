"""Checks that Redis keeps what it is told: persistence, memory, and replicas that confirm."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.app import texts
from bot.core.errors import RedisUnavailableError
from bot.core.language import Language
from bot.redis.connection import RedisConnection
from bot.redis.keys import key_root
from bot.redis.version import ServerVersion
from bot.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class RedisStanding:
    """How the server is doing, in the language of the reader.

    Attributes:
        text: All that there is to say.
        verdict: `bad` if it forgets what it was told, `note` if something may be better.
    """

    text: str
    verdict: Literal["good", "bad", "note"]


async def check_redis(
    settings: Settings, store: RedisConnection, language: Language
) -> RedisStanding:
    """Ask Redis how it is doing, and have a change confirmed if replicas are to do so.

    Raises:
        RedisUnavailableError: it cannot be reached, or no change would be confirmed.
    """
    started = time.monotonic()
    await store.commands.execute_command("PING")
    time_taken = _time(started)
    server = await store.commands.info("server")
    memory = await store.commands.info("memory")
    persistence = await store.commands.info("persistence")
    version = ServerVersion.of_info(server)
    form = texts.REDIS_STARTED if settings.redis_url is None else texts.REDIS_YOURS
    said = [form.to(language, version=version, time=time_taken)]
    stop = texts.STOP.to(language)
    if not int(persistence.get("aof_enabled", 0)):
        return RedisStanding(stop.join([*said, texts.REDIS_FORGETS.to(language)]), "bad")
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        evicts = texts.REDIS_EVICTS.to(language, policy=policy)
        return RedisStanding(stop.join([*said, evicts]), "bad")
    hints = list[str]()
    if settings.redis_url is not None and not _is_cluster(server):
        confirmed, hints = await _replicas(settings, store, language)
        said += confirmed
    if mended := version.mended_in:
        hints.append(texts.REDIS_FLAW.to(language, family=version.family, mended=mended))
    return RedisStanding(stop.join([*said, *hints]), "note" if hints else "good")


async def _replicas(
    settings: Settings, store: RedisConnection, language: Language
) -> tuple[list[str], list[str]]:
    """Return what is good about replicas, and what may be better: see decision 0102.

    Raises:
        RedisUnavailableError: fewer have a change than `REDIS_REPLICAS` asks for.
    """
    wanted = settings.redis_replicas
    count = replicas_online(await store.commands.info("replication"))
    if count < wanted:
        lacking = texts.REDIS_LACKS_REPLICAS.to(
            language, count=count, wanted=wanted, spare=wanted + 1
        )
        raise RedisUnavailableError(lacking)
    if not wanted:
        return [], [texts.REDIS_UNCONFIRMED.to(language, count=count)] if count else []
    started = time.monotonic()
    try:  # one that hangs is connected for another minute
        await store.commands.set(f"{key_root(store.commands)}:confirmed", "1")
    except RedisUnavailableError as error:
        late = texts.REDIS_REPLICAS_LATE.to(language, count=count, wanted=wanted)
        raise RedisUnavailableError(late) from error
    confirmed = texts.REDIS_CONFIRMED.to(language, count=count, wanted=wanted, time=_time(started))
    return [confirmed], [texts.REDIS_NONE_TO_SPARE.to(language)] if count == wanted else []


def replicas_online(information: Mapping[str, Any]) -> int:
    """Count the replicas that follow, in the section `replication` of INFO.

    One that still fetches what there was confirms nothing.
    """
    replicas = (
        value
        for name, value in information.items()
        if name.startswith("slave") and name[5:].isdigit() and isinstance(value, Mapping)
    )
    return sum(replica.get("state") == "online" for replica in replicas)


def _is_cluster(server: Mapping[str, Any]) -> bool:
    return "cluster" in {server.get("redis_mode"), server.get("server_mode")}  # Valkey's name


def _time(started: float) -> str:
    return f"{(time.monotonic() - started) * 1000:.1f} ms"

"""Installations are encrypted on Redis, and nobody can read or move one without the key."""

import asyncio
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot.core.errors import BotError, SettingsError
from bot.redis.connection import RedisConnection
from bot.slack.installations.encryption import (
    InstallationCipher,
    UnreadableInstallationError,
    new_key,
)
from bot.slack.installations.states import STATE_SECONDS, InstallStates
from bot.slack.installations.store import STOPPED, InstallationStore
from tests.slack.installations.conftest import installation

KEY = "{kotae}:v1:installations"


async def test_an_installation_comes_back_and_is_replaced(installations: InstallationStore) -> None:
    before = await installations.revision()

    await installations.async_save(installation())
    await installations.async_save(installation(bot_token="xoxb-newer", team_name="東京"))

    found = await installations.find("T0ALPHA")
    assert found is not None
    assert (found.bot_token, found.team_name) == ("xoxb-newer", "東京")
    assert list(await installations.all()) == ["T0ALPHA"]
    assert await installations.revision() == before + 2


async def test_nothing_of_it_can_be_read_in_redis(
    store: RedisConnection, installations: InstallationStore
) -> None:
    """Neither a token nor a name; and a token of a person is not kept at all."""
    await installations.async_save(installation())

    stored = await store.commands.hget(KEY, "T0ALPHA")
    found = await installations.find("T0ALPHA")

    for words in ("xox", "secret", "KEIKO", "Team", "chat:write"):
        assert words not in str(stored)
    assert found is not None
    assert (found.user_token, found.user_id) == (None, "UKEIKO")


async def test_each_workspace_and_each_organisation_has_its_own(
    installations: InstallationStore,
) -> None:
    """As Bolt asks for them; a workspace of an organisation is not the organisation."""
    for one in (installation("T0ALPHA"), installation("T0BETA"), installation(org="E0ORG")):
        await installations.async_save(one)

    async def token(enterprise: str | None, team: str | None, *, org: bool) -> str | None:
        found = await installations.async_find_bot(
            enterprise_id=enterprise, team_id=team, is_enterprise_install=org
        )
        return found.bot_token if found else None

    assert await token(None, "T0BETA", org=False) == "xoxb-secret-of-T0BETA"
    assert await token("E0ORG", "T0BETA", org=True) == "xoxb-secret-of-E0ORG"
    assert await token("E0ORG", "T0GAMMA", org=False) is None
    await installations.async_delete_all(enterprise_id="E0ORG", team_id="T0ALPHA")
    assert list(await installations.all()) == ["E0ORG", "T0BETA"]
    await installations.async_delete_all(enterprise_id="E0ORG", team_id=None)
    assert list(await installations.all()) == ["T0BETA"]


async def test_what_was_changed_or_moved_is_refused(
    store: RedisConnection, installations: InstallationStore
) -> None:
    """One bit, or the whole record of another workspace; the others stay readable."""
    for team in ("T0ALPHA", "T0BETA", "T0GAMMA"):
        await installations.async_save(installation(team))
    text = str(await store.commands.hget(KEY, "T0ALPHA"))
    swapped = "A" if text[40] != "A" else "B"
    await store.commands.hset(KEY, "T0ALPHA", f"{text[:40]}{swapped}{text[41:]}")
    await store.commands.hset(KEY, "T0BETA", str(await store.commands.hget(KEY, "T0GAMMA")))

    found = await installations.all()

    assert [type(found[team]) for team in sorted(found)] == [
        UnreadableInstallationError,
        UnreadableInstallationError,
        Installation,
    ]
    with pytest.raises(UnreadableInstallationError, match="another workspace"):
        await installations.find("T0BETA")
    assert await installations.remove("T0ALPHA")


async def test_the_key_can_be_changed_and_a_lost_one_is_said(
    store: RedisConnection, installations: InstallationStore, key: str
) -> None:
    """The new one comes first; once all is encrypted again, the old one can go."""
    await installations.async_save(installation())
    newer = new_key()
    both = InstallationStore(store.commands, InstallationCipher(f"{newer}, {key}"))
    only = InstallationStore(store.commands, InstallationCipher(newer))

    with pytest.raises(UnreadableInstallationError, match="another INSTALLATION_KEY"):
        await only.find("T0ALPHA")
    assert await both.encrypt_again() == 1
    assert (await only.find("T0ALPHA")) is not None


@pytest.mark.parametrize("keys", ["", " , ", "secret-but-no-key", "あ" * 44])
def test_a_key_that_is_none_is_refused_without_showing_it(keys: str) -> None:
    with pytest.raises(SettingsError, match="kotae workspaces key") as refused:
        InstallationCipher(keys)
    assert "secret-but" not in str(refused.value)


async def test_a_workspace_that_is_stopped_says_why(installations: InstallationStore) -> None:
    one = installation()
    await installations.async_save(one)

    await installations.stop(one, "refused")

    found = await installations.find("T0ALPHA")
    assert found is not None
    assert found.get_custom_value(STOPPED) == "refused"


@pytest.mark.parametrize("facts", [{"bot_token": None}, {"team_id": None}])
async def test_an_answer_of_slack_without_a_bot_is_no_installation(
    installations: InstallationStore, facts: dict[str, Any]
) -> None:
    with pytest.raises(BotError):
        await installations.async_save(installation(**facts))


async def test_a_state_is_good_once(store: RedisConnection) -> None:
    states = InstallStates(store.commands)
    state, other = await states.async_issue(), await states.async_issue()

    assert state != other
    assert await states.async_consume(state)
    assert not await states.async_consume(state)
    assert not await states.async_consume("made-up")


async def test_a_state_expires(store: RedisConnection) -> None:
    """By itself, and with all others when nobody begins an install any more."""
    now = 1_000.0
    states = InstallStates(store.commands, clock=lambda: now)
    old = await states.async_issue()
    now += STATE_SECONDS
    new = await states.async_issue()

    assert not await states.async_consume(old)
    assert await states.async_consume(new)
    await states.async_issue()
    assert 0 < await store.commands.ttl(f"{KEY}:states") <= STATE_SECONDS


async def test_whoever_begins_any_number_of_installs_fills_no_memory(
    store: RedisConnection,
) -> None:
    """The newest are good; each is taken by one of those who ask at the same time."""
    states = InstallStates(store.commands, most=10)
    begun = [await states.async_issue() for _ in range(50)]

    assert await store.commands.zcard(f"{KEY}:states") == 10
    assert not await states.async_consume(begun[0])
    taken = await asyncio.gather(*(states.async_consume(begun[-1]) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]

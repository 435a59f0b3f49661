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
from bot.slack.installations.store import (
    SPENT,
    STOPPED,
    InstallationStore,
    StoredInstallation,
    title_of,
)
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
        StoredInstallation,
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


async def test_a_note_says_what_is_wrong_until_nothing_is(installations: InstallationStore) -> None:
    await installations.async_save(installation())

    async def noted(reason: str, *, spent: bool = False) -> dict[str, Any]:
        found = await installations.find("T0ALPHA")
        assert found is not None
        assert await installations.note(found, reason, spent=spent)
        after = await installations.find("T0ALPHA")
        assert after is not None
        assert after.bot_token == found.bot_token
        return after.custom_values

    assert await noted("refused", spent=True) == {STOPPED: "refused", SPENT: True}
    before = await installations.revision()
    assert await noted("refused") == {STOPPED: "refused", SPENT: True}
    assert await installations.revision() == before  # the same again is no change
    assert await noted("") == {SPENT: True}


@pytest.mark.parametrize("act", ["replace", "note", "remove"])
@pytest.mark.parametrize("meanwhile", ["removed", "installed again", "noted", "encrypted"])
async def test_what_happens_meanwhile_counts(
    installations: InstallationStore, act: str, meanwhile: str
) -> None:
    """Nothing removed comes back, and no old token; a mere note stands in nobody's way."""
    await installations.async_save(installation(bot_token="xoxb-old"))
    old = await installations.find("T0ALPHA")
    assert old is not None
    if meanwhile == "removed":
        await installations.remove("T0ALPHA")
    elif meanwhile == "installed again":
        await installations.async_save(installation(bot_token="xoxb-again"))
    elif meanwhile == "noted":
        await installations.note(old, "something")
    else:
        await installations.encrypt_again()

    if act == "replace":
        done = await installations.replace(old, installation(bot_token="xoxb-renewed"))
    elif act == "note":
        done = await installations.note(old, "refused")
    else:
        done = await installations.remove("T0ALPHA", old)

    found = await installations.find("T0ALPHA")
    same = meanwhile in {"noted", "encrypted"}
    assert done == (same and act != "remove")  # who removes looks again
    if meanwhile == "removed":
        assert found is None
        return
    assert found is not None
    expected = (
        "xoxb-again" if not same else "xoxb-renewed" if done and act == "replace" else "xoxb-old"
    )
    assert found.bot_token == expected
    if done and act == "note":
        assert found.get_custom_value(STOPPED) == "refused"


async def test_encrypting_again_brings_nothing_back(
    store: RedisConnection, installations: InstallationStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is written, another process renews it, and the other leaves."""
    for team in ("T0ALPHA", "T0BETA"):
        await installations.async_save(installation(team))
    other = InstallationStore(store.commands, installations._cipher)
    swap, done = installations._swap, list[str]()

    async def late(*told: str) -> bool:
        if not done:
            done.append("once")
            await other.async_save(installation("T0ALPHA", bot_token="xoxb-renewed"))
            await other.remove("T0BETA")
        return await swap(*told)

    monkeypatch.setattr(installations, "_swap", late)
    assert await installations.encrypt_again() == 1

    found = await installations.all()
    assert list(found) == ["T0ALPHA"]
    assert getattr(found["T0ALPHA"], "bot_token", "") == "xoxb-renewed"


@pytest.mark.parametrize(
    "told",
    [
        '{"team_id": "T0ALPHA", "user_id": "U1", "of_a_newer_version": 1}',
        '{"team_id": "T0ALPHA"}',
        '{"team_id": "T0ALPHA", "user_id": "U1", "installed_at": "soon"}',
        '{"team_id": "T0ALPHA", "user_id": "U1", "bot_token_expires_at": [1]}',
        '{"team_id": "T0ALPHA", "user_id": "U1", "bot_scopes": 1, "x": {}}',
        *("[]", "null", "12", "xoxb-secret"),
    ],
)
async def test_a_strange_record_hides_no_other(
    store: RedisConnection, installations: InstallationStore, told: str
) -> None:
    """It is told apart without quoting it, and can be removed or replaced."""
    await installations.async_save(installation("T0BETA"))
    await store.commands.hset(KEY, "T0ALPHA", installations._cipher.encrypted(told))

    found = await installations.all()

    assert isinstance(found["T0BETA"], Installation)
    assert isinstance(found["T0ALPHA"], UnreadableInstallationError)
    assert "secret" not in str(found["T0ALPHA"])
    assert await installations.encrypt_again() == 1
    await installations.async_save(installation())
    assert await installations.find("T0ALPHA") is not None


async def test_other_data_in_their_place_is_said(
    store: RedisConnection, installations: InstallationStore
) -> None:
    """Whoever reads them gets an error of ours; a damaged number heals with the next change."""
    await store.commands.set(f"{KEY}:revision", "abc")
    assert await installations.revision() == -1
    await installations.async_save(installation())
    assert await installations.revision() == 1

    await store.commands.delete(KEY)
    await store.commands.set(KEY, "abc")
    for work in (installations.all(), installations.find("T0ALPHA"), installations.remove("T0")):
        with pytest.raises(BotError, match="damaged"):
            await work


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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Alpha\nT0BETA  Beta  installed", "Alpha T0BETA Beta installed"),
        ("\x1b[2JAlpha\u2028\u202e", "[2JAlpha"),
        ("株式会社アルファ", "株式会社アルファ"),
        ("A" * 200, "A" * 99 + "…"),
        (None, ""),
    ],
)
def test_the_name_of_a_workspace_is_one_plain_line(name: str | None, shown: str) -> None:
    assert title_of(installation(team_name=name)) == shown
    assert title_of(installation(org="E0ORG", enterprise_name=name)) == shown

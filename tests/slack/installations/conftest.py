"""Installations in two workspaces and an organisation."""

from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot.redis.connection import RedisConnection
from bot.slack.installations.encryption import InstallationCipher, new_key
from bot.slack.installations.store import InstallationStore


def installation(team: str = "T0ALPHA", *, org: str = "", **facts: Any) -> Installation:
    """Return an installation in *team*, or in the whole organisation *org*."""
    told: dict[str, Any] = {
        "app_id": "A1",
        "team_id": None if org else team,
        "team_name": None if org else f"Team {team}",
        "enterprise_id": org or None,
        "enterprise_name": org or None,
        "is_enterprise_install": bool(org),
        "bot_token": f"xoxb-secret-of-{org or team}",
        "bot_user_id": "U1",
        "bot_id": "B1",
        "bot_scopes": "chat:write",
        "user_id": "UKEIKO",
        "user_token": "xoxp-secret-of-keiko",
    }
    return Installation(**(told | facts))


@pytest.fixture
def key() -> str:
    """An INSTALLATION_KEY."""
    return new_key()


@pytest.fixture
def installations(store: RedisConnection, key: str) -> InstallationStore:
    """A store without installations."""
    return InstallationStore(store.commands, InstallationCipher(key))

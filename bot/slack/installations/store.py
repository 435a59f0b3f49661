"""The installations of the app on Redis, encrypted; slack_sdk's protocol of such a store."""

import json
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.core.errors import BotError
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from bot.slack.installations.encryption import InstallationCipher, UnreadableInstallationError

STOPPED = "stopped"
"""Why Slack takes the token of an installation no more; absent while it does."""

_USERS = ("user_token", "user_refresh_token", "user_token_expires_at", "user_scopes")
_WEBHOOK = ("incoming_webhook_url", "incoming_webhook_configuration_url")
_NEVER_KEPT = (*_USERS, *_WEBHOOK)
"""What a bot does not need: nobody can lose it."""


def installation_id(installation: Installation) -> str:
    """Return what identifies *installation*: the id of its workspace, or of its organisation."""
    org = installation.is_enterprise_install
    return str((installation.enterprise_id if org else installation.team_id) or "")


def title_of(installation: Installation) -> str:
    """Return the name of the workspace or of the organisation."""
    org = installation.is_enterprise_install
    return str((installation.enterprise_name if org else installation.team_name) or "")


class InstallationStore(AsyncInstallationStore):
    """The installations of all processes of a deployment.

    Everything raises `RedisUnavailableError` when Redis cannot be reached.
    """

    def __init__(self, client: RedisClient, cipher: InstallationCipher) -> None:
        self._client = client
        self._cipher = cipher
        self._key = f"{key_root(client)}:installations"
        self._keys = (self._key, f"{self._key}:revision")
        load = partial(load_script, client, "bot.slack.installations")
        self._put, self._remove = load("put"), load("remove")

    @property
    def logger(self) -> logging.Logger:
        """The logger of slack_sdk's protocol."""
        return logging.getLogger(__name__)

    async def async_save(self, installation: Installation) -> None:
        """Keep *installation* in place of an earlier one; without what belongs to a person.

        Raises:
            BotError: it names no workspace, or has no token of a bot.
        """
        name = installation_id(installation)
        if not name or not installation.bot_token:
            raise BotError("Slack has told no workspace, or no token of a bot")
        told = {
            field: value
            for field, value in installation.to_dict_for_copying().items()
            if field not in _NEVER_KEPT
        }
        told["installed_at"] = installation.installed_at  # in seconds: JSON has no dates
        told["bot_token_expires_at"] = installation.bot_token_expires_at
        await self._put(keys=self._keys, args=[name, self._cipher.encrypted(json.dumps(told))])

    async def remove(self, name: str) -> bool:
        """Forget the installation *name*, if there is one, whether it can be read or not."""
        return bool(await self._remove(keys=self._keys, args=[name]))

    async def find(self, name: str) -> Installation | None:
        """Return the installation *name*, None if there is none.

        Raises:
            UnreadableInstallationError: its key is lost, or somebody changed it.
        """
        found = await self._client.execute_command("HGET", self._key, name)
        return None if found is None else self._read(name, str(found))

    async def all(self) -> Mapping[str, Installation | UnreadableInstallationError]:
        """Return every installation by its id, or why it cannot be read."""
        found = dict[str, Installation | UnreadableInstallationError]()
        stored: Mapping[str, str] = await self._client.execute_command("HGETALL", self._key)
        for name, text in sorted(stored.items()):
            try:
                found[name] = self._read(name, text)
            except UnreadableInstallationError as error:
                found[name] = error
        return found

    async def stop(self, installation: Installation, reason: str) -> None:
        """Note why Slack takes the token of *installation* no more: it is to be installed again."""
        installation.set_custom_value(STOPPED, reason)
        await self.async_save(installation)

    async def revision(self) -> int:
        """Return a number that every change raises."""
        return int(await self._client.execute_command("GET", self._keys[1]) or 0)

    async def encrypt_again(self) -> int:
        """Encrypt all that can be read with the newest key; return how many these are."""
        readable = [one for one in (await self.all()).values() if isinstance(one, Installation)]
        for installation in readable:
            await self.async_save(installation)
        return len(readable)

    # The protocol, as far as Bolt asks for it.

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """Return the bot of a workspace; of an organisation with *is_enterprise_install*."""
        name = (enterprise_id if is_enterprise_install else team_id) or ""
        found = await self.find(name)
        return found.to_bot() if found else None

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the installation of a workspace; of an organisation where no workspace is told."""
        await self.remove(team_id or enterprise_id or "")

    def _read(self, name: str, text: str) -> Installation:
        told: dict[str, Any] = json.loads(self._cipher.read(text))
        installation = Installation(**told)
        if installation_id(installation) != name:  # a whole record, put in another's place
            raise UnreadableInstallationError("it belongs to another workspace")
        return installation

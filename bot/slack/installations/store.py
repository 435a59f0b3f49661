"""The installations of the app on Redis, encrypted; slack_sdk's protocol of such a store."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from redis.exceptions import RedisError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore

from bot.core.errors import BotError
from bot.redis.connection import RedisClient
from bot.redis.keys import key_root
from bot.redis.lua_scripts import load_script
from bot.slack.client.split import one_line
from bot.slack.installations.encryption import InstallationCipher, UnreadableInstallationError

_LONGEST_NAME = 100

STOPPED = "stopped"
"""What is wrong with an installation, for whoever runs the deployment; absent while nothing is."""

SPENT = "spent"
"""Set when Slack takes the refresh token no more. The token itself may be good for hours."""

_ANY = "*"
_LONGEST_REVISION = 20

_USERS = ("user_token", "user_refresh_token", "user_token_expires_at", "user_scopes")
_WEBHOOK = ("incoming_webhook_url", "incoming_webhook_configuration_url")
_NEVER_KEPT = (*_USERS, *_WEBHOOK)
"""What a bot does not need: nobody can lose it."""


def installation_id(installation: Installation) -> str:
    """Return what identifies *installation*: the id of its workspace, or of its organisation."""
    org = installation.is_enterprise_install
    return str((installation.enterprise_id if org else installation.team_id) or "")


def title_of(installation: Installation) -> str:
    """Return the name of the workspace or of the organisation, as one plain line.

    Its administrators choose it: it is not to look like another row, or to steer a terminal.
    """
    org = installation.is_enterprise_install
    name = str((installation.enterprise_name if org else installation.team_name) or "")
    return one_line("".join(char if char.isprintable() else " " for char in name), _LONGEST_NAME)


class StoredInstallation(Installation):
    """An installation as it was read.

    Attributes:
        record: The encrypted text that it comes from; it tells whether another has come since.
    """

    record = ""


class InstallationStore(AsyncInstallationStore):
    """The installations of all processes of a deployment.

    Everything raises `RedisUnavailableError` when Redis cannot be reached, and `BotError` when
    something else is where the installations should be.
    """

    def __init__(self, client: RedisClient, cipher: InstallationCipher) -> None:
        self._client = client
        self._cipher = cipher
        self._key = f"{key_root(client)}:installations"
        self._keys = (self._key, f"{self._key}:revision")
        self._swap_script = load_script(client, "bot.slack.installations", "swap")

    @property
    def logger(self) -> logging.Logger:
        """The logger of slack_sdk's protocol."""
        return logging.getLogger(__name__)

    async def async_save(self, installation: Installation) -> None:
        """Keep *installation* in place of an earlier one; without what belongs to a person.

        Raises:
            BotError: it names no workspace, or has no token of a bot.
        """
        if not installation_id(installation) or not installation.bot_token:
            raise BotError("Slack has told no workspace, or no token of a bot")
        await self._swap(installation_id(installation), _ANY, self._encrypted(installation))

    async def replace(self, before: StoredInstallation, after: Installation) -> bool:
        """Keep *after*, unless *before* was removed since it was read, or has another token."""
        return await self._change(before, lambda _: after)

    async def remove(self, name: str, before: StoredInstallation | None = None) -> bool:
        """Forget the installation *name*, if there is one, whether it can be read or not.

        With *before*, only if nobody has replaced that since it was read.
        """
        return await self._swap(name, before.record if before else _ANY, "")

    async def find(self, name: str) -> StoredInstallation | None:
        """Return the installation *name*, None if there is none.

        Raises:
            UnreadableInstallationError: its key is lost, or it is damaged.
        """
        found = await _told(self._client.execute_command("HGET", self._key, name))
        return None if found is None else self._read(name, str(found))

    async def all(self) -> Mapping[str, StoredInstallation | UnreadableInstallationError]:
        """Return every installation by its id, or why it cannot be read."""
        found = dict[str, StoredInstallation | UnreadableInstallationError]()
        stored = await _told(self._client.execute_command("HGETALL", self._key))
        for name, text in sorted(stored.items()):
            try:
                found[name] = self._read(name, text)
            except UnreadableInstallationError as error:
                found[name] = error
        return found

    async def note(
        self, installation: StoredInstallation, reason: str, *, spent: bool = False
    ) -> bool:
        """Note what is wrong with *installation*, "" for nothing; tell whether that was done.

        Nothing is noted with one that has come in its place. With *spent*, its token is never
        renewed again.
        """
        told: dict[str, Any] = {STOPPED: reason} if reason else {}
        told |= {SPENT: True} if spent else {}

        def noted(now: Installation) -> Installation:
            kept = {name: value for name, value in now.custom_values.items() if name != STOPPED}
            return Installation(**now.to_dict_for_copying() | {"custom_values": kept | told})

        if noted(installation).custom_values == installation.custom_values:
            return True
        return await self._change(installation, noted)

    async def revision(self) -> int:
        """Return a number that every change makes another; -1 where it is damaged."""
        told = str(await _told(self._client.execute_command("GET", self._keys[1])) or 0)
        return int(told) if told.isdecimal() and len(told) < _LONGEST_REVISION else -1

    async def encrypt_again(self) -> int:
        """Encrypt all that can be read with the newest key; return how many these are.

        What changes meanwhile is read again, so that nothing old comes back.
        """
        done = 0
        for name, one in (await self.all()).items():
            found = one if isinstance(one, StoredInstallation) else None
            while found is not None and not await self._change(found, lambda now: now):
                found = await self.find(name)
            done += found is not None
        return done

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

    def _encrypted(self, installation: Installation) -> str:
        """Return the record of *installation*, without what belongs to a person."""
        told = {
            field: value
            for field, value in installation.to_dict_for_copying().items()
            if field not in _NEVER_KEPT
        }
        told["installed_at"] = installation.installed_at  # in seconds: JSON has no dates
        told["bot_token_expires_at"] = installation.bot_token_expires_at
        return self._cipher.encrypted(json.dumps(told))

    def _read(self, name: str, text: str) -> StoredInstallation:
        told = self._cipher.read(text)
        try:
            installation = StoredInstallation(**json.loads(told))
        except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
            # Of another version, perhaps. What is wrong with it may quote it.
            raise UnreadableInstallationError(
                f"another version of Kotae wrote it, or it is damaged ({type(error).__name__})"
            ) from None
        if installation_id(installation) != name:  # a whole record, put in another's place
            raise UnreadableInstallationError("it belongs to another workspace")
        installation.record = text
        return installation

    async def _change(
        self, before: StoredInstallation, changed: Callable[[Installation], Installation]
    ) -> bool:
        """Replace *before*; a note or a new encryption that came meanwhile is no other."""
        name, now = installation_id(before), before
        while not await self._swap(name, now.record, self._encrypted(changed(now))):
            found = await self.find(name)
            if found is None or found.bot_token != before.bot_token:
                return False
            now = found
        return True

    async def _swap(self, name: str, before: str, after: str) -> bool:
        return bool(await _told(self._swap_script(keys=self._keys, args=[name, before, after])))


async def _told(reply: Awaitable[Any]) -> Any:
    """Return what Redis replies. Raises `BotError` where the data there is not ours."""
    try:
        return await reply
    except RedisError as error:
        raise BotError(f"The installations in Redis are damaged: {error}") from error

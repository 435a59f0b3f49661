"""The people of the tests' workspace, and a check for refused calls."""

from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from bot.workspace import Channel, User


@dataclass(frozen=True)
class People:
    """Hanako and Bob, who share #general with the app."""

    hanako: User
    bob: User
    general: Channel


@dataclass(frozen=True)
class refused:  # noqa: N801 - reads as a statement: `async with refused("no_text"):`
    """Passes when the call inside fails with *code*."""

    code: str

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        assert isinstance(error, SlackApiError), f"no {self.code}: {error!r}"
        assert error.response["error"] == self.code
        return True

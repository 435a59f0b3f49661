"""One answer policy for everyone, for the command line."""

from dataclasses import dataclass

from bot.core.types import Policy


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """The same *policy* everywhere."""

    policy: Policy

    async def of(self, place: str) -> Policy:  # noqa: ARG002 - the same everywhere
        return self.policy

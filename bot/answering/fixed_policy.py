"""One policy everywhere, where there is no place to keep choices: a command line."""

from dataclasses import dataclass

from bot.core.types import Policy


@dataclass(frozen=True, slots=True)
class FixedPolicy:
    """The same *policy* for all, which nobody can choose."""

    policy: Policy

    async def of(self, place: str) -> Policy:  # noqa: ARG002 - the same everywhere
        return self.policy

"""One policy everywhere, where there is no place to keep choices: a command line."""

from dataclasses import dataclass

from bot.types import Policy


@dataclass(frozen=True, slots=True)
class FixedPolicies:
    """The same *policy* for all, which nobody can change."""

    policy: Policy

    async def of(self, place: str) -> Policy:  # noqa: ARG002 - the same everywhere
        return self.policy

    async def choose(self, place: str, policy: Policy) -> None:
        raise NotImplementedError(f"{place} cannot choose {policy}: nothing is kept here")

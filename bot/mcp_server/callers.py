"""Who calls: a person with their rights of this moment, or the operator at the terminal."""

from dataclasses import dataclass
from typing import Protocol

from bot.core.language import Language
from knowledge.model.types import Principal


@dataclass(frozen=True, slots=True)
class CallingPerson:
    """Somebody for whom a program calls.

    Attributes:
        person: Their id on the surface where they are known, for limits and budgets.
        reader: Their rights now.
        operator: Whether they operate the bot.
        share: The share of a member's hourly limits that they have.
        language: Of texts that no question sets.
        local: Whether they sit at this machine, so that addresses of its files lead somewhere.
    """

    person: str
    reader: Principal
    operator: bool = False
    share: float = 1.0
    language: Language = "en"
    local: bool = False


class Callers(Protocol):
    """Knows people."""

    async def of(self, person: str) -> CallingPerson | None:
        """Return *person* with the rights that they have now; None for who may not ask.

        Raises:
            AdapterUnavailableError: nobody can tell now.
        """
        ...


class TerminalCallers:
    """Everybody is the person at the keyboard, with the rights that their command names."""

    def __init__(self, reader: Principal) -> None:
        self._reader = reader

    async def of(self, person: str) -> CallingPerson | None:
        return CallingPerson(person, self._reader, operator=True, local=True)

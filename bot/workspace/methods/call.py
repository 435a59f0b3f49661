"""A Web API method, and its arguments."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.workspace.errors import ApiError
from bot.workspace.state import Json
from bot.workspace.team import Team

_TRUE = frozenset({"1", "true", "True"})


class Arguments(Mapping[str, object]):
    """The arguments of a call, whether they came as a form, as JSON or in the address."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = {key: value for key, value in values.items() if value is not None}

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """Return an argument as text, "" if it is missing."""
        return str(self.get(name, ""))

    def required(self, name: str) -> str:
        """Return an argument as text. Raises `ApiError` if it is missing or empty."""
        if not self.text(name):
            raise ApiError.arguments(f"missing required field: {name}")
        return self.text(name)

    def flag(self, name: str) -> bool:
        """Return an argument as a boolean, False if it is missing."""
        value = self.get(name, False)
        return value if isinstance(value, bool) else str(value) in _TRUE

    def number(self, name: str, default: int) -> int:
        """Return an argument as an integer. Raises `ApiError` if it is none."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise ApiError.arguments(f"{name} must be a number") from None

    def json(self, name: str, error: str) -> object:
        """Return a structured argument, None if it is missing.

        Raises:
            ApiError: with code *error*, when it is text that is not JSON.
        """
        value = self.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError(error) from None

    def objects(self, name: str, error: str) -> list[Json]:
        """Return an array of objects, empty if missing. Raises `ApiError` with code *error*."""
        value = self.json(name, error)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ApiError(error)
        return value

    def object(self, name: str, error: str) -> Json | None:
        """Return an object, None if missing. Raises `ApiError` with code *error*."""
        value = self.json(name, error)
        if value is not None and not isinstance(value, dict):
            raise ApiError(error)
        return value


MethodHandler = Callable[[Team, Arguments], Json]
Caller = Literal["bot", "app", "anyone"]


@dataclass(frozen=True, slots=True)
class Method:
    """A row of the table of methods.

    Attributes:
        handler: Changes the team and returns the response's fields; raises `ApiError`.
        tier: Slack's rate limit tier, 5 for special ones.
        scopes: Any one of them is enough; none are needed when it is empty.
        caller: Whose token the method takes.
    """

    name: str
    handler: MethodHandler
    tier: int
    scopes: tuple[str, ...] = ()
    caller: Caller = "bot"


def require_scope(team: Team, *scopes: str) -> None:
    """Raise `ApiError` `missing_scope` unless the app has one of *scopes*."""
    if scopes and not team.scopes.intersection(scopes):
        provided = ",".join(sorted(team.scopes))
        raise ApiError("missing_scope", needed=",".join(scopes), provided=provided)

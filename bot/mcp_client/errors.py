"""Why a server, or one of its tools, cannot be asked."""

from collections.abc import Callable

from bot.core.errors import ToolError
from bot.core.language import Language

Reason = Callable[[Language], str]
"""Says why, in a language; without the name of the server, and without its own words."""


class ServerError(ToolError):
    """A server cannot be asked: the model reads why in English, operators in their language."""

    def __init__(self, server: str, reason: Reason) -> None:
        super().__init__(f"{server}: {reason('en')}")
        self.reason = reason

"""The error of a Web API call."""

from collections.abc import Mapping

INVALID_ARGUMENTS = "invalid_arguments"


class ApiError(Exception):
    """A call failed with one of Slack's error codes.

    Attributes:
        code: The value of `error` in the response.
        details: More fields of the response, such as `needed` and `provided`.
    """

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, object] = details

    @classmethod
    def arguments(cls, problem: str) -> "ApiError":
        """Build the error for a missing or malformed argument; *problem* is one plain line."""
        return cls(INVALID_ARGUMENTS, response_metadata={"messages": [f"[ERROR] {problem}"]})

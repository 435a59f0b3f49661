"""Failures that tests inject."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

CODES = {"ekm": "ekm_access_denied"}
"""Short names of error codes."""


@dataclass(slots=True)
class Fault:
    """A failure that waits for its call.

    Attributes:
        method: Web API method, or `*` for any.
        kind: `ratelimited` (429), `internal_error` (500), `unavailable` (503, not JSON),
            `half_done` (500 `fatal_error`, though the change was made), `reset_before` (the
            connection is cut, nothing happened), `reset_after` (it is cut after the change was
            made), `slow` (late, then as usual), or any error code.
        times: How many calls are still to fail.
        retry_after: Seconds, for `ratelimited`.
        seconds: Delay, for `slow`.
        when: Selects calls by their arguments.
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    seconds: float = 1.0
    when: Callable[[Mapping[str, object]], bool] = field(default=lambda _arguments: True)


class Faults:
    """The planned failures, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(
        self,
        method: str,
        kind: str,
        *,
        times: int = 1,
        retry_after: int = 1,
        seconds: float = 1.0,
        when: Callable[[Mapping[str, object]], bool] = lambda _arguments: True,
    ) -> Fault:
        """Let the next *times* matching calls of *method* fail; see `Fault`."""
        fault = Fault(method, CODES.get(kind, kind), times, retry_after, seconds, when)
        self._faults.append(fault)
        return fault

    def take(self, method: str, arguments: Mapping[str, object]) -> Fault | None:
        """Return the fault of this call, if any, and count it."""
        for fault in self._faults:
            if fault.times > 0 and fault.method in {method, "*"} and fault.when(arguments):
                fault.times -= 1
                return fault
        return None

    @property
    def waiting(self) -> list[Fault]:
        """The faults that are not used up."""
        return [fault for fault in self._faults if fault.times > 0]

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

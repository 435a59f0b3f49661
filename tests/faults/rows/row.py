"""A row of the fault table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.faults.deployment import Deployment

Run = Callable[[Deployment], Awaitable[Sequence[str] | None]]
"""Asks questions and does the harm; returns what else was not as it should be, if anything."""


@dataclass(frozen=True, slots=True)
class Row:
    """A fault.

    Attributes:
        name: What goes wrong.
        how: How it is injected.
        run: Does it, in a deployment with a receiver and `workers` workers.
        seconds: How long it may take until all is quiet again.
        quick: Part of the selection that runs with every test run.
        alone: In its own deployment, which is of no use afterwards.
        disk: Bytes of a disk of its own for Redis, 0 for the usual one.
    """

    name: str
    how: str
    run: Run
    workers: int = 2
    seconds: float = 60.0
    quick: bool = False
    alone: bool = False
    disk: int = 0


class SkippedError(Exception):
    """This machine cannot inject the fault; the text says why."""

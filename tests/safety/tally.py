"""Counts what was tried and what escaped, for the table at the end of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass
class Count:
    """One row of the table."""

    tried: int = 0
    escapes: list[str] = field(default_factory=list)


@dataclass
class Tally:
    """The table."""

    rows: dict[str, Count] = field(default_factory=dict)

    def add(self, row: str, case: str, problems: list[str]) -> list[str]:
        """Count *case* in *row* with the *problems* that it showed; return them, named."""
        count = self.rows.setdefault(row, Count())
        count.tried += 1
        named = [f"{case}: {problem}" for problem in problems]
        count.escapes += named
        return named

    def told(self) -> dict[str, tuple[int, list[str]]]:
        """Return the rows as plain data, for another process."""
        return {name: (count.tried, count.escapes) for name, count in self.rows.items()}

    def take_in(self, told: Mapping[str, tuple[int, list[str]]]) -> None:
        """Add the rows of another process."""
        for name, (tried, escapes) in told.items():
            count = self.rows.setdefault(name, Count())
            count.tried += tried
            count.escapes += escapes

    def lines(self) -> Iterator[str]:
        """Write the table."""
        yield f"{'what was tried':<58}{'cases':>8}{'escapes':>9}"
        for name, count in self.rows.items():
            yield f"{name:<58}{count.tried:>8}{len(count.escapes):>9}"
            yield from (f"    {escape}" for escape in count.escapes)
        tried = sum(count.tried for count in self.rows.values())
        escaped = sum(len(count.escapes) for count in self.rows.values())
        yield f"{'all':<58}{tried:>8}{escaped:>9}"


TALLY = Tally()

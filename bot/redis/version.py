"""Versions of servers: which can read what another has written, and which have a known flaw."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Family = Literal["Redis", "Valkey"]

_FORK = (7, 4)
"""The first Redis whose files no Valkey reads."""

_MENDED: Mapping[Family, tuple[tuple[int, int, int], ...]] = {
    "Redis": ((6, 2, 20), (7, 2, 11), (7, 4, 6), (8, 0, 4), (8, 2, 2)),
    "Valkey": ((7, 2, 11), (8, 0, 6), (8, 1, 4)),
}
"""The versions of each line that mend CVE-2025-49844: Lua scripts could run code of their own."""


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """A version of Redis or Valkey; the family is None where an old note does not tell it."""

    family: Family | None
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.family or 'Redis'} {'.'.join(map(str, self.numbers))}"

    @classmethod
    def of_program(cls, told: str) -> "ServerVersion | None":
        """Read what `--version` prints; None if it is no server's."""
        found = re.search(r"^(Redis|Valkey) server v=(\d+)\.(\d+)\.(\d+)", told)
        if found is None:
            return None
        family: Family = "Valkey" if found[1] == "Valkey" else "Redis"
        return cls(family, tuple(map(int, found.groups()[1:])))

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> "ServerVersion":
        """Read the section `server` of INFO; Valkey tells both names."""
        family: Family = "Valkey" if "valkey_version" in info else "Redis"
        numbers = re.findall(r"\d+", str(info.get(f"{family.lower()}_version", "0")))
        return cls(family, tuple(map(int, numbers[:3])))

    def reads(self, written_by: "ServerVersion | None") -> bool:
        """Tell whether a server of this version reads the files of *written_by*.

        Files of a later version are taken for damaged, or for none. Valkey reads those of Redis up
        to 7.2, and Redis none of Valkey's.
        """
        if written_by is None:
            return True
        if written_by.family not in {None, self.family} and (
            self.family == "Redis" or written_by.numbers >= _FORK
        ):
            return False
        return self.numbers >= written_by.numbers

    @property
    def mended_in(self) -> str:
        """The version that mends a known flaw of this one, "" if none is known."""
        lines = _MENDED[self.family or "Redis"]
        later = (mended for mended in lines if mended[:2] >= self.numbers[:2])
        mended = next(later, None)
        return ".".join(map(str, mended)) if mended and self.numbers < mended else ""

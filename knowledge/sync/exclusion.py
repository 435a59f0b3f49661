"""What the settings of a source leave out."""

from collections.abc import Iterable
from typing import Literal

from knowledge.sync.glob import Glob


class Exclusion:
    """Glob patterns of names; one without a slash applies at every depth.

    Raises:
        KnowledgeConfigError: when one is no pattern.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._globs = [Glob(pattern) for pattern in patterns]

    def reason(self, *path: str) -> Literal["excluded", ""]:
        """Return why what has this path, outermost first, is not read; "" if it is."""
        names = [name for name in "/".join(path).split("/") if name]
        tried = ["/".join(names), *names]
        found = any(pattern.matches(name) for pattern in self._globs for name in tried)
        return "excluded" if found else ""

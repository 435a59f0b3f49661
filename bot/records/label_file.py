"""Labels of the answers in evaluation runs: a file with one JSON object a line."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.core.atomic_write import write_whole
from bot.core.errors import CasesError
from bot.core.types import Label

_label: TypeAdapter[Label] = TypeAdapter(Label)


class FileLabels:
    """Appends to *path*; a person's last label on an answer counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, label: Label) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(label), ensure_ascii=False) + "\n")

    async def forget(self, before: float) -> int:
        """Remove labels that were made before a time, in seconds since the epoch; count them.

        Lines that are no labels stay.
        """
        if not self._path.exists():
            return 0
        lines = self._path.read_text("utf-8").splitlines()
        kept = [line for line in lines if _made_at(line) >= before]
        if len(kept) < len(lines):
            write_whole(self._path, "".join(f"{line}\n" for line in kept))
        return len(lines) - len(kept)

    async def all(self) -> Sequence[Label]:
        """Return the labels in the order in which they were made; see `Labels`.

        Raises:
            CasesError: a line is malformed; the text names the first one.
        """
        if not self._path.exists():
            return []
        kept: dict[tuple[str, str], Label] = {}
        for number, line in enumerate(self._path.read_text("utf-8").splitlines(), 1):
            try:
                label = _label.validate_json(line)
            except ValidationError:
                raise CasesError(f"{self._path}: line {number} is not a label") from None
            kept.pop((label.answer_id, label.person), None)
            kept[label.answer_id, label.person] = label
        return list(kept.values())


def _made_at(line: str) -> float:
    try:
        return _label.validate_json(line).at
    except ValidationError:
        return float("inf")

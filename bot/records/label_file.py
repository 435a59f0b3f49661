"""Labels of answers that came out of evaluation runs: a file with one JSON object a line."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.core.errors import CasesError
from bot.core.types import Label

_label: TypeAdapter[Label] = TypeAdapter(Label)


class FileLabels:
    """Appends to *path*; the last label of a person on an answer counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def put(self, label: Label) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(label), ensure_ascii=False) + "\n")

    async def all(self) -> Sequence[Label]:
        """Return the labels in the order of their making; see `Labels`.

        Raises:
            CasesError: naming the first malformed line.
        """
        if not self._path.exists():
            return []
        kept: dict[tuple[str, str], Label] = {}
        for number, line in enumerate(self._path.read_text("utf-8").splitlines(), 1):
            try:
                label = _label.validate_json(line)
            except ValidationError:
                raise CasesError(f"{self._path}: line {number} is no label") from None
            kept.pop((label.answer_id, label.person), None)
            kept[label.answer_id, label.person] = label
        return list(kept.values())
